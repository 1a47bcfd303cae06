/* CPU time of a process that computes alone: its timers fire, its limit ends it. */
#include "../check.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

static volatile int s_profiled, s_virtual;

static void count(int signal)
{
    s_profiled += signal == SIGPROF;
    s_virtual += signal == SIGVTALRM;
}

/* Makes no system call. */
static void compute(void)
{
    for (volatile unsigned long i = 0;; i++)
    {
        if (s_profiled >= 5 && s_virtual >= 5)
        {
            return;
        }
    }
}

int main(void)
{
    struct itimerval often = { { 0, 10000 }, { 0, 10000 } }, never = { { 0, 0 }, { 0, 0 } };
    signal(SIGPROF, count);
    signal(SIGVTALRM, count);
    setitimer(ITIMER_PROF, &often, NULL);
    setitimer(ITIMER_VIRTUAL, &often, NULL);
    compute();
    setitimer(ITIMER_PROF, &never, NULL);
    setitimer(ITIMER_VIRTUAL, &never, NULL);
    check("profiling and virtual timers fire", s_profiled >= 5 && s_virtual >= 5);

    pid_t child = fork();
    if (child == 0)
    {
        struct rlimit limit = { 1, RLIM_INFINITY };
        setrlimit(RLIMIT_CPU, &limit);
        s_profiled = s_virtual = 0;
        compute();
    }

    int status;
    waitpid(child, &status, 0);
    check("who exceeds its limit gets SIGXCPU", WIFSIGNALED(status) && WTERMSIG(status) == SIGXCPU);
    return finish();
}
