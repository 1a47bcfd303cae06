/* The vDSO: where it is, what it has, and that its clocks are the kernel's. */
#include "../check.h"

#include <elf.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/auxv.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static int (*s_clock_gettime)(clockid_t, struct timespec *);
static int (*s_gettimeofday)(struct timeval *, struct timezone *);
static time_t (*s_time)(time_t *);
static int (*s_getcpu)(unsigned *, unsigned *, void *);

/* A function of the image by its name. */
static void *find(const char *base, const char *name)
{
    const Elf64_Ehdr *header = (const void *)base;
    const Elf64_Phdr *segments = (const void *)(base + header->e_phoff);
    const Elf64_Dyn *dynamic = NULL;
    const char *bias = NULL;
    for (int i = 0; i < header->e_phnum; i++)
    {
        bias = segments[i].p_type == PT_LOAD ? base + segments[i].p_offset - segments[i].p_vaddr : bias;
        dynamic = segments[i].p_type == PT_DYNAMIC ? (const void *)(base + segments[i].p_offset) : dynamic;
    }

    const Elf64_Sym *symbols = NULL;
    const char *names = NULL;
    for (; dynamic != NULL && dynamic->d_tag != DT_NULL; dynamic++)
    {
        symbols = dynamic->d_tag == DT_SYMTAB ? (const void *)(bias + dynamic->d_un.d_ptr) : symbols;
        names = dynamic->d_tag == DT_STRTAB ? bias + dynamic->d_un.d_ptr : names;
    }

    /* The names lie behind the symbols. */
    for (int i = 1; symbols != NULL && names != NULL && (const char *)(symbols + i) < names && i < 64; i++)
    {
        if (strcmp(names + symbols[i].st_name, name) == 0)
        {
            return (void *)(bias + symbols[i].st_value);
        }
    }

    printf("no %s\n", name);
    exit(2);
}

static void test_mapping(unsigned long base)
{
    char line[512];
    FILE *maps = fopen("/proc/self/maps", "r");
    int found = 0;
    while (fgets(line, sizeof line, maps) != NULL)
    {
        unsigned long start, end;
        char access[8];
        if (strstr(line, "[vdso]") != NULL && sscanf(line, "%lx-%lx %7s", &start, &end, access) == 3)
        {
            found = start == base && strcmp(access, "r-xp") == 0;
        }
    }

    fclose(maps);
    check("/proc/self/maps has it", found);
    check("it is ELF", memcmp((void *)base, ELFMAG, SELFMAG) == 0);
}

static long nanoseconds(const struct timespec *time)
{
    return time->tv_sec * 1000000000 + time->tv_nsec;
}

static void test_clock(const char *what, clockid_t clock)
{
    int holds = 1;
    for (int i = 0; i < 200; i++)
    {
        struct timespec before, between, after;
        syscall(SYS_clock_gettime, clock, &before);
        holds &= s_clock_gettime(clock, &between) == 0;
        syscall(SYS_clock_gettime, clock, &after);
        holds &= nanoseconds(&before) <= nanoseconds(&between) && nanoseconds(&between) <= nanoseconds(&after);
        holds &= between.tv_nsec >= 0 && between.tv_nsec < 1000000000;
    }

    check(what, holds);
}

static void test_time_of_day(void)
{
    struct timeval before, between, after;
    struct timezone zone = { 1, 1 };
    syscall(SYS_gettimeofday, &before, NULL);
    int result = s_gettimeofday(&between, &zone);
    syscall(SYS_gettimeofday, &after, NULL);
    check("gettimeofday", result == 0 && !timercmp(&between, &before, <) && !timercmp(&after, &between, <) && between.tv_usec < 1000000);
    check("the time zone is UTC", zone.tz_minuteswest == 0 && zone.tz_dsttime == 0);
    check("gettimeofday of nothing", s_gettimeofday(NULL, NULL) == 0);
    time_t stored, first = syscall(SYS_time, NULL), second = s_time(&stored), third = syscall(SYS_time, NULL);
    check("time", first <= second && second == stored && second <= third && s_time(NULL) >= second);
}

static void test_processor(void)
{
    cpu_set_t all, one;
    int holds = 1;
    sched_getaffinity(0, sizeof all, &all);
    for (int i = 0; i < CPU_SETSIZE; i++)
    {
        if (CPU_ISSET(i, &all))
        {
            unsigned processor = 999, node = 999;
            CPU_ZERO(&one);
            CPU_SET(i, &one);
            sched_setaffinity(0, sizeof one, &one);
            holds &= s_getcpu(&processor, &node, NULL) == 0 && processor == (unsigned)i && node == 0;
        }
    }

    sched_setaffinity(0, sizeof all, &all);
    check("getcpu", holds && s_getcpu(NULL, NULL, NULL) == 0);
}

/* What any thread has read last. */
static atomic_long s_last;
static atomic_int s_backwards;

static void *read_clock(void *unused)
{
    (void)unused;
    for (int i = 0; i < 30000; i++)
    {
        struct timespec time;
        long last = atomic_load(&s_last);
        s_clock_gettime(CLOCK_MONOTONIC, &time);
        long now = nanoseconds(&time);
        s_backwards |= now < last;
        while (last < now && !atomic_compare_exchange_weak(&s_last, &last, now))
        {
        }
    }

    return NULL;
}

static void test_threads(void)
{
    pthread_t threads[3];
    for (int i = 0; i < 3; i++)
    {
        pthread_create(&threads[i], NULL, read_clock, NULL);
    }

    for (int i = 0; i < 3; i++)
    {
        pthread_join(threads[i], NULL);
    }

    check("no thread reads less than another before it", !s_backwards);
}

int main(void)
{
    struct timespec time;
    unsigned long base = getauxval(AT_SYSINFO_EHDR);
    check("AT_SYSINFO_EHDR", base != 0 && base % 4096 == 0);
    if (base == 0)
    {
        return finish();
    }

    test_mapping(base);
    s_clock_gettime = find((char *)base, "__vdso_clock_gettime");
    s_gettimeofday = find((char *)base, "__vdso_gettimeofday");
    s_time = find((char *)base, "__vdso_time");
    s_getcpu = find((char *)base, "__vdso_getcpu");
    test_clock("CLOCK_REALTIME", CLOCK_REALTIME);
    test_clock("CLOCK_MONOTONIC", CLOCK_MONOTONIC);
    test_clock("CLOCK_MONOTONIC_RAW", CLOCK_MONOTONIC_RAW);
    test_clock("CLOCK_REALTIME_COARSE", CLOCK_REALTIME_COARSE);
    test_clock("CLOCK_MONOTONIC_COARSE", CLOCK_MONOTONIC_COARSE);
    test_clock("CLOCK_BOOTTIME", CLOCK_BOOTTIME);
    test_clock("CLOCK_TAI", CLOCK_TAI);
    test_clock("a thread's CPU time", CLOCK_THREAD_CPUTIME_ID);
    check("an unknown clock", s_clock_gettime(77, &time) == -EINVAL);
    test_time_of_day();
    test_processor();
    test_threads();
    return finish();
}
