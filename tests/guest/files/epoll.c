/* epoll: level, edge, one-shot, exclusive, nested, what cannot be watched, closing, masks. */
#include "../check.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static volatile sig_atomic_t s_signals;

static void note(int signal)
{
    (void)signal;
    s_signals++;
}

static int control(int set, int operation, int fd, uint32_t events)
{
    struct epoll_event event = {.events = events, .data.u64 = 0x123456789abcdef0ull + (unsigned)fd};
    return epoll_ctl(set, operation, fd, &event);
}

/* What one look tells of one descriptor: its events, or 0. */
static uint32_t look(int set, int fd)
{
    struct epoll_event events[8];
    int count = epoll_wait(set, events, 8, 0);
    for (int i = 0; i < count; i++)
    {
        if (events[i].data.u64 == 0x123456789abcdef0ull + (unsigned)fd)
        {
            return events[i].events;
        }
    }

    return 0;
}

static void levels_and_edges(void)
{
    int set = epoll_create1(EPOLL_CLOEXEC), ends[2], byte = 0;
    check("the set closes on exec", fcntl(set, F_GETFD) == FD_CLOEXEC);
    pipe(ends);
    check("add", control(set, EPOLL_CTL_ADD, ends[0], EPOLLIN) == 0);
    outcome("add again", control(set, EPOLL_CTL_ADD, ends[0], EPOLLIN));
    check("nothing yet", look(set, ends[0]) == 0);
    write(ends[1], "ab", 2);
    check("level: told", look(set, ends[0]) == EPOLLIN);
    check("level: told again", look(set, ends[0]) == EPOLLIN);
    read(ends[0], &byte, 1);
    check("level: as long as there is a byte", look(set, ends[0]) == EPOLLIN);
    control(set, EPOLL_CTL_MOD, ends[0], EPOLLIN | EPOLLET);
    check("edge: told after the change", look(set, ends[0]) == EPOLLIN);
    check("edge: not told again", look(set, ends[0]) == 0);
    write(ends[1], "c", 1);
    check("edge: told of a new byte", look(set, ends[0]) == EPOLLIN);
    control(set, EPOLL_CTL_MOD, ends[0], EPOLLIN | EPOLLONESHOT);
    check("one-shot: told", look(set, ends[0]) == EPOLLIN);
    write(ends[1], "d", 1);
    check("one-shot: only once", look(set, ends[0]) == 0);
    control(set, EPOLL_CTL_MOD, ends[0], EPOLLIN | EPOLLONESHOT);
    check("one-shot: armed again", look(set, ends[0]) == EPOLLIN);
    control(set, EPOLL_CTL_MOD, ends[0], 0);
    check("nothing asked, nothing told", look(set, ends[0]) == 0);
    close(ends[1]);
    check("the end is told unasked", look(set, ends[0]) == EPOLLHUP);
    check("delete", control(set, EPOLL_CTL_DEL, ends[0], 0) == 0);
    outcome("delete again", control(set, EPOLL_CTL_DEL, ends[0], 0));
    outcome("modify what is not there", control(set, EPOLL_CTL_MOD, ends[0], EPOLLIN));
    close(ends[0]);

    int counter = eventfd(0, 0);
    uint64_t value = 1;
    control(set, EPOLL_CTL_ADD, counter, EPOLLIN | EPOLLOUT | EPOLLET);
    check("a counter can be written", look(set, counter) == EPOLLOUT);
    check("told once", look(set, counter) == 0);
    write(counter, &value, 8);
    check("both sides at an edge", look(set, counter) == (EPOLLIN | EPOLLOUT));
    close(counter);
    check("a closed file is gone", look(set, counter) == 0);

    pipe(ends);
    write(ends[1], "x", 1);
    control(set, EPOLL_CTL_ADD, ends[0], EPOLLIN);
    int copy = dup(ends[0]);
    close(ends[0]);
    check("a copy keeps the file in the set", look(set, ends[0]) == EPOLLIN);
    close(copy);
    check("not beyond the last copy", look(set, ends[0]) == 0);
    close(ends[1]);
    close(set);
}

static void refusals(void)
{
    int set = epoll_create(1), other = epoll_create1(0), file = open("/bin/true", O_RDONLY), ends[2];
    struct epoll_event event = {.events = EPOLLIN};
    pipe(ends);
    outcome("a size of 0", syscall(SYS_epoll_create, 0));
    outcome("unknown flags", epoll_create1(1));
    outcome("a regular file", control(set, EPOLL_CTL_ADD, file, EPOLLIN));
    outcome("a directory", control(set, EPOLL_CTL_ADD, open("/", O_RDONLY), EPOLLIN));
    outcome("itself", control(set, EPOLL_CTL_ADD, set, EPOLLIN));
    outcome("not a set", control(ends[0], EPOLL_CTL_ADD, ends[1], EPOLLIN));
    outcome("a bad descriptor", control(set, EPOLL_CTL_ADD, 999, EPOLLIN));
    outcome("a bad set", control(999, EPOLL_CTL_ADD, ends[0], EPOLLIN));
    outcome("a bad operation", control(set, 9, ends[0], EPOLLIN));
    outcome("a bad address", epoll_ctl(set, EPOLL_CTL_ADD, ends[0], NULL));
    outcome("a circle, first half", control(set, EPOLL_CTL_ADD, other, EPOLLIN));
    outcome("a circle, second half", control(other, EPOLL_CTL_ADD, set, EPOLLIN));
    outcome("exclusive with one-shot", control(set, EPOLL_CTL_ADD, ends[0], EPOLLIN | EPOLLEXCLUSIVE | EPOLLONESHOT));
    outcome("exclusive set", control(set, EPOLL_CTL_ADD, epoll_create1(0), EPOLLIN | EPOLLEXCLUSIVE));
    outcome("exclusive", control(set, EPOLL_CTL_ADD, ends[0], EPOLLIN | EPOLLEXCLUSIVE));
    outcome("exclusive cannot be changed", control(set, EPOLL_CTL_MOD, ends[0], EPOLLIN));
    outcome("no room", epoll_wait(set, &event, 0, 0));
    outcome("room nowhere", syscall(SYS_epoll_wait, set, -8l, 1, 0));
    outcome("wait on another file", epoll_wait(ends[0], &event, 1, 0));
    write(ends[1], "x", 1);
    outcome("events to nowhere", syscall(SYS_epoll_wait, set, 8, 1, 0));
    check("still there", epoll_wait(set, &event, 1, 0) == 1);
    outcome("read of a set", read(set, &event, 8));
}

static void nested(void)
{
    int inner = epoll_create1(0), outer = epoll_create1(0), ends[2];
    char byte;
    pipe(ends);
    control(inner, EPOLL_CTL_ADD, ends[0], EPOLLIN);
    control(outer, EPOLL_CTL_ADD, inner, EPOLLIN);
    check("quiet all the way up", look(outer, inner) == 0);
    write(ends[1], "x", 1);
    check("told all the way up", look(outer, inner) == EPOLLIN);
    check("and by the inner one", look(inner, ends[0]) == EPOLLIN);
    read(ends[0], &byte, 1);
    check("quiet again", look(outer, inner) == 0 && look(inner, ends[0]) == 0);
    control(outer, EPOLL_CTL_MOD, inner, EPOLLIN | EPOLLET);
    write(ends[1], "x", 1);
    check("an edge through two", look(outer, inner) == EPOLLIN && look(outer, inner) == 0);

    int chain[12];
    chain[0] = epoll_create1(0);
    int depth = 0;
    for (int i = 1; i < 12; i++)
    {
        chain[i] = epoll_create1(0);
        if (control(chain[i], EPOLL_CTL_ADD, chain[i - 1], EPOLLIN) != 0)
        {
            check("too deep is ELOOP", errno == ELOOP);
            break;
        }

        depth = i;
    }

    check("some depth, not any", depth >= 4 && depth <= 8);
}

static void *write_later(void *argument)
{
    usleep(20000);
    write((int)(intptr_t)argument, "x", 1);
    return NULL;
}

static volatile int s_told;

static void *wait_once(void *argument)
{
    struct epoll_event event;
    int told = epoll_wait((int)(intptr_t)argument, &event, 1, -1);
    __atomic_add_fetch(&s_told, told, __ATOMIC_SEQ_CST);
    return NULL;
}

static void waiting(void)
{
    int set = epoll_create1(0), ends[2];
    struct epoll_event event;
    struct timespec start, end;
    pthread_t thread, second;
    char byte;
    pipe(ends);
    control(set, EPOLL_CTL_ADD, ends[0], EPOLLIN | EPOLLET);
    clock_gettime(CLOCK_MONOTONIC, &start);
    check("a time runs out", epoll_wait(set, &event, 1, 30) == 0);
    clock_gettime(CLOCK_MONOTONIC, &end);
    check("not early", (end.tv_sec - start.tv_sec) * 1000000000l + end.tv_nsec - start.tv_nsec >= 30000000);
    pthread_create(&thread, NULL, write_later, (void *)(intptr_t)ends[1]);
    check("woken by a write", epoll_wait(set, &event, 1, -1) == 1 && event.events == EPOLLIN);
    pthread_join(thread, NULL);
    read(ends[0], &byte, 1);

    pthread_create(&thread, NULL, wait_once, (void *)(intptr_t)set);
    pthread_create(&second, NULL, wait_once, (void *)(intptr_t)set);
    for (int i = 0; i < 1000 && s_told < 2; i++)
    {
        usleep(5000);
        write(ends[1], "x", 1);
    }

    pthread_join(thread, NULL);
    pthread_join(second, NULL);
    check("edges for two waiters", s_told == 2);
    look(set, ends[0]);

    signal(SIGALRM, note);
    ualarm(20000, 0);
    outcome("a signal ends the wait", epoll_wait(set, &event, 1, 5000));
    sigset_t blocked, none;
    sigemptyset(&none);
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGUSR1);
    sigprocmask(SIG_BLOCK, &blocked, NULL);
    signal(SIGUSR1, note);
    raise(SIGUSR1);
    check("blocked", s_signals == 1);
    outcome("a mask lets it in", epoll_pwait(set, &event, 1, 5000, &none));
    check("the handler ran", s_signals == 2);
    sigprocmask(SIG_SETMASK, NULL, &none);
    check("the mask is back", sigismember(&none, SIGUSR1) == 1);
    struct timespec short_time = {0, 1000000};
    check("pwait2 in nanoseconds", syscall(SYS_epoll_pwait2, set, &event, 1, &short_time, NULL, 8) == 0);
    struct timespec bad_time = {0, -1};
    outcome("pwait2 with a bad time", syscall(SYS_epoll_pwait2, set, &event, 1, &bad_time, NULL, 8));
}

/* Two processes share a set; each write is told to one that waits, whoever it is. */
static void many(void)
{
    enum { PIPES = 40, ROUNDS = 50 };
    int set = epoll_create1(0), ends[PIPES][2], good = 1;
    for (int i = 0; i < PIPES; i++)
    {
        pipe(ends[i]);
        struct epoll_event event = {.events = EPOLLIN, .data.u32 = (uint32_t)i};
        good &= epoll_ctl(set, EPOLL_CTL_ADD, ends[i][0], &event) == 0;
    }

    pid_t child = fork();
    if (child == 0)
    {
        for (int i = 0; i < ROUNDS * PIPES; i++)
        {
            write(ends[(i * 7) % PIPES][1], "x", 1);
        }

        _exit(0);
    }

    int total = 0, counts[PIPES] = {0};
    while (good && total < ROUNDS * PIPES)
    {
        struct epoll_event events[16];
        int count = epoll_wait(set, events, 16, 5000);
        good &= count > 0;
        for (int i = 0; i < count; i++)
        {
            char bytes[64];
            long got = read(ends[events[i].data.u32][0], bytes, sizeof bytes);
            good &= got > 0;
            counts[events[i].data.u32] += (int)got;
            total += (int)got;
        }
    }

    for (int i = 0; i < PIPES; i++)
    {
        good &= counts[i] == ROUNDS;
    }

    waitpid(child, NULL, 0);
    check("every byte of forty pipes", good);
}

int main(void)
{
    levels_and_edges();
    refusals();
    nested();
    waiting();
    many();
    return finish();
}
