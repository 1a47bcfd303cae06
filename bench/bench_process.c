/*
 * What a process costs, in nanoseconds (instructions under QEMU's `-icount shift=0`): "fork" for fork, exit and wait,
 * "exec" for fork, execve, exit and wait. The program is dynamically linked, and executes itself.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { WARM_UP = 5, ROUNDS = 100 };

static long long now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1000000000LL + time.tv_nsec;
}

static void spawn(const char *program)
{
    int status;
    pid_t child = fork();
    if (child == 0)
    {
        if (program != NULL)
        {
            execl(program, program, "exit", (char *)NULL);
            _exit(1);
        }

        _exit(0);
    }

    if (child < 0 || waitpid(child, &status, 0) != child || status != 0)
    {
        perror("fork, exec or wait");
        exit(1);
    }
}

static void measure(const char *name, const char *program)
{
    long long start = 0;
    for (int i = -WARM_UP; i < ROUNDS; i++)
    {
        if (i == 0)
        {
            start = now();
        }

        spawn(program);
    }

    printf("%s %.2f\n", name, (double)(now() - start) / ROUNDS);
    fflush(stdout);
}

int main(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], "exit") == 0)
    {
        return 0;
    }

    measure("fork", NULL);
    measure("exec", argv[0]);
    return 0;
}
