/*
 * Every system call number with every kind of bad pointer in all six arguments. What each call answers is not the point
 * (hostile_pointers compares that): the program, and the kernel, must live, and a call must answer an errno or a small number.
 */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum
{
    LAST = 470,
    REPORT = 200, /* The calls close and cover the usual descriptors. */
};

/* Calls that end, stop or duplicate the caller, wait forever, touch the whole machine or leave something in it when run by root. */
static const short s_left_out[] = {
    SYS_rt_sigreturn, SYS_pause, SYS_clone, SYS_fork, SYS_vfork, SYS_exit, SYS_exit_group, SYS_clone3, SYS_select,
    SYS_pselect6, SYS_ppoll, SYS_poll, SYS_ptrace, SYS_vhangup, SYS_sethostname, SYS_setdomainname, SYS_reboot, SYS_seccomp,
    SYS_acct, SYS_settimeofday, SYS_kexec_load, SYS_syslog, SYS_sync, SYS_unshare, SYS_setuid, SYS_setgid, SYS_setreuid,
    SYS_setregid, SYS_setresuid, SYS_setresgid, SYS_setfsuid, SYS_setfsgid, SYS_kill, SYS_tkill, SYS_tgkill, SYS_personality,
    SYS_rt_sigsuspend, SYS_alarm, SYS_fanotify_init, SYS_io_uring_setup, SYS_setsid, SYS_setpgid, SYS_iopl,
    SYS_msgget, SYS_msgrcv, SYS_semget, SYS_semop, SYS_semtimedop, SYS_shmget,
    335 /* uretprobe: SIGILL by design */, 336 /* uprobe */,
};

static int left_out(int number)
{
    for (size_t i = 0; i < sizeof s_left_out / sizeof s_left_out[0]; i++)
    {
        if (s_left_out[i] == number)
        {
            return 1;
        }
    }

    return 0;
}

static long call(long number, uintptr_t value)
{
    register long r10 __asm__("r10") = (long)value;
    register long r8 __asm__("r8") = (long)value;
    register long r9 __asm__("r9") = (long)value;
    long result;
    __asm__ volatile("syscall"
        : "=a"(result)
        : "a"(number), "D"(value), "S"(value), "d"(value), "r"(r10), "r"(r8), "r"(r9)
        : "rcx", "r11", "memory");
    return result;
}

int main(void)
{
    /*
     * getcwd leaves "/" where a later chmod or chown finds it as its path: natively that must be no directory that other
     * tests use.
     */
    if (mkdir("/tmp/hostile", 0755) != 0 || chdir("/tmp/hostile") != 0 || chroot(".") != 0)
    {
        perror("/tmp/hostile");
        return 1;
    }

    dup2(STDOUT_FILENO, REPORT);
    char *pages = mmap(NULL, 3 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    munmap(pages + 4096, 4096);
    mprotect(pages + 8192, 4096, PROT_READ);
    const uintptr_t values[] = {
        0, 1, 0xfff, 0x800000000000, 0xffff7fffffffffff, 0xffff800000000000, 0xffffffff80000000, 0xffffffff80200000,
        0xfffffffffffffff8, 0xffffffffffffffff, 0x600000000000, 0x600000001008, 0x607ffffffff8, 0x5ffffffffffc,
        0x7ffffffff000, 0x7fffffffeffc, (uintptr_t)pages + 4096 - 4, (uintptr_t)pages + 4096, (uintptr_t)pages + 8192,
    };

    int strange = 0, calls = 0;
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++)
    {
        for (int number = 0; number <= LAST; number++)
        {
            if (!left_out(number))
            {
                long result = call(number, values[i]);
                calls++;
                if (result < -4095)
                {
                    dprintf(REPORT, "call %d with 0x%lx answered %ld\n", number, (unsigned long)values[i], result);
                    strange++;
                }
            }
        }
    }

    /* Numbers that no table has. */
    static const long numbers[] = {LAST + 1, 512, 547, 1000, 0x7fffffff, 0x80000000, 0x40000000, 0x40000001, -1, -4096, INT64_MIN, INT64_MAX, 0x100000027};
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
    {
        long result = call(numbers[i], 0);
        dprintf(REPORT, "call 0x%lx: %s\n", (unsigned long)numbers[i], result == -ENOSYS ? "ENOSYS" : "something else");
    }

    dprintf(REPORT, "%d calls, %d strange answers, still alive\n", calls, strange);
    return strange != 0;
}
