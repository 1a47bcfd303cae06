/* System V message queues: types, sizes, waiting, permissions, removal. */
#include "../check.h"

#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#ifndef MSG_COPY /* musl has no name for it. */
#define MSG_COPY 040000
#endif

struct message
{
    long type;
    char text[9000];
};

static int s_queue;
static struct message s_message;

static int put(long type, const char *text, int flags)
{
    s_message.type = type;
    strcpy(s_message.text, text);
    return msgsnd(s_queue, &s_message, strlen(text), flags);
}

/* What comes for a type: as a text, or the error. */
static void get(const char *what, long type, size_t size, int flags)
{
    memset(&s_message, 0, sizeof s_message);
    ssize_t length = msgrcv(s_queue, &s_message, size, type, flags | IPC_NOWAIT);
    if (length < 0)
        outcome(what, length);
    else
        printf("%s: %ld of type %ld: %s\n", what, (long)length, s_message.type, s_message.text);
}

static int end(pid_t child)
{
    int status;
    waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void on_signal(int signal)
{
    (void)signal;
}

static void types(void)
{
    put(3, "three", 0);
    put(1, "one", 0);
    put(2, "two", 0);
    put(1, "one more", 0);
    get("a copy of the second", 1, 100, MSG_COPY);
    get("a copy of the ninth", 9, 100, MSG_COPY);
    get("of type 2", 2, 100, 0);
    get("of type 2 again", 2, 100, 0);
    get("of the lowest up to 5", -5, 100, 0);
    get("too long", 0, 2, 0);
    get("cut", 0, 2, MSG_NOERROR);
    get("of another type than 1", 1, 100, MSG_EXCEPT);
    get("of any amount", LONG_MIN, 100, 0);
    get("none is left", 0, 100, 0);
    outcome("type 0", put(0, "x", 0));
    outcome("type -1", put(-1, "x", 0));
    s_message.type = 1;
    outcome("too long", msgsnd(s_queue, &s_message, 8193, 0));
    outcome("less than nothing", msgsnd(s_queue, &s_message, (size_t)-1, 0));
    outcome("a pointer to nothing", msgsnd(s_queue, (void *)1, 1, 0));
    outcome("no bytes", put(5, "", 0));
    get("no bytes", 5, 0, 0);
    outcome("a copy that waits", msgrcv(s_queue, &s_message, 10, 0, MSG_COPY));
}

static void state(void)
{
    struct msqid_ds status;
    check("its state", msgctl(s_queue, IPC_STAT, &status) == 0 && status.msg_qnum == 0 && status.msg_cbytes == 0 && status.msg_qbytes == 16384 && status.msg_lspid == getpid() && status.msg_lrpid == getpid() && status.msg_stime != 0 && status.msg_rtime != 0 && status.msg_ctime != 0 && status.msg_perm.mode == 0600);
    status.msg_qbytes = 10;
    outcome("a smaller one", msgctl(s_queue, IPC_SET, &status));
    put(1, "1234567890", 0);
    outcome("more than fits", put(1, "x", IPC_NOWAIT));
    check("how much is in it", msgctl(s_queue, IPC_STAT, &status) == 0 && status.msg_qnum == 1 && status.msg_cbytes == 10);
    get("what is in it", 0, 100, 0);
    status.msg_qbytes = 16384;
    outcome("as it was", msgctl(s_queue, IPC_SET, &status));
    outcome("an unknown command", msgctl(s_queue, 99, &status));
}

static void waiting(void)
{
    fflush(stdout);
    pid_t child = fork();
    if (child == 0)
        _exit(msgrcv(s_queue, &s_message, 100, 7, 0) == 5 ? 0 : 1);
    usleep(20000);
    put(6, "other", 0);
    put(7, "hello", 0);
    check("who waited for a type got it", end(child) == 0);
    get("the other", 0, 100, 0);

    s_message.type = 1;
    for (int i = 0; i < 2; i++)
        msgsnd(s_queue, &s_message, 8192, 0);
    child = fork();
    if (child == 0)
        _exit(put(9, "room", 0) == 0 ? 0 : 1);
    usleep(20000);
    check("making room", msgrcv(s_queue, &s_message, 8192, 1, 0) == 8192);
    check("who waited for it went on", end(child) == 0);

    child = fork();
    if (child == 0)
    {
        struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
        sigaction(SIGALRM, &action, NULL);
        alarm(1);
        _exit(msgrcv(s_queue, &s_message, 100, 77, 0) < 0 ? errno : 0);
    }
    check("a signal ends the waiting", end(child) == EINTR);

    child = fork();
    if (child == 0)
        _exit(msgrcv(s_queue, &s_message, 100, 77, 0) < 0 ? errno : 0);
    usleep(20000);
    outcome("removal", msgctl(s_queue, IPC_RMID, NULL));
    check("ends it, too", end(child) == EIDRM);
    outcome("a queue that is gone", put(1, "x", 0));
    outcome("removing it again", msgctl(s_queue, IPC_RMID, NULL));
}

static void keys(void)
{
    key_t key = 0x1e710000 + getpid();
    outcome("a key of no queue", msgget(key, 0));
    int queue = msgget(key, IPC_CREAT | 0600);
    check("a queue by key", queue >= 0 && msgget(key, 0600) == queue);
    outcome("exclusively", msgget(key, IPC_CREAT | IPC_EXCL | 0600));
    fflush(stdout);
    pid_t child = fork();
    if (child == 0)
    {
        if (setgid(65534) != 0 || setuid(65534) != 0)
            _exit(1);
        outcome("another user", msgget(key, 0600));
        outcome("sending", msgsnd(queue, &(struct message){.type = 1}, 1, IPC_NOWAIT));
        outcome("removing", msgctl(queue, IPC_RMID, NULL));
        fflush(stdout);
        _exit(0);
    }
    check("it ended", end(child) == 0);
    outcome("removal", msgctl(queue, IPC_RMID, NULL));
    outcome("the key is free", msgget(key, 0));
}

int main(void)
{
    s_queue = msgget(IPC_PRIVATE, 0600);
    check("a queue", s_queue >= 0);
    types();
    state();
    waiting();
    keys();
    return finish();
}
