/* Signals that tell of a file's readiness: O_ASYNC, F_SETOWN, F_SETSIG. */
#include "../check.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#ifndef POLL_IN /* musl has no name for it. */
#define POLL_IN 1
#endif

static sigset_t s_set;

/* The next of the signals, with what it says; 0 where none comes. */
static int next(siginfo_t *info, long milliseconds)
{
    struct timespec patience = { milliseconds / 1000, milliseconds % 1000 * 1000000 };
    int signal = sigtimedwait(&s_set, info, &patience);
    return signal < 0 ? 0 : signal;
}

/* Takes what is pending. */
static void drain(void)
{
    siginfo_t info;
    while (next(&info, 50) != 0)
        ;
}

static void owners(int file)
{
    check("nobody owns a file at first", fcntl(file, F_GETOWN) == 0);
    outcome("nobody's process", fcntl(file, F_SETOWN, 0x3ffffff));
    outcome("nobody's group", fcntl(file, F_SETOWN, -0x3ffffff));
    outcome("oneself", fcntl(file, F_SETOWN, getpid()));
    check("owns it", fcntl(file, F_GETOWN) == getpid());
    struct f_owner_ex owner = { F_OWNER_TID, syscall(SYS_gettid) };
    outcome("a thread", fcntl(file, F_SETOWN_EX, &owner));
    owner.type = 7;
    outcome("something else", fcntl(file, F_SETOWN_EX, &owner));
    check("is told of", fcntl(file, F_GETOWN_EX, &owner) == 0 && owner.type == F_OWNER_TID && owner.pid == getpid());
    owner.type = F_OWNER_PGRP;
    owner.pid = getpgrp();
    check("a group", fcntl(file, F_SETOWN_EX, &owner) == 0);
    outcome("a signal that there is not", fcntl(file, F_SETSIG, 65));
    outcome("one that there is", fcntl(file, F_SETSIG, SIGRTMIN));
    check("is told of", fcntl(file, F_GETSIG) == SIGRTMIN);
    fcntl(file, F_SETSIG, 0);
}

static void sockets(void)
{
    int pair[2];
    siginfo_t info;
    char byte;
    socketpair(AF_UNIX, SOCK_STREAM, 0, pair);
    owners(pair[0]);
    fcntl(pair[0], F_SETOWN, getpid());
    check("no signal before it is asked for", write(pair[1], "x", 1) == 1 && next(&info, 100) == 0);
    check("read", read(pair[0], &byte, 1) == 1);
    outcome("O_ASYNC", fcntl(pair[0], F_SETFL, O_ASYNC));
    check("is shown", (fcntl(pair[0], F_GETFL) & O_ASYNC) != 0);
    drain();
    check("a byte", write(pair[1], "x", 1) == 1);
    check("makes a SIGIO", next(&info, 5000) == SIGIO && info.si_code > 0);
    drain();

    fcntl(pair[0], F_SETSIG, SIGRTMIN);
    check("another one", write(pair[1], "y", 1) == 1);
    check("makes the signal that is wanted", next(&info, 5000) == SIGRTMIN);
    check("that says which file and why", info.si_fd == pair[0] && info.si_code == POLL_IN && (info.si_band & POLLIN) != 0);
    drain();

    int off = 0, owner = 0;
    outcome("no more of them", ioctl(pair[0], FIOASYNC, &off));
    check("is shown", (fcntl(pair[0], F_GETFL) & O_ASYNC) == 0);
    check("and none comes", write(pair[1], "z", 1) == 1 && next(&info, 100) == 0);
    check("the owner by ioctl", ioctl(pair[0], 0x8903, &owner) == 0 && owner == getpid());
    close(pair[0]);
    close(pair[1]);
}

static void pipes(void)
{
    int ends[2];
    siginfo_t info;
    pipe(ends);
    fcntl(ends[0], F_SETOWN, getpid());
    outcome("O_ASYNC of a pipe", fcntl(ends[0], F_SETFL, O_ASYNC | O_NONBLOCK));
    pid_t child = fork();
    if (child == 0)
        _exit(write(ends[1], "from a child", 12) == 12 ? 0 : 1);
    check("another process's bytes make a SIGIO", next(&info, 5000) == SIGIO);
    waitpid(child, NULL, 0);
    drain();
    close(ends[1]);
    check("and so does the end", next(&info, 5000) == SIGIO);
    close(ends[0]);
}

int main(void)
{
    sigemptyset(&s_set);
    sigaddset(&s_set, SIGIO);
    sigaddset(&s_set, SIGRTMIN);
    sigprocmask(SIG_BLOCK, &s_set, NULL);
    sockets();
    pipes();

    int file = open("/tmp/ready-signals", O_CREAT | O_RDWR, 0600);
    unlink("/tmp/ready-signals");
    outcome("O_ASYNC of a regular file", fcntl(file, F_SETFL, O_ASYNC));
    check("has no effect", (fcntl(file, F_GETFL) & O_ASYNC) == 0);
    return finish();
}
