/*
 * What a second CPU is worth: how much longer two processes take, at once, for what one of them does alone. 1.00 is best,
 * 2.00 is what one CPU does. "smp-cpu" computes, "smp-getppid" makes system calls, "smp-touch" maps, touches and unmaps
 * memory of its own, "smp-pipe" writes to a pipe and reads it back, "smp-fork" makes processes and waits for them, "smp-futex"
 * hands a word to and fro between two threads of its own, "smp-read" reads pages of a file, and both processes the same.
 *
 * A host's CPUs change their speed by half within tenths of a second, each for itself: by other guests that share the
 * cores, and by their clock. So each process keeps to a CPU, and turns are short: alone on the one, both, alone on the
 * other. What a process did alone is compared with what it did on the same CPU in the turn beside; of many such ratios the
 * median is taken, and of the two CPUs the worse one is told. The two that compute may run where they like, so that placing
 * them counts: each is compared with the CPU on which it ends.
 */
#include <fcntl.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* musl's compiler has none of Linux's own headers. */
enum { FUTEX_WAIT_PRIVATE = 128, FUTEX_WAKE_PRIVATE = 129 };

enum { TURNS = 100, TURN_MILLISECONDS = 20, PROCESSES = 2 };

/* What the processes of a turn share. */
struct turn
{
    atomic_int ready;
    double rates[PROCESSES];
};

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void compute(void)
{
    for (volatile unsigned long i = 0, x = 1; i < 100000; i++)
    {
        x = x * 6364136223846793005ul + 1442695040888963407ul;
    }
}

static void call(void)
{
    for (int i = 0; i < 1000; i++)
    {
        syscall(SYS_getppid);
    }
}

static void touch(void)
{
    enum { LENGTH = 1 << 20 };
    char *area = mmap(NULL, LENGTH, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (area == MAP_FAILED)
    {
        exit(1);
    }

    for (int offset = 0; offset < LENGTH; offset += 4096)
    {
        area[offset] = 1;
    }

    munmap(area, LENGTH);
}

static void pass(void)
{
    static char s_block[512];
    static int s_ends[2];
    if (s_ends[1] == 0 && pipe(s_ends) != 0)
    {
        exit(1);
    }

    for (int i = 0; i < 100; i++)
    {
        if (write(s_ends[1], s_block, sizeof s_block) != sizeof s_block || read(s_ends[0], s_block, sizeof s_block) != sizeof s_block)
        {
            exit(1);
        }
    }
}

/* The other thread of a process: gives the word back whenever it gets it. */
static int give_back(void *word)
{
    for (;;)
    {
        while (atomic_load((atomic_int *)word) == 0)
        {
            syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, 0, NULL);
        }

        atomic_store((atomic_int *)word, 0);
        syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, 1);
    }

    return 0;
}

static void hand_over(void)
{
    enum { STACK = 64 << 10 };
    static atomic_int s_word;
    static char *s_stack;
    if (s_stack == NULL)
    {
        /* Not by the library, which would have to be told before it ends: the turn ends with all threads. */
        int flags = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM;
        s_stack = mmap(NULL, STACK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (s_stack == MAP_FAILED || clone(give_back, s_stack + STACK, flags, &s_word) < 0)
        {
            exit(1);
        }
    }

    for (int i = 0; i < 20; i++)
    {
        atomic_store(&s_word, 1);
        syscall(SYS_futex, &s_word, FUTEX_WAKE_PRIVATE, 1);
        while (atomic_load(&s_word) == 1)
        {
            syscall(SYS_futex, &s_word, FUTEX_WAIT_PRIVATE, 1, NULL);
        }
    }
}

/* This program's own file, by the name that it was started with: not every system here has /proc. */
static const char *s_self;

static void read_pages(void)
{
    static char s_page[4096];
    static int s_file;
    if (s_file == 0)
    {
        s_file = open(s_self, O_RDONLY);
    }

    for (int i = 0; i < 100; i++)
    {
        if (pread(s_file, s_page, sizeof s_page, i % 4 * sizeof s_page) != sizeof s_page)
        {
            exit(1);
        }
    }
}

static void multiply(void)
{
    pid_t child = fork();
    if (child == 0)
    {
        _exit(0);
    }

    if (child < 0 || waitpid(child, NULL, 0) != child)
    {
        exit(1);
    }
}

static void keep_to(int cpu)
{
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(cpu, &set);
    if (sched_setaffinity(0, sizeof set, &set) != 0)
    {
        _exit(1);
    }
}

/* Waits for the others of its turn, and tells how many rounds of the work it did in a second. */
static void work_through(struct turn *turn, int processes, void (*work)(void))
{
    atomic_fetch_add(&turn->ready, 1);
    while (atomic_load(&turn->ready) < processes)
    {
    }

    double start = now(), rounds = 0, time;
    do
    {
        work();
        rounds++;
        time = now() - start;
    }
    while (time < TURN_MILLISECONDS / 1e3);

    turn->rates[sched_getcpu() % PROCESSES] = rounds / time;
    _exit(0);
}

/* A turn of the processes from first to last, each on the CPU of its number if they are to keep to one. */
static void take_turn(struct turn *turn, int first, int last, int keeps, void (*work)(void))
{
    turn->ready = 0;
    turn->rates[0] = turn->rates[1] = 1e-9;
    for (int cpu = first; cpu <= last; cpu++)
    {
        pid_t child = fork();
        if (child == 0)
        {
            if (keeps)
            {
                keep_to(cpu);
            }

            work_through(turn, last - first + 1, work);
        }

        if (child < 0)
        {
            exit(1);
        }
    }

    int status;
    while (wait(&status) > 0)
    {
        if (status != 0)
        {
            exit(1);
        }
    }
}

static int compare(const void *left, const void *right)
{
    double difference = *(const double *)left - *(const double *)right;
    return (difference > 0) - (difference < 0);
}

static double median(double *values)
{
    qsort(values, TURNS, sizeof *values, compare);
    return values[TURNS / 2];
}

static void measure(const char *name, int keeps, void (*work)(void), struct turn *turn)
{
    double ratios[PROCESSES][TURNS];
    for (int i = 0; i < TURNS; i++)
    {
        take_turn(turn, 0, 0, 1, work);
        double alone = turn->rates[0];
        take_turn(turn, 0, 1, keeps, work);
        double beside = turn->rates[1];
        ratios[0][i] = alone / turn->rates[0];
        take_turn(turn, 1, 1, 1, work);
        ratios[1][i] = turn->rates[1] / beside;
    }

    double one = median(ratios[0]), other = median(ratios[1]);
    printf("%s %.3f\n", name, one > other ? one : other);
    fflush(stdout);
}

int main(int count, char **arguments)
{
    s_self = count > 0 ? arguments[0] : "";
    struct turn *turn = mmap(NULL, sizeof *turn, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (turn == MAP_FAILED)
    {
        return 1;
    }

    measure("smp-cpu", 0, compute, turn);
    measure("smp-getppid", 1, call, turn);
    measure("smp-touch", 1, touch, turn);
    measure("smp-pipe", 1, pass, turn);
    measure("smp-fork", 1, multiply, turn);
    measure("smp-futex", 1, hand_over, turn);
    measure("smp-read", 1, read_pages, turn);
    return 0;
}
