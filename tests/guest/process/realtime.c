/* SCHED_FIFO and SCHED_RR on one CPU: who runs before whom, and who may ask for it. Wants CAP_SYS_NICE. */
#include "../check.h"

#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static char s_order[64];
static volatile int s_length;
static volatile int s_woken;
static sem_t s_semaphore;

static void say(char what)
{
    s_order[s_length++] = what;
    s_order[s_length] = 0;
}

static int is_order(const char *wanted)
{
    int same = strcmp(s_order, wanted) == 0;
    if (!same)
    {
        printf("the order is %s, not %s\n", s_order, wanted);
    }

    s_length = 0;
    s_order[0] = 0;
    return same;
}

static int set(int policy, int priority)
{
    struct sched_param parameters = { .sched_priority = priority };
    return syscall(SYS_sched_setscheduler, 0, policy, &parameters);
}

static int set_priority(int priority)
{
    struct sched_param parameters = { .sched_priority = priority };
    return syscall(SYS_sched_setparam, 0, &parameters);
}

static long nanoseconds(clockid_t clock)
{
    struct timespec time;
    clock_gettime(clock, &time);
    return time.tv_sec * 1000000000 + time.tv_nsec;
}

/* Uses the CPU for so many milliseconds. */
static void spin(long milliseconds)
{
    long end = nanoseconds(CLOCK_THREAD_CPUTIME_ID) + milliseconds * 1000000;
    while (nanoseconds(CLOCK_THREAD_CPUTIME_ID) < end)
    {
    }
}

static pthread_t start(int policy, int priority, void *(*body)(void *), const char *argument)
{
    pthread_t thread;
    struct sched_param parameters = { .sched_priority = priority };
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setinheritsched(&attributes, PTHREAD_EXPLICIT_SCHED);
    pthread_attr_setschedpolicy(&attributes, policy);
    pthread_attr_setschedparam(&attributes, &parameters);
    int error = pthread_create(&thread, &attributes, body, (void *)argument);
    if (error != 0)
    {
        printf("no thread: %s\n", strerror(error));
        exit(2);
    }

    return thread;
}

static void *say_once(void *argument)
{
    say(*(char *)argument);
    return NULL;
}

static void *say_long(void *argument)
{
    say(*(char *)argument);
    spin(30);
    say(*(char *)argument);
    return NULL;
}

static void *say_and_yield(void *argument)
{
    say(*(char *)argument);
    sched_yield();
    say(*(char *)argument);
    return NULL;
}

static void *wait_and_say(void *argument)
{
    sem_wait(&s_semaphore);
    say(*(char *)argument);
    return NULL;
}

static void *nap(void *unused)
{
    struct timespec time = { 0, 10000000 };
    (void)unused;
    nanosleep(&time, NULL);
    s_woken = 1;
    return NULL;
}

/* Each says its name when it sees that the other ran. */
static volatile char s_running;

static void *take_turns(void *argument)
{
    char name = *(char *)argument;
    long end = nanoseconds(CLOCK_THREAD_CPUTIME_ID) + 250000000;
    while (nanoseconds(CLOCK_THREAD_CPUTIME_ID) < end)
    {
        if (s_running != name)
        {
            s_running = name;
            say(name);
        }
    }

    return NULL;
}

static void test_numbers(void)
{
    struct timespec interval;
    struct sched_param parameters;
    check("priorities from 1 to 99", sched_get_priority_min(SCHED_FIFO) == 1 && sched_get_priority_max(SCHED_RR) == 99);
    check("none for others", sched_get_priority_min(SCHED_OTHER) == 0 && sched_get_priority_max(SCHED_BATCH) == 0 && sched_get_priority_max(SCHED_IDLE) == 0);
    outcome("an unknown policy has none", sched_get_priority_max(77));
    outcome("priority 0", set(SCHED_FIFO, 0));
    outcome("priority 100", set(SCHED_RR, 100));
    outcome("an unknown policy", set(77, 1));
    outcome("a usual thread with a priority", set(SCHED_OTHER, 1));
    outcome("nobody's", syscall(SYS_sched_getscheduler, 1 << 22));
    outcome("batch", set(SCHED_BATCH, 0));
    check("it is", syscall(SYS_sched_getscheduler, 0) == SCHED_BATCH);
    outcome("idle", set(SCHED_IDLE, 0));
    check("it is", syscall(SYS_sched_getscheduler, 0) == SCHED_IDLE);
    outcome("round robin", set(SCHED_RR, 50));
    check("it is", syscall(SYS_sched_getscheduler, 0) == SCHED_RR);
    check("its interval is 100 ms", syscall(SYS_sched_rr_get_interval, 0, &interval) == 0 && interval.tv_sec == 0 && interval.tv_nsec == 100000000);
    outcome("first in first out", set(SCHED_FIFO, 50));
    check("it is", syscall(SYS_sched_getscheduler, 0) == SCHED_FIFO);
    check("so is its priority", syscall(SYS_sched_getparam, 0, &parameters) == 0 && parameters.sched_priority == 50);
    check("it has no interval", syscall(SYS_sched_rr_get_interval, 0, &interval) == 0 && interval.tv_sec == 0 && interval.tv_nsec == 0);
    outcome("another priority", set_priority(40));
    check("it is", syscall(SYS_sched_getparam, 0, &parameters) == 0 && parameters.sched_priority == 40);
    outcome("priority 0 now", set_priority(0));
}

static void test_order(void)
{
    pthread_t a, b, c;
    set(SCHED_FIFO, 50);
    a = start(SCHED_FIFO, 60, say_once, "a");
    say('m');
    pthread_join(a, NULL);
    check("a more urgent thread runs at once", is_order("am"));

    b = start(SCHED_FIFO, 40, say_long, "b");
    c = start(SCHED_FIFO, 40, say_long, "c");
    say('m');
    pthread_join(c, NULL);
    pthread_join(b, NULL);

    /* The second came to their priority later, but from above: it goes before the first. */
    check("less urgent ones do when it sleeps, one after the other", is_order("mccbb"));

    b = start(SCHED_FIFO, 40, say_and_yield, "b");
    c = start(SCHED_FIFO, 40, say_and_yield, "c");
    sched_yield();
    say('m');
    pthread_join(b, NULL);
    pthread_join(c, NULL);
    check("a yield is for those that are as urgent", is_order("mcbcb"));

    b = start(SCHED_FIFO, 40, say_once, "b");
    say('m');
    set_priority(30);
    say('m');
    set_priority(50);
    pthread_join(b, NULL);
    check("who becomes less urgent makes room", is_order("mbm"));

    b = start(SCHED_FIFO, 40, say_once, "b");
    c = start(SCHED_FIFO, 40, say_once, "c");
    say('m');
    pthread_setschedparam(c, SCHED_FIFO, &(struct sched_param){ .sched_priority = 60 });
    say('m');
    pthread_join(b, NULL);
    pthread_join(c, NULL);
    check("who is made more urgent runs at once", is_order("mcmb"));

    b = start(SCHED_OTHER, 0, say_once, "b");
    spin(30);
    say('m');
    pthread_join(b, NULL);
    check("usual threads come last", is_order("mb"));
}

static void test_waking(void)
{
    pthread_t threads[3];
    set(SCHED_FIFO, 50);
    sem_init(&s_semaphore, 0, 0);
    threads[0] = start(SCHED_FIFO, 61, wait_and_say, "a");
    threads[1] = start(SCHED_FIFO, 63, wait_and_say, "c");
    threads[2] = start(SCHED_RR, 62, wait_and_say, "b");
    for (int i = 0; i < 3; i++)
    {
        sem_post(&s_semaphore);
        say('m');
    }

    for (int i = 0; i < 3; i++)
    {
        pthread_join(threads[i], NULL);
    }

    check("the most urgent waiter is woken first, and runs at once", is_order("cmbmam"));

    threads[0] = start(SCHED_FIFO, 60, nap, NULL);
    long end = nanoseconds(CLOCK_MONOTONIC) + 5000000000;
    while (!s_woken && nanoseconds(CLOCK_MONOTONIC) < end)
    {
    }

    check("a sleeper comes back when its time has come", s_woken);
    pthread_join(threads[0], NULL);
}

static void test_round_robin(void)
{
    set(SCHED_FIFO, 50);
    pthread_t a = start(SCHED_RR, 40, take_turns, "a");
    pthread_t b = start(SCHED_RR, 40, take_turns, "b");
    pthread_join(a, NULL);
    pthread_join(b, NULL);
    check("they take turns", s_length >= 4 && s_length < 20);
    s_length = 0;
}

static void test_fork(void)
{
    int status;
    set(SCHED_FIFO, 50);
    if (fork() == 0)
    {
        struct sched_param parameters;
        sched_getparam(0, &parameters);
        syscall(SYS_sched_getparam, 0, &parameters);
        _exit(syscall(SYS_sched_getscheduler, 0) == SCHED_FIFO && parameters.sched_priority == 50 ? 0 : 1);
    }

    wait(&status);
    check("a child inherits it", status == 0);
    outcome("reset on fork", set(SCHED_FIFO | 0x40000000, 50));
    check("it says so", syscall(SYS_sched_getscheduler, 0) == (SCHED_FIFO | 0x40000000));
    if (fork() == 0)
    {
        _exit(syscall(SYS_sched_getscheduler, 0) == SCHED_OTHER ? 0 : 1);
    }

    wait(&status);
    check("then a child does not", status == 0);
    outcome("no longer", set(SCHED_FIFO, 50));
}

/* struct sched_attr, as the C libraries do not have it. */
struct attributes
{
    unsigned size, policy;
    unsigned long flags;
    int nice;
    unsigned priority;
    unsigned long runtime, deadline, period;
};

static void test_attributes(void)
{
    struct attributes attributes = { .size = sizeof attributes, .policy = SCHED_RR, .priority = 7 };
    outcome("sched_setattr", syscall(SYS_sched_setattr, 0, &attributes, 0));
    memset(&attributes, 0xff, sizeof attributes);
    outcome("sched_getattr", syscall(SYS_sched_getattr, 0, &attributes, sizeof attributes, 0));
    check("the same", attributes.size == sizeof attributes && attributes.policy == SCHED_RR && attributes.priority == 7 && attributes.flags == 0);
    outcome("a small structure", syscall(SYS_sched_getattr, 0, &attributes, 40, 0));
    attributes.size = 40;
    outcome("a small one to set", syscall(SYS_sched_setattr, 0, &attributes, 0));
    attributes = (struct attributes){ .size = sizeof attributes, .policy = SCHED_OTHER, .nice = 3 };
    outcome("usual and nice", syscall(SYS_sched_setattr, 0, &attributes, 0));
    check("it is nice", getpriority(PRIO_PROCESS, 0) == 3);
    setpriority(PRIO_PROCESS, 0, 0);
}

/* A loop with a real-time priority leaves others a twentieth of the time: enough to go on, also with what they need the kernel's memory for. */
static void test_beside_a_loop(void)
{
    pid_t loop, child;
    int ended = 0, status;
    fflush(stdout);
    set(SCHED_OTHER, 0);
    loop = fork();
    if (loop == 0)
    {
        set(SCHED_FIFO, 50);
        for (;;)
        {
        }
    }

    for (int i = 0; i < 150; i++)
    {
        child = fork();
        if (child == 0)
        {
            _exit(0);
        }

        ended += child > 0 && waitpid(child, &status, 0) == child && status == 0;
    }

    check("others go on beside a loop", ended == 150);
    kill(loop, SIGKILL);
    check("which does not end by itself", waitpid(loop, &status, 0) == loop && WIFSIGNALED(status));
}

static void test_rights(void)
{
    struct rlimit limit = { 0, 0 };
    set(SCHED_FIFO, 50);
    setrlimit(RLIMIT_RTPRIO, &limit);
    syscall(SYS_setuid, 65534);
    outcome("less urgent", set_priority(45));
    outcome("as urgent as before", set_priority(50));
    outcome("another policy", set(SCHED_RR, 20));
    outcome("usual", set(SCHED_OTHER, 0));
    outcome("the least urgent", set(SCHED_FIFO, 1));
    outcome("batch", set(SCHED_BATCH, 0));
    outcome("another's", syscall(SYS_sched_setscheduler, getppid(), SCHED_BATCH, &(struct sched_param){ 0 }));
}

int main(void)
{
    cpu_set_t all, one;
    sched_getaffinity(0, sizeof all, &all);
    CPU_ZERO(&one);
    for (int i = 0; i < CPU_SETSIZE && CPU_COUNT(&one) == 0; i++)
    {
        if (CPU_ISSET(i, &all))
        {
            CPU_SET(i, &one);
        }
    }

    sched_setaffinity(0, sizeof one, &one);
    test_numbers();
    test_order();
    test_waking();
    test_round_robin();
    test_fork();
    test_attributes();
    test_beside_a_loop();

    /* In a child, whose parent has more rights. */
    fflush(stdout);
    if (fork() == 0)
    {
        test_rights();
        fflush(stdout);
        _exit(finish());
    }

    int status;
    wait(&status);
    check("the child's", status == 0);
    return finish();
}
