/* Who and where the process is. */
#include "../check.h"

#include <sched.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>
#include <unistd.h>

int main(void)
{
    struct utsname name;
    check("uname answers", uname(&name) == 0);
    printf("%s %s\n", name.sysname, name.machine);
    check("the process is its first thread", syscall(SYS_gettid) == getpid());
    check("it has a group and a session", getpgrp() > 0 && getsid(0) > 0);
    printf("ids %d %d %d %d\n", getuid(), geteuid(), getgid(), getegid());

    mode_t mask = umask(022);
    umask(mask);
    check("umask gives back what was set", umask(mask) == mask);

    struct rlimit limit;
    check("RLIMIT_STACK", getrlimit(RLIMIT_STACK, &limit) == 0 && limit.rlim_cur >= 65536);
    printf("stack limit %lu KiB\n", (unsigned long)limit.rlim_cur / 1024);
    limit.rlim_cur = 64;
    limit.rlim_max = 128;
    check("RLIMIT_NOFILE can go down", setrlimit(RLIMIT_NOFILE, &limit) == 0);
    check("and bites", dup2(1, 64) == -1 && errno == EBADF);
    check("and getrlimit tells", getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur == 64 && limit.rlim_max == 128);

    struct sysinfo info;
    check("sysinfo tells the memory", sysinfo(&info) == 0 && info.totalram > 0 && info.freeram <= info.totalram);
    cpu_set_t cpus;
    check("sched_getaffinity tells a CPU", sched_getaffinity(0, sizeof cpus, &cpus) == 0 && CPU_COUNT(&cpus) >= 1);
    check("sched_yield", sched_yield() == 0);
    check("sysconf(_SC_NPROCESSORS_ONLN)", sysconf(_SC_NPROCESSORS_ONLN) >= 1);

    unsigned char random[32] = {0}, zero[32] = {0};
    check("getrandom fills", syscall(SYS_getrandom, random, sizeof random, 0) == 32 && memcmp(random, zero, 32) != 0);
    outcome("an unknown system call", syscall(0x3fffffff));
    outcome("system call -1", syscall(-1));
    return finish();
}
