/*
 * The longest stop of all threads by the kernel's garbage collector, in nanoseconds, while 500 threads are made, and while
 * they sleep and two processes make garbage by forking. For LevitateOS only: it reads /proc/levitate.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SLEEPERS = 500, FORKS = 1500 };

static char counters[2048];

static void read_counters(void)
{
    FILE *file = fopen("/proc/levitate", "r");
    if (file == NULL)
    {
        exit(1);
    }

    counters[fread(counters, 1, sizeof counters - 1, file)] = 0;
    fclose(file);
}

static long get_counter(const char *name)
{
    char *line = strstr(counters, name);
    return line == NULL ? -1 : atol(line + strlen(name));
}

/* The longest stop since the start. Where there were several since the last call, their sum stands for them. */
static long longest, collections, total;

static long longest_stop(void)
{
    read_counters();
    long new_collections = get_counter("collections_gen0 "), new_total = get_counter("total_stop_nanoseconds ");
    long count = new_collections - collections;
    long last = count == 0 ? 0 : count == 1 ? get_counter("last_stop_nanoseconds ") : new_total - total;
    collections = new_collections;
    total = new_total;
    return longest = last > longest ? last : longest;
}

static void *sleep_on(void *unused)
{
    pause();
    return unused;
}

/* Waits for the other end of the pipe to be closed, and then makes garbage. */
static pid_t start_maker(int ends[2])
{
    pid_t maker = fork();
    if (maker != 0)
    {
        return maker;
    }

    char unused;
    close(ends[1]);
    if (read(ends[0], &unused, 1) != 0)
    {
        _exit(1);
    }

    for (int i = 0; i < FORKS; i++)
    {
        if (fork() == 0)
        {
            _exit(0);
        }

        wait(NULL);
    }

    _exit(0);
}

static int start_sleepers(void)
{
    pthread_attr_t small;
    pthread_attr_init(&small);
    pthread_attr_setstacksize(&small, 65536);
    for (int i = 0; i < SLEEPERS; i++)
    {
        pthread_t thread;
        if (pthread_create(&thread, &small, sleep_on, NULL) != 0)
        {
            return -1;
        }

        if (i % 8 == 0)
        {
            longest_stop();
        }
    }

    return 0;
}

int main(void)
{
    read_counters();
    collections = get_counter("collections_gen0 ");
    total = get_counter("total_stop_nanoseconds ");

    /* The makers come first: they are not to copy the sleepers' stacks. */
    int ends[2];
    if (pipe(ends) != 0 || start_maker(ends) < 0 || start_maker(ends) < 0 || start_sleepers() != 0)
    {
        perror("pipe, fork or pthread_create");
        return 1;
    }

    longest_stop();
    long before = get_counter("collections_gen0 ");
    close(ends[0]);
    close(ends[1]);
    while (waitpid(-1, NULL, WNOHANG) >= 0)
    {
        longest_stop();
        usleep(1000);
    }

    longest_stop();
    if (get_counter("collections_gen0 ") - before < 2)
    {
        fprintf(stderr, "too few collections\n");
        return 1;
    }

    printf("gc-stop %ld\n", longest_stop());
    return 0;
}
