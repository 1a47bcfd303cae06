/*
 * Who gets how much of the processors: "shares nice" two spinners of different nice values on one of them, "shares limit"
 * ordinary threads beside real-time ones that never sleep, "shares widen" spinners that were bound to one processor and then
 * may use another, "shares thirds" three spinners on two processors.
 */
#include "../check.h"

#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { MOST = 4 };

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void bind(pid_t process, unsigned long mask)
{
    cpu_set_t set;
    CPU_ZERO(&set);
    for (int cpu = 0; cpu < 64; cpu++)
    {
        if (mask >> cpu & 1)
        {
            CPU_SET(cpu, &set);
        }
    }

    if (sched_setaffinity(process, sizeof set, &set) != 0)
    {
        perror("sched_setaffinity");
        exit(2);
    }
}

static pid_t start_spinner(int nice_value, int priority)
{
    pid_t child = fork();
    if (child != 0)
    {
        return child;
    }

    if (nice_value != 0 && setpriority(PRIO_PROCESS, 0, nice_value) != 0)
    {
        _exit(2);
    }

    /* Not by musl, which has no such function that works. */
    struct sched_param parameters = {.sched_priority = priority};
    if (priority != 0 && syscall(SYS_sched_setscheduler, 0, SCHED_FIFO, &parameters) != 0)
    {
        _exit(2);
    }

    for (;;)
    {
        __asm__ volatile("pause");
    }
}

/* Ends a spinner; how long it ran, in seconds. */
static double end_spinner(pid_t child)
{
    struct rusage usage;
    int status;
    kill(child, SIGKILL);
    if (wait4(child, &status, 0, &usage) != child || !WIFSIGNALED(status) || WTERMSIG(status) != SIGKILL)
    {
        printf("a spinner ended by itself: status %x\n", status);
        exit(2);
    }

    return (double)usage.ru_utime.tv_sec + (double)usage.ru_utime.tv_usec / 1e6 + (double)usage.ru_stime.tv_sec + (double)usage.ru_stime.tv_usec / 1e6;
}

static void wait_for(double seconds)
{
    double end = now() + seconds;
    while (now() < end)
    {
        usleep(20000);
    }
}

static void test_nice(void)
{
    bind(0, 1);
    pid_t eager = start_spinner(0, 0), modest = start_spinner(10, 0);
    wait_for(1.5);
    double more = end_spinner(eager), less = end_spinner(modest);
    check("the nicer one runs, too", less > 0.01);
    check("and far less than the other", less * 3 < more);

    pid_t important = start_spinner(-10, 0), usual = start_spinner(0, 0);
    wait_for(1.5);
    more = end_spinner(important);
    less = end_spinner(usual);
    check("a usual one runs beside one that is less nice", less > 0.01);
    check("and far less than that one", less * 3 < more);
}

static void test_limit(void)
{
    /* The one who ends them is ordinary, too, and on the same processor. */
    bind(0, 1);
    double start = now();
    pid_t usual[2] = {start_spinner(0, 0), start_spinner(0, 0)}, urgent = start_spinner(0, 50);
    wait_for(3);
    double took = now() - start;
    double time = end_spinner(urgent);
    double others = end_spinner(usual[0]) + end_spinner(usual[1]);
    check("the real-time thread has most of the time", time > took / 2);
    check("others have some", others > took / 100);
}

static void test_widen(void)
{
    pid_t children[MOST];
    bind(0, 1);
    for (int i = 0; i < MOST; i++)
    {
        children[i] = start_spinner(0, 0);
    }

    wait_for(0.2);
    bind(0, 2);
    for (int i = 0; i < MOST; i++)
    {
        bind(children[i], 1ul << 0 | 1ul << 3);
    }

    double start = now(), time = 0;
    wait_for(1.5);
    double took = now() - start;
    for (int i = 0; i < MOST; i++)
    {
        time += end_spinner(children[i]);
    }

    check("both processors are used", time > took * 1.6);
}

static void test_thirds(void)
{
    pid_t children[3];
    double times[3], least = 1e9, most = 0, start = now();
    bind(0, 1ul << 0 | 1ul << 1);
    for (int i = 0; i < 3; i++)
    {
        children[i] = start_spinner(0, 0);
    }

    wait_for(3);
    double took = now() - start;
    for (int i = 0; i < 3; i++)
    {
        times[i] = end_spinner(children[i]);
        least = times[i] < least ? times[i] : least;
        most = times[i] > most ? times[i] : most;
    }

    check("both processors are used", times[0] + times[1] + times[2] > took * 1.6);
    check("each has its third, or nearly", least * 1.4 > most);
    if (least * 1.4 <= most)
    {
        printf("%.2f %.2f %.2f\n", times[0], times[1], times[2]);
    }
}

int main(int count, char **arguments)
{
    const char *what = count > 1 ? arguments[1] : "";
    if (strcmp(what, "nice") == 0)
    {
        test_nice();
    }
    else if (strcmp(what, "limit") == 0)
    {
        test_limit();
    }
    else if (strcmp(what, "widen") == 0)
    {
        test_widen();
    }
    else if (strcmp(what, "thirds") == 0)
    {
        test_thirds();
    }

    return finish();
}
