/*
 * bench_micro [NAME...]: what the calls of the kernel cost, each alone, as lmbench measures it. Without a name, all. It
 * needs /tmp, /dev/null, /dev/zero, /bin/sh and the programs of bench/link; nothing else, so it can be a system's init.
 */
#include "micro.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

static char **s_names;

long long now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1000000000LL + time.tv_nsec;
}

void report(const char *name, double nanoseconds)
{
    report_with_pauses(name, nanoseconds, pauses_since_begin());
}

void report_with_pauses(const char *name, double nanoseconds, struct pauses pauses)
{
    if (is_wanted(name))
    {
        printf("%s %.2f\n", name, nanoseconds);
        if (pauses.count > 0)
        {
            printf("pauses %s %lld %lld %lld\n", name, pauses.count, pauses.sum, pauses.longest);
        }
    }
}

bool is_wanted(const char *name)
{
    for (char **wanted = s_names; *wanted != NULL; wanted++)
    {
        if (strcmp(*wanted, name) == 0)
        {
            return true;
        }
    }

    return *s_names == NULL;
}

void fail(const char *what)
{
    perror(what);
    exit(1);
}

void measure(const char *name, int rounds, void (*action)(void))
{
    long long start = 0;
    if (!is_wanted(name))
    {
        return;
    }

    for (int i = -(rounds / 10) - 1; i < rounds; i++)
    {
        start = i == 0 ? begin() : start;
        action();
    }

    report(name, (double)(now() - start) / rounds);
}

int main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "exit") == 0)
    {
        return 0;
    }

    /* Linux reports each fault of a system's init in its log, handled or not, which would be measured with it. */
    pid_t measuring = getpid() == 1 ? fork() : 0;
    if (measuring != 0)
    {
        int status;
        bool measured = measuring > 0 && waitpid(measuring, &status, 0) == measuring && status == 0;
        /* The system ends with its init, said or not; a pipe has nothing to drain. */
        tcdrain(STDOUT_FILENO);
        return measured ? 0 : 1;
    }

    /* All is said in the end: on a serial line, saying it would take the time of what is measured next. */
    static char s_said[8192];
    setvbuf(stdout, s_said, _IOFBF, sizeof s_said);
    s_names = argv + 1;
    measure_calls();
    measure_signals();
    measure_memory();
    measure_files();
    measure_channels();
    measure_switches();
    measure_threads();
    measure_processes();
    return 0;
}
