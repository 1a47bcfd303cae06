/*
 * The longest stop of all threads by the kernel's garbage collector since power-on, in nanoseconds, when 500 threads were
 * made, and have slept while two processes made garbage by forking. For LevitateOS only: it reads /proc/levitate.
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
    while (wait(NULL) > 0)
    {
    }

    if (read_counter("collections_gen0 ") - before < 2)
    {
        fprintf(stderr, "too few collections\n");
        return 1;
    }

    printf("gc-stop %ld\n", read_counter("longest_world_stop_nanoseconds "));
    return 0;
}
