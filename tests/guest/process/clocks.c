/* Clocks and sleeping: what must hold whatever the time is. */
#include "../check.h"

#include <sys/resource.h>
#include <sys/time.h>
#include <sys/times.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

static long long nanoseconds(clockid_t clock)
{
    struct timespec now;
    return clock_gettime(clock, &now) == 0 ? now.tv_sec * 1000000000LL + now.tv_nsec : -1;
}

static volatile sig_atomic_t s_alarms;

static void on_alarm(int signal)
{
    (void)signal;
    s_alarms++;
}

static int alarms_come(int count)
{
    struct itimerval period = {{0, 5000}, {0, 5000}}, none = {{0, 0}, {0, 0}};
    signal(SIGALRM, on_alarm);
    setitimer(ITIMER_REAL, &period, NULL);
    long long end = nanoseconds(CLOCK_MONOTONIC) + 30000000000;
    while (s_alarms < count && nanoseconds(CLOCK_MONOTONIC) < end)
    {
        pause();
    }

    setitimer(ITIMER_REAL, &none, NULL);
    return s_alarms >= count;
}

int main(void)
{
    long long last = nanoseconds(CLOCK_MONOTONIC), first = last;
    int forward = 1;
    for (int i = 0; i < 10000; i++)
    {
        long long now = nanoseconds(CLOCK_MONOTONIC);
        forward &= now >= last;
        last = now;
    }

    check("CLOCK_MONOTONIC does not go back", forward && last > first);
    check("CLOCK_REALTIME is after 2024", nanoseconds(CLOCK_REALTIME) > 1704067200LL * 1000000000);
    check("CLOCK_BOOTTIME is there", nanoseconds(CLOCK_BOOTTIME) > 0);
    check("CLOCK_MONOTONIC_RAW is there", nanoseconds(CLOCK_MONOTONIC_RAW) > 0);
    check("CLOCK_MONOTONIC_COARSE is there", nanoseconds(CLOCK_MONOTONIC_COARSE) > 0);
    check("CLOCK_PROCESS_CPUTIME_ID counts", nanoseconds(CLOCK_PROCESS_CPUTIME_ID) > 0);
    check("CLOCK_THREAD_CPUTIME_ID counts", nanoseconds(CLOCK_THREAD_CPUTIME_ID) > 0);

    struct timeval of_day;
    check("gettimeofday agrees with time", gettimeofday(&of_day, NULL) == 0 && time(NULL) - of_day.tv_sec <= 1);

    struct timespec resolution;
    check("the resolution is a nanosecond", clock_getres(CLOCK_MONOTONIC, &resolution) == 0 && resolution.tv_sec == 0 && resolution.tv_nsec == 1);

    long long start = nanoseconds(CLOCK_MONOTONIC);
    struct timespec pause_time = {0, 30000000};
    outcome("nanosleep", nanosleep(&pause_time, NULL));
    long long slept = nanoseconds(CLOCK_MONOTONIC) - start;
    check("slept at least as long as asked", slept >= 30000000);
    check("slept not for seconds", slept < 2000000000);

    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_nsec += 20000000;
    until.tv_sec += until.tv_nsec / 1000000000;
    until.tv_nsec %= 1000000000;
    check("clock_nanosleep to a point in time", clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL) == 0
        && nanoseconds(CLOCK_MONOTONIC) >= until.tv_sec * 1000000000LL + until.tv_nsec);

    struct timespec bad = {0, 1000000000};
    outcome("nanosleep of a bad time", nanosleep(&bad, NULL));
    struct timespec now;
    outcome("an unknown clock", clock_gettime(12345, &now));

    check("an interval timer fires again and again", alarms_come(5));
    struct itimerval longest = {{9223372036, 0}, {0, 1}}, shortest = {{0, 1}, {0, 1}};
    signal(SIGALRM, SIG_IGN);
    outcome("the shortest period, ignored", setitimer(ITIMER_REAL, &shortest, NULL));
    nanosleep(&pause_time, NULL);
    outcome("the longest period", setitimer(ITIMER_REAL, &longest, NULL));
    nanosleep(&pause_time, NULL);
    longest = (struct itimerval){{0, 0}, {9223372036, 0}};
    outcome("the longest time of CPU", setitimer(ITIMER_VIRTUAL, &longest, NULL));
    nanosleep(&pause_time, NULL);
    /* Linux shows a negative rest. */
    check("does not come at once", getitimer(ITIMER_VIRTUAL, &longest) == 0 && longest.it_value.tv_sec != 0);

    struct tms usage;
    check("times counts ticks", times(&usage) != (clock_t)-1);
    struct rusage resources;
    check("getrusage counts memory", getrusage(RUSAGE_SELF, &resources) == 0 && resources.ru_maxrss > 0);
    return finish();
}
