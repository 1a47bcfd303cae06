/*
 * What getrusage and /proc count beside time: page faults, the most memory at once, and how often a thread left the CPU,
 * by itself and not. Each is made to grow by some, and must have grown by no less and not by much more.
 */
#include "../check.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* A machine that is stopped between the call and the sleep finds the time over already: some may be missing. */
enum { PAGES = 1000, SLEEPS = 50, SLEPT = SLEEPS - 10, KILOBYTES = PAGES * 4 };

static struct rusage used_by(int who)
{
    struct rusage usage;
    if (getrusage(who, &usage) != 0)
    {
        exit(2);
    }

    return usage;
}

static void sleep_often(void)
{
    struct timespec time = {0, 1000000};
    for (int i = 0; i < SLEEPS; i++)
    {
        nanosleep(&time, NULL);
    }
}

static char *touch_pages(void)
{
    char *area = mmap(NULL, PAGES * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    madvise(area, PAGES * 4096, MADV_NOHUGEPAGE);
    for (int i = 0; i < PAGES; i++)
    {
        area[i * 4096] = 1;
    }

    return area;
}

static long read_status(const char *name)
{
    char line[256];
    long value = -1;
    FILE *file = fopen("/proc/self/status", "r");
    while (file != NULL && fgets(line, sizeof line, file) != NULL)
    {
        if (strncmp(line, name, strlen(name)) == 0)
        {
            value = strtol(line + strlen(name), NULL, 10);
        }
    }

    fclose(file);
    return value;
}

static void *sleep_in_thread(void *unused)
{
    sleep_often();
    return unused;
}

static void test_faults(void)
{
    struct rusage before = used_by(RUSAGE_SELF);
    char *area = touch_pages();
    struct rusage after = used_by(RUSAGE_SELF);
    check("a page fault for each page", after.ru_minflt - before.ru_minflt >= PAGES && after.ru_minflt - before.ru_minflt < PAGES + 100);
    check("and memory for each", after.ru_maxrss >= KILOBYTES);
    munmap(area, PAGES * 4096);
    check("the most memory is remembered", used_by(RUSAGE_SELF).ru_maxrss >= KILOBYTES);
    check("VmHWM, too", read_status("VmHWM:") >= KILOBYTES && read_status("VmRSS:") < KILOBYTES);
}

static void test_sleeps(void)
{
    struct rusage before = used_by(RUSAGE_SELF);
    long shown = read_status("voluntary_ctxt_switches:");
    sleep_often();
    check("sleeps are counted", used_by(RUSAGE_SELF).ru_nvcsw - before.ru_nvcsw >= SLEPT);
    check("and shown", read_status("voluntary_ctxt_switches:") - shown >= SLEPT);
    before = used_by(RUSAGE_SELF);
    pthread_t thread;
    pthread_create(&thread, NULL, sleep_in_thread, NULL);
    pthread_join(thread, NULL);
    check("those of a thread that has ended are the process's", used_by(RUSAGE_SELF).ru_nvcsw - before.ru_nvcsw >= SLEPT);
    struct rusage one = used_by(RUSAGE_THREAD);
    check("not another thread's", one.ru_nvcsw <= used_by(RUSAGE_SELF).ru_nvcsw - SLEPT);
}

/* Two that never sleep share a CPU: both must leave it though they could go on. */
static void test_preemptions(void)
{
    cpu_set_t all, one;
    sched_getaffinity(0, sizeof all, &all);
    CPU_ZERO(&one);
    CPU_SET(0, &one);
    check("bound to a CPU", sched_setaffinity(0, sizeof one, &one) == 0);
    check("which is shown", read_status("Cpus_allowed_list:") == 0);
    pid_t child = fork();
    if (child == 0)
    {
        for (;;)
        {
        }
    }

    struct rusage before = used_by(RUSAGE_SELF), after;
    time_t end = time(NULL) + 20;
    do
    {
        after = used_by(RUSAGE_SELF);
    }
    while (after.ru_nivcsw - before.ru_nivcsw < 6 && time(NULL) < end);

    check("preemptions are counted", after.ru_nivcsw - before.ru_nivcsw >= 6);
    kill(child, SIGKILL);
    struct rusage usage;
    check("the child's, too", wait4(child, NULL, 0, &usage) == child && usage.ru_nivcsw >= 1);
    sched_setaffinity(0, sizeof all, &all);
}

static void test_children(void)
{
    struct rusage before = used_by(RUSAGE_CHILDREN);
    pid_t child = fork();
    if (child == 0)
    {
        touch_pages();
        sleep_often();
        _exit(0);
    }

    struct rusage own;
    check("a child is waited for", wait4(child, NULL, 0, &own) == child);
    check("with what it used", own.ru_minflt >= PAGES && own.ru_nvcsw >= SLEPT && own.ru_maxrss >= KILOBYTES);
    struct rusage after = used_by(RUSAGE_CHILDREN);
    check("which is the children's now", after.ru_minflt - before.ru_minflt == own.ru_minflt && after.ru_nvcsw - before.ru_nvcsw == own.ru_nvcsw && after.ru_maxrss >= own.ru_maxrss);
}

int main(void)
{
    test_faults();
    test_sleeps();
    test_preemptions();
    test_children();
    return finish();
}
