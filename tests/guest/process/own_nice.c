/* What each thread has of its own where a process might: nice value, directories in proc; a leader that ended first; kill's -1. */
#include "../check.h"

#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* A user that nobody else on a test's machine is. */
enum { ODD_USER = 61873 };

struct attributes
{
    unsigned size, policy;
    unsigned long long flags;
    int nice;
    unsigned priority;
    unsigned long long runtime, deadline, period;
};

static pthread_barrier_t s_barrier;
static pid_t s_thread;

/* The nice value as the system call has it. */
static int nice_of(int which, int who)
{
    return 20 - (int)syscall(SYS_getpriority, which, who);
}

/* A field of a stat file, counted from the state as 0. */
static long stat_field(const char *path, int number)
{
    char text[1024];
    FILE *file = fopen(path, "r");
    size_t length = file ? fread(text, 1, sizeof text - 1, file) : 0;
    if (file)
        fclose(file);
    text[length] = 0;
    char *at = strrchr(text, ')');
    if (!at)
        return -1000;
    at += 2;
    for (int i = 0; i < number; i++)
        at = strchr(at, ' ') + 1;
    return number == 0 ? *at : strtol(at, NULL, 10);
}

static int proc_nice(pid_t thread)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/self/task/%d/stat", thread ? (int)thread : getpid());
    if (!thread)
        strcpy(path, "/proc/self/stat");
    return (int)stat_field(path, 16);
}

static void *run(void *unused)
{
    (void)unused;
    s_thread = (pid_t)syscall(SYS_gettid);
    check("a thread begins with its creator's value", nice_of(PRIO_PROCESS, 0) == 3);
    pthread_barrier_wait(&s_barrier);
    pthread_barrier_wait(&s_barrier);
    check("another may set it", nice_of(PRIO_PROCESS, 0) == 7);
    check("its own call changes itself", syscall(SYS_setpriority, PRIO_PROCESS, 0, 9) == 0 && nice_of(PRIO_PROCESS, 0) == 9);
    check("not the leader", nice_of(PRIO_PROCESS, getpid()) == 3);
    pthread_barrier_wait(&s_barrier);
    pthread_barrier_wait(&s_barrier);
    return NULL;
}

static void *inherit(void *unused)
{
    (void)unused;
    syscall(SYS_setpriority, PRIO_PROCESS, 0, 12);
    pid_t child = fork();
    if (child == 0)
        _exit(nice_of(PRIO_PROCESS, 0));
    int status;
    waitpid(child, &status, 0);
    check("a thread's child begins with the thread's value", WEXITSTATUS(status) == 12);
    return NULL;
}

static void nice_values(void)
{
    pthread_t thread;
    setpgid(0, 0);
    syscall(SYS_setpriority, PRIO_PROCESS, 0, 3);
    pthread_barrier_init(&s_barrier, NULL, 2);
    pthread_create(&thread, NULL, run, NULL);
    pthread_barrier_wait(&s_barrier);
    outcome("setting a thread's", syscall(SYS_setpriority, PRIO_PROCESS, s_thread, 7));
    check("leaves the leader's", nice_of(PRIO_PROCESS, 0) == 3 && nice_of(PRIO_PROCESS, getpid()) == 3);
    check("and is its own", nice_of(PRIO_PROCESS, s_thread) == 7);
    check("proc shows each", proc_nice(0) == 3 && proc_nice(getpid()) == 3 && proc_nice(s_thread) == 7);
    pthread_barrier_wait(&s_barrier);
    pthread_barrier_wait(&s_barrier);
    outcome("the process's is the leader's", syscall(SYS_setpriority, PRIO_PROCESS, getpid(), 5));
    check("alone", nice_of(PRIO_PROCESS, 0) == 5 && nice_of(PRIO_PROCESS, s_thread) == 9);
    check("the best counts for a group", nice_of(PRIO_PGRP, 0) == 5);
    struct attributes attributes = { .size = sizeof attributes, .nice = 11 };
    outcome("with attributes", syscall(SYS_sched_setattr, s_thread, &attributes, 0));
    check("of one thread", nice_of(PRIO_PROCESS, s_thread) == 11 && nice_of(PRIO_PROCESS, 0) == 5);
    check("that are told", syscall(SYS_sched_getattr, s_thread, &attributes, sizeof attributes, 0) == 0 && attributes.nice == 11);
    outcome("a group's", syscall(SYS_setpriority, PRIO_PGRP, 0, 13));
    check("are those of all threads", nice_of(PRIO_PROCESS, s_thread) == 13 && nice_of(PRIO_PROCESS, 0) == 13);
    outcome("nobody's", syscall(SYS_setpriority, PRIO_PROCESS, 0x3ffffff0, 13));
    outcome("a bad number's", syscall(SYS_setpriority, PRIO_PROCESS, -1, 13));
    outcome("another kind's", syscall(SYS_setpriority, 3, 0, 13));
    pthread_barrier_wait(&s_barrier);
    pthread_join(thread, NULL);
    pthread_create(&thread, NULL, inherit, NULL);
    pthread_join(thread, NULL);
}

static void *wait_as_user(void *unused)
{
    (void)unused;
    s_thread = (pid_t)syscall(SYS_gettid);
    if (syscall(SYS_setresuid, ODD_USER + 1, ODD_USER + 1, ODD_USER + 1) != 0)
        _exit(1);
    pthread_barrier_wait(&s_barrier);
    pthread_barrier_wait(&s_barrier);
    return NULL;
}

static void users(void)
{
    pthread_t thread;
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        pthread_create(&thread, NULL, wait_as_user, NULL);
        pthread_barrier_wait(&s_barrier);
        outcome("a user's", syscall(SYS_setpriority, PRIO_USER, ODD_USER + 1, 15));
        check("are those of the user's threads", nice_of(PRIO_PROCESS, s_thread) == 15 && nice_of(PRIO_PROCESS, 0) == 13);
        check("the user's value", nice_of(PRIO_USER, ODD_USER + 1) == 15);
        outcome("a user who is nobody", syscall(SYS_setpriority, PRIO_USER, ODD_USER + 2, 15));
        if (syscall(SYS_setresuid, ODD_USER, ODD_USER, ODD_USER) != 0)
            _exit(1);
        outcome("one's own better", syscall(SYS_setpriority, PRIO_PROCESS, 0, 12));
        outcome("one's own worse", syscall(SYS_setpriority, PRIO_PROCESS, 0, 14));
        outcome("another user's thread's", syscall(SYS_setpriority, PRIO_PROCESS, s_thread, 16));
        outcome("init's", syscall(SYS_setpriority, PRIO_PROCESS, 1, 16));
        pthread_barrier_wait(&s_barrier);
        fflush(stdout);
        _exit(0);
    }
    waitpid(child, NULL, 0);
}

static int read_place(const char *what, pid_t thread, char *text, size_t size)
{
    char path[64];
    if (!thread)
        snprintf(path, sizeof path, "/proc/self/%s", what);
    else
        snprintf(path, sizeof path, "/proc/self/task/%d/%s", (int)thread, what);
    ssize_t length = readlink(path, text, size - 1);
    text[length < 0 ? 0 : length] = 0;
    return length >= 0;
}

/* The umask of a task as proc shows it; -1: it shows none. */
static int proc_umask(pid_t thread)
{
    char path[64], line[128];
    int mask = -1;
    snprintf(path, sizeof path, "/proc/self/task/%d/status", (int)thread);
    FILE *file = fopen(path, "r");
    while (file && fgets(line, sizeof line, file))
        if (strncmp(line, "Umask:", 6) == 0)
            mask = (int)strtol(line + 6, NULL, 8);
    if (file)
        fclose(file);
    return mask;
}

static void *other_place(void *unused)
{
    (void)unused;
    s_thread = (pid_t)syscall(SYS_gettid);
    if (unshare(CLONE_FS) != 0 || chdir("/tmp") != 0 || chroot("/tmp/own_root") != 0)
        perror("another place");
    umask(017);
    pthread_barrier_wait(&s_barrier);
    pthread_barrier_wait(&s_barrier);
    return NULL;
}

static void directories(void)
{
    char text[256];
    pthread_t thread;
    umask(022);
    mkdir("/tmp/own_root", 0755);
    if (chdir("/dev") != 0)
        perror("chdir");
    pthread_create(&thread, NULL, other_place, NULL);
    pthread_barrier_wait(&s_barrier);
    check("the process's directory", read_place("cwd", 0, text, sizeof text) && strcmp(text, "/dev") == 0);
    check("the leader's", read_place("cwd", getpid(), text, sizeof text) && strcmp(text, "/dev") == 0);
    check("the thread's own", read_place("cwd", s_thread, text, sizeof text) && strcmp(text, "/tmp") == 0);
    check("the process's root", read_place("root", 0, text, sizeof text) && strcmp(text, "/") == 0);
    check("the thread's own root", read_place("root", s_thread, text, sizeof text) && strcmp(text, "/tmp/own_root") == 0);
    check("each one's umask", proc_umask(s_thread) == 017 && proc_umask(getpid()) == 022);
    pthread_barrier_wait(&s_barrier);
    pthread_join(thread, NULL);
}

/* Goes on when the leader has ended. */
static void *outlive(void *unused)
{
    (void)unused;
    char path[64], text[64];
    int tasks = 0, has_leader = 0;
    for (int i = 0; i < 500 && stat_field("/proc/self/stat", 0) != 'Z'; i++)
        usleep(10000);
    DIR *directory = opendir("/proc/self/task");
    for (struct dirent *entry; directory && (entry = readdir(directory));)
        if (entry->d_name[0] != '.') {
            tasks++;
            has_leader |= atoi(entry->d_name) == getpid();
        }
    closedir(directory);
    check("a leader that ended is listed", tasks == 2 && has_leader);
    snprintf(path, sizeof path, "/proc/self/task/%d/stat", getpid());
    check("as a zombie", stat_field(path, 0) == 'Z');
    snprintf(path, sizeof path, "/proc/self/task/%d/cwd", getpid());
    check("without a umask", proc_umask(getpid()) == -1);
    outcome("without a directory", readlink(path, text, sizeof text));
    outcome("as has the process", readlink("/proc/self/cwd", text, sizeof text));
    check("the thread has one", readlink("/proc/thread-self/cwd", text, sizeof text) > 0);
    check("its nice value is still there", nice_of(PRIO_PROCESS, getpid()) == 13);
    outcome("and can be set", syscall(SYS_setpriority, PRIO_PROCESS, getpid(), 14));
    check("as it was", nice_of(PRIO_PROCESS, getpid()) == 14 && nice_of(PRIO_PROCESS, 0) == 13);
    fflush(stdout);
    _exit(finish());
}

static void ended_leader(void)
{
    int status;
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        pthread_t thread;
        pthread_create(&thread, NULL, outlive, NULL);
        syscall(SYS_exit, 0);
    }
    waitpid(child, &status, 0);
    check("that was all", status == 0);
}

static volatile sig_atomic_t s_signals;

static void count(int signal)
{
    (void)signal;
    s_signals++;
}

/* Only as a user who is nobody else: this reaches whoever may be reached. */
static void kill_all(void)
{
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        signal(SIGUSR1, count);
        if (setsid() < 0 || syscall(SYS_setresgid, ODD_USER, ODD_USER, ODD_USER) != 0 || syscall(SYS_setresuid, ODD_USER, ODD_USER, ODD_USER) != 0)
            _exit(1);
        outcome("all others, none of whom may be reached", kill(-1, 0));
        outcome("with a signal", kill(-1, SIGUSR1));
        check("which is not for oneself", s_signals == 0);
        outcome("no signal", kill(-1, 65));
        outcome("a negative one", kill(-1, -1));
        outcome("no signal to nobody", kill(0x3ffffff0, 65));
        outcome("no signal to init", kill(1, 65));
        outcome("init", kill(1, 0));
        outcome("no group", kill(-0x3ffffff0, 0));
        outcome("no group, no signal", kill(-0x3ffffff0, 65));
        outcome("the least number", (long)syscall(SYS_kill, -2147483647 - 1, 0));
        /* Blocked before the fork, it waits for the other until the other waits for it. */
        sigset_t blocked, before;
        sigemptyset(&blocked);
        sigaddset(&blocked, SIGUSR1);
        sigprocmask(SIG_BLOCK, &blocked, &before);
        int ready[2];
        char byte = 0;
        if (pipe(ready) != 0)
            _exit(1);
        pid_t other = fork();
        if (other == 0) {
            if (write(ready[1], &byte, 1) != 1)
                _exit(1);
            sigsuspend(&before);
            _exit(7);
        }
        close(ready[1]);
        check("the other is ready", read(ready[0], &byte, 1) == 1);
        outcome("with one who may", kill(-1, SIGUSR1));
        int status;
        waitpid(other, &status, 0);
        check("who got it", WIFEXITED(status) && WEXITSTATUS(status) == 7);
        sigprocmask(SIG_SETMASK, &before, NULL);
        other = fork();
        if (other == 0)
            _exit(0);
        siginfo_t info;
        waitid(P_PID, (id_t)other, &info, WEXITED | WNOWAIT);
        outcome("with a zombie", kill(-1, SIGUSR1));
        outcome("the zombie", kill(other, SIGUSR1));
        fflush(stdout);
        _exit(0);
    }
    int status;
    waitpid(child, &status, 0);
    check("it ended", status == 0);
}

int main(void)
{
    nice_values();
    users();
    directories();
    ended_leader();
    kill_all();
    return finish();
}
