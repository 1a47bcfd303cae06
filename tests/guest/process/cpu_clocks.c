/* CPU clocks: of the process, of a thread, of another process; timers and sleeps by them. */
#include "../check.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static volatile sig_atomic_t s_fired, s_value, s_code;
static volatile int s_done;

static void on_signal(int signal, siginfo_t *info, void *context)
{
    (void)signal;
    (void)context;
    s_fired++;
    s_value = info->si_value.sival_int;
    s_code = info->si_code;
}

static long long now(clockid_t clock)
{
    struct timespec time = {-1, 0};
    clock_gettime(clock, &time);
    return time.tv_sec * 1000000000LL + time.tv_nsec;
}

static void compute(long long nanoseconds)
{
    long long end = now(CLOCK_THREAD_CPUTIME_ID) + nanoseconds;
    while (now(CLOCK_THREAD_CPUTIME_ID) < end)
        for (volatile int i = 0; i < 1000; i++)
            ;
}

static void *run(void *argument)
{
    while (!s_done)
        for (volatile int i = 0; i < 1000; i++)
            ;
    return argument;
}

static timer_t make(clockid_t clock)
{
    timer_t timer = 0;
    struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1, .sigev_value.sival_int = 7};
    outcome("a timer", timer_create(clock, &event, &timer));
    return timer;
}

static void timers(const char *what, clockid_t clock)
{
    struct itimerspec spec = {.it_value.tv_nsec = 30000000}, left;
    printf("-- %s\n", what);
    timer_t timer = make(clock);
    s_fired = 0;
    long long start = now(clock);
    outcome("armed", timer_settime(timer, 0, &spec, NULL));
    check("what is left", timer_gettime(timer, &left) == 0 && left.it_value.tv_sec == 0 && left.it_value.tv_nsec > 0 && left.it_value.tv_nsec <= 30000000);
    while (!s_fired)
        for (volatile int i = 0; i < 1000; i++)
            ;
    check("not too early", now(clock) - start >= 30000000);
    check("once, with its value", s_fired == 1 && s_value == 7 && s_code == SI_TIMER);
    check("nothing is left", timer_gettime(timer, &left) == 0 && left.it_value.tv_nsec == 0 && left.it_value.tv_sec == 0);

    spec.it_interval.tv_nsec = 20000000;
    s_fired = 0;
    timer_settime(timer, 0, &spec, NULL);
    while (s_fired < 3)
        for (volatile int i = 0; i < 1000; i++)
            ;
    check("with a period", s_fired >= 3);
    spec = (struct itimerspec){.it_value.tv_nsec = 1};
    s_fired = 0;
    outcome("a time that was", timer_settime(timer, TIMER_ABSTIME, &spec, NULL));
    compute(30000000);
    check("fires", s_fired == 1);
    outcome("deleted", timer_delete(timer));
}

static void sleeps(void)
{
    pthread_t thread;
    struct timespec time = {0, 30000000}, rest;
    printf("-- sleeps\n");
    printf("by the own thread's clock: %s\n", strerror(clock_nanosleep(CLOCK_THREAD_CPUTIME_ID, 0, &time, NULL)));
    pthread_create(&thread, NULL, run, NULL);
    long long start = now(CLOCK_PROCESS_CPUTIME_ID);
    check("while another thread runs", clock_nanosleep(CLOCK_PROCESS_CPUTIME_ID, 0, &time, &rest) == 0);
    check("not too short", now(CLOCK_PROCESS_CPUTIME_ID) - start >= 30000000);
    time.tv_nsec = 1;
    check("until a time that was", clock_nanosleep(CLOCK_PROCESS_CPUTIME_ID, TIMER_ABSTIME, &time, NULL) == 0);
    s_done = 1;
    pthread_join(thread, NULL);
    time = (struct timespec){1000, 0};
    alarm(1);
    check("a signal ends it", clock_nanosleep(CLOCK_PROCESS_CPUTIME_ID, 0, &time, &rest) == EINTR);
    check("what is left", rest.tv_sec == 999);
}

static void others(void)
{
    clockid_t clock = 0;
    int status;
    printf("-- another process\n");
    pid_t child = fork();
    if (child == 0)
    {
        for (;;)
            ;
    }
    check("its clock", clock_getcpuclockid(child, &clock) == 0);
    timer_t timer = make(clock);
    struct itimerspec spec = {.it_value.tv_nsec = 20000000};
    s_fired = 0;
    timer_settime(timer, 0, &spec, NULL);
    while (!s_fired)
        usleep(1000);
    check("it has run", now(clock) >= 20000000);
    timer_delete(timer);
    kill(child, SIGKILL);
    waitpid(child, &status, 0);
    check("a process that is gone has none", clock_getcpuclockid(child, &clock) != 0);
    outcome("a clock that is none", timer_create(-1000, NULL, &timer));
}

int main(void)
{
    clockid_t thread;
    struct sigaction action = {.sa_sigaction = on_signal, .sa_flags = SA_SIGINFO};
    sigaction(SIGUSR1, &action, NULL);
    sigaction(SIGALRM, &action, NULL);
    compute(20000000);
    check("time of the process", now(CLOCK_PROCESS_CPUTIME_ID) >= 20000000);
    long long own = now(CLOCK_THREAD_CPUTIME_ID);
    check("at least that of its thread", now(CLOCK_PROCESS_CPUTIME_ID) >= own);
    check("a thread's by name", pthread_getcpuclockid(pthread_self(), &thread) == 0 && now(thread) >= 20000000);
    timers("the process", CLOCK_PROCESS_CPUTIME_ID);
    timers("the thread", CLOCK_THREAD_CPUTIME_ID);
    sleeps();
    others();
    return finish();
}
