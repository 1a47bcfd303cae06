/* The wide vector registers hold over signal handlers, switches of threads and fork; a handler changes them in its frame. */
#include "../check.h"

#include <cpuid.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <ucontext.h>
#include <unistd.h>

/* What stands between loading all registers and storing them is in the same piece of assembly: no compiler comes between. */
#define EACH(what) what(0) what(1) what(2) what(3) what(4) what(5) what(6) what(7) what(8) what(9) what(10) what(11) what(12) what(13) what(14) what(15)
#define LOAD(n) "vmovdqu " #n "*32(%[in]), %%ymm" #n "\n\t"
#define STORE(n) "vmovdqu %%ymm" #n ", " #n "*32(%[out])\n\t"
#define VECTORS "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "xmm9", "xmm10", "xmm11", "xmm12", "xmm13", "xmm14", "xmm15"

/* Where a frame has what: the legacy area, and the header behind it. */
enum { CONTROL_WORD = 0, MXCSR = 24, LOWER_HALVES = 160, SOFTWARE = 464, HEADER = 512, AVX = 4, PRESENT = 7 };
enum { MAGIC = 0x46505853, MAGIC_AT_END = 0x46505845, USUAL_MXCSR = 0x1f80, USUAL_CONTROL = 0x37f };

typedef struct
{
    unsigned char bytes[16][32];
} registers;

static registers s_clobber;
static volatile int s_count, s_stop, s_frame_is_right, s_handlers_mxcsr, s_handlers_control;
static unsigned s_upper_halves;
static const registers *s_expected;

static registers pattern(unsigned seed)
{
    registers result;
    for (int i = 0; i < 16; i++)
    {
        for (int j = 0; j < 32; j++)
        {
            seed = seed * 1103515245 + 12345;
            result.bytes[i][j] = seed >> 16;
        }
    }
    return result;
}

static int same(const registers *one, const registers *other)
{
    return memcmp(one, other, sizeof *one) == 0;
}

/* Holds the registers over a system call. */
static long hold_over_call(const registers *in, registers *out, long number, long first, long second, long third)
{
    __asm__ volatile(EACH(LOAD) "syscall\n\t" EACH(STORE) "vzeroupper"
                     : "+a"(number)
                     : [in] "r"(in), [out] "r"(out), "D"(first), "S"(second), "d"(third)
                     : "rcx", "r11", "memory", VECTORS);
    return number;
}

/* Holds them while it gives the processor away. */
static void hold_over_yields(const registers *in, registers *out, long count)
{
    __asm__ volatile(EACH(LOAD) "1: movl $24, %%eax\n\tsyscall\n\tdecq %[count]\n\tjnz 1b\n\t" EACH(STORE) "vzeroupper"
                     : [count] "+r"(count)
                     : [in] "r"(in), [out] "r"(out)
                     : "rax", "rcx", "r11", "memory", VECTORS);
}

/* Holds them until a number in memory has grown. */
static void hold_until(const registers *in, registers *out, volatile int *number, int limit)
{
    __asm__ volatile(EACH(LOAD) "1: pause\n\tcmpl %[limit], (%[number])\n\tjl 1b\n\t" EACH(STORE) "vzeroupper"
                     :
                     : [in] "r"(in), [out] "r"(out), [number] "r"(number), [limit] "r"(limit)
                     : "memory", VECTORS);
}

static void clobber(int signal)
{
    (void)signal;
    const registers *in = &s_clobber;
    s_count++;
    __asm__ volatile(EACH(LOAD) : : [in] "r"(in) : "memory", VECTORS);
}

/* Only for what is in a frame, which has no alignment that the compiler knows. */
static uint32_t word(const unsigned char *at)
{
    uint32_t value;
    memcpy(&value, at, sizeof value);
    return value;
}

static void set_word(unsigned char *at, uint32_t value)
{
    memcpy(at, &value, sizeof value);
}

static unsigned char *frame_of(void *context)
{
    return (unsigned char *)((ucontext_t *)context)->uc_mcontext.fpregs;
}

/* The frame has the registers that were held, and says so. */
static int is_right(const unsigned char *frame)
{
    const unsigned char *software = frame + SOFTWARE;
    int right = word(software) == MAGIC && (word(software + 8) & PRESENT) == PRESENT && (word(frame + HEADER) & PRESENT) == PRESENT;
    right &= word(software + 4) == word(software + 16) + 4 && word(frame + word(software + 16)) == MAGIC_AT_END;
    for (int i = 0; i < 16 && right; i++)
        right &= memcmp(frame + LOWER_HALVES + 16 * i, s_expected->bytes[i], 16) == 0 && memcmp(frame + s_upper_halves + 16 * i, s_expected->bytes[i] + 16, 16) == 0;
    return right;
}

static void change(int signal, siginfo_t *information, void *context)
{
    (void)signal;
    (void)information;
    unsigned char *frame = frame_of(context);
    s_frame_is_right = is_right(frame);
    for (int i = 0; i < 16; i++)
    {
        memcpy(frame + LOWER_HALVES + 16 * i, s_clobber.bytes[i], 16);
        memcpy(frame + s_upper_halves + 16 * i, s_clobber.bytes[i] + 16, 16);
    }
}

static void clear_component(int signal, siginfo_t *information, void *context)
{
    (void)signal;
    (void)information;
    unsigned char *frame = frame_of(context);
    set_word(frame + HEADER, word(frame + HEADER) & ~AVX);
}

static void clear_magic(int signal, siginfo_t *information, void *context)
{
    (void)signal;
    (void)information;
    set_word(frame_of(context) + SOFTWARE, 0);
}

static void change_control(int signal, siginfo_t *information, void *context)
{
    unsigned control = 0, mxcsr = 0;
    (void)signal;
    (void)information;
    __asm__ volatile("stmxcsr %0\n\tfnstcw %1" : "=m"(mxcsr), "=m"(control));
    s_handlers_mxcsr = mxcsr;
    s_handlers_control = control & 0xffff;
    unsigned char *frame = frame_of(context);
    s_frame_is_right = word(frame + MXCSR) == 0x7f80 && (word(frame + CONTROL_WORD) & 0xffff) == 0xf7f;
    set_word(frame + MXCSR, 0x3f80);
    set_word(frame + CONTROL_WORD, (word(frame + CONTROL_WORD) & ~0xffffu) | 0x77f);
}

static void spoil_control(int signal, siginfo_t *information, void *context)
{
    (void)signal;
    (void)information;
    set_word(frame_of(context) + MXCSR, 0x80001f80);
}

static void spoil_component(int signal, siginfo_t *information, void *context)
{
    (void)signal;
    (void)information;
    set_word(frame_of(context) + HEADER + 8, 1);
}

static void drop_frame(int signal, siginfo_t *information, void *context)
{
    (void)signal;
    (void)information;
    ((ucontext_t *)context)->uc_mcontext.fpregs = NULL;
}

static void handle(int signal, void (*handler)(int, siginfo_t *, void *))
{
    struct sigaction action = { .sa_sigaction = handler, .sa_flags = SA_SIGINFO };
    sigaction(signal, &action, NULL);
}

static void raise_over(const registers *in, registers *out)
{
    s_expected = in;
    hold_over_call(in, out, SYS_tgkill, getpid(), syscall(SYS_gettid), SIGUSR1);
}

static void over_handlers(void)
{
    registers in = pattern(1), out;
    s_clobber = pattern(99);
    signal(SIGUSR1, clobber);
    raise_over(&in, &out);
    check("held over a handler", s_count == 1 && same(&in, &out));

    struct itimerval often = { { 0, 2000 }, { 0, 2000 } }, never = { { 0, 0 }, { 0, 0 } };
    signal(SIGALRM, clobber);
    s_count = 0;
    setitimer(ITIMER_REAL, &often, NULL);
    hold_until(&in, &out, &s_count, 20);
    setitimer(ITIMER_REAL, &never, NULL);
    check("held over handlers at any place", same(&in, &out));
}

static void in_frames(void)
{
    registers in = pattern(2), out, expected = in;
    handle(SIGUSR1, change);
    raise_over(&in, &out);
    check("the frame has them", s_frame_is_right);
    check("what a handler changes there is changed", same(&out, &s_clobber));

    for (int i = 0; i < 16; i++)
        memset(expected.bytes[i] + 16, 0, 16);
    handle(SIGUSR1, clear_component);
    raise_over(&in, &out);
    check("upper halves that are not present are zero", same(&out, &expected));
    handle(SIGUSR1, clear_magic);
    raise_over(&in, &out);
    check("so are those of a frame without the magic number", same(&out, &expected));
    memset(&expected, 0, sizeof expected);
    handle(SIGUSR1, drop_frame);
    raise_over(&in, &out);
    check("all of a frame without the registers", same(&out, &expected));

    unsigned mxcsr = 0x7f80, control = 0xf7f;
    handle(SIGUSR1, change_control);
    __asm__ volatile("ldmxcsr %0\n\tfldcw %1" : : "m"(mxcsr), "m"(control));
    raise_over(&in, &out);
    __asm__ volatile("stmxcsr %0\n\tfnstcw %1" : "=m"(mxcsr), "=m"(control));
    check("the frame has the control words", s_frame_is_right);
    check("the handler began with the usual ones", s_handlers_mxcsr == USUAL_MXCSR && s_handlers_control == USUAL_CONTROL);
    check("what it changes there is changed", mxcsr == 0x3f80 && (control & 0xffff) == 0x77f);
    check("the registers are as they were", same(&in, &out));
    mxcsr = USUAL_MXCSR;
    control = USUAL_CONTROL;
    __asm__ volatile("ldmxcsr %0\n\tfldcw %1" : : "m"(mxcsr), "m"(control));
}

static void ends_by(const char *what, void (*handler)(int, siginfo_t *, void *))
{
    int status = 0;
    fflush(stdout);
    pid_t child = fork();
    if (child == 0)
    {
        handle(SIGUSR1, handler);
        raise(SIGUSR1);
        _exit(0);
    }
    waitpid(child, &status, 0);
    printf("%s: %s\n", what, WIFSIGNALED(status) ? strsignal(WTERMSIG(status)) : "it goes on");
}

static void over_fork(void)
{
    registers in = pattern(3), out;
    int status = 0;
    fflush(stdout);
    long child = hold_over_call(&in, &out, SYS_fork, 0, 0, 0);
    if (child == 0)
        _exit(same(&in, &out) ? 7 : 8);
    check("held over fork by the parent", same(&in, &out));
    waitpid(child, &status, 0);
    check("and by the child", status == 7 << 8);
}

static void *yields(void *seed)
{
    registers in = pattern((uintptr_t)seed), out;
    int right = 1;
    for (int i = 0; i < 20; i++)
    {
        hold_over_yields(&in, &out, 20);
        right &= same(&in, &out);
    }
    return (void *)(uintptr_t)right;
}

static void *spins(void *seed)
{
    registers in = pattern((uintptr_t)seed), out;
    hold_until(&in, &out, &s_stop, 1);
    return (void *)(uintptr_t)same(&in, &out);
}

static void over_switches(void)
{
    cpu_set_t first;
    pthread_t threads[2];
    void *right[2];
    CPU_ZERO(&first);
    CPU_SET(sched_getcpu(), &first);
    outcome("one processor", sched_setaffinity(0, sizeof first, &first));
    for (uintptr_t i = 0; i < 2; i++)
        pthread_create(&threads[i], NULL, yields, (void *)(10 + i));
    for (int i = 0; i < 2; i++)
        pthread_join(threads[i], &right[i]);
    check("held by two threads that take turns", right[0] && right[1]);
    for (uintptr_t i = 0; i < 2; i++)
        pthread_create(&threads[i], NULL, spins, (void *)(20 + i));
    usleep(100000);
    s_stop = 1;
    for (int i = 0; i < 2; i++)
        pthread_join(threads[i], &right[i]);
    check("held by two that are interrupted", right[0] && right[1]);
}

int main(void)
{
    unsigned a, b, c, d;
    if (!__builtin_cpu_supports("avx"))
    {
        printf("no AVX\n");
        return finish();
    }
    __cpuid_count(0xd, 2, a, b, c, d);
    s_upper_halves = b;
    check("upper halves have their place", a == 256 && b >= 576);
    over_handlers();
    in_frames();
    ends_by("reserved bits in the control word", spoil_control);
    ends_by("a compacted state", spoil_component);
    over_fork();
    over_switches();
    return finish();
}
