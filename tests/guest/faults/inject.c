/* inject KIND: meets a bug inside the kernel (LevitateOS with the kernel option fault-injection only). 0 to 11, see InjectedFault. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    long number = 1000;
    printf("about to meet a bug\n");
    fflush(stdout);
    long result = syscall(number, argc > 1 ? atol(argv[1]) : 0L);
    perror("still alive");
    return result == -1 ? 38 : 3;
}
