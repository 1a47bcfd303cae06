/* SA_NOCLDWAIT, SS_AUTODISARM, and the masks of ppoll, pselect and epoll_pwait. */
#include "../check.h"

#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

#ifndef SS_AUTODISARM
#define SS_AUTODISARM (1U << 31)
#endif

static volatile sig_atomic_t s_handled;

static void handle(int signal)
{
    (void)signal;
    s_handled++;
}

static void install(int signal, void (*handler)(int), int flags)
{
    struct sigaction action = { .sa_handler = handler, .sa_flags = flags };
    sigaction(signal, &action, NULL);
}

static pid_t spawn(int status)
{
    pid_t child = fork();
    if (child == 0)
        _exit(status);
    return child;
}

static void no_zombies(void)
{
    int status;
    install(SIGCHLD, handle, SA_NOCLDWAIT | SA_RESTART);
    pid_t child = spawn(3);
    errno = 0;
    check("waiting for a child that leaves none", waitpid(child, &status, 0) == -1 && errno == ECHILD);
    check("the signal comes all the same", s_handled == 1);
    check("there is nobody", kill(child, 0) == -1 && errno == ESRCH);
    spawn(1);
    spawn(2);
    check("waiting for all ends when the last has", wait(&status) == -1 && errno == ECHILD);
    install(SIGCHLD, SIG_IGN, 0);
    child = spawn(3);
    check("so when the signal is ignored", waitpid(child, &status, 0) == -1 && errno == ECHILD);
    install(SIGCHLD, SIG_DFL, 0);
    child = spawn(4);
    check("not by default", waitpid(child, &status, 0) == child && WEXITSTATUS(status) == 4);
    child = spawn(5);
    siginfo_t info;
    waitid(P_PID, (id_t)child, &info, WEXITED | WNOWAIT);
    install(SIGCHLD, SIG_DFL, SA_NOCLDWAIT);
    check("who is a zombie by then stays one", waitpid(child, &status, 0) == child && WEXITSTATUS(status) == 5);
    child = spawn(6);
    check("with the default action, too", waitpid(child, &status, 0) == -1 && errno == ECHILD);
    install(SIGCHLD, SIG_DFL, 0);
}

static char s_stack[65536];
static stack_t s_seen, s_of_context;
static volatile sig_atomic_t s_set_again, s_was_on_stack;

static int is_on_stack(void)
{
    char here;
    return (uintptr_t)&here - (uintptr_t)s_stack < sizeof s_stack;
}

static void on_stack(int signal, siginfo_t *info, void *context)
{
    (void)signal;
    (void)info;
    s_was_on_stack = is_on_stack();
    sigaltstack(NULL, &s_seen);
    s_of_context = ((ucontext_t *)context)->uc_stack;
    static char other[65536];
    stack_t stack = { .ss_sp = other, .ss_size = sizeof other };
    s_set_again = sigaltstack(&stack, NULL) == 0;
}

static void disarming(void)
{
    struct sigaction action = { .sa_sigaction = on_stack, .sa_flags = SA_ONSTACK | SA_SIGINFO };
    stack_t stack = { .ss_sp = s_stack, .ss_size = sizeof s_stack, .ss_flags = (int)SS_AUTODISARM }, now;
    sigaction(SIGUSR1, &action, NULL);
    outcome("a stack that is disarmed by a handler", sigaltstack(&stack, NULL));
    check("is shown as such", sigaltstack(NULL, &now) == 0 && (unsigned)now.ss_flags == SS_AUTODISARM && now.ss_sp == s_stack);
    raise(SIGUSR1);
    check("the handler ran on it", s_was_on_stack);
    check("and saw none", (unsigned)s_seen.ss_flags == SS_DISABLE && s_seen.ss_sp == NULL && s_seen.ss_size == 0);
    check("but in the context", s_of_context.ss_sp == s_stack && (unsigned)s_of_context.ss_flags == SS_AUTODISARM);
    check("and could set another", s_set_again);
    check("after it the first is back", sigaltstack(NULL, &now) == 0 && (unsigned)now.ss_flags == SS_AUTODISARM && now.ss_sp == s_stack && now.ss_size == sizeof s_stack);
    stack.ss_flags = 0;
    outcome("a stack that is not", sigaltstack(&stack, NULL));
    raise(SIGUSR1);
    check("the handler ran on it", s_was_on_stack);
    check("and saw it in use", (unsigned)s_seen.ss_flags == SS_ONSTACK && s_seen.ss_sp == s_stack);
    check("and could not set another", !s_set_again);
    stack.ss_flags = (int)(SS_AUTODISARM | SS_ONSTACK);
    outcome("with SS_ONSTACK", sigaltstack(&stack, NULL));
    stack.ss_flags = (int)(SS_AUTODISARM | SS_DISABLE);
    outcome("with SS_DISABLE", sigaltstack(&stack, NULL));
    check("which stays", sigaltstack(NULL, &now) == 0 && (unsigned)now.ss_flags == (SS_AUTODISARM | SS_DISABLE));
    stack.ss_flags = 4;
    outcome("an unknown flag", sigaltstack(&stack, NULL));
    stack.ss_flags = SS_DISABLE;
    sigaltstack(&stack, NULL);
}

static int s_pipes[2], s_epoll;
static sigset_t s_none;
static const struct timespec s_short = { .tv_nsec = 20000000 }, s_long = { .tv_sec = 20 };

static int by_ppoll(const struct timespec *timeout, const sigset_t *mask)
{
    struct pollfd entry = { .fd = s_pipes[0], .events = POLLIN };
    return ppoll(&entry, 1, timeout, mask);
}

static int by_pselect(const struct timespec *timeout, const sigset_t *mask)
{
    fd_set reads;
    FD_ZERO(&reads);
    FD_SET(s_pipes[0], &reads);
    return pselect(s_pipes[0] + 1, &reads, NULL, NULL, timeout, mask);
}

static int by_epoll(const struct timespec *timeout, const sigset_t *mask)
{
    struct epoll_event event;
    return epoll_pwait(s_epoll, &event, 1, (int)(timeout->tv_sec * 1000 + timeout->tv_nsec / 1000000), mask);
}

static int is_blocked(void)
{
    sigset_t now;
    sigprocmask(SIG_SETMASK, NULL, &now);
    return sigismember(&now, SIGUSR1);
}

static int is_pending(void)
{
    sigset_t pending;
    sigpending(&pending);
    return sigismember(&pending, SIGUSR1);
}

static void masks(const char *name, int (*call)(const struct timespec *, const sigset_t *))
{
    sigset_t blocked;
    char byte;
    printf("%s\n", name);
    sigemptyset(&s_none);
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGUSR1);
    install(SIGUSR1, handle, SA_RESTART);
    sigprocmask(SIG_BLOCK, &blocked, NULL);
    s_handled = 0;
    raise(SIGUSR1);
    check("a signal that waited ends it at once", call(&s_long, &s_none) == -1 && errno == EINTR);
    check("after its handler", s_handled == 1 && !is_pending());
    check("and is blocked again", is_blocked());
    raise(SIGUSR1);
    check("what is ready comes first", write(s_pipes[1], "x", 1) == 1 && call(&s_long, &s_none) == 1);
    check("a signal stays for later then", s_handled + is_pending() == 2);
    check("the mask is as it was", is_blocked());
    if (is_pending()) {
        check("ready again, and pending", call(&s_long, &s_none) == 1 && s_handled + is_pending() == 2);
    }
    check("read", read(s_pipes[0], &byte, 1) == 1);
    if (is_pending())
        check("then it ends a wait", call(&s_long, &s_none) == -1 && s_handled == 2);
    raise(SIGUSR1);
    check("one that stays blocked does not end it", call(&s_short, &blocked) == 0 && is_pending());
    check("nor without a mask", call(&s_short, NULL) == 0 && is_pending());
    check("no time with a signal waiting", call(&(struct timespec){ 0 }, &s_none) == (s_handled == 3 ? -1 : 0));
    printf("it was%s handled\n", s_handled == 3 ? "" : " not");
    sigprocmask(SIG_UNBLOCK, &blocked, NULL);
    check("unblocked it is", s_handled == 3);
    fflush(stdout);
    pid_t parent = getpid(), child = fork();
    if (child == 0) {
        usleep(100000);
        kill(parent, SIGUSR1);
        _exit(0);
    }
    check("a mask of the call's own holds while it waits", call(&(struct timespec){ .tv_nsec = 400000000 }, &blocked) == 0);
    check("and is gone after it", s_handled == 4 && !is_blocked());
    waitpid(child, NULL, 0);
}

static void refusals(void)
{
    struct pollfd entry = { .fd = s_pipes[0], .events = POLLIN };
    struct timespec bad = { .tv_nsec = 1000000000 }, negative = { .tv_sec = -1 };
    struct epoll_event event;
    outcome("a mask of another size", syscall(SYS_ppoll, &entry, 1, &s_short, &s_none, 7));
    outcome("no mask of another size", syscall(SYS_ppoll, &entry, 1, &s_short, NULL, 7));
    outcome("a bad mask", syscall(SYS_ppoll, &entry, 1, &s_short, 1L, 8));
    outcome("a bad time", syscall(SYS_ppoll, &entry, 1, &bad, NULL, 8));
    outcome("a negative time", syscall(SYS_ppoll, &entry, 1, &negative, NULL, 8));
    outcome("epoll: a mask of another size", syscall(SYS_epoll_pwait, s_epoll, &event, 1, 1, &s_none, 7));
    outcome("epoll: no mask of another size", syscall(SYS_epoll_pwait, s_epoll, &event, 1, 1, NULL, 7));
    outcome("epoll: a bad mask", syscall(SYS_epoll_pwait, s_epoll, &event, 1, 1, 1L, 8));
    struct { const void *mask; size_t size; } pair = { &s_none, 7 };
    outcome("select: a mask of another size", syscall(SYS_pselect6, 0, NULL, NULL, NULL, &s_short, &pair));
    pair.mask = NULL;
    outcome("select: no mask of another size", syscall(SYS_pselect6, 0, NULL, NULL, NULL, &s_short, &pair));
    outcome("select: a bad pair", syscall(SYS_pselect6, 0, NULL, NULL, NULL, &s_short, 1L));
    struct timespec left = { .tv_nsec = 30000000 };
    syscall(SYS_ppoll, &entry, 1, &left, NULL, 8);
    check("the time that is left is stored", left.tv_sec == 0 && left.tv_nsec == 0);
}

int main(void)
{
    no_zombies();
    disarming();
    struct epoll_event event = { .events = EPOLLIN };
    check("a pipe", pipe(s_pipes) == 0);
    s_epoll = epoll_create1(0);
    epoll_ctl(s_epoll, EPOLL_CTL_ADD, s_pipes[0], &event);
    masks("ppoll", by_ppoll);
    masks("pselect", by_pselect);
    masks("epoll_pwait", by_epoll);
    refusals();
    return finish();
}
