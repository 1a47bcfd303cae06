/* Robust mutexes whose owners die, of one process and shared; and the list of them that the kernel walks. */
#include "../check.h"

#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* Of linux/futex.h, which musl has none of. */
#define FUTEX_WAIT 0
#define FUTEX_WAITERS 0x80000000
#define FUTEX_OWNER_DIED 0x40000000
#define FUTEX_TID_MASK 0x3fffffff

/* A list as the kernel sees it: each entry points to the next, and the futex is at the same distance from each. */
struct entry
{
    struct entry *next;
    _Atomic uint32_t word;
};

struct head
{
    struct entry *first;
    long offset;
    struct entry *pending;
};

/* Memory that the processes share. */
struct shared
{
    pthread_mutex_t mutex;
    _Atomic int ready;
    _Atomic int answer;
    _Atomic int is_waiting;
    struct entry entries[8];
};

static struct shared *s_shared;
static pthread_mutex_t s_mutex;
static struct entry *s_entries;

static void result(const char *what, int error)
{
    printf("%s: %s\n", what, error == 0 ? "ok" : strerror(error));
}

static void begin(pthread_mutex_t *mutex, int is_shared, int type)
{
    pthread_mutexattr_t attributes;
    pthread_mutexattr_init(&attributes);
    pthread_mutexattr_settype(&attributes, type);
    result("robust", pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST));
    pthread_mutexattr_setpshared(&attributes, is_shared ? PTHREAD_PROCESS_SHARED : PTHREAD_PROCESS_PRIVATE);
    result("a mutex", pthread_mutex_init(mutex, &attributes));
}

static void *take(void *mutex)
{
    pthread_mutex_lock(mutex);
    return NULL;
}

static void *take_and_wait(void *mutex)
{
    pthread_mutex_lock(mutex);
    s_shared->ready = 1;
    usleep(50000);
    return NULL;
}

static void in_thread(void *(*function)(void *), void *argument)
{
    pthread_t thread;
    pthread_create(&thread, NULL, function, argument);
    pthread_join(thread, NULL);
}

static void of_threads(void)
{
    pthread_t thread;
    struct timespec until;
    begin(&s_mutex, 0, PTHREAD_MUTEX_NORMAL);
    in_thread(take, &s_mutex);
    result("after a thread that held it", pthread_mutex_lock(&s_mutex));
    result("consistent again", pthread_mutex_consistent(&s_mutex));
    result("unlock", pthread_mutex_unlock(&s_mutex));
    result("lock", pthread_mutex_lock(&s_mutex));
    result("consistent what is so", pthread_mutex_consistent(&s_mutex));
    result("unlock", pthread_mutex_unlock(&s_mutex));

    s_shared->ready = 0;
    pthread_create(&thread, NULL, take_and_wait, &s_mutex);
    while (!s_shared->ready)
        sched_yield();
    result("trying while it is held", pthread_mutex_trylock(&s_mutex));
    result("waiting for it while its owner dies", pthread_mutex_lock(&s_mutex));
    pthread_join(thread, NULL);
    pthread_mutex_consistent(&s_mutex);
    pthread_mutex_unlock(&s_mutex);

    in_thread(take, &s_mutex);
    result("trying after a thread that held it", pthread_mutex_trylock(&s_mutex));
    pthread_mutex_consistent(&s_mutex);
    pthread_mutex_unlock(&s_mutex);

    in_thread(take, &s_mutex);
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += 10;
    result("with a time", pthread_mutex_timedlock(&s_mutex, &until));
    result("unlock as it is", pthread_mutex_unlock(&s_mutex));
    result("lock", pthread_mutex_lock(&s_mutex));
    result("trying", pthread_mutex_trylock(&s_mutex));
    result("destroy", pthread_mutex_destroy(&s_mutex));

    begin(&s_mutex, 0, PTHREAD_MUTEX_RECURSIVE);
    in_thread(take, &s_mutex);
    result("a recursive one", pthread_mutex_lock(&s_mutex));
    pthread_mutex_consistent(&s_mutex);
    result("again", pthread_mutex_lock(&s_mutex));
    pthread_mutex_unlock(&s_mutex);
    result("unlock", pthread_mutex_unlock(&s_mutex));
}

static pid_t begin_holder(void)
{
    s_shared->ready = 0;
    fflush(stdout);
    pid_t pid = fork();
    if (pid == 0)
    {
        s_shared->answer = pthread_mutex_lock(&s_shared->mutex);
        s_shared->ready = 1;
        for (;;)
            pause();
    }
    while (!s_shared->ready)
        usleep(1000);
    return pid;
}

static void of_processes(void)
{
    begin(&s_shared->mutex, 1, PTHREAD_MUTEX_NORMAL);
    pid_t pid = begin_holder();
    result("held by a process", pthread_mutex_trylock(&s_shared->mutex));
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
    result("after it was killed", pthread_mutex_lock(&s_shared->mutex));
    result("consistent again", pthread_mutex_consistent(&s_shared->mutex));
    result("unlock", pthread_mutex_unlock(&s_shared->mutex));

    pid = begin_holder();
    fflush(stdout);
    if (fork() == 0)
    {
        usleep(50000);
        kill(pid, SIGKILL);
        _exit(0);
    }
    result("waiting for it while its owner is killed", pthread_mutex_lock(&s_shared->mutex));
    waitpid(pid, NULL, 0);
    wait(NULL);

    /* This process has it, inconsistent, and gives it to another one as it dies. */
    pthread_mutex_consistent(&s_shared->mutex);
    pthread_mutex_unlock(&s_shared->mutex);
    pid = begin_holder();
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
    pid = begin_holder();
    result("the next process that takes it", s_shared->answer);
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
    pid = begin_holder();
    result("the one after that", s_shared->answer);
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
    result("then this one", pthread_mutex_lock(&s_shared->mutex));
    result("unlock as it is", pthread_mutex_unlock(&s_shared->mutex));
    pid = begin_holder();
    result("a process that takes it then", s_shared->answer);
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);

    /* An execve is the end of the holding thread too. */
    begin(&s_shared->mutex, 1, PTHREAD_MUTEX_NORMAL);
    fflush(stdout);
    pid = fork();
    if (pid == 0)
    {
        pthread_mutex_lock(&s_shared->mutex);
        execl("/proc/self/exe", "robust", "nothing", NULL);
        _exit(1);
    }
    waitpid(pid, NULL, 0);
    result("after a process that called execve", pthread_mutex_lock(&s_shared->mutex));
}

/* A thread with a list of its own. The C library's list goes with it: the thread holds nothing else. */
static int with_list(void *argument)
{
    struct head *head = argument;
    uint32_t own = syscall(SYS_gettid);
    for (int i = 0; i < 8; i++)
    {
        uint32_t word = s_entries[i].word;
        if ((word & FUTEX_TID_MASK) == 1)
            s_entries[i].word = (word & ~FUTEX_TID_MASK) | own;
    }
    if (syscall(SYS_set_robust_list, head, sizeof *head) != 0)
        _exit(1);
    syscall(SYS_exit, 0);
    return 0;
}

static void run_with_list(struct head *head)
{
    fflush(stdout);
    pid_t pid = fork();
    if (pid == 0)
        with_list(head);
    waitpid(pid, NULL, 0);
}

static void show_words(const char *what, int count)
{
    printf("%s:", what);
    for (int i = 0; i < count; i++)
        printf(" %x", (unsigned)s_entries[i].word);
    printf("\n");
}

/* Until a process sleeps. */
static void await_sleep(pid_t pid)
{
    char path[64], text[256], *end = NULL;
    snprintf(path, sizeof path, "/proc/%d/stat", pid);
    do
    {
        usleep(1000);
        int file = open(path, O_RDONLY);
        ssize_t length = file >= 0 ? read(file, text, sizeof text - 1) : -1;
        close(file);
        text[length > 0 ? length : 0] = '\0';
        end = strrchr(text, ')');
    } while (!end || (end[2] != 'S' && end[2] != 'Z'));
}

/* A waiter on an entry's word, which answers with how the wait ended. */
static pid_t begin_waiter(int index, uint32_t value)
{
    s_shared->is_waiting = 0;
    fflush(stdout);
    pid_t pid = fork();
    if (pid == 0)
    {
        struct timespec time = { 10, 0 };
        s_shared->is_waiting = 1;
        long ended = syscall(SYS_futex, &s_entries[index].word, FUTEX_WAIT, value, &time, NULL, 0);
        _exit(ended == 0 ? 7 : errno);
    }
    while (!s_shared->is_waiting)
        usleep(1000);
    await_sleep(pid);
    return pid;
}

static void finish_waiter(const char *what, pid_t pid)
{
    int status = 0;
    waitpid(pid, &status, 0);
    check(what, status == 7 << 8);
}

static void lists(void)
{
    struct head head, *found = NULL;
    size_t size = 0;
    s_entries = s_shared->entries;
    outcome("a list of another size", syscall(SYS_set_robust_list, &head, sizeof head - 1));
    outcome("asking for one's own", syscall(SYS_get_robust_list, 0, &found, &size));
    check("its size", size == sizeof head);
    outcome("asking for that of a thread that is not there", syscall(SYS_get_robust_list, 0x3fffffff, &found, &size));
    outcome("asking for it at a bad address", syscall(SYS_get_robust_list, 0, (void *)1, &size));

    /* 1 stands for the thread's number. */
    head = (struct head){ &s_entries[0], offsetof(struct entry, word), NULL };
    s_entries[0].next = &s_entries[1];
    s_entries[0].word = 1;
    s_entries[1].next = &s_entries[2];
    s_entries[1].word = 1 | FUTEX_WAITERS;
    s_entries[2].next = &s_entries[3];
    s_entries[2].word = 0x1234567;
    s_entries[3].next = (struct entry *)&head;
    s_entries[3].word = 0;
    run_with_list(&head);
    show_words("held, with waiters, another's, free", 4);

    head.pending = &s_entries[4];
    s_entries[0].word = 1;
    s_entries[0].next = (struct entry *)&head;
    s_entries[4].word = 1;
    run_with_list(&head);
    show_words("one pending", 5);

    head.first = (struct entry *)&head;
    s_entries[4].word = 0x1234567;
    run_with_list(&head);
    show_words("another's pending", 5);

    head.first = &s_entries[0];
    head.pending = &s_entries[0];
    s_entries[0].word = 1 | FUTEX_WAITERS;
    run_with_list(&head);
    show_words("one both in the list and pending", 1);

    head.first = (struct entry *)1;
    head.pending = &s_entries[4];
    s_entries[4].word = 1;
    run_with_list(&head);
    check("a bad first entry ends it all", (s_entries[4].word & FUTEX_OWNER_DIED) == 0);

    head.first = &s_entries[0];
    head.pending = NULL;
    s_entries[0].next = &s_entries[1];
    s_entries[0].word = 1;
    s_entries[1].next = &s_entries[0];
    s_entries[1].word = 1;
    run_with_list(&head);
    show_words("a list without an end", 2);

    head.offset = offsetof(struct entry, word) + 1;
    s_entries[0].word = 1;
    run_with_list(&head);
    check("an odd distance is left alone", (s_entries[0].word & (FUTEX_OWNER_DIED | FUTEX_WAITERS)) == 0);
    run_with_list((struct head *)8);
    check("a bad head does no harm", 1);

    head = (struct head){ (struct entry *)&head, offsetof(struct entry, word), &s_entries[5] };
    s_entries[5].word = 0;
    pid_t waiter = begin_waiter(5, 0);
    run_with_list(&head);
    finish_waiter("a waiter for a free one that is pending is woken", waiter);
    check("the word stays free", s_entries[5].word == 0);

    head.pending = NULL;
    head.first = &s_entries[6];
    s_entries[6].next = (struct entry *)&head;
    s_entries[6].word = 1 | FUTEX_WAITERS;
    fflush(stdout);
    pid_t owner = fork();
    if (owner == 0)
    {
        s_entries[6].word = (uint32_t)getpid() | FUTEX_WAITERS;
        s_shared->ready = 2;
        while (s_shared->ready == 2)
            usleep(1000);
        with_list(&head);
    }
    while (s_shared->ready != 2)
        usleep(1000);
    waiter = begin_waiter(6, s_entries[6].word);
    s_shared->ready = 3;
    waitpid(owner, NULL, 0);
    finish_waiter("a waiter for a held one is woken", waiter);
    check("its word says that the owner died", s_entries[6].word == (FUTEX_OWNER_DIED | FUTEX_WAITERS));
}

int main(int count, char **arguments)
{
    if (count > 1 && strcmp(arguments[1], "nothing") == 0)
        return 0;
    s_shared = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    of_threads();
    of_processes();
    lists();
    return finish();
}
