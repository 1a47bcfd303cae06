/*
 * eat_memory map: maps and touches memory until mmap refuses or the kernel ends the process.
 * eat_memory touch N: touches N MB of one mapping, and says so. Not for a Linux host.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

int main(int argc, char **argv)
{
    size_t megabytes = argc > 2 ? strtoul(argv[2], NULL, 10) : 1;
    int forever = argc > 1 && strcmp(argv[1], "map") == 0;
    do
    {
        char *area = mmap(NULL, megabytes << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (area == MAP_FAILED)
        {
            perror("mmap");
            return 12;
        }

        for (size_t i = 0; i < megabytes << 20; i += 4096)
        {
            area[i] = 1;
        }
    }
    while (forever);

    printf("touched %zu MB\n", megabytes);
    return 0;
}
