/* rseq: registration, the processor's number, and critical sections that are given up when the thread loses its processor. */
#include "../check.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define SIGNATURE 0x53053053
#define TEXT_(x) #x
#define TEXT(x) TEXT_(x)

/* The kernel's structures, and names of our own: the C libraries differ in what they have of these. */
struct area
{
    uint32_t cpu_id_start, cpu_id;
    uint64_t section;
    uint32_t flags, rest[3];
} __attribute__((aligned(32)));

struct section
{
    uint32_t version, flags;
    uint64_t start, length, abort;
} __attribute__((aligned(32)));

static long registration(void *area, unsigned length, int flags, unsigned signature)
{
    return syscall(SYS_rseq, area, length, flags, signature);
}

/* Increments *counter in a critical section that begins with a wait of so many rounds. 1: it was given up. */
static int section(struct area *area, volatile long *counter, long rounds)
{
    int given_up = 0;
    __asm__ volatile(
        ".pushsection .data.rseq_sections, \"aw\"\n"
        ".balign 32\n"
        "3: .long 0, 0\n"
        ".quad 1f, 2f - 1f, 4f\n"
        ".popsection\n"
        "leaq 3b(%%rip), %%rax\n"
        "movq %%rax, 8(%[area])\n"
        "1: testq %[rounds], %[rounds]\n"
        "jz 6f\n"
        "5: decq %[rounds]\n"
        "jnz 5b\n"
        "6: incq (%[counter])\n"
        "2: jmp 7f\n"
        ".byte 0x0f, 0xb9, 0x3d\n"
        ".long " TEXT(SIGNATURE) "\n"
        "4: movl $1, %[given_up]\n"
        "7:\n"
        : [given_up] "+r"(given_up), [rounds] "+r"(rounds)
        : [area] "r"(area), [counter] "r"(counter)
        : "rax", "memory", "cc");
    return given_up;
}

static struct area s_area, s_other;
static volatile int s_stop;
static volatile int s_signals;

static void *disturb(void *nothing)
{
    (void)nothing;
    while (!s_stop)
        sched_yield();
    return NULL;
}

static void on_alarm(int signal)
{
    (void)signal;
    s_signals++;
}

static void refusals(void)
{
    outcome("an unaligned area", registration((char *)&s_area + 4, 32, 0, SIGNATURE));
    outcome("a bad length", registration(&s_area, 16, 0, SIGNATURE));
    outcome("unknown flags", registration(&s_area, 32, 4, SIGNATURE));
    outcome("the kernel's memory", registration((void *)0xffff800000000000, 32, 0, SIGNATURE));
    outcome("taking back what is not there", registration(&s_area, 32, 1, SIGNATURE));
}

static void numbers(void)
{
    s_area.cpu_id = s_area.cpu_id_start = 77;
    outcome("registering", registration(&s_area, 32, 0, SIGNATURE));
    check("the processor's number", s_area.cpu_id < 64 && s_area.cpu_id == s_area.cpu_id_start);
    outcome("registering again", registration(&s_area, 32, 0, SIGNATURE));
    outcome("with another signature", registration(&s_area, 32, 0, SIGNATURE + 1));
    outcome("another area", registration(&s_other, 32, 0, SIGNATURE));
    outcome("taking back another", registration(&s_other, 32, 1, SIGNATURE));
    outcome("with another signature", registration(&s_area, 32, 1, SIGNATURE + 1));

    int wrong = 0;
    cpu_set_t all, one;
    sched_getaffinity(0, sizeof all, &all);
    for (int cpu = 0; cpu < CPU_SETSIZE; cpu++) {
        if (!CPU_ISSET(cpu, &all))
            continue;
        CPU_ZERO(&one);
        CPU_SET(cpu, &one);
        sched_setaffinity(0, sizeof one, &one);
        wrong |= s_area.cpu_id != (uint32_t)cpu || s_area.cpu_id_start != (uint32_t)cpu;
    }
    sched_setaffinity(0, sizeof all, &all);
    check("follows from processor to processor", !wrong);
}

static void sections(void)
{
    volatile long counter = 0;
    check("an undisturbed one ends", section(&s_area, &counter, 0) == 0 && counter == 1);

    /* A signal gives it up, if nothing else did before. */
    signal(SIGALRM, on_alarm);
    alarm(1);
    counter = 0;
    int all_given_up = 1;
    while (!s_signals)
        all_given_up &= section(&s_area, &counter, 1L << 50);
    check("a signal gives it up", all_given_up && counter == 0);
    check("and takes the section back", s_area.section == 0);

    /* So does losing the processor. */
    pthread_t thread;
    cpu_set_t all, one;
    sched_getaffinity(0, sizeof all, &all);
    CPU_ZERO(&one);
    CPU_SET(s_area.cpu_id, &one);
    sched_setaffinity(0, sizeof one, &one);
    pthread_create(&thread, NULL, disturb, NULL);
    check("another thread gives it up", section(&s_area, &counter, 1L << 50) == 1 && counter == 0);
    long done = 0, given_up = 0;
    while (done < 20000)
        section(&s_area, &counter, 100) ? given_up++ : done++;
    s_stop = 1;
    pthread_join(thread, NULL);
    check("nothing is done twice or lost", counter == done);
    sched_setaffinity(0, sizeof all, &all);
}

static void *show_none(void *nothing)
{
    (void)nothing;
    return (void *)(intptr_t)(registration(&s_other, 32, 1, SIGNATURE) == -1 && errno == EINVAL);
}

static void processes(void)
{
    int status;
    void *none;
    pthread_t thread;
    fflush(stdout);
    if (fork() == 0)
        _exit(registration(&s_area, 32, 0, SIGNATURE) == -1 && errno == EBUSY && s_area.cpu_id < 64 ? 0 : 1);
    wait(&status);
    check("a child has it", status == 0);
    pthread_create(&thread, NULL, show_none, NULL);
    pthread_join(thread, &none);
    check("a new thread does not", none != NULL);

    static struct section bad;
    int killed = 0;
    for (int kind = 0; kind < 5; kind++) {
        if (fork() == 0) {
            uint64_t here = (uintptr_t)&processes;
            bad = (struct section){kind == 0, 0, kind == 1 ? here << 17 : here, kind == 2 ? UINT64_MAX : 64, kind == 3 ? here + 8 : here + 4096};
            s_area.section = kind == 4 ? 0x10 : (uintptr_t)&bad;
            /* Long enough to be due only after the thread has left the processor. */
            for (int i = 0; i < 1000; i++)
                usleep(1000);
            _exit(0);
        }
        wait(&status);
        killed += WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV;
    }
    check("a bad section ends the process", killed == 5);
    outcome("taking it back", registration(&s_area, 32, 1, SIGNATURE));
    check("the number is gone", s_area.cpu_id == UINT32_MAX && s_area.cpu_id_start == 0);
}

int main(int argc, char **argv)
{
    (void)argc;
    if (!getenv("GLIBC_TUNABLES")) {
        /* glibc would have registered an area of its own. */
        setenv("GLIBC_TUNABLES", "glibc.pthread.rseq=0", 1);
        execv("/proc/self/exe", argv);
    }
    refusals();
    numbers();
    sections();
    processes();
    return finish();
}
