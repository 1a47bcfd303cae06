/*
 * The longest stop seen of all threads by the kernel's garbage collector, in nanoseconds, while 500 threads sleep and two
 * processes make garbage by forking. For LevitateOS only: it reads /proc/levitate.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SLEEPERS = 500, FORKS = 400 };

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

static void make_garbage(void)
{
    for (int i = 0; i < FORKS; i++)
    {
        if (fork() == 0)
        {
            _exit(0);
        }

        wait(NULL);
    }
}

int main(void)
{
    pthread_attr_t small;
    pthread_attr_init(&small);
    pthread_attr_setstacksize(&small, 65536);
    for (int i = 0; i < SLEEPERS; i++)
    {
        pthread_t thread;
        if (pthread_create(&thread, &small, sleep_on, NULL) != 0)
        {
            perror("pthread_create");
            return 1;
        }
    }

    long before = read_counter("collections_gen0 ");
    for (int i = 0; i < 2; i++)
    {
        if (fork() == 0)
        {
            make_garbage();
            _exit(0);
        }
    }

    long longest = 0;
    while (waitpid(-1, NULL, WNOHANG) >= 0)
    {
        long last = read_counter("last_stop_nanoseconds ");
        longest = last > longest ? last : longest;
        usleep(1000);
    }

    if (read_counter("collections_gen0 ") - before < 2)
    {
        fprintf(stderr, "too few collections\n");
        return 1;
    }

    printf("gc-stop %ld\n", longest);
    return 0;
}
