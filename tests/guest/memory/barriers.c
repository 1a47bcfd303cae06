/* membarrier: what there is, what has to be asked for first. */
#include "../check.h"

#include <pthread.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { QUERY = 0, GLOBAL = 1, PRIVATE = 8, REGISTER_PRIVATE = 16, SYNC_CORE = 32, REGISTER_SYNC_CORE = 64, REGISTRATIONS = 512 };

static volatile int s_ready, s_mine, s_other, s_stop;

static long barrier(int command)
{
    return syscall(SYS_membarrier, command, 0, 0);
}

/* Stores and loads with nothing between that the processor would have to respect. */
static void *looks(void *unused)
{
    (void)unused;
    for (int round = 1; !s_stop; round = s_ready)
        s_other = round;
    return NULL;
}

int main(void)
{
    long commands = barrier(QUERY);
    check("the commands that one looks for", (commands & (GLOBAL | PRIVATE | REGISTER_PRIVATE)) == (GLOBAL | PRIVATE | REGISTER_PRIVATE));
    outcome("a private one, not asked for", barrier(PRIVATE));
    outcome("asking for it", barrier(REGISTER_PRIVATE));
    outcome("it then", barrier(PRIVATE));
    outcome("one for code, not asked for", barrier(SYNC_CORE));
    outcome("asking for it", barrier(REGISTER_SYNC_CORE));
    outcome("it then", barrier(SYNC_CORE));
    check("what was asked for", barrier(REGISTRATIONS) == (REGISTER_PRIVATE | REGISTER_SYNC_CORE));
    outcome("one for all", barrier(GLOBAL));
    outcome("an unknown one", barrier(3));
    outcome("flags", syscall(SYS_membarrier, QUERY, 2, 0));

    pthread_t thread;
    pthread_create(&thread, NULL, looks, NULL);
    for (int round = 1; round < 200; round++)
    {
        s_ready = round;
        barrier(PRIVATE);
        s_mine = s_other;
    }

    s_stop = 1;
    pthread_join(thread, NULL);
    check("many, beside a thread that runs", s_mine >= 0);
    return finish();
}
