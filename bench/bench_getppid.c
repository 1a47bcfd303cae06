/*
 * The cost of the smallest system call: nanoseconds for each getppid, loop and clock subtracted. Under QEMU's
 * `-icount shift=0` a nanosecond is an instruction. getppid stands for "enter, read one field, leave"; no C library
 * keeps its answer.
 */
#include <stdio.h>
#include <sys/syscall.h>
#include <time.h>

enum { ROUNDS = 100000 };

static long long now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1000000000LL + time.tv_nsec;
}

static long long run(int with_call)
{
    long long start = now();
    for (int i = 0; i < ROUNDS; i++)
    {
        long number = SYS_getppid;
        if (with_call)
        {
            __asm__ volatile("syscall" : "+a"(number) : : "rcx", "r11", "memory");
        }
        else
        {
            __asm__ volatile("" : "+a"(number) : : "rcx", "r11", "memory");
        }
    }

    return now() - start;
}

int main(void)
{
    run(1);
    long long empty = run(0);
    long long full = run(1);
    printf("getppid %.2f\n", (double)(full - empty) / ROUNDS);
    return 0;
}
