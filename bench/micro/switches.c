/*
 * Context switches: a token goes around a ring of processes, each of which sums up an array when it has it. What is said
 * is a hop without the summing, which is measured alone; the pipe's read and write are in it.
 */
#include "micro.h"
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MAXIMUM_PROCESSES = 64, MAXIMUM_BYTES = 65536, HOPS = 3200 };

static int s_array[MAXIMUM_BYTES / sizeof(int)];
static volatile int s_sum;

static void sum(int bytes)
{
    int total = 0;
    for (int i = 0; i < bytes / (int)sizeof(int); i += 16)
    {
        total += s_array[i];
    }

    s_sum = total;
}

static double cost_of_sum(int bytes)
{
    enum { TIMES = 100 };
    long long start = now();
    for (int i = 0; i < TIMES; i++)
    {
        sum(bytes);
    }

    return (double)(now() - start) / TIMES;
}

static void pass(int from, int to, int bytes)
{
    char token;
    if (read(from, &token, 1) != 1)
    {
        _exit(0);
    }

    sum(bytes);
    if (write(to, &token, 1) != 1)
    {
        _exit(1);
    }
}

static void measure_ring(const char *name, int processes, int bytes)
{
    int pipes[MAXIMUM_PROCESSES][2];
    pid_t members[MAXIMUM_PROCESSES];
    char token = 1;
    if (!is_wanted(name))
    {
        return;
    }

    for (int i = 0; i < (int)(sizeof s_array / sizeof *s_array); i++)
    {
        s_array[i] = i;
    }

    for (int i = 0; i < processes; i++)
    {
        if (pipe(pipes[i]) != 0)
        {
            fail("pipe");
        }
    }

    for (int i = 1; i < processes; i++)
    {
        members[i] = fork();
        if (members[i] == 0)
        {
            /* Pages of its own, as after an exec. */
            s_array[0] = i;
            for (int at = 0; at < bytes / (int)sizeof(int); at += 1024)
            {
                s_array[at] = i;
            }

            while (true)
            {
                pass(pipes[i - 1][0], pipes[i][1], bytes);
            }
        }
    }

    long long start = 0;
    int rounds = HOPS / processes;
    for (int round = -2; round < rounds; round++)
    {
        start = round == 0 ? begin() : start;
        if (write(pipes[0][1], &token, 1) != 1)
        {
            fail("pipe");
        }

        if (read(pipes[processes - 1][0], &token, 1) != 1)
        {
            fail("pipe");
        }

        sum(bytes);
    }

    double hop = (double)(now() - start) / rounds / processes;
    report(name, hop - cost_of_sum(bytes));
    for (int i = 1; i < processes; i++)
    {
        kill(members[i], SIGKILL);
        waitpid(members[i], NULL, 0);
    }

    for (int i = 0; i < processes; i++)
    {
        close(pipes[i][0]);
        close(pipes[i][1]);
    }
}

void measure_switches(void)
{
    measure_ring("switch-2p-0k", 2, 0);
    measure_ring("switch-2p-64k", 2, 65536);
    measure_ring("switch-8p-16k", 8, 16384);
    measure_ring("switch-16p-64k", 16, 65536);
    measure_ring("switch-64p-0k", 64, 0);
    measure_ring("switch-64p-64k", 64, 65536);
}
