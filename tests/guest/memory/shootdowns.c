/*
 * Whom a change of an address space interrupts, by the row TLB of /proc/interrupts: the processor that runs another of its
 * threads, and not one that runs somebody else. Wants two processors that nobody else uses.
 */
#include "../check.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ROUNDS = 1000, PAGES = 64, PAGE = 4096 };

static volatile int s_spins;

static void bind(int cpu)
{
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(cpu, &set);
    if (sched_setaffinity(0, sizeof set, &set) != 0)
    {
        perror("sched_setaffinity");
        exit(2);
    }
}

static void *spin(void *unused)
{
    bind(1);
    s_spins = 1;
    while (s_spins > 0)
    {
        __asm__ volatile("pause");
    }

    return unused;
}

/* How often processor 1 was told to forget. */
static long shootdowns(void)
{
    char line[1024];
    long first = 0, second = -1;
    FILE *file = fopen("/proc/interrupts", "r");
    while (file != NULL && fgets(line, sizeof line, file) != NULL)
    {
        char *row = strstr(line, "TLB:");
        if (row != NULL)
        {
            sscanf(row, "TLB: %ld %ld", &first, &second);
        }
    }

    if (file != NULL)
    {
        fclose(file);
    }

    return second;
}

/* What comes to it while this process maps, fills and unmaps. */
static long of_rounds(void)
{
    long before = shootdowns();
    for (int round = 0; round < ROUNDS; round++)
    {
        char *pages = mmap(NULL, PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        for (int page = 0; page < PAGES; page++)
        {
            pages[page * PAGE] = 1;
        }

        munmap(pages, PAGES * PAGE);
    }

    return shootdowns() - before;
}

int main(void)
{
    pthread_t thread;
    bind(0);
    check("they are counted", shootdowns() >= 0);
    pid_t child = fork();
    if (child == 0)
    {
        spin(NULL);
        _exit(0);
    }

    usleep(100000);
    long apart = of_rounds();
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    pthread_create(&thread, NULL, spin, NULL);
    while (!s_spins)
    {
        usleep(1000);
    }

    long together = of_rounds();
    s_spins = -1;
    pthread_join(thread, NULL);
    check("another process is left alone", apart < ROUNDS / 4);
    check("a thread of this one is told, once or more for each", together >= ROUNDS);
    check("and not for each page", together < ROUNDS * PAGES / 8);
    if (s_failed)
    {
        printf("apart %ld, together %ld\n", apart, together);
    }

    return finish();
}
