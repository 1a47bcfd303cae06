/*
 * What a byte through a pipe costs, in nanoseconds (instructions under QEMU's `-icount shift=0`): "pipe" for one process
 * that writes a byte and reads it back, "pingpong" for a round trip between two processes, a byte there and a byte back.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { WARM_UP = 200, ROUNDS = 4000 };

static long long now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1000000000LL + time.tv_nsec;
}

static void send_byte(int to)
{
    char byte = 1;
    if (write(to, &byte, 1) != 1)
    {
        exit(1);
    }
}

static void receive_byte(int from)
{
    char byte;
    if (read(from, &byte, 1) != 1)
    {
        exit(1);
    }
}

/* The mean of a byte's way out by one descriptor and back by another, which may be the two ends of one pipe. */
static double measure(int out, int in)
{
    long long start = 0;
    for (int i = -WARM_UP; i < ROUNDS; i++)
    {
        if (i == 0)
        {
            start = now();
        }

        send_byte(out);
        receive_byte(in);
    }

    return (double)(now() - start) / ROUNDS;
}

int main(void)
{
    int there[2], back[2];
    if (pipe(there) != 0 || pipe(back) != 0)
    {
        perror("pipe");
        return 1;
    }

    printf("pipe %.2f\n", measure(there[1], there[0]));
    fflush(stdout);
    pid_t child = fork();
    if (child == 0)
    {
        for (int i = -WARM_UP; i < ROUNDS; i++)
        {
            receive_byte(there[0]);
            send_byte(back[1]);
        }

        _exit(0);
    }

    printf("pingpong %.2f\n", measure(there[1], back[0]));
    return waitpid(child, NULL, 0) == child ? 0 : 1;
}
