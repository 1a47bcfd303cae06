/*
 * mmap, munmap, mprotect, mremap and fork while other threads use the memory: what one CPU takes away no other may still
 * see.
 */
#include "torture.h"

#include <signal.h>
#include <stdatomic.h>
#include <sys/mman.h>

enum { PAGE = 4096, CHURNERS = 4, CHURNS = 25, CHANGES = 40, SNAPSHOTS = 8 };

static int s_rounds;
static _Atomic int s_stop, s_faults, s_protected;
static _Atomic long s_generation;
static volatile long *s_page;

/* The writer of a page that has become read-only waits until it may write again. */
static void wait_for_right(int signal)
{
    (void)signal;
    s_faults++;
    while (s_protected)
    {
    }
}

static void *write_always(void *unused)
{
    (void)unused;
    while (!s_stop)
    {
        s_page[0]++;
    }

    return NULL;
}

static long protect_under_writer(void)
{
    long bad = 0;
    for (int i = 0; i < s_rounds * CHANGES; i++)
    {
        s_protected = 1;
        mprotect((void *)s_page, PAGE, PROT_READ);
        long before = s_page[0];
        for (volatile int wait = 0; wait < 500; wait++)
        {
        }

        bad += s_page[0] != before;
        mprotect((void *)s_page, PAGE, PROT_READ | PROT_WRITE);
        s_protected = 0;
    }

    return bad;
}

/* What is read after a generation was seen must be of that generation at least. */
static void *read_generations(void *unused)
{
    long bad = 0;
    (void)unused;
    while (!s_stop)
    {
        long generation = s_generation;
        bad += s_page[0] < generation;
    }

    return (void *)bad;
}

/* Puts a new page in the old one's place, before the address is read again: by a mapping made elsewhere and moved. */
static void replace_under_reader(void)
{
    for (long i = 1; i <= s_rounds * CHANGES; i++)
    {
        long *fresh = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (fresh == MAP_FAILED)
        {
            fail("mmap");
        }

        fresh[0] = i;
        if (mremap(fresh, PAGE, PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, (void *)s_page) == MAP_FAILED)
        {
            fail("mremap");
        }

        s_generation = i;
    }
}

/* A child's copy does not change, however much its parent writes. */
static int take_snapshots(void)
{
    for (int i = 0; i < s_rounds * SNAPSHOTS; i++)
    {
        pid_t child = fork();
        if (child < 0)
        {
            fail("fork");
        }

        if (child == 0)
        {
            long before = s_page[0];
            usleep(200);
            _exit(s_page[0] != before);
        }
    }

    return wait_for_children(s_rounds * SNAPSHOTS);
}

static void *churn(void *number)
{
    uint32_t random = 77 + (uint32_t)(intptr_t)number;
    long bad = 0;
    for (int i = 0; i < s_rounds * CHURNS; i++)
    {
        size_t pages = next_random(&random) % 64 + 1, length = pages * PAGE;
        uint32_t *area = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (area == MAP_FAILED)
        {
            fail("mmap");
        }

        for (size_t page = 0; page < pages; page++)
        {
            bad += area[page * 1024] != 0;
            area[page * 1024] = random + (uint32_t)page;
        }

        mprotect(area, length / 2, PROT_READ);
        madvise((char *)area + length - PAGE, PAGE, MADV_DONTNEED);
        for (size_t page = 0; page + 1 < pages; page++)
        {
            bad += area[page * 1024] != random + (uint32_t)page;
        }

        bad += area[(pages - 1) * 1024] != 0;
        munmap(area, length);
    }

    return (void *)bad;
}

int main(int argc, char **argv)
{
    struct sigaction action = { .sa_handler = wait_for_right };
    pthread_t other;
    void *bad;
    s_rounds = rounds(argc, argv, 1);
    sigaction(SIGSEGV, &action, NULL);
    s_page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    pthread_create(&other, NULL, write_always, NULL);
    while (s_page[0] == 0)
    {
        sched_yield();
    }

    check("a page that is read-only does not change", protect_under_writer() == 0);
    check("what a child has does not change", take_snapshots() == 0);
    s_stop = 1;
    pthread_join(other, NULL);

    s_stop = 0;
    s_page[0] = 0;
    pthread_create(&other, NULL, read_generations, NULL);
    replace_under_reader();
    s_stop = 1;
    pthread_join(other, &bad);
    check("a page that was replaced is not seen again", bad == NULL);
    check("mappings made and unmade by several threads hold what was stored", run_threads(CHURNERS, churn) == 0);
    return finish();
}
