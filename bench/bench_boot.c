/* Nanoseconds from power-on to this program's first instruction that reads the clock. */
#include <stdio.h>
#include <time.h>

int main(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    printf("boot %lld\n", time.tv_sec * 1000000000LL + time.tv_nsec);
    return 0;
}
