/* copy_file_range and sendfile: offsets, positions, kinds of files, refusals. */
#include "../check.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define BASE "/tmp/copy_calls"

static int s_in, s_out;

static long copy(int in, long *in_offset, int out, long *out_offset, size_t length, unsigned flags)
{
    return syscall(SYS_copy_file_range, in, in_offset, out, out_offset, length, flags);
}

/* Says how many bytes, or the error, and where both files are then. */
static void tell(const char *what, long result)
{
    if (result < 0)
        printf("%s: %s", what, strerror(errno));
    else
        printf("%s: %ld bytes", what, result);
    printf("; in at %ld, out at %ld\n", (long)lseek(s_in, 0, SEEK_CUR), (long)lseek(s_out, 0, SEEK_CUR));
}

static void begin(void)
{
    lseek(s_in, 0, SEEK_SET);
    lseek(s_out, 0, SEEK_SET);
    if (ftruncate(s_out, 0) != 0)
        perror("ftruncate");
}

static void show_out(void)
{
    char text[64] = "";
    ssize_t length = pread(s_out, text, sizeof text - 1, 0);
    printf("out is: ");
    for (ssize_t i = 0; i < length; i++)
        putchar(text[i] ? text[i] : '_');
    putchar('\n');
}

static void ranges(void)
{
    long from = 2, to = 5;
    begin();
    tell("by positions", copy(s_in, NULL, s_out, NULL, 4, 0));
    tell("going on", copy(s_in, NULL, s_out, NULL, 100, 0));
    tell("at the end", copy(s_in, NULL, s_out, NULL, 100, 0));
    show_out();
    begin();
    tell("by offsets", copy(s_in, &from, s_out, &to, 3, 0));
    printf("they are: %ld %ld\n", from, to);
    show_out();
    tell("one of each", copy(s_in, &from, s_out, NULL, 2, 0));
    show_out();
    tell("no bytes", copy(s_in, NULL, s_out, NULL, 0, 0));
    from = 100;
    tell("from past the end", copy(s_in, &from, s_out, NULL, 4, 0));
    from = -1;
    tell("a negative offset", copy(s_in, &from, s_out, NULL, 4, 0));
    from = 0;
    to = -1;
    tell("a negative target", copy(s_in, &from, s_out, &to, 4, 0));
    from = -100;
    tell("a far negative offset", copy(s_in, &from, s_out, NULL, 4, 0));
    from = 0;
    to = -100;
    tell("a far negative target", copy(s_in, &from, s_out, &to, 4, 0));
    from = 0x7ffffffffffffffe;
    tell("past the largest offset", copy(s_in, &from, s_out, NULL, 4, 0));
    from = 5;
    tell("more than there are numbers", copy(s_in, &from, s_out, NULL, -1UL, 0));
    tell("a flag", copy(s_in, NULL, s_out, NULL, 4, 1));
    tell("a bad offset", copy(s_in, (long *)1, s_out, NULL, 4, 0));
    tell("a bad target", copy(s_in, NULL, s_out, (long *)1, 4, 0));
    begin();
    from = 0;
    to = 4;
    tell("within a file", copy(s_in, &from, s_in, &to, 4, 0));
    from = 0;
    to = 3;
    tell("overlapping", copy(s_in, &from, s_in, &to, 4, 0));
    from = 6;
    to = 100;
    tell("beyond its own end", copy(s_in, &from, s_in, &to, 1000, 0));
    if (ftruncate(s_in, 10) != 0 || pwrite(s_in, "abcdefghij", 10, 0) != 10)
        perror("restoring");
}

static void kinds_for_ranges(void)
{
    int pipes[2], device = open("/dev/zero", O_RDWR), directory = open(BASE, O_RDONLY), written = open(BASE "/in", O_WRONLY), append = open(BASE "/out", O_WRONLY | O_APPEND);
    check("a pipe", pipe(pipes) == 0);
    begin();
    tell("from a pipe", copy(pipes[0], NULL, s_out, NULL, 4, 0));
    tell("to a pipe", copy(s_in, NULL, pipes[1], NULL, 4, 0));
    tell("from a device", copy(device, NULL, s_out, NULL, 4, 0));
    tell("to a device", copy(s_in, NULL, device, NULL, 4, 0));
    tell("from a directory", copy(directory, NULL, s_out, NULL, 4, 0));
    tell("from what is only written", copy(written, NULL, s_out, NULL, 4, 0));
    tell("to what is only read", copy(s_in, NULL, open(BASE "/out", O_RDONLY), NULL, 4, 0));
    tell("to what is appended to", copy(s_in, NULL, append, NULL, 4, 0));
    tell("from nothing", copy(999, NULL, s_out, NULL, 4, 0));
    tell("to nothing", copy(s_in, NULL, 999, NULL, 4, 0));
    tell("with a path only", copy(open(BASE "/in", O_PATH), NULL, s_out, NULL, 4, 0));
    close(pipes[0]);
    close(pipes[1]);
}

static void sending(void)
{
    off_t from = 3;
    begin();
    tell("sending by position", sendfile(s_out, s_in, NULL, 4));
    tell("going on", sendfile(s_out, s_in, NULL, 100));
    tell("at the end", sendfile(s_out, s_in, NULL, 100));
    show_out();
    begin();
    tell("by an offset", sendfile(s_out, s_in, &from, 4));
    printf("it is: %ld\n", (long)from);
    tell("again", sendfile(s_out, s_in, &from, 100));
    printf("it is: %ld\n", (long)from);
    show_out();
    from = 50;
    tell("from past the end", sendfile(s_out, s_in, &from, 4));
    from = -1;
    tell("a negative offset", sendfile(s_out, s_in, &from, 4));
    tell("no bytes", sendfile(s_out, s_in, NULL, 0));
    tell("too many bytes to be a number", syscall(SYS_sendfile, s_out, s_in, NULL, -1L));
    tell("a bad offset", syscall(SYS_sendfile, s_out, s_in, 1L, 4L));
    tell("a bad offset and no file", syscall(SYS_sendfile, 999, 999, 1L, 4L));
    begin();
    from = 0;
    tell("to itself", sendfile(s_in, s_in, NULL, 3));
    if (pwrite(s_in, "abcdefghij", 10, 0) != 10)
        perror("restoring");
}

static void kinds_for_sending(void)
{
    char text[64];
    int pipes[2], sockets[2], append = open(BASE "/out", O_WRONLY | O_APPEND), device = open("/dev/null", O_WRONLY), zero = open("/dev/zero", O_RDONLY), directory = open(BASE, O_RDONLY);
    off_t from = 2;
    check("a pipe and sockets", pipe2(pipes, O_NONBLOCK) == 0 && socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, sockets) == 0);
    begin();
    tell("to a pipe", sendfile(pipes[1], s_in, NULL, 4));
    check("arrives", read(pipes[0], text, sizeof text) == 4 && memcmp(text, "abcd", 4) == 0);
    tell("by an offset", sendfile(pipes[1], s_in, &from, 100));
    check("arrives, too", read(pipes[0], text, sizeof text) == 8 && memcmp(text, "cdefghij", 8) == 0);
    tell("to a socket", sendfile(sockets[0], s_in, NULL, 100));
    check("arrives", read(sockets[1], text, sizeof text) == 6 && memcmp(text, "efghij", 6) == 0);
    tell("to a device", sendfile(device, s_in, &from, 100));
    from = 0;
    tell("to what is appended to", sendfile(append, s_in, &from, 4));
    tell("to what is only read", sendfile(open(BASE "/out", O_RDONLY), s_in, &from, 4));
    tell("from what is only written", sendfile(s_out, open(BASE "/in", O_WRONLY), &from, 4));
    tell("from a device", sendfile(s_out, zero, NULL, 5));
    tell("from a pipe", sendfile(s_out, pipes[0], NULL, 4));
    tell("from a pipe by an offset", sendfile(s_out, pipes[0], &from, 4));
    tell("from a socket", sendfile(s_out, sockets[0], NULL, 4));
    tell("from a directory", sendfile(s_out, directory, NULL, 4));
    tell("from nothing", sendfile(s_out, 999, NULL, 4));
    tell("to nothing", sendfile(999, s_in, NULL, 4));
    close(pipes[0]);
    signal(SIGPIPE, SIG_IGN);
    from = 0;
    tell("to a pipe that nobody reads", sendfile(pipes[1], s_in, &from, 4));
    int full[2];
    check("another pipe", pipe2(full, O_NONBLOCK) == 0);
    while (write(full[1], text, sizeof text) > 0) {
    }
    tell("to a full pipe", sendfile(full[1], s_in, &from, 4));
    printf("the offset is: %ld\n", (long)from);
}

int main(void)
{
    umask(022);
    mkdir(BASE, 0755);
    s_in = open(BASE "/in", O_CREAT | O_RDWR, 0644);
    s_out = open(BASE "/out", O_CREAT | O_RDWR, 0644);
    check("a file", write(s_in, "abcdefghij", 10) == 10);
    ranges();
    kinds_for_ranges();
    sending();
    kinds_for_sending();
    return finish();
}
