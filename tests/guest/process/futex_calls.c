/* futex by raw system calls: waits and wakes, masks, moves to another word, operations, times, refusals. */
#include "../check.h"

#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* Of linux/futex.h, which musl has none of. */
enum { WAIT, WAKE, FD, REQUEUE, CMP_REQUEUE, WAKE_OP, WAIT_BITSET = 9, WAKE_BITSET, PRIVATE = 128, REALTIME = 256 };

enum { WAITERS = 4 };

struct waiter
{
    pthread_t thread;
    pid_t id;
    uint32_t *word;
    uint32_t bits;
    int has_ended;
    long result;
};

static uint32_t s_word, s_other, s_third;
static struct waiter s_waiters[WAITERS];

static long futex(uint32_t *word, int operation, uint32_t value, const void *time, uint32_t *other, uint32_t value3)
{
    return syscall(SYS_futex, word, operation, value, time, other, value3);
}

/* How many are woken or moved, instead of a time. */
static const void *limit(unsigned long count)
{
    return (const void *)count;
}

/* Until a task sleeps or has ended. */
static void await_sleep(pid_t process, pid_t thread)
{
    char path[64], text[256], *end = NULL;
    snprintf(path, sizeof path, "/proc/%d/task/%d/stat", process, thread);
    for (int tries = 0; tries < 5000; tries++)
    {
        int file = open(path, O_RDONLY);
        ssize_t length = file >= 0 ? read(file, text, sizeof text - 1) : -1;
        close(file);
        text[length > 0 ? length : 0] = '\0';
        end = strrchr(text, ')');
        if (length <= 0 || (end && (end[2] == 'S' || end[2] == 'Z')))
            return;
        usleep(1000);
    }
}

/* Until a child that sets a word before its wait sleeps. */
static void await_wait(pid_t child, const uint32_t *word)
{
    while (__atomic_load_n(word, __ATOMIC_SEQ_CST) == 0)
        usleep(1000);
    await_sleep(child, child);
}

static void *wait_on(void *argument)
{
    struct waiter *self = argument;
    __atomic_store_n(&self->id, syscall(SYS_gettid), __ATOMIC_SEQ_CST);
    long result = self->bits ? futex(self->word, WAIT_BITSET | PRIVATE, 0, NULL, NULL, self->bits) : futex(self->word, WAIT | PRIVATE, 0, NULL, NULL, 0);
    self->result = result == 0 ? 0 : errno;
    __atomic_store_n(&self->has_ended, 1, __ATOMIC_SEQ_CST);
    return NULL;
}

/* Begins a thread that waits, with a mask or without, and returns when it sleeps. */
static void begin(int index, uint32_t *word, uint32_t bits)
{
    struct waiter *waiter = &s_waiters[index];
    *waiter = (struct waiter){ .word = word, .bits = bits };
    pthread_create(&waiter->thread, NULL, wait_on, waiter);
    while (__atomic_load_n(&waiter->id, __ATOMIC_SEQ_CST) == 0)
        usleep(100);
    await_sleep(getpid(), waiter->id);
}

/* Says which of the waiters have ended. A woken one gets some time for it. */
static void show_ended(const char *what, int count, int expected)
{
    int ended = 0;
    for (int tries = 0; tries < 5000 && ended < expected; tries++)
    {
        ended = 0;
        for (int i = 0; i < count; i++)
            ended += __atomic_load_n(&s_waiters[i].has_ended, __ATOMIC_SEQ_CST);
        usleep(1000);
    }
    printf("%s:", what);
    for (int i = 0; i < count; i++)
        printf(" %s", !__atomic_load_n(&s_waiters[i].has_ended, __ATOMIC_SEQ_CST) ? "waits" : s_waiters[i].result == 0 ? "woken" : strerror(s_waiters[i].result));
    printf("\n");
}

static void join(int count)
{
    for (int i = 0; i < count; i++)
        pthread_join(s_waiters[i].thread, NULL);
}

static void number(const char *what, long result)
{
    if (result < 0)
        printf("%s: %s\n", what, strerror(errno));
    else
        printf("%s: %ld\n", what, result);
}

static void wakes(void)
{
    number("wake nobody", futex(&s_word, WAKE | PRIVATE, 1, NULL, NULL, 0));
    outcome("wait for another value", futex(&s_word, WAIT | PRIVATE, 1, NULL, NULL, 0));
    for (int i = 0; i < 4; i++)
        begin(i, &s_word, 0);
    number("another word", futex(&s_other, WAKE | PRIVATE, INT_MAX, NULL, NULL, 0));
    number("one", futex(&s_word, WAKE | PRIVATE, 1, NULL, NULL, 0));
    show_ended("the first", 4, 1);
    number("none is one", futex(&s_word, WAKE | PRIVATE, 0, NULL, NULL, 0));
    show_ended("the second", 4, 2);
    number("the rest", futex(&s_word, WAKE | PRIVATE, INT_MAX, NULL, NULL, 0));
    show_ended("all", 4, 4);
    join(4);
    begin(0, &s_word, 0);
    begin(1, &s_word, 0);
    number("a negative number is one", futex(&s_word, WAKE | PRIVATE, -5, NULL, NULL, 0));
    number("one not private", futex(&s_word, WAKE, 1, NULL, NULL, 0));
    number("the other", futex(&s_word, WAKE | PRIVATE, 1, NULL, NULL, 0));
    join(2);
}

static void masks(void)
{
    begin(0, &s_word, 1);
    begin(1, &s_word, 2);
    begin(2, &s_word, 3);
    begin(3, &s_word, 0);
    number("a mask that fits only the one without", futex(&s_word, WAKE_BITSET | PRIVATE, INT_MAX, NULL, NULL, 4));
    show_ended("it", 4, 1);
    number("a mask that fits two", futex(&s_word, WAKE_BITSET | PRIVATE, INT_MAX, NULL, NULL, 2));
    show_ended("they", 4, 3);
    number("a wake without a mask", futex(&s_word, WAKE | PRIVATE, INT_MAX, NULL, NULL, 0));
    show_ended("all", 4, 4);
    join(4);
    number("no bits to wait for", futex(&s_word, WAIT_BITSET | PRIVATE, 0, NULL, NULL, 0));
    number("no bits to wake", futex(&s_word, WAKE_BITSET | PRIVATE, 1, NULL, NULL, 0));
}

static void moves(void)
{
    for (int i = 0; i < 4; i++)
        begin(i, &s_word, 0);
    number("a comparison that fails", futex(&s_word, CMP_REQUEUE | PRIVATE, 1, limit(1), &s_other, 1));
    number("wake one and move one", futex(&s_word, CMP_REQUEUE | PRIVATE, 1, limit(1), &s_other, 0));
    show_ended("the first", 4, 1);
    number("wake those moved", futex(&s_other, WAKE | PRIVATE, INT_MAX, NULL, NULL, 0));
    show_ended("the second", 4, 2);
    number("wake none and move all", futex(&s_word, REQUEUE | PRIVATE, 0, limit(INT_MAX), &s_other, 0));
    number("nobody is left", futex(&s_word, WAKE | PRIVATE, INT_MAX, NULL, NULL, 0));
    number("move them to their own word", futex(&s_other, CMP_REQUEUE | PRIVATE, 0, limit(INT_MAX), &s_other, 0));
    number("on to a third", futex(&s_other, CMP_REQUEUE | PRIVATE, 0, limit(1), &s_third, 0));
    number("wake there", futex(&s_third, WAKE | PRIVATE, INT_MAX, NULL, NULL, 0));
    number("and here", futex(&s_other, WAKE | PRIVATE, INT_MAX, NULL, NULL, 0));
    show_ended("all", 4, 4);
    join(4);

    begin(0, &s_word, 1);
    number("one with a mask moves", futex(&s_word, REQUEUE | PRIVATE, 0, limit(1), &s_other, 0));
    number("its mask goes with it", futex(&s_other, WAKE_BITSET | PRIVATE, 1, NULL, NULL, 2));
    number("and fits", futex(&s_other, WAKE_BITSET | PRIVATE, 1, NULL, NULL, 1));
    join(1);
    number("a negative number to wake", futex(&s_word, REQUEUE | PRIVATE, -1, limit(1), &s_other, 0));
    number("a negative number to move", futex(&s_word, REQUEUE | PRIVATE, 1, limit(0xffffffff), &s_other, 0));
    number("a bad word", futex((uint32_t *)8, CMP_REQUEUE | PRIVATE, 1, limit(1), &s_other, 0));
    number("an odd word", futex((uint32_t *)((char *)&s_word + 1), REQUEUE | PRIVATE, 1, limit(1), &s_other, 0));
    number("an odd other word", futex(&s_word, REQUEUE | PRIVATE, 1, limit(1), (uint32_t *)((char *)&s_other + 2), 0));
}

static uint32_t encode(int operation, int operand, int comparison, int comparand)
{
    return (uint32_t)operation << 28 | (uint32_t)comparison << 24 | ((uint32_t)operand & 0xfff) << 12 | ((uint32_t)comparand & 0xfff);
}

static void apply(const char *what, uint32_t value, int operation, int operand)
{
    s_other = value;
    long result = futex(&s_word, WAKE_OP | PRIVATE, 1, limit(1), &s_other, encode(operation, operand, 0, 0));
    printf("%s: %s, %x\n", what, result >= 0 ? "ok" : strerror(errno), s_other);
}

/* A waiter on the other word is woken when its old value compares. */
static void compare(const char *what, int comparison, int value, int comparand)
{
    s_other = 0;
    begin(0, &s_other, 0);
    s_other = value;
    number(what, futex(&s_word, WAKE_OP | PRIVATE, 1, limit(1), &s_other, encode(1, 0, comparison, comparand)));
    futex(&s_other, WAKE | PRIVATE, 1, NULL, NULL, 0);
    join(1);
}

static void operations(void)
{
    apply("set", 5, 0, 7);
    apply("set to a negative operand", 5, 0, -7);
    apply("add", 5, 1, 7);
    apply("add a negative operand", 5, 1, -7);
    apply("or", 0x14, 2, 0x21);
    apply("and not", 0xff, 3, 0x18);
    apply("exclusive or", 0xff, 4, 0x118);
    apply("set a bit", 5, 8, 20);
    apply("add a bit", 5, 9, 31);
    apply("or a bit", 5, 10, 4);
    apply("and not a bit", 0xff, 11, 4);
    apply("exclusive or with a bit", 0xff, 12, 4);
    apply("a bit beyond the word", 5, 8, 33);
    apply("no such operation", 5, 5, 1);
    s_other = 5;
    outcome("no such comparison", futex(&s_word, WAKE_OP | PRIVATE, 1, limit(1), &s_other, encode(0, 9, 6, 0)));
    printf("the operation: %u\n", s_other);

    for (int comparison = 0; comparison < 6; comparison++)
    {
        static const char *const Names[] = { "equal", "not equal", "less", "less or equal", "greater", "greater or equal" };
        char what[64];
        for (int value = -3; value <= -1; value++)
        {
            snprintf(what, sizeof what, "%d %s -2", value, Names[comparison]);
            compare(what, comparison, value, -2);
        }
    }

    s_word = s_other = 0;
    begin(0, &s_word, 0);
    begin(1, &s_word, 0);
    begin(2, &s_other, 0);
    begin(3, &s_other, 0);
    number("one here, both there", futex(&s_word, WAKE_OP | PRIVATE, 1, limit(2), &s_other, encode(0, 1, 0, 0)));
    show_ended("they", 4, 3);
    printf("the word: %u\n", s_other);
    number("the last", futex(&s_word, WAKE_OP | PRIVATE, 1, limit(1), &s_other, encode(0, 0, 0, 0)));
    join(4);
    outcome("a bad other word", futex(&s_word, WAKE_OP | PRIVATE, 1, limit(1), (uint32_t *)8, encode(0, 0, 0, 0)));
    outcome("an odd other word", futex(&s_word, WAKE_OP | PRIVATE, 1, limit(1), (uint32_t *)((char *)&s_other + 1), encode(0, 0, 0, 0)));
    uint32_t *constant = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    outcome("an other word that cannot be written", futex(&s_word, WAKE_OP | PRIVATE, 1, limit(1), constant, encode(0, 0, 0, 0)));
    s_other = 0;
}

static long elapsed(clockid_t clock, const struct timespec *begin)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return (now.tv_sec - begin->tv_sec) * 1000 + (now.tv_nsec - begin->tv_nsec) / 1000000;
}

static struct timespec later(struct timespec time, long milliseconds)
{
    time.tv_nsec += milliseconds * 1000000;
    time.tv_sec += time.tv_nsec / 1000000000;
    time.tv_nsec %= 1000000000;
    return time;
}

static void times(void)
{
    struct timespec now, until, time = { 0, 30000000 };
    clock_gettime(CLOCK_MONOTONIC, &now);
    outcome("a wait for a time", futex(&s_word, WAIT | PRIVATE, 0, &time, NULL, 0));
    check("took it", elapsed(CLOCK_MONOTONIC, &now) >= 30);
    time = (struct timespec){ 0, 0 };
    outcome("no time", futex(&s_word, WAIT | PRIVATE, 0, &time, NULL, 0));
    outcome("no time and another value", futex(&s_word, WAIT | PRIVATE, 1, &time, NULL, 0));
    time = (struct timespec){ -1, 0 };
    outcome("a negative time", futex(&s_word, WAIT | PRIVATE, 0, &time, NULL, 0));
    time = (struct timespec){ 0, 1000000000 };
    outcome("too many nanoseconds", futex(&s_word, WAIT | PRIVATE, 0, &time, NULL, 0));
    outcome("a bad time", futex(&s_word, WAIT | PRIVATE, 0, (void *)8, NULL, 0));

    clock_gettime(CLOCK_MONOTONIC, &now);
    until = later(now, 30);
    outcome("until a moment", futex(&s_word, WAIT_BITSET | PRIVATE, 0, &until, NULL, -1));
    check("not before it", elapsed(CLOCK_MONOTONIC, &now) >= 30);
    outcome("until a moment that has passed", futex(&s_word, WAIT_BITSET | PRIVATE, 0, &now, NULL, -1));
    clock_gettime(CLOCK_REALTIME, &now);
    until = later(now, 30);
    outcome("until a time of day", futex(&s_word, WAIT_BITSET | PRIVATE | REALTIME, 0, &until, NULL, -1));
    check("not before it", elapsed(CLOCK_REALTIME, &now) >= 30);
    outcome("until a time of day that has passed", futex(&s_word, WAIT_BITSET | PRIVATE | REALTIME, 0, &now, NULL, -1));
    outcome("a relative wait by the time of day", futex(&s_word, WAIT | PRIVATE | REALTIME, 1, NULL, NULL, 0));
    outcome("a wake by the time of day", futex(&s_word, WAKE | PRIVATE | REALTIME, 1, NULL, NULL, 0));
}

static void refusals(void)
{
    uint32_t *odd = (uint32_t *)((char *)&s_word + 1);
    outcome("wait on an odd address", futex(odd, WAIT | PRIVATE, 0, NULL, NULL, 0));
    outcome("wake at an odd address", futex(odd, WAKE | PRIVATE, 1, NULL, NULL, 0));
    outcome("wait on a bad address", futex((uint32_t *)8, WAIT | PRIVATE, 0, NULL, NULL, 0));
    outcome("wake at a bad address", futex((uint32_t *)8, WAKE | PRIVATE, 1, NULL, NULL, 0));
    outcome("wake at a bad address, not private", futex((uint32_t *)8, WAKE, 1, NULL, NULL, 0));
    outcome("wait on an address of the kernel", futex((uint32_t *)0xffff800000000000, WAIT | PRIVATE, 0, NULL, NULL, 0));
    outcome("wake at an address of the kernel", futex((uint32_t *)0xffff800000000000, WAKE | PRIVATE, 1, NULL, NULL, 0));
    outcome("no such operation", futex(&s_word, 99, 0, NULL, NULL, 0));
    outcome("descriptors", futex(&s_word, FD, 0, NULL, NULL, 0));
    outcome("an odd address and another value", futex(odd, WAIT | PRIVATE, 1, NULL, NULL, 0));
    outcome("no bits at a bad address", futex((uint32_t *)8, WAIT_BITSET | PRIVATE, 0, NULL, NULL, 0));
}

/* The word is one by the page, not by its address. */
static void processes(void)
{
    int file = memfd_create("words", 0);
    if (ftruncate(file, 4096) != 0)
        return;
    uint32_t *one = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    uint32_t *two = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    uint32_t *apart = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE, file, 0);
    struct timespec time = { 20, 0 };
    int status;
    fflush(stdout);
    pid_t child = fork();
    if (child == 0)
    {
        munmap(one, 4096);
        two[100] = 1;
        _exit(futex(two, WAIT, 0, &time, NULL, 0) == 0 ? 7 : errno);
    }
    await_wait(child, &one[100]);
    number("private wakes do not reach another process", futex(two, WAKE | PRIVATE, INT_MAX, NULL, NULL, 0));
    number("nor those of a private mapping", futex(apart, WAKE, INT_MAX, NULL, NULL, 0));
    number("nor those of the next word", futex(one + 1, WAKE, INT_MAX, NULL, NULL, 0));
    number("the file's do", futex(one, WAKE, INT_MAX, NULL, NULL, 0));
    waitpid(child, &status, 0);
    check("it was woken", status == 7 << 8);

    fflush(stdout);
    child = fork();
    if (child == 0)
    {
        one[101] = 1;
        _exit(futex(one, WAIT, 0, &time, NULL, 0) == 0 ? 7 : errno);
    }
    await_wait(child, &one[101]);
    number("moving another process's wait", futex(two, CMP_REQUEUE, 0, limit(1), two + 5, 0));
    number("and waking it", futex(one + 5, WAKE, 1, NULL, NULL, 0));
    waitpid(child, &status, 0);
    check("it was woken", status == 7 << 8);

    uint32_t *anonymous = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    fflush(stdout);
    child = fork();
    if (child == 0)
    {
        one[102] = 1;
        _exit(futex(anonymous, WAIT_BITSET, 0, NULL, NULL, 6) == 0 ? 7 : errno);
    }
    await_wait(child, &one[102]);
    number("bits that do not fit", futex(anonymous, WAKE_BITSET, 1, NULL, NULL, 8));
    number("bits that do", futex(anonymous, WAKE_BITSET, 1, NULL, NULL, 2));
    waitpid(child, &status, 0);
    check("it was woken", status == 7 << 8);

    fflush(stdout);
    child = fork();
    if (child == 0)
    {
        time = (struct timespec){ 0, 300000000 };
        one[103] = 1;
        _exit(futex(&s_word, WAIT, 0, &time, NULL, 0) == 0 ? 7 : errno);
    }
    await_wait(child, &one[103]);
    number("a page of its own is another word", futex(&s_word, WAKE, 1, NULL, NULL, 0));
    waitpid(child, &status, 0);
    check("its time was over", status == ETIMEDOUT << 8);
}

int main(void)
{
    wakes();
    masks();
    moves();
    operations();
    times();
    refusals();
    processes();
    return finish();
}
