/* I/O priorities, which each thread has, and sync_file_range. */
#include "../check.h"

#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ODD_USER = 61874, PROCESS = 1, GROUP = 2, USER = 3, REAL_TIME = 1 << 13, BEST_EFFORT = 2 << 13, IDLE = 3 << 13 };

static pthread_barrier_t s_barrier;
static pid_t s_thread;

static long get(int which, int who)
{
    return syscall(SYS_ioprio_get, which, who);
}

static long set(int which, int who, int priority)
{
    return syscall(SYS_ioprio_set, which, who, priority);
}

static void try(const char *what, int priority)
{
    outcome(what, set(PROCESS, 0, priority));
    printf("then: %lx\n", get(PROCESS, 0));
}

static void values(void)
{
    printf("at first: %lx\n", get(PROCESS, 0));
    try("best effort", BEST_EFFORT | 3);
    try("with a hint", BEST_EFFORT | (9 << 3) | 3);
    try("with more bits", 0x30000 | BEST_EFFORT | 1);
    try("idle", IDLE | 7);
    try("real time", REAL_TIME | 2);
    try("no class with a level", 7);
    try("class 4", (4 << 13) | 3);
    try("class 7", (7 << 13) | 3);
    try("none", 0);
    outcome("of nobody", get(PROCESS, 0x3ffffff0));
    outcome("to nobody", set(PROCESS, 0x3ffffff0, IDLE));
    outcome("to a negative number", set(PROCESS, -1, IDLE));
    outcome("of no group", get(GROUP, 0x3ffffff0));
    outcome("to no group", set(GROUP, 0x3ffffff0, IDLE));
    outcome("of no user", get(USER, ODD_USER + 7));
    outcome("to no user", set(USER, ODD_USER + 7, IDLE));
    outcome("of another kind", get(4, 0));
    outcome("to another kind", set(0, 0, IDLE));
    outcome("to another kind, a bad value", set(0, 0, 4 << 13));
}

static void *run(void *unused)
{
    (void)unused;
    s_thread = (pid_t)syscall(SYS_gettid);
    check("a thread begins with its creator's", get(PROCESS, 0) == (BEST_EFFORT | 6));
    check("and changes its own", set(PROCESS, 0, BEST_EFFORT | 2) == 0 && get(PROCESS, 0) == (BEST_EFFORT | 2) && get(PROCESS, getpid()) == (BEST_EFFORT | 6));
    pthread_barrier_wait(&s_barrier);
    pthread_barrier_wait(&s_barrier);
    return NULL;
}

static void threads(void)
{
    pthread_t thread;
    setpgid(0, 0);
    check("what follows from the nice value counts in a group", get(GROUP, 0) == (BEST_EFFORT | 4));
    syscall(SYS_setpriority, PRIO_PROCESS, 0, 10);
    check("as it is then", get(GROUP, 0) == (BEST_EFFORT | 6) && get(PROCESS, 0) == 0);
    set(PROCESS, 0, BEST_EFFORT | 6);
    pthread_barrier_init(&s_barrier, NULL, 2);
    pthread_create(&thread, NULL, run, NULL);
    pthread_barrier_wait(&s_barrier);
    check("a thread's is told", get(PROCESS, s_thread) == (BEST_EFFORT | 2));
    check("the best is the group's", get(GROUP, 0) == (BEST_EFFORT | 2));
    outcome("all of the group's", set(GROUP, 0, BEST_EFFORT | 1));
    check("are changed", get(PROCESS, s_thread) == (BEST_EFFORT | 1) && get(PROCESS, 0) == (BEST_EFFORT | 1));
    pthread_barrier_wait(&s_barrier);
    pthread_join(thread, NULL);
    pid_t child = fork();
    if (child == 0)
        _exit(get(PROCESS, 0) == (BEST_EFFORT | 1) && set(PROCESS, 0, IDLE) == 0 ? 0 : 1);
    int status;
    waitpid(child, &status, 0);
    check("a child has its parent's, and its own", status == 0 && get(PROCESS, 0) == (BEST_EFFORT | 1));
}

static int share(void *unused)
{
    (void)unused;
    return set(PROCESS, 0, BEST_EFFORT | 5) != 0;
}

static void sharing(void)
{
    static char stack[65536];
    int status = -1;
    pid_t child = clone(share, stack + sizeof stack, CLONE_IO | SIGCHLD, NULL);
    waitpid(child, &status, 0);
    check("with CLONE_IO it is shared", status == 0 && get(PROCESS, 0) == (BEST_EFFORT | 5));
}

static void rights(void)
{
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        if (syscall(SYS_setresuid, ODD_USER, ODD_USER, ODD_USER) != 0)
            _exit(1);
        outcome("a user's own", set(PROCESS, 0, BEST_EFFORT | 7));
        outcome("idle", set(PROCESS, 0, IDLE));
        outcome("back", set(PROCESS, 0, BEST_EFFORT));
        outcome("real time", set(PROCESS, 0, REAL_TIME | 7));
        outcome("another's", set(PROCESS, 1, BEST_EFFORT));
        outcome("asking for another's", get(PROCESS, 1));
        outcome("all of one's own", set(USER, ODD_USER, BEST_EFFORT | 6));
        outcome("user 0 is root", set(USER, 0, BEST_EFFORT | 6));
        outcome("one's own of a group", set(GROUP, 0, BEST_EFFORT | 6));
        fflush(stdout);
        _exit(0);
    }
    waitpid(child, NULL, 0);
}

static long sync_range(int file, long offset, long count, unsigned flags)
{
    return syscall(SYS_sync_file_range, file, offset, count, flags);
}

static void ranges(void)
{
    int pipes[2], file = open("/tmp/io_priorities", O_RDWR | O_CREAT, 0600);
    check("a pipe", pipe(pipes) == 0);
    outcome("storing all", sync_range(file, 0, 0, 7));
    outcome("a part", sync_range(file, 4096, 100, 2));
    outcome("nothing asked", sync_range(file, 0, 0, 0));
    outcome("an unknown flag", sync_range(file, 0, 0, 8));
    outcome("a negative offset", sync_range(file, -1, 0, 1));
    outcome("a negative count", sync_range(file, 5, -2, 1));
    outcome("up to the end of all", sync_range(file, 0x7ffffffffffffffeL, 1, 1));
    outcome("past it", sync_range(file, 0x7fffffffffffffffL, 1, 1));
    outcome("a directory", sync_range(open("/tmp", O_RDONLY), 0, 0, 7));
    outcome("a pipe", sync_range(pipes[0], 0, 0, 7));
    outcome("a pipe with a bad flag", sync_range(pipes[0], 0, 0, 8));
    outcome("a socket", sync_range(socket(AF_UNIX, SOCK_STREAM, 0), 0, 0, 7));
    outcome("a device", sync_range(open("/dev/null", O_RDWR), 0, 0, 7));
    outcome("a path only", sync_range(open("/tmp/io_priorities", O_PATH), 0, 0, 7));
    outcome("for reading", sync_range(open("/tmp/io_priorities", O_RDONLY), 0, 0, 7));
    outcome("no file", sync_range(999, 0, 0, 99));
}

int main(void)
{
    values();
    threads();
    sharing();
    rights();
    ranges();
    return finish();
}
