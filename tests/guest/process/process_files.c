/* pidfd: opening, waiting by poll and waitid, signals, clone's own, borrowing a descriptor. */
#include "../check.h"

#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef P_PIDFD
#define P_PIDFD 3
#endif

static int ended(int fd, int milliseconds)
{
    struct pollfd entry = {.fd = fd, .events = POLLIN};
    return poll(&entry, 1, milliseconds) == 1 && (entry.revents & POLLIN) != 0;
}

static pid_t child_until_told(int *tell)
{
    int ends[2];
    char byte;
    pipe(ends);
    pid_t child = fork();
    if (child == 0)
    {
        close(ends[1]);
        _exit(read(ends[0], &byte, 1) == 1 ? byte : 99);
    }

    close(ends[0]);
    *tell = ends[1];
    return child;
}

static void opening(void)
{
    int tell;
    siginfo_t info = {0};
    char code = 7;
    pid_t child = child_until_told(&tell);
    int file = (int)syscall(SYS_pidfd_open, child, 0);
    outcome("open", file);
    check("closes on exec", fcntl(file, F_GETFD) == FD_CLOEXEC);
    check("alive", !ended(file, 0));
    outcome("read", read(file, &code, 1));
    check("nothing to wait for yet", waitid(P_PIDFD, (id_t)file, &info, WEXITED | WNOHANG) == 0 && info.si_pid == 0);
    int set = epoll_create1(0);
    struct epoll_event event = {.events = EPOLLIN};
    epoll_ctl(set, EPOLL_CTL_ADD, file, &event);
    code = 7;
    write(tell, &code, 1);
    check("its end by poll", ended(file, 5000));
    check("and by epoll", epoll_wait(set, &event, 1, 5000) == 1);
    check("and by waitid", waitid(P_PIDFD, (id_t)file, &info, WEXITED) == 0 && info.si_pid == child && info.si_status == 7);
    outcome("a second wait", waitid(P_PIDFD, (id_t)file, &info, WEXITED));
    outcome("a signal to one that was waited for", syscall(SYS_pidfd_send_signal, file, SIGTERM, NULL, 0));
    outcome("no such process", syscall(SYS_pidfd_open, 4000000, 0));
    outcome("no process at all", syscall(SYS_pidfd_open, 0, 0));
    outcome("unknown flags", syscall(SYS_pidfd_open, getpid(), 1));
    outcome("wait for oneself", waitid(P_PIDFD, (id_t)syscall(SYS_pidfd_open, getpid(), 0), &info, WEXITED));
    outcome("wait for another file", waitid(P_PIDFD, 0, &info, WEXITED));
}

static void signals(void)
{
    int tell, status;
    pid_t child = child_until_told(&tell);
    int file = (int)syscall(SYS_pidfd_open, child, O_NONBLOCK);
    siginfo_t info = {0};
    outcome("no waiting where the file says so", waitid(P_PIDFD, (id_t)file, &info, WEXITED));
    outcome("signal 0", syscall(SYS_pidfd_send_signal, file, 0, NULL, 0));
    outcome("a bad signal", syscall(SYS_pidfd_send_signal, file, 65, NULL, 0));
    outcome("unknown flags", syscall(SYS_pidfd_send_signal, file, SIGTERM, NULL, 1u << 30));
    outcome("another file", syscall(SYS_pidfd_send_signal, 0, SIGTERM, NULL, 0));
    info.si_signo = SIGTERM;
    info.si_code = SI_USER;
    outcome("forged", syscall(SYS_pidfd_send_signal, file, SIGTERM, &info, 0));
    info.si_signo = SIGINT;
    info.si_code = SI_QUEUE;
    outcome("two signals", syscall(SYS_pidfd_send_signal, file, SIGTERM, &info, 0));
    outcome("SIGTERM", syscall(SYS_pidfd_send_signal, file, SIGTERM, NULL, 0));
    check("ended by it", waitpid(child, &status, 0) == child && WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM);
}

static void cloned(void)
{
    int file = -1, status;
    pid_t child = (pid_t)syscall(SYS_clone, CLONE_PIDFD | SIGCHLD, NULL, &file, NULL, NULL);
    if (child == 0)
    {
        _exit(3);
    }

    check("clone gives one", child > 0 && file > 2 && ended(file, 5000) && fcntl(file, F_GETFD) == FD_CLOEXEC);
    waitpid(child, &status, 0);
    check("of that child", WEXITSTATUS(status) == 3);
    outcome("not with the number too", syscall(SYS_clone, CLONE_PIDFD | CLONE_PARENT_SETTID | SIGCHLD, NULL, &file, NULL, NULL));
    struct { uint64_t flags, pidfd, child, parent, signal, stack, size, tls; } arguments = {CLONE_PIDFD, (uint64_t)(uintptr_t)&file, 0, 0, SIGCHLD, 0, 0, 0};
    child = (pid_t)syscall(SYS_clone3, &arguments, sizeof arguments);
    if (child == 0)
    {
        _exit(4);
    }

    check("clone3 too", child > 0 && ended(file, 5000));
    waitpid(child, &status, 0);
    check("of that child, too", WEXITSTATUS(status) == 4);
}

static void borrowed(void)
{
    int tell, ends[2], status;
    char byte = 0;
    pipe(ends);
    pid_t child = child_until_told(&tell);
    close(ends[1]);
    int file = (int)syscall(SYS_pidfd_open, child, 0), got = (int)syscall(SYS_pidfd_getfd, file, ends[1], 0);
    outcome("a child's descriptor", got);
    check("it works", write(got, "z", 1) == 1 && read(ends[0], &byte, 1) == 1 && byte == 'z' && fcntl(got, F_GETFD) == FD_CLOEXEC);
    outcome("one that it does not have", syscall(SYS_pidfd_getfd, file, 999, 0));
    outcome("flags", syscall(SYS_pidfd_getfd, file, 0, 1));
    close(tell);
    waitpid(child, &status, 0);
    outcome("from one that has gone", syscall(SYS_pidfd_getfd, file, 0, 0));
}

int main(void)
{
    opening();
    signals();
    cloned();
    borrowed();
    return finish();
}
