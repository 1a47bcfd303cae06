/* membarrier: what there is, what has to be asked for first. */
#include "../check.h"

#include <pthread.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { QUERY = 0, GLOBAL = 1, PRIVATE = 8, REGISTER_PRIVATE = 16, SYNC_CORE = 32, REGISTER_SYNC_CORE = 64, REGISTRATIONS = 512 };

static volatile int s_ready, s_mine, s_other, s_stop;

/* Each of two threads stores its own and then loads the other's. */
static struct
{
    volatile int round __attribute__((aligned(64)));
    volatile int left __attribute__((aligned(64)));
    volatile int right __attribute__((aligned(64)));
    volatile int seen __attribute__((aligned(64)));
} s_store;

/* Where there is one processor only, each hand-over waits for a slice to end, and nothing can be seen out of order. */
enum { ROUNDS = 4000, ROUNDS_OF_ONE = 50 };

static int s_rounds = ROUNDS;

static long barrier(int command)
{
    return syscall(SYS_membarrier, command, 0, 0);
}

/* Stores and loads with nothing between that the processor would have to respect. */
static void *looks(void *unused)
{
    (void)unused;
    for (int round = 1; !s_stop; round = s_ready)
        s_other = round;
    return NULL;
}

/* The side that runs often and pays nothing: its store may still be on its way when it loads, if nobody makes it wait. */
static void *stores_and_loads(void *unused)
{
    (void)unused;
    for (int round = 1; round <= s_rounds; round++)
    {
        while (s_store.round < round)
        {
            __asm__ volatile("pause");
        }

        s_store.left = round;
        __asm__ volatile("" ::: "memory");
        s_store.seen = s_store.right + ROUNDS * 2;
    }

    return NULL;
}

/* What neither store was seen by the other side's load in: with a barrier on this side only, never. */
static int missed_both(void)
{
    pthread_t thread;
    int missed = 0;
    s_rounds = sysconf(_SC_NPROCESSORS_ONLN) > 1 ? ROUNDS : ROUNDS_OF_ONE;
    pthread_create(&thread, NULL, stores_and_loads, NULL);
    for (int round = 1; round <= s_rounds; round++)
    {
        s_store.seen = 0;
        __atomic_store_n(&s_store.round, round, __ATOMIC_SEQ_CST);
        s_store.right = round;
        barrier(PRIVATE);
        int left = s_store.left;
        while (s_store.seen == 0)
        {
            __asm__ volatile("pause");
        }

        missed += left != round && s_store.seen - ROUNDS * 2 != round;
    }

    pthread_join(thread, NULL);
    return missed;
}

int main(void)
{
    long commands = barrier(QUERY);
    check("the commands that one looks for", (commands & (GLOBAL | PRIVATE | REGISTER_PRIVATE)) == (GLOBAL | PRIVATE | REGISTER_PRIVATE));
    outcome("a private one, not asked for", barrier(PRIVATE));
    outcome("asking for it", barrier(REGISTER_PRIVATE));
    outcome("it then", barrier(PRIVATE));
    outcome("one for code, not asked for", barrier(SYNC_CORE));
    outcome("asking for it", barrier(REGISTER_SYNC_CORE));
    outcome("it then", barrier(SYNC_CORE));
    check("what was asked for", barrier(REGISTRATIONS) == (REGISTER_PRIVATE | REGISTER_SYNC_CORE));
    outcome("one for all", barrier(GLOBAL));
    outcome("an unknown one", barrier(3));
    outcome("flags", syscall(SYS_membarrier, QUERY, 2, 0));

    pthread_t thread;
    pthread_create(&thread, NULL, looks, NULL);
    for (int round = 1; round < 200; round++)
    {
        s_ready = round;
        barrier(PRIVATE);
        s_mine = s_other;
    }

    s_stop = 1;
    pthread_join(thread, NULL);
    check("many, beside a thread that runs", s_mine >= 0);
    check("of two that store and then load, one sees the other", missed_both() == 0);
    return finish();
}
