/* execve by a thread that is not the leader: who is left, with which number, and what becomes of two at once. */
#include "../check.h"

#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ROUNDS = 15, OTHERS = 3 };

static pthread_barrier_t s_all;
static char s_leader[16], s_caller[16], s_other[16];
static int s_pipe[2], s_program = -1, s_leader_ends;

static pid_t thread_id(void)
{
    return syscall(SYS_gettid);
}

/* How many threads this process has, by /proc. */
static int count_threads(void)
{
    int count = 0;
    DIR *tasks = opendir("/proc/self/task");
    for (struct dirent *entry; tasks && (entry = readdir(tasks)) != NULL;)
        count += entry->d_name[0] != '.';
    if (tasks)
        closedir(tasks);
    return count;
}

static int is_alone(void)
{
    return thread_id() == getpid() && count_threads() == 1;
}

static int is_gone(const char *thread)
{
    return syscall(SYS_tgkill, getpid(), atoi(thread), 0) == -1 && errno == ESRCH;
}

/* What the new program sees. */
static int after(char **arguments)
{
    sigset_t set;
    check("the process has the number that it had", getpid() == atoi(arguments[0]));
    check("its thread has it too", thread_id() == getpid());
    check("there is one thread", count_threads() == 1);
    check("the number of the thread that called is gone", is_gone(arguments[1]));
    check("so is another thread", is_gone(arguments[2]));
    sigprocmask(SIG_SETMASK, NULL, &set);
    check("the mask is the caller's", sigismember(&set, SIGUSR2) && !sigismember(&set, SIGWINCH));
    sigpending(&set);
    check("a signal to the caller is still pending", sigismember(&set, SIGUSR2));
    check("one to the process too", sigismember(&set, SIGHUP));
    check("one to the former leader is not", !sigismember(&set, SIGUSR1));
    check("a descriptor closed on exec is closed", fcntl(atoi(arguments[3]), F_GETFD) == -1);
    fflush(stdout);
    return 7;
}

static void *spin(void *number)
{
    if (number)
        snprintf(number, sizeof s_other, "%d", thread_id());
    pthread_barrier_wait(&s_all);
    for (volatile long rounds = 0;; rounds++)
        ;
    return NULL;
}

static void *sleep_on(void *unused)
{
    (void)unused;
    pthread_barrier_wait(&s_all);
    for (;;)
        pause();
    return NULL;
}

static void *read_on(void *unused)
{
    char byte;
    (void)unused;
    pthread_barrier_wait(&s_all);
    while (read(s_pipe[0], &byte, 1) != 1)
        ;
    return NULL;
}

static void block(int signal)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, signal);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
}

/* Until the leader is a zombie. */
static void await_end(void)
{
    char path[64], text[256], *end = NULL;
    snprintf(path, sizeof path, "/proc/%d/stat", getpid());
    do
    {
        usleep(1000);
        int file = open(path, O_RDONLY);
        ssize_t length = file >= 0 ? read(file, text, sizeof text - 1) : -1;
        close(file);
        text[length > 0 ? length : 0] = '\0';
        end = strrchr(text, ')');
    } while (!end || end[2] != 'Z');
}

static void *execute(void *unused)
{
    char descriptor[16];
    char *arguments[] = { "exec_thread", "after", s_leader, s_caller, s_other, descriptor, NULL };
    char *environment[] = { NULL };
    (void)unused;
    snprintf(s_caller, sizeof s_caller, "%d", thread_id());
    snprintf(descriptor, sizeof descriptor, "%d", open("/dev/null", O_RDONLY | O_CLOEXEC));
    block(SIGUSR2);
    pthread_barrier_wait(&s_all);
    if (s_leader_ends)
        await_end();
    outcome("a program that is not there", execv("/tmp/not-there", arguments));
    outcome("a directory", execv("/tmp", arguments));
    check("the others still run", s_leader_ends || count_threads() == OTHERS + 2);
    fflush(stdout);
    syscall(SYS_tgkill, getpid(), getpid(), SIGUSR1);
    syscall(SYS_tgkill, getpid(), thread_id(), SIGUSR2);
    kill(getpid(), SIGHUP);
    if (s_program >= 0)
        syscall(SYS_execveat, s_program, "", arguments, environment, AT_EMPTY_PATH);
    else
        execve("/proc/thread-self/exe", arguments, environment);
    outcome("execve", -1);
    fflush(stdout);
    _exit(1);
}

static int run_child(void (*child)(void))
{
    int status = 0;
    fflush(stdout);
    pid_t pid = fork();
    if (pid == 0)
    {
        child();
        _exit(100);
    }
    return waitpid(pid, &status, 0) == pid ? status : -1;
}

static void begin_others(void)
{
    pthread_t thread;
    block(SIGUSR1);
    block(SIGHUP);
    pthread_barrier_init(&s_all, NULL, OTHERS + 2);
    snprintf(s_leader, sizeof s_leader, "%d", getpid());
    if (pipe(s_pipe) != 0)
        _exit(2);
    pthread_create(&thread, NULL, spin, s_other);
    pthread_create(&thread, NULL, sleep_on, NULL);
    pthread_create(&thread, NULL, read_on, NULL);
    pthread_create(&thread, NULL, execute, NULL);
}

static void leader_waits(void)
{
    begin_others();
    block(SIGWINCH);
    pthread_barrier_wait(&s_all);
    for (;;)
        pause();
}

static void by_descriptor(void)
{
    s_program = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
    leader_waits();
}

/* The leader is a zombie by the time of the execve. */
static void leader_is_gone(void)
{
    s_leader_ends = 1;
    begin_others();
    pthread_barrier_wait(&s_all);
    syscall(SYS_exit, 0);
}

static void *execute_raced(void *argument)
{
    char *arguments[] = { "exec_thread", argument, NULL };
    pthread_barrier_wait(&s_all);
    execv("/proc/self/exe", arguments);
    _exit(3);
}

static void two_at_once(void)
{
    pthread_t thread;
    pthread_barrier_init(&s_all, NULL, 3);
    pthread_create(&thread, NULL, execute_raced, "raced");
    pthread_create(&thread, NULL, execute_raced, "raced");
    pthread_barrier_wait(&s_all);
    for (;;)
        pause();
}

static void leader_and_thread(void)
{
    pthread_t thread;
    pthread_barrier_init(&s_all, NULL, 2);
    pthread_create(&thread, NULL, execute_raced, "raced");
    execute_raced("raced");
}

static void *exit_all(void *unused)
{
    (void)unused;
    pthread_barrier_wait(&s_all);
    syscall(SYS_exit_group, 9);
    return NULL;
}

static void against_exit(void)
{
    pthread_t thread;
    pthread_barrier_init(&s_all, NULL, 3);
    pthread_create(&thread, NULL, execute_raced, "quiet");
    pthread_create(&thread, NULL, exit_all, NULL);
    pthread_barrier_wait(&s_all);
    for (;;)
        pause();
}

static void *kill_all(void *unused)
{
    (void)unused;
    pthread_barrier_wait(&s_all);
    kill(getpid(), SIGKILL);
    return NULL;
}

static void against_kill(void)
{
    pthread_t thread;
    pthread_barrier_init(&s_all, NULL, 3);
    pthread_create(&thread, NULL, execute_raced, "quiet");
    pthread_create(&thread, NULL, kill_all, NULL);
    pthread_barrier_wait(&s_all);
    for (;;)
        pause();
}

static void ends_as(const char *what, void (*child)(void), int status)
{
    check(what, run_child(child) == status);
}

/* Every round ends in one of two ways. */
static void races(const char *what, void (*child)(void), int one, int other)
{
    int right = 0;
    for (int i = 0; i < ROUNDS; i++)
    {
        int status = run_child(child);
        right += status == one || status == other;
    }
    check(what, right == ROUNDS);
}

/* The one that wins says so in the pipe, and nobody else. */
static void races_for_one(const char *what, void (*child)(void))
{
    int right = 0, ends[2];
    char bytes[4];
    for (int i = 0; i < ROUNDS && pipe(ends) == 0; i++)
    {
        dup2(ends[1], 200);
        close(ends[1]);
        int status = run_child(child);
        close(200);
        right += status == 7 << 8 && read(ends[0], bytes, sizeof bytes) == 1;
        close(ends[0]);
    }
    check(what, right == ROUNDS);
}

int main(int count, char **arguments)
{
    if (count > 5 && strcmp(arguments[1], "after") == 0)
        return after(arguments + 2);
    if (count > 1 && strcmp(arguments[1], "raced") == 0)
        return write(200, "w", 1) == 1 && is_alone() ? 7 : 8;
    if (count > 1 && strcmp(arguments[1], "quiet") == 0)
        return is_alone() ? 7 : 8;

    ends_as("execve by a thread", leader_waits, 7 << 8);
    ends_as("execveat by a thread", by_descriptor, 7 << 8);
    ends_as("execve by a thread whose leader has ended", leader_is_gone, 7 << 8);
    races_for_one("of two threads one wins", two_at_once);
    races_for_one("of the leader and a thread one wins", leader_and_thread);
    races("an execve and an exit_group", against_exit, 7 << 8, 9 << 8);
    races("an execve and a SIGKILL", against_kill, 7 << 8, SIGKILL);
    return finish();
}
