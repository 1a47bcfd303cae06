/* Descriptors that one thread closes or replaces while others read and write by them. */
#include "torture.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>

enum { WRITERS = 3, REPLACEMENTS = 400, PIPES = 4 };

static int s_rounds, s_shared, s_pipes[PIPES][2];
static atomic_int s_stop;
static atomic_long s_written;

/* Writes bytes by a descriptor that stands for one pipe, then another, or for none at all. */
static void *write_bytes(void *number)
{
    char byte = (char)('a' + (intptr_t)number);
    long bad = 0;
    while (!atomic_load(&s_stop))
    {
        ssize_t done = write(s_shared, &byte, 1);
        if (done == 1)
        {
            atomic_fetch_add(&s_written, 1);
        }
        else
        {
            bad += done != -1 || (errno != EBADF && errno != EAGAIN);
        }
    }

    return (void *)bad;
}

static long drain(int from)
{
    char bytes[4096];
    long count = 0;
    for (ssize_t done; (done = read(from, bytes, sizeof bytes)) > 0;)
    {
        count += done;
    }

    return count;
}

/* Every byte that a write took is in the pipe that the descriptor stood for when the write began. */
static int replace_while_written(void)
{
    pthread_t writers[WRITERS];
    long bad = 0, read_bytes = 0;
    atomic_store(&s_stop, 0);
    for (int i = 0; i < PIPES; i++)
    {
        if (pipe2(s_pipes[i], O_NONBLOCK) != 0)
        {
            fail("pipe2");
        }
    }

    s_shared = dup(s_pipes[0][1]);
    for (int i = 0; i < WRITERS; i++)
    {
        if (pthread_create(&writers[i], NULL, write_bytes, (void *)(intptr_t)i) != 0)
        {
            fail("pthread_create");
        }
    }

    for (int i = 0; i < s_rounds * REPLACEMENTS; i++)
    {
        if (i % 5 == 0)
        {
            close(s_shared);
        }

        bad += dup2(s_pipes[i % PIPES][1], s_shared) != s_shared;
        read_bytes += drain(s_pipes[(i + 1) % PIPES][0]);
    }

    atomic_store(&s_stop, 1);
    for (int i = 0; i < WRITERS; i++)
    {
        void *result;
        pthread_join(writers[i], &result);
        bad += (intptr_t)result;
    }

    close(s_shared);
    for (int i = 0; i < PIPES; i++)
    {
        close(s_pipes[i][1]);
        read_bytes += drain(s_pipes[i][0]);

        /* Nobody holds the writing end any more, or this would be EAGAIN. */
        char byte;
        bad += read(s_pipes[i][0], &byte, 1) != 0;
        close(s_pipes[i][0]);
    }

    return bad == 0 && read_bytes == atomic_load(&s_written);
}

static void *read_one(void *from)
{
    char byte = 0;
    return (void *)(intptr_t)(read((int)(intptr_t)from, &byte, 1) == 1 && byte == 'x');
}

/* A read that waits keeps the file although its descriptor is closed; before, the process had one thread only. */
static int close_while_read(void)
{
    int good = 0, total = s_rounds * 20;
    for (int i = 0; i < total; i++)
    {
        int ends[2];
        char byte = 'x';
        pthread_t reader;
        void *result;
        if (pipe(ends) != 0 || write(ends[1], &byte, 1) != 1 || read(ends[0], &byte, 1) != 1
            || pthread_create(&reader, NULL, read_one, (void *)(intptr_t)ends[0]) != 0)
        {
            fail("pipe or pthread_create");
        }

        /* The reader may be before its call yet: then it finds the descriptor closed, which proves nothing. */
        usleep(2000);
        close(ends[0]);
        ssize_t written = write(ends[1], &byte, 1);
        pthread_join(reader, &result);
        good += result != NULL || written < 0;
        close(ends[1]);
    }

    return good == total;
}

int main(int argc, char **argv)
{
    s_rounds = rounds(argc, argv, 1);
    signal(SIGPIPE, SIG_IGN);
    check("bytes written by a descriptor that is replaced all arrive", replace_while_written());
    check("a read goes on after its descriptor was closed", close_while_read());
    return finish();
}
