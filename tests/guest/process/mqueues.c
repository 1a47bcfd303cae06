/* POSIX message queues: order, limits, waiting, time-outs, notification, the file behind a descriptor. */
#include "../check.h"

#include <fcntl.h>
#include <mqueue.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static char s_name[64];
static char s_text[8192];
static volatile sig_atomic_t s_told, s_value, s_sender;

static void on_signal(int signal, siginfo_t *info, void *context)
{
    (void)signal;
    (void)context;
    s_told += info->si_code == SI_MESGQ;
    s_value = info->si_value.sival_int;
    s_sender = info->si_pid;
}

static mqd_t make(int flags, long messages, long bytes)
{
    struct mq_attr attributes = {.mq_maxmsg = messages, .mq_msgsize = bytes};
    return mq_open(s_name, O_RDWR | O_CREAT | flags, 0600, &attributes);
}

static int end(pid_t child)
{
    int status;
    waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static struct timespec in(long milliseconds)
{
    struct timespec time;
    clock_gettime(CLOCK_REALTIME, &time);
    time.tv_nsec += milliseconds * 1000000;
    time.tv_sec += time.tv_nsec / 1000000000;
    time.tv_nsec %= 1000000000;
    return time;
}

static void names(void)
{
    char longest[300];
    memset(longest, 'x', sizeof longest);
    longest[0] = '/';
    longest[257] = 0;
    outcome("a queue that is not there", mq_open(s_name, O_RDWR));
    outcome("a name with 256 bytes", mq_open(longest, O_RDWR | O_CREAT, 0600, NULL));
    outcome("a name with a second slash", mq_open("/a/b", O_RDWR | O_CREAT, 0600, NULL));
    outcome("no name", mq_open("/", O_RDWR | O_CREAT, 0600, NULL));
    outcome("the directory", syscall(SYS_mq_open, "..", O_RDWR | O_CREAT, 0600, NULL));
    outcome("unlinking what is not there", mq_unlink(s_name));
    outcome("no room for messages", make(0, 0, 10));
    outcome("messages without bytes", make(0, 10, 0));
    outcome("less than none", make(0, -1, 10));
    outcome("a pointer to nothing", syscall(SYS_mq_open, s_name + 1, O_RDWR | O_CREAT, 0600, (void *)1));
}

static void attributes(mqd_t queue)
{
    struct mq_attr attributes, old;
    struct stat status;
    check("its size", mq_getattr(queue, &attributes) == 0 && attributes.mq_maxmsg == 3 && attributes.mq_msgsize == 16 && attributes.mq_curmsgs == 0 && attributes.mq_flags == 0);
    attributes = (struct mq_attr){.mq_flags = O_NONBLOCK, .mq_maxmsg = 99};
    check("setting O_NONBLOCK", mq_setattr(queue, &attributes, &old) == 0 && old.mq_flags == 0);
    check("and nothing else", mq_getattr(queue, &attributes) == 0 && attributes.mq_flags == O_NONBLOCK && attributes.mq_maxmsg == 3);
    check("which fcntl sees", (fcntl(queue, F_GETFL) & O_NONBLOCK) != 0);
    attributes.mq_flags = O_APPEND;
    outcome("another flag", syscall(SYS_mq_getsetattr, queue, &attributes, NULL));
    check("closed by execve", fcntl(queue, F_GETFD) == FD_CLOEXEC);
    check("its mode", fstat(queue, &status) == 0 && S_ISREG(status.st_mode) && (status.st_mode & 0777) == 0600 && status.st_size == 80);
    outcome("it is there already", make(O_EXCL, 3, 16));
    outcome("a write", write(queue, "x", 1));
}

static void order(mqd_t queue)
{
    unsigned priority;
    struct pollfd poller = {.fd = queue, .events = POLLIN | POLLOUT};
    check("empty", poll(&poller, 1, 0) == 1 && poller.revents == POLLOUT);
    outcome("receiving nothing", mq_receive(queue, s_text, sizeof s_text, NULL));
    outcome("sending", mq_send(queue, "low", 3, 1));
    outcome("sending", mq_send(queue, "high", 4, 7));
    outcome("sending", mq_send(queue, "low too", 7, 1));
    outcome("sending too much", mq_send(queue, "x", 1, 1));
    check("full", poll(&poller, 1, 0) == 1 && poller.revents == POLLIN);
    ssize_t length = pread(queue, s_text, sizeof s_text, 0);
    s_text[length < 0 ? 0 : length] = 0;
    printf("%s", s_text);
    outcome("a message that is too long", mq_send(queue, s_text, 17, 1));
    outcome("a priority that is too high", syscall(SYS_mq_timedsend, queue, "x", 1, 32768, NULL));
    outcome("a buffer that is too small", mq_receive(queue, s_text, 15, NULL));
    check("the highest first", mq_receive(queue, s_text, sizeof s_text, &priority) == 4 && priority == 7 && memcmp(s_text, "high", 4) == 0);
    check("then the oldest", mq_receive(queue, s_text, sizeof s_text, &priority) == 3 && priority == 1);
    check("then the rest", mq_receive(queue, s_text, sizeof s_text, NULL) == 7);
    outcome("a message without bytes", mq_send(queue, "", 0, 0));
    check("which comes", mq_receive(queue, s_text, sizeof s_text, NULL) == 0);
    outcome("what is no queue", mq_send(1, "x", 1, 0));
    outcome("what is nothing", mq_receive(99, s_text, sizeof s_text, NULL));
}

static void waiting(void)
{
    struct timespec time = in(20), bad = {0, 1000000000};
    mqd_t queue = mq_open(s_name, O_RDWR), writer = mq_open(s_name, O_WRONLY);
    outcome("receiving where one may only write", mq_receive(writer, s_text, sizeof s_text, NULL));
    outcome("receiving until a time", mq_timedreceive(queue, s_text, sizeof s_text, NULL, &time));
    check("which is past", in(0).tv_sec > time.tv_sec || in(0).tv_nsec >= time.tv_nsec);
    outcome("a bad time", mq_timedreceive(queue, s_text, sizeof s_text, NULL, &bad));
    fflush(stdout);
    pid_t child = fork();
    if (child == 0)
        _exit(mq_receive(queue, s_text, sizeof s_text, NULL) == 5 ? 0 : 1);
    usleep(20000);
    outcome("sending to who waits", mq_send(queue, "hello", 5, 0));
    check("it comes", end(child) == 0);
    for (int i = 0; i < 3; i++)
        mq_send(queue, "x", 1, 0);
    time = in(20);
    outcome("sending until a time", mq_timedsend(queue, "y", 1, 0, &time));
    child = fork();
    if (child == 0)
        _exit(mq_send(queue, "last", 4, 0) == 0 ? 0 : 1);
    usleep(20000);
    for (int i = 0; i < 4; i++)
        check("receiving", mq_receive(queue, s_text, sizeof s_text, NULL) == (i < 3 ? 1 : 4));
    check("who waited for room went on", end(child) == 0);
    child = fork();
    if (child == 0)
    {
        struct sigaction action = {.sa_sigaction = on_signal, .sa_flags = SA_SIGINFO};
        sigaction(SIGALRM, &action, NULL);
        alarm(1);
        _exit(mq_receive(queue, s_text, sizeof s_text, NULL) < 0 && errno == EINTR ? 0 : 1);
    }
    check("a signal ends the waiting", end(child) == 0);
    mq_close(queue);
    mq_close(writer);
}

static void notification(mqd_t queue)
{
    struct sigaction action = {.sa_sigaction = on_signal, .sa_flags = SA_SIGINFO | SA_RESTART};
    struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1, .sigev_value.sival_int = 42};
    sigaction(SIGUSR1, &action, NULL);
    outcome("asking to be told", mq_notify(queue, &event));
    outcome("asking again", mq_notify(queue, &event));
    mq_send(queue, "a", 1, 0);
    check("one is told", s_told == 1 && s_value == 42 && s_sender == getpid());
    mq_send(queue, "b", 1, 0);
    check("once", s_told == 1);
    outcome("asking while there are messages", mq_notify(queue, &event));
    mq_send(queue, "c", 1, 0);
    check("one is not told", s_told == 1);
    for (int i = 0; i < 3; i++)
        mq_receive(queue, s_text, sizeof s_text, NULL);
    fflush(stdout);
    pid_t child = fork();
    if (child == 0)
        _exit(mq_notify(queue, &event) < 0 && errno == EBUSY && mq_notify(queue, NULL) == 0 ? mq_send(queue, "d", 1, 0) != 0 : 1);
    pid_t sender = child;
    check("the child may not, nor end it", end(child) == 0);
    check("its message is told of", s_told == 2 && s_sender == sender);
    mq_receive(queue, s_text, sizeof s_text, NULL);
    mq_notify(queue, &event);
    outcome("asking no more", mq_notify(queue, NULL));
    mq_notify(queue, &event);
    mq_close(mq_open(s_name, O_RDONLY));
    mq_send(queue, "e", 1, 0);
    check("closing a descriptor ends it", s_told == 2);
    mq_receive(queue, s_text, sizeof s_text, NULL);
    event.sigev_signo = 65;
    outcome("no such signal", syscall(SYS_mq_notify, queue, &event));
    event.sigev_notify = 9;
    outcome("no such kind", syscall(SYS_mq_notify, queue, &event));
}

static void others(void)
{
    fflush(stdout);
    pid_t child = fork();
    if (child == 0)
    {
        if (setgid(65534) != 0 || setuid(65534) != 0)
            _exit(1);
        outcome("another user", mq_open(s_name, O_RDONLY));
        outcome("another user unlinking", syscall(SYS_mq_unlink, s_name + 1));
        strcat(s_name, "n");
        outcome("too many messages", make(0, 11, 16));
        outcome("messages that are too long", make(0, 10, 8193));
        outcome("its own", make(0, 10, 8192));
        outcome("unlinking that", mq_unlink(s_name));
        fflush(stdout);
        _exit(0);
    }
    check("it ended", end(child) == 0);
}

int main(void)
{
    snprintf(s_name, sizeof s_name, "/levitate-%d", getpid());
    names();
    mqd_t queue = make(O_EXCL, 3, 16);
    check("a queue", queue >= 0);
    attributes(queue);
    order(queue);
    waiting();
    notification(queue);
    others();
    outcome("unlinking", mq_unlink(s_name));
    outcome("sending to what has no name", mq_send(queue, "x", 1, 0));
    outcome("closing", mq_close(queue));
    return finish();
}
