/* Signal handlers, masks, alternate stacks, interrupted calls. */
#include "../check.h"

#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static volatile sig_atomic_t s_count;
static volatile int s_code, s_value;
static void *volatile s_address;
static sigjmp_buf s_back;

static void count(int signal)
{
    (void)signal;
    s_count++;
}

static void look(int signal, siginfo_t *info, void *context)
{
    (void)signal;
    (void)context;
    s_code = info->si_code;
    s_address = info->si_addr;
    s_value = info->si_value.sival_int;
    s_count++;
}

static void leap(int signal, siginfo_t *info, void *context)
{
    look(signal, info, context);
    siglongjmp(s_back, 1);
}

static void handle(int number, void (*action)(int, siginfo_t *, void *), int flags)
{
    struct sigaction new = {.sa_sigaction = action, .sa_flags = SA_SIGINFO | flags};
    sigemptyset(&new.sa_mask);
    if (sigaction(number, &new, NULL) != 0)
    {
        perror("sigaction");
    }
}

static int overrun(int depth)
{
    volatile char frame[4096];
    frame[0] = (char)depth;
    return s_count > 100 ? frame[0] : overrun(depth + 1) + frame[0];
}

static double use_vectors(double value)
{
    volatile double sum = 0;
    for (int i = 0; i < 1000; i++)
    {
        sum += value / (i + 1);
        if (i == 500)
        {
            raise(SIGUSR1);
        }
    }

    return sum;
}

static void faults(void)
{
    handle(SIGSEGV, leap, SA_NODEFER);
    if (sigsetjmp(s_back, 1) == 0)
    {
        *(volatile int *)0x1234 = 1;
    }

    check("SIGSEGV tells the address", s_address == (void *)0x1234 && s_code == SEGV_MAPERR);
    if (sigsetjmp(s_back, 1) == 0)
    {
        *(volatile char *)(uintptr_t)overrun = 1;
    }

    check("and that a mapping does not allow it", s_address == (void *)overrun && s_code == SEGV_ACCERR);
    handle(SIGFPE, leap, SA_NODEFER);
    volatile int zero = 0;
    if (sigsetjmp(s_back, 1) == 0)
    {
        zero = s_value / zero;
    }

    check("SIGFPE", s_code == FPE_INTDIV);
    handle(SIGILL, leap, SA_NODEFER);
    if (sigsetjmp(s_back, 1) == 0)
    {
        __asm__ volatile("ud2");
    }

    check("SIGILL", s_code == ILL_ILLOPN);

    stack_t stack = {.ss_sp = malloc(65536), .ss_size = 65536};
    check("sigaltstack", sigaltstack(&stack, NULL) == 0);
    handle(SIGSEGV, leap, SA_NODEFER | SA_ONSTACK);
    int before = s_count;
    if (sigsetjmp(s_back, 1) == 0)
    {
        overrun(0);
    }

    check("an overrun stack is handled on another", s_count == before + 1);
    signal(SIGSEGV, SIG_DFL);
}

static void masks(void)
{
    sigset_t set, pending;
    signal(SIGUSR1, count);
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    sigprocmask(SIG_BLOCK, &set, NULL);
    int before = s_count;
    raise(SIGUSR1);
    raise(SIGUSR1);
    check("a blocked signal waits", s_count == before && sigpending(&pending) == 0 && sigismember(&pending, SIGUSR1));
    sigprocmask(SIG_UNBLOCK, &set, NULL);
    check("and comes once", s_count == before + 1);

    handle(SIGRTMIN + 3, look, 0);
    sigaddset(&set, SIGRTMIN + 3);
    sigprocmask(SIG_BLOCK, &set, NULL);
    union sigval value;
    for (value.sival_int = 1; value.sival_int <= 3; value.sival_int++)
    {
        sigqueue(getpid(), SIGRTMIN + 3, value);
    }

    before = s_count;
    sigprocmask(SIG_UNBLOCK, &set, NULL);
    check("real-time signals queue with their values", s_count == before + 3 && s_value == 3 && s_code == SI_QUEUE);

    sigemptyset(&set);
    sigaddset(&set, SIGUSR2);
    sigprocmask(SIG_BLOCK, &set, NULL);
    raise(SIGUSR2);
    siginfo_t info;
    struct timespec none = {0, 0};
    check("sigtimedwait takes it", sigtimedwait(&set, &info, &none) == SIGUSR2 && info.si_pid == getpid());
    check("and then there is none", sigtimedwait(&set, &info, &none) == -1 && errno == EAGAIN);
    double plain = 0;
    for (int i = 0; i < 1000; i++)
    {
        plain += 3.0 / (i + 1);
    }

    check("a handler leaves the vector registers", use_vectors(3.0) == plain);
}

static void interrupted(void)
{
    int ends[2];
    char byte;
    pipe(ends);
    struct sigaction action = {.sa_handler = count};
    sigaction(SIGALRM, &action, NULL);
    struct itimerval soon = {{0, 0}, {0, 20000}};
    setitimer(ITIMER_REAL, &soon, NULL);
    outcome("a read without SA_RESTART", read(ends[0], &byte, 1));
    setitimer(ITIMER_REAL, &soon, NULL);
    struct timespec pause = {5, 0}, left;
    outcome("nanosleep", nanosleep(&pause, &left));
    check("tells what is left", left.tv_sec == 4 || left.tv_sec == 3);

    pid_t child = fork();
    if (child == 0)
    {
        usleep(300000);
        _exit(write(ends[1], "x", 1) != 1);
    }

    action.sa_flags = SA_RESTART;
    sigaction(SIGALRM, &action, NULL);
    int before = s_count;
    setitimer(ITIMER_REAL, &soon, NULL);
    check("a read with SA_RESTART goes on", read(ends[0], &byte, 1) == 1 && s_count == before + 1);
    signal(SIGCHLD, count);
    waitpid(child, NULL, 0);

    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    sigprocmask(SIG_BLOCK, &set, NULL);
    child = fork();
    if (child == 0)
    {
        kill(getppid(), SIGUSR1);
        _exit(0);
    }

    sigset_t empty;
    sigemptyset(&empty);
    before = s_count;
    errno = 0;
    check("sigsuspend ends with the handler", sigsuspend(&empty) == -1 && errno == EINTR && s_count > before);
    while (waitpid(child, NULL, 0) != child)
    {
    }
}

int main(void)
{
    faults();
    masks();
    interrupted();
    outcome("a handler for SIGKILL", signal(SIGKILL, count) == SIG_ERR ? -1 : 0);
    return finish();
}
