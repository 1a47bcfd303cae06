/*
 * The longest stop seen of all threads by the kernel's garbage collector, in nanoseconds, while 500 threads are made, and
 * while they sleep and two processes make garbage by forking. It looks every few milliseconds, and so sees one stop of two. For LevitateOS only: it reads /proc/levitate.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SLEEPERS = 500, FORKS = 1500 };

static long read_counter(const char *name)
{
    char text[2048], *line;
    FILE *file = fopen("/proc/levitate", "r");
    if (file == NULL)
    {
        exit(1);
    }

    text[fread(text, 1, sizeof text - 1, file)] = 0;
    fclose(file);
    line = strstr(text, name);
    return line == NULL ? -1 : atol(line + strlen(name));
}

/* The longest of the stops that this was called after. */
static long longest_stop(void)
{
    static long longest;
    long last = read_counter("last_stop_nanoseconds ");
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
    /* The makers come first: they are not to copy the sleepers' stacks. */
    int ends[2];
    if (pipe(ends) != 0 || start_maker(ends) < 0 || start_maker(ends) < 0 || start_sleepers() != 0)
    {
        perror("pipe, fork or pthread_create");
        return 1;
    }

    long before = read_counter("collections_gen0 ");
    close(ends[0]);
    close(ends[1]);
    while (waitpid(-1, NULL, WNOHANG) >= 0)
    {
        longest_stop();
        usleep(1000);
    }

    if (read_counter("collections_gen0 ") - before < 2)
    {
        fprintf(stderr, "too few collections\n");
        return 1;
    }

    printf("gc-stop %ld\n", longest_stop());
    return 0;
}
