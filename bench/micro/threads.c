/* Threads: one made and joined, and a hand-over between two by futexes. */
#include "micro.h"
#include <pthread.h>
#include <stdatomic.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { HANDOVERS = 2000 };

/* linux/futex.h, which musl's include path lacks. */
enum { FUTEX_WAIT_PRIVATE = 128, FUTEX_WAKE_PRIVATE = 129 };

static atomic_int s_turn;

static void *do_nothing(void *unused)
{
    return unused;
}

static void create_and_join(void)
{
    pthread_t thread;
    if (pthread_create(&thread, NULL, do_nothing, NULL) != 0 || pthread_join(thread, NULL) != 0)
    {
        fail("pthread_create");
    }
}

static void wait_for(int turn)
{
    int seen;
    while ((seen = atomic_load(&s_turn)) != turn)
    {
        syscall(SYS_futex, &s_turn, FUTEX_WAIT_PRIVATE, seen, NULL, NULL, 0);
    }
}

static void hand_over(int turn)
{
    atomic_store(&s_turn, turn);
    syscall(SYS_futex, &s_turn, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
}

static void *answer(void *unused)
{
    for (int i = -HANDOVERS / 10; i < HANDOVERS; i++)
    {
        wait_for(1);
        hand_over(0);
    }

    return unused;
}

void measure_threads(void)
{
    measure("thread", 500, create_and_join);
    if (is_wanted("futex"))
    {
        pthread_t thread;
        long long start = 0;
        if (pthread_create(&thread, NULL, answer, NULL) != 0)
        {
            fail("pthread_create");
        }

        for (int i = -HANDOVERS / 10; i < HANDOVERS; i++)
        {
            start = i == 0 ? begin() : start;
            hand_over(1);
            wait_for(0);
        }

        report("futex", (double)(now() - start) / HANDOVERS);
        pthread_join(thread, NULL);
    }
}
