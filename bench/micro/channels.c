/* Bytes between processes: pipes and AF_UNIX sockets, a byte there and back, and much of it one way; waiting for many. */
#include "micro.h"
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ROUND_TRIPS = 2000, BLOCK = 65536, BLOCKS = 64, WATCHED = 1000, POLLED = 100 };

static char s_block[BLOCK];
static int s_epoll, s_events[WATCHED];
static struct pollfd s_polled[POLLED];

/* A byte to another process and another one back. Each side reads by one descriptor and writes by another. */
static void measure_round_trip(const char *name, int there[2], int back[2])
{
    char byte = 1;
    long long start = 0;
    pid_t echo = fork();
    if (echo == 0)
    {
        while (read(there[0], &byte, 1) == 1 && byte != 0)
        {
            if (write(back[1], &byte, 1) != 1)
            {
                _exit(1);
            }
        }

        _exit(0);
    }

    for (int i = -ROUND_TRIPS / 10; i < ROUND_TRIPS; i++)
    {
        start = i == 0 ? begin() : start;
        if (write(there[1], &byte, 1) != 1 || read(back[0], &byte, 1) != 1)
        {
            fail(name);
        }
    }

    report(name, (double)(now() - start) / ROUND_TRIPS);
    byte = 0;
    if (write(there[1], &byte, 1) != 1 || waitpid(echo, NULL, 0) != echo)
    {
        fail(name);
    }
}

/* Another process writes; this one reads. For each 64 KiB. */
static void measure_stream(const char *name, int from, int to)
{
    long long start = 0;
    pid_t writer = fork();
    if (writer == 0)
    {
        for (int i = 0; i < BLOCKS + BLOCKS / 8; i++)
        {
            if (write(to, s_block, BLOCK) != BLOCK)
            {
                _exit(1);
            }
        }

        _exit(0);
    }

    for (int i = -BLOCKS / 8; i < BLOCKS; i++)
    {
        start = i == 0 ? begin() : start;
        for (int got = 0; got < BLOCK;)
        {
            ssize_t count = read(from, s_block, (size_t)(BLOCK - got));
            if (count <= 0)
            {
                fail(name);
            }

            got += (int)count;
        }
    }

    report(name, (double)(now() - start) / BLOCKS);
    waitpid(writer, NULL, 0);
}

static void measure_pipe(void)
{
    int there[2], back[2];
    if (pipe(there) != 0 || pipe(back) != 0)
    {
        fail("pipe");
    }

    if (is_wanted("pipe-latency"))
    {
        measure_round_trip("pipe-latency", there, back);
    }

    if (is_wanted("pipe-64k"))
    {
        measure_stream("pipe-64k", there[0], there[1]);
    }

    close(there[0]), close(there[1]), close(back[0]), close(back[1]);
}

static void measure_unix(void)
{
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0)
    {
        fail("socketpair");
    }

    if (is_wanted("unix-latency"))
    {
        measure_round_trip("unix-latency", (int[]){ ends[1], ends[0] }, (int[]){ ends[0], ends[1] });
    }

    if (is_wanted("unix-64k"))
    {
        measure_stream("unix-64k", ends[0], ends[1]);
    }

    close(ends[0]), close(ends[1]);
}

static void wait_for_one(void)
{
    static unsigned s_next;
    struct epoll_event event;
    uint64_t value = 1;
    int file = s_events[s_next++ % WATCHED];
    if (write(file, &value, sizeof value) != sizeof value || epoll_wait(s_epoll, &event, 1, -1) != 1
        || read(event.data.fd, &value, sizeof value) != sizeof value || event.data.fd != file)
    {
        fail("epoll");
    }
}

static void poll_all(void)
{
    if (poll(s_polled, POLLED, 0) != 0)
    {
        fail("poll");
    }
}

static void measure_waiting(void)
{
    if (!is_wanted("epoll-1000") && !is_wanted("poll-100"))
    {
        return;
    }

    s_epoll = epoll_create1(0);
    for (int i = 0; i < WATCHED; i++)
    {
        s_events[i] = eventfd(0, 0);
        struct epoll_event event = { .events = EPOLLIN, .data.fd = s_events[i] };
        if (s_events[i] < 0 || epoll_ctl(s_epoll, EPOLL_CTL_ADD, s_events[i], &event) != 0)
        {
            fail("epoll_ctl");
        }

        if (i < POLLED)
        {
            s_polled[i] = (struct pollfd){ .fd = s_events[i], .events = POLLIN };
        }
    }

    measure("epoll-1000", 2000, wait_for_one);
    measure("poll-100", 1000, poll_all);
    for (int i = 0; i < WATCHED; i++)
    {
        close(s_events[i]);
    }

    close(s_epoll);
}

void measure_channels(void)
{
    measure_pipe();
    measure_unix();
    measure_waiting();
}
