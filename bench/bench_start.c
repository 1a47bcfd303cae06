/*
 * A program whose start is measured: says when main() began, in nanoseconds since power-on, by the one call that it makes.
 */
#include <stdio.h>
#include <time.h>

int main(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    printf("main %lld\n", time.tv_sec * 1000000000LL + time.tv_nsec);
    return 0;
}
