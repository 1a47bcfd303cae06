/* What the torture programs share: how often, a random number a thread, and joining what was started. */
#ifndef TORTURE_H
#define TORTURE_H

#include "../check.h"

#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* The first argument multiplies the rounds: 1 for a test among others, 100 for a night. */
static inline int rounds(int argc, char **argv, int once)
{
    int factor = argc > 1 ? atoi(argv[1]) : 1;
    return once * (factor < 1 ? 1 : factor);
}

/* Marsaglia's xorshift; the state is a thread's own and not 0. */
static inline uint32_t next_random(uint32_t *state)
{
    uint32_t x = *state;
    x ^= x << 13;
    x ^= x >> 17;
    x ^= x << 5;
    return *state = x;
}

static inline void fail(const char *what)
{
    perror(what);
    exit(2);
}

/* Runs a function on so many threads, with the thread's number; the sum of what they return. */
static inline long run_threads(int count, void *(*function)(void *))
{
    pthread_t threads[64];
    long sum = 0;
    for (int i = 0; i < count; i++)
    {
        if (pthread_create(&threads[i], NULL, function, (void *)(intptr_t)i) != 0)
        {
            fail("pthread_create");
        }
    }

    for (int i = 0; i < count; i++)
    {
        void *result;
        pthread_join(threads[i], &result);
        sum += (intptr_t)result;
    }

    return sum;
}

/* Waits for so many children; how many of them did not exit with 0. */
static inline int wait_for_children(int count)
{
    int bad = 0, status;
    for (int i = 0; i < count; i++)
    {
        if (wait(&status) < 0)
        {
            fail("wait");
        }

        bad += status != 0;
    }

    return bad;
}

#endif
