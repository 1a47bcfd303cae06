/* /proc/[pid]/schedstat: time on a processor, time waiting for one, how often it got one. */
#include "../check.h"

#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define MILLISECOND 1000000L
#define ENOUGH (20 * MILLISECOND)
#define PATIENCE 10000

struct history
{
    long run, wait, slices;
};

static struct history read_history(const char *path)
{
    struct history history = { -1, -1, -1 };
    FILE *file = fopen(path, "r");
    char end = 0;
    int fields = file != NULL ? fscanf(file, "%ld %ld %ld%c", &history.run, &history.wait, &history.slices, &end) : 0;
    if (fields != 4 || end != '\n')
    {
        printf("%s: %d fields\n", path, fields);
    }

    if (file != NULL)
    {
        fclose(file);
    }

    return history;
}

static long own_time(void)
{
    struct timespec time;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return time.tv_sec * 1000 * MILLISECOND + time.tv_nsec;
}

static void compute(long nanoseconds)
{
    for (long begin = own_time(); own_time() - begin < nanoseconds;)
    {
    }
}

int main(void)
{
    char path[64];
    struct timespec nap = { 0, MILLISECOND };
    struct history before = read_history("/proc/self/schedstat"), after = before;
    check("it got a processor to begin with", before.run >= 0 && before.wait >= 0 && before.slices > 0);

    /* However busy the host is, and though Linux brings the time up to date on its ticks only, what is waited for comes. */
    for (int i = 0; i < PATIENCE && after.slices - before.slices < 10; i++)
    {
        nanosleep(&nap, NULL);
        after = read_history("/proc/thread-self/schedstat");
    }

    check("it got one again after naps", after.slices - before.slices >= 10);

    long begin = own_time();
    before = after = read_history("/proc/self/schedstat");
    for (int i = 0; i < PATIENCE && after.run - before.run < 50 * MILLISECOND; i++)
    {
        compute(MILLISECOND);
        after = read_history("/proc/self/schedstat");
    }

    long counted = after.run - before.run, took = own_time() - begin;
    check("its time is that of its clock", counted >= 50 * MILLISECOND && counted <= took + 200 * MILLISECOND);

    /* Two on one processor: each waits while the other runs. */
    cpu_set_t one, all;
    sched_getaffinity(0, sizeof all, &all);
    CPU_ZERO(&one);
    for (int i = 0; i < CPU_SETSIZE; i++)
    {
        if (CPU_ISSET(i, &all))
        {
            CPU_SET(i, &one);
            break;
        }
    }

    sched_setaffinity(0, sizeof one, &one);
    pid_t child = fork();
    if (child == 0)
    {
        for (;;)
        {
            compute(MILLISECOND);
        }
    }

    snprintf(path, sizeof path, "/proc/%d/schedstat", child);
    struct history other = { 0, 0, 0 };
    before = read_history("/proc/self/schedstat");
    for (int i = 0; i < PATIENCE && (after.wait - before.wait < ENOUGH || other.run < ENOUGH || other.wait < ENOUGH); i++)
    {
        compute(MILLISECOND);
        after = read_history("/proc/self/schedstat");
        other = read_history(path);
    }

    check("who shares a processor waits for it", after.wait - before.wait >= ENOUGH && after.slices > before.slices);
    check("the other ran meanwhile and waited, too", other.run >= ENOUGH && other.wait >= ENOUGH);

    kill(child, SIGKILL);
    siginfo_t info;
    waitid(P_PID, child, &info, WEXITED | WNOWAIT);
    struct history last = read_history(path);
    check("a zombie's is as it was at its end", last.run >= other.run && last.wait >= other.wait && last.slices >= other.slices);
    waitpid(child, NULL, 0);
    return finish();
}
