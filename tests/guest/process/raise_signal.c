/* raise_signal N: sends itself signal N with its default action. Status 3 when it lives on. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv)
{
    printf("before\n");
    fflush(stdout);
    if (argc < 2 || raise(atoi(argv[1])) != 0)
    {
        perror("raise");
        return 2;
    }

    printf("after\n");
    return 3;
}
