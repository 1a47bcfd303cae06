/*
 * Several that sleep for the same thing: two crowds of threads hand a few tokens to each other, and whoever is woken takes
 * one. A wake-up that nobody uses would leave a token lying there while all sleep, and the program would not end.
 */
#include "torture.h"

#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

enum { CROWD = 4, TOKENS = 2, HOPS = 4000 };

/* Where each side of the crowd takes tokens from and puts them to, and how one is taken. */
static int s_take[2], s_put[2], s_done[2];
static int (*s_await)(int side, char *token);
static int s_epolls[2];
static atomic_long s_hops;
static long s_limit;

static int await_by_read(int side, char *token)
{
    return read(s_take[side], token, 1) == 1;
}

/* All wait for an event, and whoever gets it may find that another one was faster. */
static int await_by_epoll(int side, char *token)
{
    struct epoll_event event;
    while (epoll_wait(s_epolls[side], &event, 1, -1) == 1)
    {
        ssize_t length = recv(s_take[side], token, 1, MSG_DONTWAIT);
        if (length >= 0)
        {
            return length == 1;
        }
    }

    return 0;
}

static void *hand_on(void *number)
{
    int side = (intptr_t)number % 2;
    char token;
    while (s_await(side, &token) && token != 0)
    {
        if (atomic_fetch_add(&s_hops, 1) == s_limit && write(s_done[1], "", 1) != 1)
        {
            fail("write");
        }

        if (write(s_put[side], &token, 1) != 1)
        {
            break;
        }
    }

    return NULL;
}

/* Starts the crowds and waits until the tokens have gone about often enough; then each thread gets a token that ends it. */
static int pass_about(int (*await)(int side, char *token))
{
    pthread_t threads[2 * CROWD];
    char byte = 1;
    s_await = await;
    s_hops = 0;
    for (intptr_t i = 0; i < 2 * CROWD; i++)
    {
        if (pthread_create(&threads[i], NULL, hand_on, (void *)i) != 0)
        {
            fail("pthread_create");
        }
    }

    for (int i = 0; i < TOKENS; i++)
    {
        if (write(s_put[i % 2], &byte, 1) != 1)
        {
            fail("write");
        }
    }

    int is_done = read(s_done[0], &byte, 1) == 1;
    for (int i = 0; i < 2 * CROWD; i++)
    {
        byte = 0;
        if (write(s_put[i % 2], &byte, 1) != 1)
        {
            fail("write");
        }
    }

    for (int i = 0; i < 2 * CROWD; i++)
    {
        pthread_join(threads[i], NULL);
    }

    return is_done;
}

static int by_pipes(void)
{
    int one[2], other[2];
    if (pipe(one) != 0 || pipe(other) != 0)
    {
        fail("pipe");
    }

    s_take[0] = one[0];
    s_put[0] = other[1];
    s_take[1] = other[0];
    s_put[1] = one[1];
    int is_right = pass_about(await_by_read);
    close(one[0]);
    close(one[1]);
    close(other[0]);
    close(other[1]);
    return is_right;
}

static int by_sockets(int type, int (*await)(int side, char *token))
{
    int ends[2];
    if (socketpair(AF_UNIX, type, 0, ends) != 0)
    {
        fail("socketpair");
    }

    for (int side = 0; side < 2; side++)
    {
        struct epoll_event interest = { .events = EPOLLIN };
        s_take[side] = s_put[side] = ends[side];
        s_epolls[side] = epoll_create1(0);
        if (s_epolls[side] < 0 || epoll_ctl(s_epolls[side], EPOLL_CTL_ADD, ends[side], &interest) != 0)
        {
            fail("epoll");
        }
    }

    int is_right = pass_about(await);
    close(s_epolls[0]);
    close(s_epolls[1]);
    close(ends[0]);
    close(ends[1]);
    return is_right;
}

int main(int argc, char **argv)
{
    s_limit = (long)rounds(argc, argv, 1) * HOPS;
    if (pipe(s_done) != 0)
    {
        fail("pipe");
    }

    check("readers of a pipe lose no wake-up", by_pipes());
    check("receivers of a stream lose no wake-up", by_sockets(SOCK_STREAM, await_by_read));
    check("receivers of datagrams lose no wake-up", by_sockets(SOCK_DGRAM, await_by_read));
    check("those who wait for an epoll lose no wake-up", by_sockets(SOCK_STREAM, await_by_epoll));
    return finish();
}
