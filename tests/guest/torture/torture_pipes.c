/* Pipes between processes: bytes in order, records whole, ends that close in the midst. */
#include "torture.h"

#include <signal.h>

enum { WRITERS = 4, RECORDS = 60, RECORD = 512, BULK = 1 << 18, HOPS = 100 };

struct record
{
    int writer, number;
    unsigned char filling[RECORD - 2 * sizeof(int)];
};

static int s_rounds;

static void write_records(int out, int writer)
{
    struct record record = { .writer = writer };
    memset(record.filling, writer + 1, sizeof record.filling);
    for (int i = 0; i < s_rounds * RECORDS; i++)
    {
        record.number = i;
        if (write(out, &record, sizeof record) != sizeof record)
        {
            _exit(1);
        }
    }

    _exit(0);
}

/* Writes of at most PIPE_BUF bytes are not torn, and each writer's come in order. */
static int read_records(void)
{
    int ends[2], next[WRITERS] = { 0 }, bad = 0;
    struct record record;
    ssize_t got;
    if (pipe(ends) != 0)
    {
        fail("pipe");
    }

    for (int i = 0; i < WRITERS; i++)
    {
        if (fork() == 0)
        {
            write_records(ends[1], i);
        }
    }

    close(ends[1]);
    while ((got = read(ends[0], &record, sizeof record)) > 0)
    {
        /* The end of a record that the pipe had not whole yet. */
        for (ssize_t more; got < (ssize_t)sizeof record && (more = read(ends[0], (char *)&record + got, sizeof record - (size_t)got)) > 0;)
        {
            got += more;
        }

        bad += record.writer < 0 || record.writer >= WRITERS || record.number != next[record.writer]++
            || record.filling[0] != record.writer + 1 || record.filling[sizeof record.filling - 1] != record.writer + 1;
    }

    close(ends[0]);
    bad += wait_for_children(WRITERS);
    for (int i = 0; i < WRITERS; i++)
    {
        bad += next[i] != s_rounds * RECORDS;
    }

    return bad == 0;
}

/* Many bytes in pieces of any size, through a child that only passes it on. */
static int pass_bulk(void)
{
    static unsigned char s_buffer[70000];
    int first[2], second[2];
    uint32_t random = 9, sum = 0, read_sum = 0;
    long total = 0;
    if (pipe(first) != 0 || pipe(second) != 0)
    {
        fail("pipe");
    }

    if (fork() == 0)
    {
        ssize_t got;
        close(first[1]);
        close(second[0]);
        while ((got = read(first[0], s_buffer, sizeof s_buffer)) > 0)
        {
            for (ssize_t done = 0, put; done < got; done += put)
            {
                if ((put = write(second[1], s_buffer + done, (size_t)(got - done))) <= 0)
                {
                    _exit(1);
                }
            }
        }

        _exit(0);
    }

    close(first[0]);
    close(second[1]);
    if (fork() == 0)
    {
        close(second[0]);
        for (long left = (long)s_rounds * BULK; left > 0;)
        {
            size_t length = next_random(&random) % sizeof s_buffer + 1;
            length = (long)length > left ? (size_t)left : length;
            for (size_t i = 0; i < length; i++)
            {
                s_buffer[i] = (unsigned char)((s_rounds * (long)BULK - left + (long)i) * 7 >> 3);
            }

            for (size_t done = 0; done < length;)
            {
                ssize_t put = write(first[1], s_buffer + done, length - done);
                if (put <= 0)
                {
                    _exit(1);
                }

                done += (size_t)put;
            }

            left -= (long)length;
        }

        _exit(0);
    }

    close(first[1]);
    for (ssize_t got; (got = read(second[0], s_buffer, sizeof s_buffer)) > 0; total += got)
    {
        for (ssize_t i = 0; i < got; i++)
        {
            sum += s_buffer[i];
            read_sum += (unsigned char)((total + i) * 7 >> 3);
        }
    }

    close(second[0]);
    return wait_for_children(2) == 0 && total == (long)s_rounds * BULK && sum == read_sum;
}

/* A token goes around; every hop is a sleep and a wake-up. */
static int pass_token(void)
{
    int there[2], back[2], number = 0;
    if (pipe(there) != 0 || pipe(back) != 0)
    {
        fail("pipe");
    }

    if (fork() == 0)
    {
        close(there[1]);
        while (read(there[0], &number, sizeof number) == sizeof number)
        {
            number++;
            if (write(back[1], &number, sizeof number) != sizeof number)
            {
                _exit(1);
            }
        }

        _exit(0);
    }

    for (int i = 0; i < s_rounds * HOPS; i++)
    {
        if (write(there[1], &number, sizeof number) != sizeof number || read(back[0], &number, sizeof number) != sizeof number)
        {
            fail("token");
        }
    }

    close(there[1]);
    close(there[0]);
    int bad = wait_for_children(1);
    close(back[0]);
    close(back[1]);
    return bad == 0 && number == s_rounds * HOPS;
}

/* Who writes to a pipe that its reader has left gets EPIPE, however the two meet. */
static int leave_writers(void)
{
    int bad = 0;
    for (int i = 0; i < s_rounds * 20; i++)
    {
        int ends[2];
        if (pipe(ends) != 0)
        {
            fail("pipe");
        }

        if (fork() == 0)
        {
            char block[4096] = { 0 };
            close(ends[0]);
            while (write(ends[1], block, sizeof block) > 0)
            {
            }

            _exit(errno != EPIPE);
        }

        close(ends[1]);
        char byte;
        bad += read(ends[0], &byte, 1) != 1;
        close(ends[0]);
        bad += wait_for_children(1);
    }

    return bad == 0;
}

int main(int argc, char **argv)
{
    s_rounds = rounds(argc, argv, 1);
    signal(SIGPIPE, SIG_IGN);
    check("records of several writers are whole and in order", read_records());
    check("bytes pass through two pipes unchanged", pass_bulk());
    check("a token goes around", pass_token());
    check("writers without a reader end", leave_writers());
    return finish();
}
