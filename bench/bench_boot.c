/*
 * Nanoseconds from power-on to this program's first instruction that reads the clock, less those in which the CPU had
 * nothing to do: where a nanosecond is an instruction, they are the host's, which lets the VM wait. A system that tells
 * them to hundredths of a second only is asked for that.
 */
#include <stdio.h>
#include <string.h>
#include <time.h>

static long long idle_nanoseconds(void)
{
    char name[64];
    long long value, idle = -1;
    FILE *file = fopen("/proc/levitate", "r");
    while (file != NULL && fscanf(file, "%63s %lld", name, &value) == 2)
    {
        idle = strcmp(name, "idle_nanoseconds") == 0 ? value : idle;
    }

    double up, seconds;
    if (idle < 0 && (file = fopen("/proc/uptime", "r")) != NULL && fscanf(file, "%lf %lf", &up, &seconds) == 2)
    {
        idle = (long long)(seconds * 1e9);
    }

    return idle < 0 ? 0 : idle;
}

int main(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    printf("boot %lld\n", time.tv_sec * 1000000000LL + time.tv_nsec - idle_nanoseconds());
    return 0;
}
