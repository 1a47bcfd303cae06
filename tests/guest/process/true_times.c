/*
 * What is told of running threads: times in user mode and in the kernel only grow, a process that computes is "R", and its
 * processor is the one that it is bound to.
 */
#include "../check.h"

#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { READS = 30000 };

static long microseconds(struct timeval time)
{
    return time.tv_sec * 1000000 + time.tv_usec;
}

static void test_usage(void)
{
    int went_back = 0;
    struct rusage before, after;
    getrusage(RUSAGE_SELF, &before);
    for (int i = 0; i < READS; i++)
    {
        getrusage(RUSAGE_SELF, &after);
        went_back |= microseconds(after.ru_utime) < microseconds(before.ru_utime) || microseconds(after.ru_stime) < microseconds(before.ru_stime);
        before = after;
    }

    check("the times of getrusage never go back", !went_back);
}

/* The state of a process, and the processor that it was on last. */
static char read_state(pid_t process, int *processor)
{
    char name[64], text[2048], *at, state = '?';
    snprintf(name, sizeof name, "/proc/%d/stat", process);
    FILE *file = fopen(name, "r");
    if (file == NULL)
    {
        perror(name);
        exit(2);
    }

    text[fread(text, 1, sizeof text - 1, file)] = 0;
    fclose(file);
    at = strrchr(text, ')') + 1;
    for (int field = 3; field <= 39 && at != NULL; field++)
    {
        at++;
        state = field == 3 ? *at : state;
        *processor = field == 39 ? atoi(at) : -1;
        at = strchr(at, ' ');
    }

    return state;
}

static void test_state(void)
{
    int processor, last = (int)sysconf(_SC_NPROCESSORS_ONLN) - 1;
    pid_t spinner = fork();
    if (spinner == 0)
    {
        cpu_set_t set;
        CPU_ZERO(&set);
        CPU_SET(last, &set);
        if (sched_setaffinity(0, sizeof set, &set) != 0)
        {
            _exit(2);
        }

        for (;;)
        {
        }
    }

    /* It gets there some time, and is there always then. */
    time_t end = time(NULL) + 20;
    while ((read_state(spinner, &processor) != 'R' || processor != last) && time(NULL) < end)
    {
        usleep(1000);
    }

    check("a process that computes is running", read_state(spinner, &processor) == 'R');
    check("where it may", processor == last);
    kill(spinner, SIGSTOP);
    waitpid(spinner, NULL, WUNTRACED);
    check("a stopped one is stopped", read_state(spinner, &processor) == 'T');
    kill(spinner, SIGKILL);
    waitpid(spinner, NULL, 0);
    pid_t sleeper = fork();
    if (sleeper == 0)
    {
        pause();
        _exit(0);
    }

    while (read_state(sleeper, &processor) != 'S' && time(NULL) < end)
    {
        usleep(1000);
    }

    check("one that waits sleeps", read_state(sleeper, &processor) == 'S');
    kill(sleeper, SIGKILL);
    waitpid(sleeper, NULL, 0);
}

int main(void)
{
    test_usage();
    test_state();
    return finish();
}
