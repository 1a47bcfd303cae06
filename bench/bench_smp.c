/*
 * What a second CPU is worth: how much longer two processes take, at once, for what one of them does alone. 1.00 is best,
 * 2.00 is what one CPU does. "smp-cpu" computes, "smp-getppid" makes system calls, "smp-touch" maps, touches and unmaps
 * memory of its own, "smp-pipe" writes to a pipe and reads it back, "smp-fork" makes processes and waits for them.
 *
 * A host's CPUs change their speed within seconds, by other guests of the same machine and by their clock. So one and two
 * take turns of a fixed length, many times, and the medians of what each process did in its turns are compared: of the
 * two, the one that did less. A turn begins before the fork, so that placing the processes counts too.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { TURNS = 15, TURN_MILLISECONDS = 200, MOST_PROCESSES = 2 };

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void compute(void)
{
    for (volatile unsigned long i = 0, x = 1; i < 100000; i++)
    {
        x = x * 6364136223846793005ul + 1442695040888963407ul;
    }
}

static void call(void)
{
    for (int i = 0; i < 1000; i++)
    {
        syscall(SYS_getppid);
    }
}

static void touch(void)
{
    enum { LENGTH = 1 << 20 };
    char *area = mmap(NULL, LENGTH, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (area == MAP_FAILED)
    {
        exit(1);
    }

    for (int offset = 0; offset < LENGTH; offset += 4096)
    {
        area[offset] = 1;
    }

    munmap(area, LENGTH);
}

static void pass(void)
{
    static char s_block[512];
    static int s_ends[2];
    if (s_ends[1] == 0 && pipe(s_ends) != 0)
    {
        exit(1);
    }

    for (int i = 0; i < 100; i++)
    {
        if (write(s_ends[1], s_block, sizeof s_block) != sizeof s_block || read(s_ends[0], s_block, sizeof s_block) != sizeof s_block)
        {
            exit(1);
        }
    }
}

static void multiply(void)
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

/* A turn of so many processes: how many rounds of the work each did in a second, in the memory that all share. */
static void take_turn(int processes, void (*work)(void), double *rates)
{
    double start = now();
    for (int i = 0; i < processes; i++)
    {
        pid_t child = fork();
        if (child == 0)
        {
            double rounds = 0, time;
            do
            {
                work();
                rounds++;
                time = now() - start;
            }
            while (time < TURN_MILLISECONDS / 1e3);

            rates[i] = rounds / time;
            _exit(0);
        }

        if (child < 0)
        {
            exit(1);
        }
    }

    int status;
    while (wait(&status) > 0)
    {
        if (status != 0)
        {
            exit(1);
        }
    }
}

static int compare(const void *left, const void *right)
{
    double difference = *(const double *)left - *(const double *)right;
    return (difference > 0) - (difference < 0);
}

static double median(double *values)
{
    qsort(values, TURNS, sizeof *values, compare);
    return values[TURNS / 2];
}

static void measure(const char *name, void (*work)(void), double *rates)
{
    double alone[TURNS], first[TURNS], second[TURNS];
    for (int turn = 0; turn < TURNS; turn++)
    {
        take_turn(1, work, rates);
        alone[turn] = rates[0];
        take_turn(2, work, rates);
        first[turn] = rates[0];
        second[turn] = rates[1];
    }

    double one = median(first), other = median(second);
    printf("%s %.3f\n", name, median(alone) / (one < other ? one : other));
    fflush(stdout);
}

int main(void)
{
    double *rates = mmap(NULL, MOST_PROCESSES * sizeof *rates, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (rates == MAP_FAILED)
    {
        return 1;
    }

    measure("smp-cpu", compute, rates);
    measure("smp-getppid", call, rates);
    measure("smp-touch", touch, rates);
    measure("smp-pipe", pass, rates);
    measure("smp-fork", multiply, rates);
    return 0;
}
