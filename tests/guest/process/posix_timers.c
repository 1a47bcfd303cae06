/* POSIX timers by signal, to a thread, silent; periods, overruns, absolute times, execve and fork. */
#include "../check.h"

#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#ifndef SIGEV_THREAD_ID
#define SIGEV_THREAD_ID 4
#endif

/* The kernel's own calls, with its own numbers for timers. */
struct event
{
    union sigval value;
    int signal, notify, thread;
    char rest[44];
};

static long create(clockid_t clock, const struct event *event, int *id)
{
    return syscall(SYS_timer_create, clock, event, id);
}

static long set(int id, int flags, long value, long period, struct itimerspec *old)
{
    struct itimerspec spec = {{period / 1000000000, period % 1000000000}, {value / 1000000000, value % 1000000000}};
    return syscall(SYS_timer_settime, id, flags, &spec, old);
}

static int take(int signal, siginfo_t *info, long milliseconds)
{
    sigset_t mask;
    struct timespec limit = {milliseconds / 1000, milliseconds % 1000 * 1000000};
    sigemptyset(&mask);
    sigaddset(&mask, signal);
    memset(info, 0, sizeof *info);
    return sigtimedwait(&mask, info, &limit);
}

static void *await(void *argument)
{
    siginfo_t info;
    *(volatile int *)argument = (int)syscall(SYS_gettid);
    return (void *)(intptr_t)(take(SIGRTMIN + 1, &info, 5000) == SIGRTMIN + 1 && info.si_code == SI_TIMER);
}

int main(void)
{
    int id = -1, other = -1, status;
    siginfo_t info;
    sigset_t mask;
    struct itimerspec spec;
    sigemptyset(&mask);
    sigaddset(&mask, SIGALRM);
    sigaddset(&mask, SIGRTMIN);
    sigaddset(&mask, SIGRTMIN + 1);
    pthread_sigmask(SIG_BLOCK, &mask, NULL);

    struct event event = {.value = {.sival_int = 42}, .signal = SIGRTMIN, .notify = SIGEV_SIGNAL};
    outcome("create", create(CLOCK_MONOTONIC, &event, &id));
    outcome("arm", set(id, 0, 10000000, 0, NULL));
    check("fires", take(SIGRTMIN, &info, 5000) == SIGRTMIN && info.si_code == SI_TIMER && info.si_value.sival_int == 42 && info.si_overrun == 0 && info.si_timerid == id);
    check("once", take(SIGRTMIN, &info, 30) == -1 && errno == EAGAIN);
    syscall(SYS_timer_gettime, id, &spec);
    check("disarmed by itself", spec.it_value.tv_sec == 0 && spec.it_value.tv_nsec == 0);

    set(id, 0, 5000000, 5000000, NULL);
    usleep(40000);
    check("overruns are counted", take(SIGRTMIN, &info, 5000) == SIGRTMIN && info.si_overrun >= 5 && syscall(SYS_timer_getoverrun, id) == info.si_overrun);
    check("and it goes on", take(SIGRTMIN, &info, 5000) == SIGRTMIN);
    set(id, 0, 0, 0, &spec);
    check("the old period", spec.it_interval.tv_nsec == 5000000);
    take(SIGRTMIN, &info, 0);
    check("disarmed", take(SIGRTMIN, &info, 20) == -1);

    outcome("by default SIGALRM", create(CLOCK_REALTIME, NULL, &other));
    set(other, TIMER_ABSTIME, 1, 0, NULL);
    check("a time that has passed", take(SIGALRM, &info, 5000) == SIGALRM && info.si_value.sival_int == other && other != id);
    event.notify = SIGEV_NONE;
    event.signal = 0;
    int silent = -1;
    outcome("a silent one", create(CLOCK_MONOTONIC, &event, &silent));
    set(silent, 0, 3000000000, 7000000000, NULL);
    syscall(SYS_timer_gettime, silent, &spec);
    check("it can be asked", spec.it_value.tv_sec >= 1 && spec.it_value.tv_sec <= 3 && spec.it_interval.tv_sec == 7);

    volatile int thread_id = 0;
    pthread_t thread;
    void *result;
    pthread_create(&thread, NULL, await, (void *)&thread_id);
    while (thread_id == 0)
    {
        usleep(1000);
    }

    event.notify = SIGEV_SIGNAL | SIGEV_THREAD_ID;
    event.signal = SIGRTMIN + 1;
    event.thread = thread_id;
    int threads = -1;
    outcome("one for a thread", create(CLOCK_MONOTONIC, &event, &threads));
    set(threads, 0, 10000000, 0, NULL);
    pthread_join(thread, &result);
    check("which gets it", result != NULL);
    event.thread = 1;
    outcome("one for a stranger", create(CLOCK_MONOTONIC, &event, &threads));
    event.notify = 77;
    outcome("a bad kind", create(CLOCK_MONOTONIC, &event, &threads));
    event.notify = SIGEV_SIGNAL;
    event.signal = 65;
    outcome("a bad signal", create(CLOCK_MONOTONIC, &event, &threads));
    outcome("a bad clock", create(77, NULL, &threads));
    outcome("a bad time", set(id, 0, -1, 0, NULL));
    outcome("no such timer", set(999, 0, 1, 0, NULL));

    /* A signal that is ignored must not stop the timer. */
    signal(SIGRTMIN + 2, SIG_IGN);
    event.signal = SIGRTMIN + 2;
    int ignored = -1;
    create(CLOCK_MONOTONIC, &event, &ignored);
    set(ignored, 0, 1000000, 1000000, NULL);
    usleep(20000);
    sigaddset(&mask, SIGRTMIN + 2);
    pthread_sigmask(SIG_BLOCK, &mask, NULL);
    signal(SIGRTMIN + 2, SIG_DFL);
    check("ignored, and then not", take(SIGRTMIN + 2, &info, 5000) == SIGRTMIN + 2);
    outcome("delete", syscall(SYS_timer_delete, ignored));
    outcome("delete again", syscall(SYS_timer_delete, ignored));

    if (fork() == 0)
    {
        _exit(syscall(SYS_timer_gettime, id, &spec) == -1 && errno == EINVAL ? 0 : 1);
    }

    wait(&status);
    check("a child has none", status == 0);

    timer_t library;
    struct sigevent notification = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGRTMIN};
    check("by the C library", timer_create(CLOCK_MONOTONIC, &notification, &library) == 0);
    struct itimerspec soon = {{0, 0}, {0, 1000000}};
    timer_settime(library, 0, &soon, NULL);
    check("it works", take(SIGRTMIN, &info, 5000) == SIGRTMIN && timer_delete(library) == 0);
    return finish();
}
