/* Mutexes, conditions, barriers and bare futexes, contended: no wake-up is lost, no lock is held twice. */
#include "torture.h"

#include <stdatomic.h>
#include <sys/syscall.h>

/* linux/futex.h, which musl's include path lacks. */
enum { FUTEX_WAIT_PRIVATE = 128, FUTEX_WAKE_PRIVATE = 129 };

enum { THREADS = 8, LOCKS = 400, TURNS = 80, MEETINGS = 20, TIMEOUTS = 20 };

static int s_rounds;
static pthread_mutex_t s_mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t s_changed = PTHREAD_COND_INITIALIZER;
static pthread_barrier_t s_barrier;
static long s_count, s_inside, s_turn;
static _Atomic int s_words[THREADS / 2];

static long futex(_Atomic int *word, int operation, int value, const struct timespec *timeout)
{
    return syscall(SYS_futex, word, operation, value, timeout, NULL, 0);
}

static void *lock_and_count(void *unused)
{
    long bad = 0;
    (void)unused;
    for (int i = 0; i < s_rounds * LOCKS; i++)
    {
        pthread_mutex_lock(&s_mutex);
        bad += s_inside++ != 0;
        s_count++;
        s_inside--;
        pthread_mutex_unlock(&s_mutex);
    }

    return (void *)bad;
}

static void *take_turns(void *number)
{
    for (int i = 0; i < s_rounds * TURNS / 4; i++)
    {
        pthread_mutex_lock(&s_mutex);
        while (s_turn % THREADS != (intptr_t)number)
        {
            pthread_cond_wait(&s_changed, &s_mutex);
        }

        s_turn++;
        pthread_cond_broadcast(&s_changed);
        pthread_mutex_unlock(&s_mutex);
    }

    return NULL;
}

/* Two threads a word: the even one makes it even, the odd one odd. */
static void *play(void *number)
{
    int mine = (intptr_t)number % 2;
    _Atomic int *word = &s_words[(intptr_t)number / 2];
    for (int i = 0; i < s_rounds * TURNS; i++)
    {
        int value;
        while ((value = *word) % 2 != mine)
        {
            futex(word, FUTEX_WAIT_PRIVATE, value, NULL);
        }

        *word = value + 1;
        futex(word, FUTEX_WAKE_PRIVATE, 1, NULL);
    }

    return NULL;
}

static void *meet(void *unused)
{
    long leaders = 0;
    (void)unused;
    for (int i = 0; i < s_rounds * MEETINGS; i++)
    {
        leaders += pthread_barrier_wait(&s_barrier) == PTHREAD_BARRIER_SERIAL_THREAD;
    }

    return (void *)leaders;
}

static void *time_out(void *number)
{
    static _Atomic int s_word;
    uint32_t random = 5 + (uint32_t)(intptr_t)number;
    long bad = 0;
    for (int i = 0; i < s_rounds * TIMEOUTS; i++)
    {
        struct timespec timeout = { 0, next_random(&random) % 300000 };
        bad += futex(&s_word, FUTEX_WAIT_PRIVATE, 0, &timeout) != -1 || errno != ETIMEDOUT;
    }

    return (void *)bad;
}

int main(int argc, char **argv)
{
    s_rounds = rounds(argc, argv, 1);
    pthread_barrier_init(&s_barrier, NULL, THREADS);
    check("a mutex has one owner at a time", run_threads(THREADS, lock_and_count) == 0);
    check("nothing that it guards is lost", s_count == (long)s_rounds * LOCKS * THREADS);
    run_threads(THREADS, take_turns);
    check("every turn was taken", s_turn == (long)s_rounds * TURNS / 4 * THREADS);
    run_threads(THREADS, play);
    check("every wake-up came", s_words[0] == s_rounds * TURNS * 2 && s_words[THREADS / 2 - 1] == s_rounds * TURNS * 2);
    check("every meeting had one leader", run_threads(THREADS, meet) == (long)s_rounds * MEETINGS);
    check("who is not woken times out", run_threads(THREADS, time_out) == 0);
    return finish();
}
