/* On which CPUs threads run: sched_setaffinity and its kin, getcpu, what a child inherits, what sysconf counts. */
#include "../check.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static cpu_set_t s_all;
static int s_last;

static int is_here(void)
{
    unsigned cpu, node;
    return syscall(SYS_getcpu, &cpu, &node, NULL) == 0 && (int)cpu == s_last && node == 0;
}

static void *inherit(void *unused)
{
    cpu_set_t set;
    (void)unused;
    sched_getaffinity(0, sizeof set, &set);
    check("a thread inherits it", CPU_COUNT(&set) == 1 && CPU_ISSET(s_last, &set) && is_here());
    return NULL;
}

int main(void)
{
    cpu_set_t set;
    unsigned char small[1024];
    pthread_t thread;
    memset(small, 0xff, sizeof small);
    check("at first it is all CPUs", sched_getaffinity(0, sizeof s_all, &s_all) == 0 && CPU_COUNT(&s_all) >= 1);
    check("sysconf counts those at least", CPU_COUNT(&s_all) <= sysconf(_SC_NPROCESSORS_ONLN));
    for (int i = 0; i < CPU_SETSIZE; i++)
    {
        s_last = CPU_ISSET(i, &s_all) ? i : s_last;
    }

    CPU_ZERO(&set);
    CPU_SET(s_last, &set);
    outcome("to the last", sched_setaffinity(0, sizeof set, &set));
    check("it runs there", is_here());
    for (int i = 0; i < 20; i++)
    {
        usleep(500);
        if (!is_here())
        {
            check("it runs there still", 0);
        }
    }

    CPU_ZERO(&set);
    outcome("what it is", sched_getaffinity(0, sizeof set, &set));
    check("just that one", CPU_COUNT(&set) == 1 && CPU_ISSET(s_last, &set));
    pthread_create(&thread, NULL, inherit, NULL);
    pthread_join(thread, NULL);
    pid_t child = fork();
    if (child == 0)
    {
        sched_getaffinity(0, sizeof set, &set);
        _exit(CPU_COUNT(&set) == 1 && is_here() ? 0 : 1);
    }

    int status;
    waitpid(child, &status, 0);
    check("a child inherits it", status == 0);

    child = fork();
    if (child == 0)
    {
        for (;;)
        {
            pause();
        }
    }

    outcome("another process", sched_setaffinity(child, sizeof s_all, &s_all));
    CPU_ZERO(&set);
    sched_getaffinity(child, sizeof set, &set);
    check("all again there", CPU_EQUAL(&set, &s_all));
    kill(child, SIGKILL);
    waitpid(child, &status, 0);

    CPU_ZERO(&set);
    outcome("to none", sched_setaffinity(0, sizeof set, &set));
    CPU_SET(CPU_SETSIZE - 1, &set);
    outcome("to one that is not there", sched_setaffinity(0, sizeof set, &set));
    outcome("to all that there may be", syscall(SYS_sched_setaffinity, 0, sizeof small, small));
    sched_getaffinity(0, sizeof set, &set);
    check("that is all that there are", CPU_EQUAL(&set, &s_all));
    outcome("of a thread that is not there", sched_setaffinity(999999, sizeof set, &set));
    outcome("from nowhere", syscall(SYS_sched_setaffinity, 0, sizeof set, (void *)8));
    outcome("with no room", syscall(SYS_sched_getaffinity, 0, 4, small));
    outcome("with odd room", syscall(SYS_sched_getaffinity, 0, 1023, small));
    outcome("nicer", setpriority(PRIO_PROCESS, 0, 5));
    check("it is", getpriority(PRIO_PROCESS, 0) == 5);
    return finish();
}
