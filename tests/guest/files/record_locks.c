/* Record locks of processes and of descriptions: conflicts, ranges, waits, deadlock, what releases them. */
#include "../check.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef F_OFD_SETLK
#define F_OFD_GETLK 36
#define F_OFD_SETLK 37
#define F_OFD_SETLKW 38
#endif

static int lock(int fd, int command, int type, long start, long length)
{
    struct flock request = {.l_type = (short)type, .l_whence = SEEK_SET, .l_start = start, .l_len = length};
    return fcntl(fd, command, &request);
}

/* Runs a step in a child that may open the file for itself; its status tells how it went. */
static int in_child(int (*step)(int), int argument)
{
    int status;
    fflush(stdout);
    pid_t child = fork();
    if (child == 0)
    {
        _exit(step(argument));
    }

    waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static int s_file;

/* What F_GETLK finds for a lock on one byte: the type; the parent must be who has it. */
static int asked(int start)
{
    struct flock request = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = start, .l_len = 1};
    fcntl(s_file, F_GETLK, &request);
    return request.l_type == F_UNLCK ? F_UNLCK : request.l_pid == getppid() ? request.l_type : 99;
}

static int try_write(int start)
{
    return lock(s_file, F_SETLK, F_WRLCK, start, 1) == 0 ? 0 : errno;
}

static int try_read(int start)
{
    return lock(s_file, F_SETLK, F_RDLCK, start, 1) == 0 ? 0 : errno;
}

static int open_and_close(int unused)
{
    (void)unused;
    close(open("/tmp/locked", O_RDONLY));
    return 0;
}

static void ranges(void)
{
    outcome("write lock on 10 to 29", lock(s_file, F_SETLK, F_WRLCK, 10, 20));
    check("before it", in_child(asked, 9) == F_UNLCK);
    check("its first byte", in_child(asked, 10) == F_WRLCK);
    check("its last byte", in_child(asked, 29) == F_WRLCK);
    check("behind it", in_child(asked, 30) == F_UNLCK);
    check("another process may not", in_child(try_write, 15) == EAGAIN && in_child(try_read, 15) == EAGAIN);
    outcome("read lock in its midst", lock(s_file, F_SETLK, F_RDLCK, 15, 5));
    check("left of it", in_child(asked, 14) == F_WRLCK);
    check("there it is shared", in_child(asked, 15) == F_RDLCK && in_child(try_read, 19) == 0 && in_child(try_write, 19) == EAGAIN);
    check("right of it", in_child(asked, 20) == F_WRLCK);
    outcome("unlock across two", lock(s_file, F_SETLK, F_UNLCK, 12, 5));
    check("gone", in_child(asked, 12) == F_UNLCK && in_child(asked, 16) == F_UNLCK);
    check("not beside", in_child(asked, 11) == F_WRLCK && in_child(asked, 17) == F_RDLCK);
    outcome("to the end, wherever that is", lock(s_file, F_SETLK, F_WRLCK, 100, 0));
    check("far away", in_child(asked, 1000000) == F_WRLCK);
    outcome("unlock all", lock(s_file, F_SETLK, F_UNLCK, 0, 0));
    check("nothing is left", in_child(asked, 11) == F_UNLCK && in_child(asked, 1000000) == F_UNLCK);

    struct flock request = {.l_type = F_WRLCK, .l_whence = SEEK_END, .l_start = -5, .l_len = -5};
    outcome("backwards from the end", fcntl(s_file, F_SETLK, &request));
    check("that is 90 to 94", in_child(asked, 89) == F_UNLCK && in_child(asked, 90) == F_WRLCK && in_child(asked, 94) == F_WRLCK && in_child(asked, 95) == F_UNLCK);
    in_child(open_and_close, 0);
    check("a child's close is its own", in_child(asked, 90) == F_WRLCK);
    open_and_close(0);
    check("closing any descriptor gives all up", in_child(asked, 90) == F_UNLCK);
}

static void refusals(void)
{
    struct flock request = {.l_type = F_RDLCK, .l_whence = 7};
    int reader = open("/tmp/locked", O_RDONLY);
    outcome("a bad origin", fcntl(s_file, F_SETLK, &request));
    outcome("a bad type", lock(s_file, F_SETLK, 7, 0, 1));
    outcome("before the start", lock(s_file, F_SETLK, F_WRLCK, -1, 1));
    outcome("beyond the end of numbers", lock(s_file, F_SETLK, F_WRLCK, 0x7ffffffffffffffe, 5));
    outcome("write lock without the right to write", lock(reader, F_SETLK, F_WRLCK, 0, 1));
    outcome("a bad address", fcntl(s_file, F_SETLK, (struct flock *)8));
    outcome("a bad descriptor", lock(999, F_SETLK, F_WRLCK, 0, 1));
    request.l_whence = SEEK_SET;
    request.l_pid = 1;
    outcome("a description's lock with a process", fcntl(s_file, F_OFD_SETLK, &request));
    close(reader);
}

static void waits(void)
{
    int go[2], status;
    char byte;
    pipe(go);
    lock(s_file, F_SETLK, F_WRLCK, 0, 1);
    fflush(stdout);
    pid_t child = fork();
    if (child == 0)
    {
        write(go[1], "x", 1);
        _exit(lock(s_file, F_SETLKW, F_WRLCK, 0, 1) == 0 ? 0 : 1);
    }

    read(go[0], &byte, 1);
    usleep(20000);
    check("the child waits", waitpid(child, &status, WNOHANG) == 0);
    lock(s_file, F_SETLK, F_UNLCK, 0, 1);
    check("and gets it", waitpid(child, &status, 0) == child && status == 0);

    /* Parent has 0 and wants 1, child has 1 and wants 0. */
    lock(s_file, F_SETLK, F_WRLCK, 0, 1);
    child = fork();
    if (child == 0)
    {
        lock(s_file, F_SETLK, F_WRLCK, 1, 1);
        write(go[1], "x", 1);
        _exit(lock(s_file, F_SETLKW, F_WRLCK, 0, 1) == 0 ? 0 : errno == EDEADLK ? 2 : 1);
    }

    /* Whoever comes second is told. */
    read(go[0], &byte, 1);
    int told = lock(s_file, F_SETLKW, F_WRLCK, 1, 1) == -1 && errno == EDEADLK;
    lock(s_file, F_SETLK, F_UNLCK, 0, 1);
    waitpid(child, &status, 0);
    check("a deadlock is told to one", WIFEXITED(status) && WEXITSTATUS(status) == (told ? 0 : 2));
    lock(s_file, F_SETLK, F_UNLCK, 1, 1);
    check("an ended process has none", in_child(asked, 1) == F_UNLCK);
}

static void of_descriptions(void)
{
    int first = open("/tmp/locked", O_RDWR), second = open("/tmp/locked", O_RDWR), copy = dup(first);
    outcome("one description", lock(first, F_OFD_SETLK, F_WRLCK, 0, 10));
    outcome("another of the same process", lock(second, F_OFD_SETLK, F_WRLCK, 5, 1));
    outcome("a copy of the first", lock(copy, F_OFD_SETLK, F_RDLCK, 5, 1));
    outcome("now they share", lock(second, F_OFD_SETLK, F_RDLCK, 5, 1));
    outcome("a process's lock meets it too", lock(second, F_SETLK, F_WRLCK, 0, 1));
    struct flock request = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 0, .l_len = 1};
    check("nobody's by number", fcntl(second, F_OFD_GETLK, &request) == 0 && request.l_type == F_WRLCK && request.l_pid == -1 && request.l_len == 5);
    close(first);
    outcome("a copy keeps it", lock(second, F_OFD_SETLK, F_WRLCK, 0, 1));
    close(copy);
    outcome("the last close does not", lock(second, F_OFD_SETLK, F_WRLCK, 0, 1));
    close(second);
}

int main(void)
{
    s_file = open("/tmp/locked", O_RDWR | O_CREAT | O_TRUNC, 0600);
    ftruncate(s_file, 100);
    ranges();
    s_file = open("/tmp/locked", O_RDWR);
    refusals();
    waits();
    of_descriptions();
    unlink("/tmp/locked");
    return finish();
}
