/*
 * A thousand threads that all end at once: by their process's end, by its next program, and each by itself when a
 * condition wakes all. Nobody may be left, and none may wait for the others for long.
 */
#include "torture.h"

#include <limits.h>
#include <stdatomic.h>
#include <string.h>

enum { THREADS = 1000 };

static pthread_mutex_t s_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t s_change = PTHREAD_COND_INITIALIZER;
static atomic_long s_begun;
static int s_may_end;

static void *wait_for_change(void *unused)
{
    pthread_mutex_lock(&s_lock);
    atomic_fetch_add(&s_begun, 1);
    while (!s_may_end)
    {
        pthread_cond_wait(&s_change, &s_lock);
    }

    pthread_mutex_unlock(&s_lock);
    return unused;
}

static pthread_t *start(long count)
{
    pthread_attr_t attributes;
    pthread_t *threads = calloc((size_t)count, sizeof *threads);
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, PTHREAD_STACK_MIN > 32768 ? PTHREAD_STACK_MIN : 32768);
    for (long i = 0; i < count; i++)
    {
        if (threads == NULL || pthread_create(&threads[i], &attributes, wait_for_change, NULL) != 0)
        {
            fail("pthread_create");
        }
    }

    while (atomic_load(&s_begun) < count)
    {
        sched_yield();
    }

    return threads;
}

/* The status of a child that makes the threads, and then does something that ends them. */
static int status_of_child(long count, void (*end)(pthread_t *threads, long count))
{
    int status = -1;
    pid_t child = fork();
    if (child < 0)
    {
        fail("fork");
    }

    if (child == 0)
    {
        end(start(count), count);
        _exit(1);
    }

    return waitpid(child, &status, 0) == child && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void exit_at_once(pthread_t *threads, long count)
{
    (void)threads;
    (void)count;
    _exit(7);
}

static void become_another_program(pthread_t *threads, long count)
{
    char *arguments[] = { "exit_status", "8", NULL };
    (void)threads;
    (void)count;
    execv("/bin/exit_status", arguments);
}

static void wake_and_join(pthread_t *threads, long count)
{
    int joined = 0;
    pthread_mutex_lock(&s_lock);
    s_may_end = 1;
    pthread_cond_broadcast(&s_change);
    pthread_mutex_unlock(&s_lock);
    for (long i = 0; i < count; i++)
    {
        joined += pthread_join(threads[i], NULL) == 0;
    }

    _exit(joined == count ? 9 : 1);
}

int main(int argc, char **argv)
{
    long count = rounds(argc, argv, THREADS);
    check("all end with their process", status_of_child(count, exit_at_once) == 7);
    check("all end for a new program", status_of_child(count, become_another_program) == 8);
    check("each ends by itself", status_of_child(count, wake_and_join) == 9);
    check("no child is left", wait(NULL) == -1 && errno == ECHILD);
    return finish();
}
