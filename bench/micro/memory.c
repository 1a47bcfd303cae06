/* Mappings and page faults. */
#include "micro.h"
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { PAGE = 4096, MAPPED = 1 << 20, TOUCHED = 4 << 20, ROUNDS = 10 };

static void map_and_unmap(void)
{
    void *area = mmap(NULL, MAPPED, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (area == MAP_FAILED || munmap(area, MAPPED) != 0)
    {
        fail("mmap");
    }
}

/* Nanoseconds for each page of a mapping that is touched once, the mapping's own cost with it. */
static double touch(int file, int flags, bool writes)
{
    long long start = 0;
    for (int round = -1; round < ROUNDS; round++)
    {
        start = round == 0 ? begin() : start;
        volatile char *area = mmap(NULL, TOUCHED, PROT_READ | PROT_WRITE, flags, file, 0);
        if (area == MAP_FAILED)
        {
            fail("mmap");
        }

        /* Linux would answer with 2 MB pages where it is set so; 4 KB pages are what is measured. */
        madvise((void *)area, TOUCHED, MADV_NOHUGEPAGE);
        for (int at = 0; at < TOUCHED; at += PAGE)
        {
            if (writes)
            {
                area[at] = 1;
            }
            else
            {
                (void)area[at];
            }
        }

        munmap((void *)area, TOUCHED);
    }

    return (double)(now() - start) / ROUNDS / (TOUCHED / PAGE);
}

static int make_file(void)
{
    static char s_block[PAGE];
    int file = open("/tmp/mapped", O_RDWR | O_CREAT | O_TRUNC, 0600);
    for (int at = 0; at < TOUCHED; at += PAGE)
    {
        if (write(file, s_block, PAGE) != PAGE)
        {
            fail("/tmp/mapped");
        }
    }

    return file;
}

void measure_memory(void)
{
    measure("mmap", 5000, map_and_unmap);
    if (is_wanted("page-fault"))
    {
        report("page-fault", touch(-1, MAP_PRIVATE | MAP_ANONYMOUS, true));
    }

    if (is_wanted("file-fault") || is_wanted("copy-fault"))
    {
        int file = make_file();
        report("file-fault", touch(file, MAP_SHARED, false));
        report("copy-fault", touch(file, MAP_PRIVATE, true));
        close(file);
        unlink("/tmp/mapped");
    }
}
