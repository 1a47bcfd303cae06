/* System V semaphores: operations at once, waiting, undoing, permissions, removal. */
#include "../check.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/ipc.h>
#include <sys/sem.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static int s_set;

static int operate(int number, int change, int flags)
{
    struct sembuf operation = {(unsigned short)number, (short)change, (short)flags};
    return semop(s_set, &operation, 1);
}

static int value(int number)
{
    return semctl(s_set, number, GETVAL);
}

/* Starts a child that does one operation, and waits until it waits. */
static pid_t start(int number, int change, int command)
{
    fflush(stdout);
    pid_t child = fork();
    if (child == 0)
        _exit(operate(number, change, 0) == 0 ? 0 : errno);
    while (semctl(s_set, number, command) == 0)
        usleep(1000);
    return child;
}

static int end(pid_t child)
{
    int status;
    waitpid(child, &status, 0);
    return WEXITSTATUS(status);
}

static void on_signal(int signal)
{
    (void)signal;
}

static void values(void)
{
    unsigned short all[3] = {1, 2, 3};
    struct semid_ds status;
    s_set = semget(IPC_PRIVATE, 3, 0640);
    check("a set", s_set >= 0);
    check("its state", semctl(s_set, 0, IPC_STAT, &status) == 0 && status.sem_nsems == 3 && status.sem_otime == 0 && status.sem_ctime != 0 && status.sem_perm.mode == 0640);
    outcome("setting all", semctl(s_set, 0, SETALL, all));
    check("each", value(0) == 1 && value(1) == 2 && value(2) == 3);
    outcome("setting one", semctl(s_set, 1, SETVAL, 7));
    memset(all, 0, sizeof all);
    check("all", semctl(s_set, 0, GETALL, all) == 0 && all[0] == 1 && all[1] == 7 && all[2] == 3);
    outcome("no such semaphore", semctl(s_set, 3, GETVAL));
    outcome("a negative value", semctl(s_set, 0, SETVAL, -1));
    outcome("a value that is too large", semctl(s_set, 0, SETVAL, 32768));
    all[0] = 40000;
    outcome("setting all to such", semctl(s_set, 0, SETALL, all));
    outcome("an unknown command", semctl(s_set, 0, 77));
    outcome("a bad address", semctl(s_set, 0, IPC_STAT, (void *)8));
    check("who was last", semctl(s_set, 1, GETPID) == getpid());
}

static void operations(void)
{
    struct semid_ds status;
    struct sembuf both[3] = {{0, -1, IPC_NOWAIT}, {1, -7, IPC_NOWAIT}, {2, 0, IPC_NOWAIT}};
    outcome("taking", operate(2, -3, 0));
    outcome("taking more", operate(2, -1, IPC_NOWAIT));
    outcome("zero", operate(2, 0, IPC_NOWAIT));
    outcome("not zero", operate(1, 0, IPC_NOWAIT));
    outcome("three at once", semop(s_set, both, 3));
    check("are done", value(0) == 0 && value(1) == 0 && value(2) == 0);
    both[0].sem_op = both[1].sem_op = 1;
    both[2].sem_op = -1;
    outcome("all or nothing", semop(s_set, both, 3));
    check("nothing", value(0) == 0 && value(1) == 0);
    struct sembuf twice[2] = {{0, 2, 0}, {0, -2, 0}};
    outcome("one twice", semop(s_set, twice, 2));
    semctl(s_set, 0, SETVAL, 32767);
    outcome("more than there can be", operate(0, 1, 0));
    semctl(s_set, 0, SETVAL, 0);
    outcome("no such semaphore", operate(3, 1, 0));
    outcome("no operations", semop(s_set, both, 0));
    outcome("too many operations", semop(s_set, both, 501));
    outcome("bad operations", semop(s_set, (struct sembuf *)8, 1));
    outcome("a bad set", semop(-1, both, 1));
    check("it was used", semctl(s_set, 0, IPC_STAT, &status) == 0 && status.sem_otime != 0);
}

static void waiting(void)
{
    struct sembuf take = {0, -1, 0};
    struct timespec limit = {0, 20000000}, bad = {0, -1};
    outcome("for a while", semtimedop(s_set, &take, 1, &limit));
    outcome("for a bad time", semtimedop(s_set, &take, 1, &bad));
    pid_t one = start(0, -2, GETNCNT);
    outcome("one is too few", operate(0, 1, 0));
    check("it still waits", semctl(s_set, 0, GETNCNT) == 1 && value(0) == 1);
    outcome("two do", operate(0, 1, 0));
    check("it went on", end(one) == 0 && value(0) == 0 && semctl(s_set, 0, GETNCNT) == 0);
    operate(1, 1, 0);
    pid_t zero = start(1, 0, GETZCNT);
    outcome("down to zero", operate(1, -1, 0));
    check("it went on", end(zero) == 0);
    zero = start(0, -1, GETNCNT);
    outcome("setting the value", semctl(s_set, 0, SETVAL, 1));
    check("it went on", end(zero) == 0 && value(0) == 0);
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
    sigaction(SIGUSR1, &action, NULL);
    pid_t interrupted = start(0, -1, GETNCNT);
    kill(interrupted, SIGUSR1);
    check("a signal ends it, whatever its handler", end(interrupted) == EINTR);
}

static void undoing(void)
{
    int status;
    semctl(s_set, 0, SETVAL, 5);
    semctl(s_set, 1, SETVAL, 0);
    if (fork() == 0) {
        operate(0, -3, SEM_UNDO);
        operate(1, 4, SEM_UNDO);
        operate(0, 1, 0);
        _exit(value(0) == 3 && value(1) == 4 ? 0 : 1);
    }
    wait(&status);
    check("a child's deeds are undone", status == 0 && value(0) == 6 && value(1) == 0);
    if (fork() == 0) {
        operate(1, 4, SEM_UNDO);
        semctl(s_set, 1, SETVAL, 9);
        _exit(0);
    }
    wait(&status);
    check("but not what was set since", value(1) == 9);
    if (fork() == 0) {
        operate(1, 4, SEM_UNDO);
        operate(1, -13, 0);
        _exit(0);
    }
    wait(&status);
    check("nor below zero", value(1) == 0);
}

static void keys(void)
{
    int key = 0x4c660000 ^ getpid();
    struct semid_ds status;
    outcome("a key that nobody has", semget(key, 1, 0600));
    int set = semget(key, 2, IPC_CREAT | 0600);
    check("making it", set >= 0 && semget(key, 2, IPC_CREAT | 0600) == set && semget(key, 0, 0) == set);
    outcome("making it once more", semget(key, 2, IPC_CREAT | IPC_EXCL | 0600));
    outcome("as a larger one", semget(key, 3, 0));
    outcome("of none", semget(IPC_PRIVATE, 0, 0600));
    outcome("of too many", semget(IPC_PRIVATE, 100000, 0600));
    fflush(stdout);
    if (fork() == 0) {
        if (setgid(65534) != 0 || setuid(65534) != 0)
            _exit(1);
        struct sembuf add = {0, 1, 0};
        outcome("finding what one may not use", semget(key, 2, 0600));
        outcome("reading it", semctl(set, 0, GETVAL));
        outcome("setting it", semctl(set, 0, SETVAL, 1));
        outcome("using it", semop(set, &add, 1));
        outcome("asking about it", semctl(set, 0, IPC_STAT, &status));
        outcome("removing it", semctl(set, 0, IPC_RMID));
        fflush(stdout);
        _exit(0);
    }
    wait(NULL);
    semctl(set, 0, IPC_STAT, &status);
    status.sem_perm.mode = 0644;
    outcome("changing it", semctl(set, 0, IPC_SET, &status));
    check("is seen", semctl(set, 0, IPC_STAT, &status) == 0 && status.sem_perm.mode == 0644);
    outcome("removing", semctl(set, 0, IPC_RMID));
    outcome("it is gone", semctl(set, 0, GETVAL));
    semctl(s_set, 0, SETVAL, 0);
    pid_t child = start(0, -1, GETNCNT);
    outcome("removing what is waited for", semctl(s_set, 0, IPC_RMID));
    check("who waited learns of it", end(child) == EIDRM);
}

int main(void)
{
    values();
    operations();
    waiting();
    undoing();
    keys();
    return finish();
}
