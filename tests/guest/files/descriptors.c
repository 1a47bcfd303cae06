/* Descriptors and what one reads and writes through them. */
#include "../check.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

static void files(void)
{
    char text[32] = {0};
    volatile int too_many = 2000;
    int file = open("/tmp/descriptors-test", O_CREAT | O_TRUNC | O_RDWR, 0600);
    unlink("/tmp/descriptors-test");
    check("the lowest free descriptor", file == 3);
    struct iovec parts[] = {{"one", 3}, {"", 0}, {"two", 3}};
    check("writev", writev(file, parts, 3) == 6);
    check("lseek", lseek(file, 1, SEEK_SET) == 1 && read(file, text, 3) == 3 && memcmp(text, "net", 3) == 0);
    check("pread moves nothing", pread(file, text, 32, 4) == 2 && lseek(file, 0, SEEK_CUR) == 4);
    check("past the end is nothing", pread(file, text, 32, 100) == 0);
    check("a hole reads as zeroes", pwrite(file, "x", 1, 5000) == 1 && pread(file, text, 4, 4090) == 4 && text[0] == 0);
    outcome("lseek before the start", lseek(file, -1, SEEK_SET));
    outcome("lseek with an unknown whence", lseek(file, 0, 99));
    check("lseek SEEK_END", lseek(file, -1, SEEK_END) == 5000);
    outcome("pread at a negative offset", pread(file, text, 1, -1));
    outcome("readv of too many pieces", readv(file, parts, too_many));

    int second = dup(file);
    check("dup shares the offset", second == 4 && lseek(second, 0, SEEK_CUR) == 5000);
    check("dup2", dup2(file, 10) == 10 && dup2(file, file) == file);
    outcome("dup2 of a closed descriptor", dup2(77, 5));
    outcome("dup3 onto itself", dup3(file, file, 0));
    check("fcntl F_DUPFD", fcntl(file, F_DUPFD, 20) == 20);
    check("F_DUPFD_CLOEXEC", fcntl(file, F_DUPFD_CLOEXEC, 20) == 21 && fcntl(21, F_GETFD) == FD_CLOEXEC && fcntl(20, F_GETFD) == 0);
    check("F_SETFD", fcntl(20, F_SETFD, FD_CLOEXEC) == 0 && fcntl(20, F_GETFD) == FD_CLOEXEC);
    check("F_GETFL", (fcntl(file, F_GETFL) & O_ACCMODE) == O_RDWR);
    check("F_SETFL", fcntl(file, F_SETFL, O_APPEND) == 0 && (fcntl(second, F_GETFL) & O_APPEND) != 0);
    check("O_APPEND writes at the end", lseek(file, 0, SEEK_SET) == 0 && write(file, "!", 1) == 1 && lseek(file, 0, SEEK_CUR) == 5002);
    outcome("an unknown fcntl", fcntl(file, 9999));
    outcome("an ioctl that a file has not", ioctl(file, TIOCGWINSZ, text));
    close(second);
    outcome("close", close(file));
    outcome("close again", close(file));
    outcome("read from what is closed", read(file, text, 1));
    int only = open("/tmp", O_RDONLY);
    outcome("write to what is open for reading", write(open("/bin/descriptors", O_RDONLY), "x", 1));
    outcome("read from a directory", read(only, text, 1));
}

static void pipes(void)
{
    int ends[2];
    char buffer[65536] = {0};
    check("pipe2", pipe2(ends, O_CLOEXEC | O_NONBLOCK) == 0);
    outcome("an empty pipe", read(ends[0], buffer, 1));
    struct pollfd poll_set[] = {{ends[0], POLLIN, 0}, {ends[1], POLLOUT, 0}, {-1, POLLIN, 0}, {99, POLLIN, 0}};
    check("poll tells the writer and the bad one", poll(poll_set, 4, 0) == 2 && poll_set[0].revents == 0 && poll_set[1].revents == POLLOUT
        && poll_set[2].revents == 0 && poll_set[3].revents == POLLNVAL);
    check("write", write(ends[1], "through", 7) == 7);
    int waiting = 0;
    check("FIONREAD", ioctl(ends[0], FIONREAD, &waiting) == 0 && waiting == 7);
    check("poll tells the reader", poll(poll_set, 1, -1) == 1 && poll_set[0].revents == POLLIN);
    check("read", read(ends[0], buffer, 100) == 7 && memcmp(buffer, "through", 7) == 0);

    size_t total = 0;
    ssize_t count;
    while ((count = write(ends[1], buffer, 4096)) > 0)
    {
        total += (size_t)count;
    }

    check("a pipe holds 64 KiB", total == 65536 && errno == EAGAIN);
    check("poll with a time-out on a full pipe", poll(poll_set + 1, 1, 10) == 0);
    check("it empties", read(ends[0], buffer, sizeof buffer) == 65536);
    close(ends[1]);
    check("the end of a pipe", read(ends[0], buffer, 1) == 0 && poll(poll_set, 1, 0) == 1 && (poll_set[0].revents & POLLHUP) != 0);
    outcome("a pipe cannot seek", lseek(ends[0], 0, SEEK_SET));
    outcome("pipe2 with unknown flags", pipe2(ends, 0x1));
}

static void devices(void)
{
    unsigned char bytes[64], more[64];
    int null = open("/dev/null", O_RDWR), zero = open("/dev/zero", O_RDWR), full = open("/dev/full", O_RDWR), random = open("/dev/urandom", O_RDONLY);
    memset(bytes, 1, sizeof bytes);
    check("null swallows", write(null, bytes, 64) == 64 && read(null, bytes, 64) == 0);
    check("zero gives zeroes", read(zero, bytes, 64) == 64 && bytes[0] == 0 && bytes[63] == 0 && write(zero, bytes, 64) == 64);
    outcome("full is full", write(full, bytes, 64));
    check("but reads as zero", read(full, bytes, 64) == 64 && bytes[5] == 0);
    check("urandom varies", read(random, bytes, 64) == 64 && read(random, more, 64) == 64 && memcmp(bytes, more, 64) != 0);
    struct stat status;
    check("devices are told as such", fstat(null, &status) == 0 && S_ISCHR(status.st_mode) && status.st_rdev == 0x103);
}

int main(void)
{
    files();
    pipes();
    devices();
    return finish();
}
