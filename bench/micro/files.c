/* Files: made, deleted, and read again from the page cache. */
#include "micro.h"
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { FILES = 500, SMALL = 10240, BLOCK = 65536, BIG = 2 << 20, READS = 10 };

static char s_block[BLOCK];

static void make(const char *name, int size)
{
    int file = open(name, O_WRONLY | O_CREAT | O_EXCL, 0600);
    if (file < 0 || write(file, s_block, (size_t)size) != size || close(file) != 0)
    {
        fail(name);
    }
}

static void measure_pair(const char *creation, const char *deletion, int size)
{
    double made = 0, deleted = 0;
    struct pauses making, deleting;
    if (!is_wanted(creation) && !is_wanted(deletion))
    {
        return;
    }

    for (int round = 0; round < 3; round++)
    {
        char name[32];
        long long start = begin();
        for (int i = 0; i < FILES; i++)
        {
            snprintf(name, sizeof name, "/tmp/file%d", i);
            make(name, size);
        }

        made = (double)(now() - start) / FILES;
        making = pauses_since_begin();
        start = begin();
        for (int i = 0; i < FILES; i++)
        {
            snprintf(name, sizeof name, "/tmp/file%d", i);
            if (unlink(name) != 0)
            {
                fail("unlink");
            }
        }

        deleted = (double)(now() - start) / FILES;
        deleting = pauses_since_begin();
    }

    report_with_pauses(creation, made, making);
    report_with_pauses(deletion, deleted, deleting);
}

/* For each block of 64 KiB. */
static void measure_reread(void)
{
    long long start = 0;
    int file = open("/tmp/big", O_RDWR | O_CREAT | O_TRUNC, 0600);
    if (!is_wanted("reread-64k"))
    {
        return;
    }

    for (int at = 0; at < BIG; at += BLOCK)
    {
        if (write(file, s_block, BLOCK) != BLOCK)
        {
            fail("/tmp/big");
        }
    }

    for (int round = -1; round < READS; round++)
    {
        start = round == 0 ? begin() : start;
        lseek(file, 0, SEEK_SET);
        for (int at = 0; at < BIG; at += BLOCK)
        {
            if (read(file, s_block, BLOCK) != BLOCK)
            {
                fail("/tmp/big");
            }
        }
    }

    report("reread-64k", (double)(now() - start) / READS / (BIG / BLOCK));
    close(file);
    unlink("/tmp/big");
}

void measure_files(void)
{
    measure_pair("create-0k", "delete-0k", 0);
    measure_pair("create-10k", "delete-10k", SMALL);
    measure_reread();
}
