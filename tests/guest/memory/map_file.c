/* Files in memory: private and shared mappings, the page past the end. "map_file bus" ends with SIGBUS. */
#include "../check.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *s_file = "/tmp/map-file-test";

int main(int argc, char **argv)
{
    char text[16] = {0};
    int file = open(s_file, O_CREAT | O_TRUNC | O_RDWR, 0600);
    check("a file of 6,000 bytes", file >= 0 && ftruncate(file, 6000) == 0 && pwrite(file, "beginning", 9, 0) == 9 && pwrite(file, "end", 3, 5997) == 3);

    char *shared = mmap(NULL, 12288, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    char *private = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE, file, 0);
    char *second = mmap(NULL, 4096, PROT_READ, MAP_SHARED, file, 4096);
    unlink(s_file);
    if (shared == MAP_FAILED || private == MAP_FAILED || second == MAP_FAILED)
    {
        perror("mmap");
        return 1;
    }

    if (argc > 1 && strcmp(argv[1], "bus") == 0)
    {
        printf("reading past the end of the file\n");
        fflush(stdout);
        return ((volatile char *)shared)[8192];
    }

    check("a mapping shows the file", memcmp(shared, "beginning", 9) == 0 && memcmp(private, "beginning", 9) == 0);
    check("an offset shows the second page", memcmp(second + 5997 - 4096, "end", 3) == 0);
    check("the rest of the last page is zero", shared[6000] == 0 && shared[8191] == 0);

    memcpy(private, "changed  ", 9);
    check("a private change is not in the file", pread(file, text, 9, 0) == 9 && memcmp(text, "beginning", 9) == 0);
    check("nor in the shared mapping", memcmp(shared, "beginning", 9) == 0);

    memcpy(shared, "WRITTEN", 7);
    check("a shared change is in the file at once", pread(file, text, 9, 0) == 9 && memcmp(text, "WRITTENng", 9) == 0);
    check("but not where a private page was changed", memcmp(private, "changed", 7) == 0);

    check("a write to the file", pwrite(file, "by write", 8, 4096) == 8);
    check("is in every mapping that has not changed the page", memcmp(second, "by write", 8) == 0 && memcmp(private + 4096, "by write", 8) == 0);

    struct timespec old[2] = { { 1000, 0 }, { 1000, 0 } };
    struct stat status;
    futimens(file, old);
    char *again = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    check("a mapping changes no times", fstat(file, &status) == 0 && status.st_mtim.tv_sec == 1000);
    again[1] = 'R';
    msync(again, 8192, MS_SYNC);
    check("a store to it does", fstat(file, &status) == 0 && status.st_mtim.tv_sec > 1000 && status.st_ctim.tv_sec > 1000);
    munmap(again, 8192);

    outcome("msync", msync(shared, 8192, MS_SYNC));
    outcome("msync of what is not mapped", msync((void *)0x10000, 4096, MS_SYNC));
    outcome("msync with an odd address", msync(shared + 1, 4096, MS_SYNC));
    outcome("msync with both ways", msync(shared, 4096, MS_SYNC | MS_ASYNC));

    check("truncation", ftruncate(file, 10) == 0);
    check("zeroes the rest of the page", shared[10] == 0 && memcmp(shared, "WRITTENng\0", 10) == 0);
    check("growth shows zeroes", ftruncate(file, 12288) == 0 && shared[4096] == 0 && shared[8192] == 0);

    char *after = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    close(file);
    after[100] = 'z';
    check("mappings outlive the descriptor", shared[100] == 'z');
    outcome("munmap", munmap(after, 4096));

    file = open("/bin/map_file", O_RDONLY);
    outcome("a writable shared mapping of a file that is open for reading", (long)mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0) == -1 ? -1 : 0);
    char *program = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE, file, 0);
    check("a writable private one is allowed", program != MAP_FAILED && memcmp(program, "\177ELF", 4) == 0);
    program[0] = 'x';
    check("and the file stays", pread(file, text, 4, 0) == 4 && text[0] == 0x7f);
    outcome("an odd offset", (long)mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, file, 100) == -1 ? -1 : 0);
    outcome("a bad descriptor", (long)mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, 77, 0) == -1 ? -1 : 0);
    outcome("neither shared nor private", (long)mmap(NULL, 4096, PROT_READ, 0, file, 0) == -1 ? -1 : 0);
    outcome("length zero", (long)mmap(NULL, 0, PROT_READ, MAP_PRIVATE, file, 0) == -1 ? -1 : 0);
    outcome("a length beyond all memory", (long)mmap(NULL, ~0xfffUL, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == -1 ? -1 : 0);
    int directory = open("/tmp", O_RDONLY | O_DIRECTORY);
    outcome("a directory", (long)mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, directory, 0) == -1 ? -1 : 0);
    return finish();
}
