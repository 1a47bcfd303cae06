/*
 * What a second CPU is worth: how much longer two processes take, at once, for what one of them does alone. 1.00 is best,
 * 2.00 is what one CPU does. "smp-cpu" computes, "smp-getppid" makes system calls, "smp-touch" maps, touches and unmaps
 * memory of its own, "smp-pipe" writes to a pipe and reads it back, "smp-fork" makes processes and waits for them. Each is the best of several runs: others on the
 * host's CPUs only make it worse.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { RUNS = 5 };

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void compute(void)
{
    for (volatile unsigned long i = 0, x = 1; i < 15000000; i++)
    {
        x = x * 6364136223846793005ul + 1442695040888963407ul;
    }
}

static void call(void)
{
    for (int i = 0; i < 400000; i++)
    {
        syscall(SYS_getppid);
    }
}

static void touch(void)
{
    enum { LENGTH = 4 << 20 };
    for (int round = 0; round < 12; round++)
    {
        char *area = mmap(NULL, LENGTH, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        for (int offset = 0; offset < LENGTH; offset += 4096)
        {
            area[offset] = 1;
        }

        munmap(area, LENGTH);
    }
}

static void pass(void)
{
    static char s_block[512];
    int ends[2];
    if (pipe(ends) != 0)
    {
        exit(1);
    }

    for (int i = 0; i < 40000; i++)
    {
        if (write(ends[1], s_block, sizeof s_block) != sizeof s_block || read(ends[0], s_block, sizeof s_block) != sizeof s_block)
        {
            exit(1);
        }
    }

    close(ends[0]);
    close(ends[1]);
}

static void multiply(void)
{
    for (int i = 0; i < 300; i++)
    {
        pid_t child = fork();
        if (child == 0)
        {
            _exit(0);
        }

        if (child < 0 || waitpid(child, NULL, 0) != child)
        {
            exit(1);
        }
    }
}

static double run(int processes, void (*work)(void))
{
    double start = now();
    for (int i = 0; i < processes; i++)
    {
        if (fork() == 0)
        {
            work();
            _exit(0);
        }
    }

    while (wait(NULL) > 0)
    {
    }

    return now() - start;
}

static void measure(const char *name, void (*work)(void))
{
    double one = 1e9, two = 1e9;
    for (int i = 0; i < RUNS; i++)
    {
        double time = run(1, work);
        one = time < one ? time : one;
        time = run(2, work);
        two = time < two ? time : two;
    }

    printf("%s %.3f\n", name, two / one);
    fflush(stdout);
}

int main(void)
{
    measure("smp-cpu", compute);
    measure("smp-getppid", call);
    measure("smp-touch", touch);
    measure("smp-pipe", pass);
    measure("smp-fork", multiply);
    return 0;
}
