/*
 * System calls that take a pointer, with each kind of bad one in each place in turn while all else is right, and what
 * they answer. One line a place; Linux's own answers are what the lines are compared with. hostile_numbers tries those
 * that this one cannot: which would wait, or start a process, where a pointer is good after all.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#define PAGE 4096

/* FUTEX_PRIVATE_FLAG. */
enum { PRIVATE = 128 };

enum { FILE_FD = 50, DIRECTORY_FD = 51, PIPE_IN = 52, PIPE_OUT = 53, NULL_FD = 54, REPORT = 55 };

/* What stands in an argument's place: a number, or one of these where the place takes a pointer. */
enum { P = 0x40000000, BUFFER = P, PATH, NEW_PATH, LINK, VECTOR, ZERO_TIME, MASK, POLLS, WORD, OFFSET, DIRECTORY, ZEROS };

struct call
{
    const char *name;
    int number;
    long arguments[6];
};

static const struct call s_calls[] = {
    {"read", SYS_read, {FILE_FD, BUFFER, 64}},
    {"read from zero", SYS_read, {NULL_FD, BUFFER, 64}},
    {"read from a pipe", SYS_read, {PIPE_IN, BUFFER, 64}},
    {"write", SYS_write, {FILE_FD, BUFFER, 64}},
    {"write to a pipe", SYS_write, {PIPE_OUT, BUFFER, 64}},
    {"pread64", SYS_pread64, {FILE_FD, BUFFER, 64, 0}},
    {"pwrite64", SYS_pwrite64, {FILE_FD, BUFFER, 64, 0}},
    {"readv", SYS_readv, {FILE_FD, VECTOR, 1}},
    {"writev", SYS_writev, {FILE_FD, VECTOR, 1}},
    {"preadv", SYS_preadv, {FILE_FD, VECTOR, 1, 0, 0}},
    {"pwritev", SYS_pwritev, {FILE_FD, VECTOR, 1, 0, 0}},
    {"open", SYS_open, {PATH, O_RDONLY}},
    {"openat", SYS_openat, {AT_FDCWD, PATH, O_RDONLY}},
    {"stat", SYS_stat, {PATH, BUFFER}},
    {"lstat", SYS_lstat, {PATH, BUFFER}},
    {"fstat", SYS_fstat, {FILE_FD, BUFFER}},
    {"newfstatat", SYS_newfstatat, {AT_FDCWD, PATH, BUFFER, 0}},
    {"statx", SYS_statx, {AT_FDCWD, PATH, 0, 0x7ff, BUFFER}},
    {"statfs", SYS_statfs, {PATH, BUFFER}},
    {"fstatfs", SYS_fstatfs, {FILE_FD, BUFFER}},
    {"access", SYS_access, {PATH, R_OK}},
    {"faccessat", SYS_faccessat, {AT_FDCWD, PATH, R_OK}},
    {"faccessat2", SYS_faccessat2, {AT_FDCWD, PATH, R_OK, 0}},
    {"readlink", SYS_readlink, {LINK, BUFFER, 64}},
    {"readlinkat", SYS_readlinkat, {AT_FDCWD, LINK, BUFFER, 64}},
    {"getcwd", SYS_getcwd, {BUFFER, 64}},
    {"getdents64", SYS_getdents64, {DIRECTORY_FD, BUFFER, 1024}},
    {"chdir", SYS_chdir, {DIRECTORY}},
    {"mkdir", SYS_mkdir, {PATH, 0700}},
    {"mkdirat", SYS_mkdirat, {AT_FDCWD, PATH, 0700}},
    {"rmdir", SYS_rmdir, {PATH}},
    {"unlink", SYS_unlink, {DIRECTORY}},
    {"unlinkat", SYS_unlinkat, {AT_FDCWD, DIRECTORY, 0}},
    {"rename", SYS_rename, {PATH, NEW_PATH}},
    {"renameat2", SYS_renameat2, {AT_FDCWD, PATH, AT_FDCWD, NEW_PATH, 1}},
    {"link", SYS_link, {PATH, NEW_PATH}},
    {"linkat", SYS_linkat, {AT_FDCWD, PATH, AT_FDCWD, NEW_PATH, 0}},
    {"symlink", SYS_symlink, {PATH, DIRECTORY}},
    {"symlinkat", SYS_symlinkat, {PATH, AT_FDCWD, DIRECTORY}},
    {"chmod", SYS_chmod, {PATH, 0600}},
    {"fchmodat", SYS_fchmodat, {AT_FDCWD, PATH, 0600}},
    {"chown", SYS_chown, {PATH, -1, -1}},
    {"truncate", SYS_truncate, {DIRECTORY, 1}},
    {"utimensat", SYS_utimensat, {AT_FDCWD, PATH, ZERO_TIME, 0}},
    {"pipe", SYS_pipe, {BUFFER}},
    {"pipe2", SYS_pipe2, {BUFFER, 0}},
    {"poll", SYS_poll, {POLLS, 1, 0}},
    {"ppoll", SYS_ppoll, {POLLS, 1, ZERO_TIME, MASK, 8}},
    {"select", SYS_select, {8, MASK, MASK, MASK, ZERO_TIME}},
    {"ioctl FIONREAD", SYS_ioctl, {PIPE_IN, 0x541b, BUFFER}},
    {"sendfile", SYS_sendfile, {PIPE_OUT, FILE_FD, OFFSET, 1}},
    {"memfd_create", SYS_memfd_create, {PATH, 0}},
    {"nanosleep", SYS_nanosleep, {ZERO_TIME, 0}},
    {"clock_nanosleep", SYS_clock_nanosleep, {CLOCK_MONOTONIC, 0, ZERO_TIME, 0}},
    {"clock_gettime", SYS_clock_gettime, {CLOCK_MONOTONIC, BUFFER}},
    {"clock_getres", SYS_clock_getres, {CLOCK_MONOTONIC, BUFFER}},
    {"gettimeofday", SYS_gettimeofday, {BUFFER, BUFFER}},
    {"time", SYS_time, {BUFFER}},
    {"times", SYS_times, {BUFFER}},
    {"getrusage", SYS_getrusage, {0, BUFFER}},
    {"uname", SYS_uname, {BUFFER}},
    {"sysinfo", SYS_sysinfo, {BUFFER}},
    {"getrlimit", SYS_getrlimit, {7, BUFFER}},
    {"prlimit64", SYS_prlimit64, {0, 7, 0, BUFFER}},
    {"getresuid", SYS_getresuid, {BUFFER, BUFFER, BUFFER}},
    {"getresgid", SYS_getresgid, {BUFFER, BUFFER, BUFFER}},
    {"rt_sigaction", SYS_rt_sigaction, {10, 0, BUFFER, 8}},
    {"rt_sigprocmask", SYS_rt_sigprocmask, {0, MASK, BUFFER, 8}},
    {"rt_sigpending", SYS_rt_sigpending, {BUFFER, 8}},
    {"sigaltstack", SYS_sigaltstack, {0, BUFFER}},
    {"sched_getaffinity", SYS_sched_getaffinity, {0, 128, BUFFER}},
    {"getcpu", SYS_getcpu, {BUFFER, BUFFER, 0}},
    {"getrandom", SYS_getrandom, {BUFFER, 64, 0}},
    {"futex wake", SYS_futex, {WORD, 1 | PRIVATE, 1}},
    {"futex wait", SYS_futex, {WORD, 0 | PRIVATE, 12345}},
    {"prctl PR_SET_NAME", SYS_prctl, {15, PATH}},
    {"prctl PR_GET_NAME", SYS_prctl, {16, BUFFER}},
    {"arch_prctl ARCH_GET_FS", SYS_arch_prctl, {0x1003, BUFFER}},
    {"execve", SYS_execve, {DIRECTORY, 0, 0}},
    {"execveat", SYS_execveat, {AT_FDCWD, DIRECTORY, 0, 0, 0}},
    {"preadv2", SYS_preadv2, {FILE_FD, VECTOR, 1, 0, 0, 0}},
    {"pwritev2", SYS_pwritev2, {FILE_FD, VECTOR, 1, 0, 0, 0}},
    {"creat", SYS_creat, {PATH, 0600}},
    {"mknod", SYS_mknod, {PATH, S_IFREG | 0600, 0}},
    {"mknodat", SYS_mknodat, {AT_FDCWD, PATH, S_IFREG | 0600, 0}},
    {"openat2", SYS_openat2, {AT_FDCWD, PATH, ZEROS, 24}},
    {"chroot", SYS_chroot, {DIRECTORY}},
    {"fchownat", SYS_fchownat, {AT_FDCWD, PATH, -1, -1, 0}},
    {"lchown", SYS_lchown, {PATH, -1, -1}},
    {"utime", SYS_utime, {PATH, ZEROS}},
    {"utimes", SYS_utimes, {PATH, ZEROS}},
    {"futimesat", SYS_futimesat, {AT_FDCWD, PATH, ZEROS}},
    {"renameat", SYS_renameat, {AT_FDCWD, PATH, AT_FDCWD, NEW_PATH}},
    {"getdents", SYS_getdents, {DIRECTORY_FD, BUFFER, 1024}},
    {"pselect6", SYS_pselect6, {8, MASK, MASK, MASK, ZERO_TIME, 0}},
    {"wait4", SYS_wait4, {-1, BUFFER, 1, BUFFER}},
    {"waitid", SYS_waitid, {0, 0, BUFFER, 5, BUFFER}},
    {"getitimer", SYS_getitimer, {1, BUFFER}},
    {"setitimer", SYS_setitimer, {1, ZEROS, BUFFER}},
    {"timer_create", SYS_timer_create, {1, ZEROS, WORD}},
    {"timer_settime", SYS_timer_settime, {0, 0, ZEROS, BUFFER}},
    {"getgroups", SYS_getgroups, {64, BUFFER}},
    {"setgroups", SYS_setgroups, {1, ZEROS}},
    {"capget", SYS_capget, {ZEROS, BUFFER}},
    {"capset", SYS_capset, {ZEROS, ZEROS}},
    {"rt_sigtimedwait", SYS_rt_sigtimedwait, {MASK, BUFFER, ZERO_TIME, 8}},
    {"rt_sigqueueinfo", SYS_rt_sigqueueinfo, {0x3fffffff, 10, ZEROS}},
    {"rt_tgsigqueueinfo", SYS_rt_tgsigqueueinfo, {0x3fffffff, 0x3fffffff, 10, ZEROS}},
    {"setrlimit", SYS_setrlimit, {4, ZEROS}},
    {"settimeofday", SYS_settimeofday, {0, 0}},
    {"sched_setaffinity", SYS_sched_setaffinity, {0, 128, ZEROS}},
    {"sched_setparam", SYS_sched_setparam, {0, ZEROS}},
    {"sched_getparam", SYS_sched_getparam, {0, BUFFER}},
    {"sched_setscheduler", SYS_sched_setscheduler, {0, 0, ZEROS}},
    {"get_robust_list", SYS_get_robust_list, {0, BUFFER, BUFFER}},
    {"sethostname", SYS_sethostname, {ZEROS, -1}},
};

/* Longer than any of the paths that a bad pointer could lead to, and never there. */
static char s_buffer[PAGE] __attribute__((aligned(PAGE)));
static char s_directory[] = "/tmp/hostile/none/none";
static struct iovec s_vector;
static struct pollfd s_poll;
static struct timespec s_zero[2];
static unsigned long s_mask;
static long s_offset;
static long s_zeros[32];
static int s_word;

static long valid(long argument)
{
    switch (argument)
    {
        case BUFFER:
            return (long)s_buffer;
        case PATH:
            return (long)"/tmp/hostile";
        case NEW_PATH:
            return (long)"/tmp/hostile-new";
        case LINK:
            return (long)"/tmp/hostile-link";
        case DIRECTORY:
            return (long)s_directory;
        case VECTOR:
            s_vector = (struct iovec){s_buffer, 64};
            return (long)&s_vector;
        case ZERO_TIME:
            memset(s_zero, 0, sizeof s_zero);
            return (long)s_zero;
        case MASK:
            s_mask = 0;
            return (long)&s_mask;
        case POLLS:
            s_poll = (struct pollfd){-1, 0, 0};
            return (long)&s_poll;
        case OFFSET:
            s_offset = 0;
            return (long)&s_offset;
        case ZEROS:
            memset(s_zeros, 0, sizeof s_zeros);
            return (long)s_zeros;
        case WORD:
            return (long)&s_word;
        default:
            return argument;
    }
}

/* The last bytes before a hole. */
static char *s_half;

/* Files at their beginnings, a pipe with 64 bytes in it. */
static void prepare(void)
{
    static char bytes[PAGE];
    int ends[2];
    memset(s_half, 'x', 4);
    lseek(DIRECTORY_FD, 0, SEEK_SET);
    ftruncate(FILE_FD, 0);
    pwrite(FILE_FD, bytes, 64, 0);
    lseek(FILE_FD, 0, SEEK_SET);
    if (pipe2(ends, O_NONBLOCK) == 0)
    {
        dup2(ends[0], PIPE_IN);
        dup2(ends[1], PIPE_OUT);
        close(ends[0]);
        close(ends[1]);
        write(PIPE_OUT, bytes, 64);
    }
}

static void attempt(const struct call *call, const char *kind, int place, long pointer)
{
    long arguments[6];
    if (pointer == 0 && call->arguments[place] == ZERO_TIME && call->number != SYS_nanosleep && call->number != SYS_clock_nanosleep)
    {
        return; /* No time-out at all: it would wait for ever. */
    }

    prepare();
    for (int i = 0; i < 6; i++)
    {
        arguments[i] = i == place ? pointer : valid(call->arguments[i]);
    }

    long result = syscall(call->number, arguments[0], arguments[1], arguments[2], arguments[3], arguments[4], arguments[5]);
    int error = errno;
    if (result < 0)
    {
        dprintf(REPORT, " %s=%s,", kind, strerror(error));
    }
    else
    {
        dprintf(REPORT, result <= 128 && call->number != SYS_times ? " %s=%ld," : " %s=ok,", kind, result);
    }

    /* A call may have opened descriptors or made names. */
    for (int descriptor = 3; descriptor < 20; descriptor++)
    {
        close(descriptor);
    }

    chmod("/tmp/hostile", 0600);
    unlink("/tmp/hostile-new");
}

int main(void)
{
    char *pages = mmap(NULL, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    munmap(pages + PAGE, PAGE);
    mprotect(pages + 2 * PAGE, PAGE, PROT_READ);
    mprotect(pages + 3 * PAGE, PAGE, PROT_NONE);
    s_half = pages + PAGE - 4;

    const struct
    {
        const char *kind;
        long pointer;
    } pointers[] = {
        {"null", 0}, {"one", 1}, {"not canonical", 0x800000000000}, {"kernel half", (long)0xffff800000000000},
        {"kernel image", (long)0xffffffff80200000}, {"wrapping", -8}, {"last byte", -1}, {"window", 0x600000000000},
        {"window inside", 0x600000001008}, {"window end", 0x607ffffffff8}, {"user end", 0x7ffffffff000},
        {"unmapped", (long)(pages + PAGE)}, {"half mapped", (long)s_half}, {"no access", (long)(pages + 3 * PAGE)},
        {"read-only", (long)(pages + 2 * PAGE)},
    };

    dup2(STDOUT_FILENO, REPORT);
    dup2(open("/tmp/hostile", O_CREAT | O_TRUNC | O_RDWR, 0600), FILE_FD);
    symlink("/tmp/hostile", "/tmp/hostile-link");
    dup2(open("/proc/self", O_RDONLY | O_DIRECTORY), DIRECTORY_FD);
    dup2(open("/dev/zero", O_RDWR), NULL_FD);
    for (size_t i = 0; i < sizeof s_calls / sizeof s_calls[0]; i++)
    {
        for (int place = 0; place < 6; place++)
        {
            if ((s_calls[i].arguments[place] & ~0xffL) != P)
            {
                continue;
            }

            dprintf(REPORT, "%s, argument %d:", s_calls[i].name, place + 1);
            for (size_t k = 0; k < sizeof pointers / sizeof pointers[0]; k++)
            {
                attempt(&s_calls[i], pointers[k].kind, place, pointers[k].pointer);
            }

            dprintf(REPORT, "\n");
        }
    }

    /* Pointers inside structures: a piece of a vector. */
    for (size_t k = 0; k < sizeof pointers / sizeof pointers[0]; k++)
    {
        struct iovec vector[2] = {{s_buffer, 8}, {(void *)pointers[k].pointer, 16}};
        prepare();
        long written = writev(FILE_FD, vector, 2);
        prepare();
        long got = readv(FILE_FD, vector, 2);
        dprintf(REPORT, "the second piece of a vector, %s: writev %ld, readv %ld\n", pointers[k].kind, written, got);
    }

    unlink("/tmp/hostile");
    unlink("/tmp/hostile-link");
    dprintf(REPORT, "still alive\n");
    return 0;
}
