/* Files of memfd_create and their seals. */
#include "../check.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#ifndef F_ADD_SEALS
#define F_ADD_SEALS 1033
#define F_GET_SEALS 1034
#define F_SEAL_SEAL 1
#define F_SEAL_SHRINK 2
#define F_SEAL_GROW 4
#define F_SEAL_WRITE 8
#endif
#ifndef F_SEAL_FUTURE_WRITE
#define F_SEAL_FUTURE_WRITE 16
#endif

static char s_page[8192];

static int make(size_t length)
{
    int file = memfd_create("sealed", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    memset(s_page, 'x', sizeof s_page);
    check("a file", file >= 0 && write(file, s_page, length) == (ssize_t)length);
    return file;
}

static void show_seals(int file)
{
    printf("seals: %d\n", fcntl(file, F_GET_SEALS));
}

static void lengths(void)
{
    int file = make(5000);
    show_seals(file);
    outcome("sealing against shrinking", fcntl(file, F_ADD_SEALS, F_SEAL_SHRINK));
    outcome("shorter", ftruncate(file, 4999));
    outcome("longer", ftruncate(file, 6000));
    outcome("sealing against growing", fcntl(file, F_ADD_SEALS, F_SEAL_GROW));
    show_seals(file);
    outcome("longer", ftruncate(file, 6001));
    outcome("as long", ftruncate(file, 6000));
    outcome("reserving", fallocate(file, 0, 0, 6001));
    outcome("reserving within", fallocate(file, 0, 0, 6000));
    outcome("a hole", fallocate(file, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, 4096));
    outcome("writing within", pwrite(file, "abc", 3, 5997));
    outcome("writing across the end", pwrite(file, "abc", 3, 5998));
    outcome("writing at the end", pwrite(file, "abc", 3, 6000));
    printf("writing from the first page on: %zd\n", pwrite(file, s_page, 8192, 100));
    char path[64];
    snprintf(path, sizeof path, "/proc/self/fd/%d", file);
    outcome("opening to truncate", open(path, O_RDWR | O_TRUNC));
    int reader = open(path, O_RDONLY);
    outcome("sealing without the right to write", fcntl(reader, F_ADD_SEALS, F_SEAL_WRITE));
    show_seals(reader);
    outcome("sealing the seals", fcntl(file, F_ADD_SEALS, F_SEAL_SEAL));
    outcome("sealing once more", fcntl(file, F_ADD_SEALS, F_SEAL_WRITE));
    outcome("even with what is sealed", fcntl(file, F_ADD_SEALS, F_SEAL_GROW));
    show_seals(file);
    close(reader);
    close(file);
}

static void contents(void)
{
    int file = make(8192);
    char *shared = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    char *private = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE, file, 0);
    outcome("sealing while it is mapped", fcntl(file, F_ADD_SEALS, F_SEAL_WRITE));
    mprotect(shared, 8192, PROT_READ);
    outcome("sealing while it could become writable", fcntl(file, F_ADD_SEALS, F_SEAL_WRITE));
    munmap(shared, 8192);
    outcome("sealing with a private mapping", fcntl(file, F_ADD_SEALS, F_SEAL_WRITE));
    show_seals(file);
    outcome("writing", pwrite(file, "abc", 3, 0));
    outcome("writing nothing", pwrite(file, "abc", 0, 0));
    outcome("a hole", fallocate(file, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, 4096));
    outcome("longer", ftruncate(file, 9000));
    outcome("shorter", ftruncate(file, 8000));
    check("mapping it to write", mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0) == MAP_FAILED && errno == EPERM);
    private[0] = 'p';
    char byte = 0;
    check("a private change is one's own", private[0] == 'p' && pread(file, &byte, 1, 0) == 1 && byte == 'x');
    char *again = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE, file, 0);
    check("mapping it for oneself", again != MAP_FAILED && again[0] == 'x');
    munmap(private, 8192);
    munmap(again, 4096);
    close(file);
}

static void future(void)
{
    int file = make(4096);
    char *shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    outcome("sealing against future writes", fcntl(file, F_ADD_SEALS, F_SEAL_FUTURE_WRITE));
    shared[0] = 'm';
    char byte = 0;
    check("the mapping still writes", pread(file, &byte, 1, 0) == 1 && byte == 'm');
    outcome("writing", pwrite(file, "abc", 3, 0));
    check("mapping it to write", mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0) == MAP_FAILED && errno == EPERM);
    char *reader = mmap(NULL, 4096, PROT_READ, MAP_SHARED, file, 0);
    check("mapping it to read", reader != MAP_FAILED && reader[0] == 'm');
    outcome("and making that writable", mprotect(reader, 4096, PROT_READ | PROT_WRITE));
    munmap(reader, 4096);
    munmap(shared, 4096);
    close(file);
}

static void refusals(void)
{
    int file = memfd_create("unsealed", 0), ends[2];
    show_seals(file);
    outcome("sealing what takes no seals", fcntl(file, F_ADD_SEALS, F_SEAL_WRITE));
    outcome("unknown seals", fcntl(file, F_ADD_SEALS, 0x1000));
    outcome("unknown flags", memfd_create("flags", 0x4000));
    close(file);
    if (pipe(ends) == 0) {
        outcome("a pipe's seals", fcntl(ends[1], F_GET_SEALS));
        outcome("sealing a pipe", fcntl(ends[1], F_ADD_SEALS, F_SEAL_WRITE));
        outcome("sealing its other end", fcntl(ends[0], F_ADD_SEALS, F_SEAL_WRITE));
    }

    file = open("/tmp/seals", O_CREAT | O_RDWR, 0600);
    show_seals(file);
    outcome("sealing a file with a name", fcntl(file, F_ADD_SEALS, F_SEAL_WRITE));
    unlink("/tmp/seals");
}

int main(void)
{
    lengths();
    contents();
    future();
    refusals();
    return finish();
}
