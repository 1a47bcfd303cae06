/* Threads: creation, thread-local storage, mutexes, conditions, joins, a signal to one. */
#include "../check.h"

#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <unistd.h>

enum { THREADS = 8, ROUNDS = 2000 };

static pthread_mutex_t s_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t s_changed = PTHREAD_COND_INITIALIZER;
static _Thread_local int s_own = 5;
static int s_total, s_turn;
static volatile int s_signalled, s_ready;

static void note(int signal)
{
    (void)signal;
    s_signalled = s_own;
}

static void *add(void *argument)
{
    for (int i = 0; i < ROUNDS; i++)
    {
        pthread_mutex_lock(&s_lock);
        s_total++;
        pthread_mutex_unlock(&s_lock);
        s_own++;
    }

    return (void *)((intptr_t)argument + s_own);
}

static void *take_turns(void *argument)
{
    int mine = (int)(intptr_t)argument;
    for (int i = 0; i < 200; i++)
    {
        pthread_mutex_lock(&s_lock);
        while (s_turn % 2 != mine)
        {
            pthread_cond_wait(&s_changed, &s_lock);
        }

        s_turn++;
        pthread_cond_broadcast(&s_changed);
        pthread_mutex_unlock(&s_lock);
    }

    return NULL;
}

static void *wait_for_signal(void *argument)
{
    (void)argument;
    s_own = 77;
    s_ready = 1;
    while (s_signalled == 0)
    {
        usleep(1000);
    }

    return NULL;
}

int main(void)
{
    pthread_t threads[THREADS];
    int good = 1;
    for (intptr_t i = 0; i < THREADS; i++)
    {
        good &= pthread_create(&threads[i], NULL, add, (void *)i) == 0;
    }

    check("eight threads", good);
    for (intptr_t i = 0; i < THREADS; i++)
    {
        void *result;
        good &= pthread_join(threads[i], &result) == 0 && (intptr_t)result == i + 5 + ROUNDS;
    }

    check("each with storage of its own", good && s_own == 5);
    check("a mutex keeps the count", s_total == THREADS * ROUNDS);
    pthread_create(&threads[0], NULL, take_turns, (void *)0);
    pthread_create(&threads[1], NULL, take_turns, (void *)1);
    pthread_join(threads[0], NULL);
    pthread_join(threads[1], NULL);
    check("turns by a condition", s_turn == 400);

    signal(SIGUSR1, note);
    pthread_create(&threads[0], NULL, wait_for_signal, NULL);
    while (s_ready == 0)
    {
        usleep(1000);
    }

    pthread_kill(threads[0], SIGUSR1);
    pthread_join(threads[0], NULL);
    check("a signal to one thread", s_signalled == 77);
    return finish();
}
