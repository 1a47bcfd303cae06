/* futex_waitv: waiting for one of several words. */
#include "../check.h"

#include <limits.h>
#include <pthread.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#ifndef SYS_futex_waitv
#define SYS_futex_waitv 449
#endif

struct awaited
{
    uint64_t value, address;
    uint32_t flags, reserved;
};

enum { WORD = 2, PRIVATE = 128 };

static uint32_t s_words[3];

static long wait_for(struct awaited *list, unsigned count, struct timespec *until, int clock)
{
    return syscall(SYS_futex_waitv, list, count, 0, until, clock);
}

static void fill(struct awaited *list)
{
    for (int i = 0; i < 3; i++)
        list[i] = (struct awaited){ s_words[i], (uintptr_t)&s_words[i], WORD | PRIVATE, 0 };
}

static void *wakes(void *unused)
{
    (void)unused;
    __atomic_store_n(&s_words[1], 1, __ATOMIC_SEQ_CST);
    for (int tries = 0; tries < 5000 && syscall(SYS_futex, &s_words[1], 1 | PRIVATE, INT_MAX) == 0; tries++)
        usleep(1000);
    return NULL;
}

int main(void)
{
    struct awaited list[3];
    fill(list);
    list[2].value = 7;
    outcome("a word with another value", wait_for(list, 3, NULL, CLOCK_MONOTONIC));
    fill(list);
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_nsec = 0;
    outcome("a time that has passed", wait_for(list, 3, &until, CLOCK_MONOTONIC));
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_nsec = 0;
    outcome("by the other clock", wait_for(list, 3, &until, CLOCK_REALTIME));
    outcome("by no such clock", wait_for(list, 3, &until, 2));
    outcome("none", wait_for(list, 0, NULL, 0));
    outcome("too many", wait_for(list, 129, NULL, 0));
    outcome("no list", wait_for(NULL, 1, NULL, 0));
    outcome("a bad list", wait_for((struct awaited *)8, 1, NULL, 0));
    list[0].flags = PRIVATE;
    outcome("a word of another size", wait_for(list, 3, NULL, 0));
    fill(list);
    list[1].address++;
    outcome("an odd address", wait_for(list, 3, NULL, 0));

    pthread_t thread;
    fill(list);
    pthread_create(&thread, NULL, wakes, NULL);
    long woken = wait_for(list, 3, NULL, 0);
    check("the one that was woken", woken == 1 || (woken == -1 && errno == EAGAIN && s_words[1] == 1));
    pthread_join(thread, NULL);
    return finish();
}
