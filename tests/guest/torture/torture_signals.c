/* Signals to threads and processes that run, sleep and spin in user mode: none is lost, each comes soon. */
#include "torture.h"

#include <signal.h>
#include <stdatomic.h>

enum { SPINNERS = 3, PINGS = 12, QUEUED = 200 };

static int s_rounds;
static _Atomic int s_stop, s_heard[SPINNERS], s_taken;
static _Atomic long s_sum;
static _Thread_local int s_number;

static void hear(int signal)
{
    (void)signal;
    s_heard[s_number]++;
}

static void take(int signal, siginfo_t *info, void *context)
{
    (void)signal;
    (void)context;
    s_sum += info->si_value.sival_int;
    s_taken++;
}

/* Makes no system call: only an interrupt gets it out of user mode. */
static void *spin(void *number)
{
    s_number = (int)(intptr_t)number;
    s_heard[s_number] = 0;
    while (!s_stop)
    {
    }

    return NULL;
}

static int ping_spinners(void)
{
    pthread_t threads[SPINNERS];
    for (int i = 0; i < SPINNERS; i++)
    {
        s_heard[i] = -1;
        pthread_create(&threads[i], NULL, spin, (void *)(intptr_t)i);
    }

    for (int i = 0; i < SPINNERS; i++)
    {
        while (s_heard[i] < 0)
        {
            sched_yield();
        }
    }

    for (int round = 1; round <= s_rounds * PINGS; round++)
    {
        for (int i = 0; i < SPINNERS; i++)
        {
            pthread_kill(threads[i], SIGUSR1);
        }

        for (int i = 0; i < SPINNERS; i++)
        {
            while (s_heard[i] < round)
            {
                sched_yield();
            }
        }
    }

    s_stop = 1;
    for (int i = 0; i < SPINNERS; i++)
    {
        pthread_join(threads[i], NULL);
    }

    return s_heard[0] == s_rounds * PINGS;
}

/* A child sends values; its parent computes, sleeps and takes them. */
static int take_queued(void)
{
    long expected = 0;
    pid_t parent = getpid(), child = fork();
    if (child == 0)
    {
        for (int i = 0; i < s_rounds * QUEUED; i++)
        {
            union sigval value = { .sival_int = i };
            while (sigqueue(parent, SIGRTMIN + 1, value) != 0)
            {
                usleep(100);
            }
        }

        _exit(0);
    }

    for (int i = 0; i < s_rounds * QUEUED; i++)
    {
        expected += i;
    }

    while (s_taken < s_rounds * QUEUED)
    {
        usleep(50);
    }

    return wait_for_children(1) == 0 && s_sum == expected;
}

/* Threads that are killed in the midst of what they do go with their process. */
static int kill_busy_processes(void)
{
    int bad = 0, status;
    for (int i = 0; i < s_rounds * 8; i++)
    {
        pid_t child = fork();
        if (child == 0)
        {
            s_stop = 0;
            run_threads(SPINNERS, spin);
            _exit(0);
        }

        usleep(500);
        kill(child, SIGKILL);
        bad += waitpid(child, &status, 0) != child || !WIFSIGNALED(status) || WTERMSIG(status) != SIGKILL;
    }

    return bad == 0;
}

int main(int argc, char **argv)
{
    struct sigaction hearing = { .sa_handler = hear, .sa_flags = SA_RESTART };
    struct sigaction taking = { .sa_sigaction = take, .sa_flags = SA_SIGINFO };
    s_rounds = rounds(argc, argv, 1);
    sigaction(SIGUSR1, &hearing, NULL);
    sigaction(SIGRTMIN + 1, &taking, NULL);
    check("threads that spin hear each signal", ping_spinners());
    check("queued signals all come", take_queued());
    check("processes of busy threads can be killed", kill_busy_processes());
    return finish();
}
