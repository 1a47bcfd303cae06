/* What each thread has for itself: identity, capabilities, secure bits, timer slack; with unshare the working directory too. */
#include "../check.h"

#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef __WNOTHREAD
#define __WNOTHREAD 0x20000000
#endif

/* Of linux/securebits.h and linux/capability.h, which musl has none of. */
enum { SECBIT_NO_SETUID_FIXUP = 4, SECBIT_NO_SETUID_FIXUP_LOCKED = 8, SECBIT_KEEP_CAPS = 16, CAPABILITY_VERSION = 0x20080522 };

struct capabilities
{
    unsigned effective, permitted, inheritable;
};

static pid_t s_child;

static unsigned effective_capabilities(void)
{
    unsigned header[2] = { CAPABILITY_VERSION, 0 };
    struct capabilities data[2] = { { 0 } };
    return syscall(SYS_capget, header, data) == 0 ? data[0].effective : 0;
}

static void *privileges(void *unused)
{
    (void)unused;
    check("a thread begins with its creator's user", syscall(SYS_geteuid) == 0);
    outcome("it gives up its user alone", syscall(SYS_setresuid, 1000, 1000, 1000));
    check("and is the other user", syscall(SYS_getuid) == 1000 && syscall(SYS_geteuid) == 1000);
    check("without capabilities", effective_capabilities() == 0);
    outcome("it cannot go back", syscall(SYS_setresuid, 0, 0, 0));
    outcome("nor make a device", mknod("/tmp/apart-device", S_IFCHR | 0600, 0x103));
    outcome("no new privileges", prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
    check("which it has", prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1);
    outcome("timer slack", prctl(PR_SET_TIMERSLACK, 123, 0, 0, 0));
    check("which it has, too", prctl(PR_GET_TIMERSLACK, 0, 0, 0, 0) == 123);
    return NULL;
}

static void *secure_bits(void *unused)
{
    (void)unused;
    outcome("secure bits", prctl(PR_SET_SECUREBITS, SECBIT_NO_SETUID_FIXUP | SECBIT_NO_SETUID_FIXUP_LOCKED, 0, 0, 0));
    outcome("a locked one", prctl(PR_SET_SECUREBITS, 0, 0, 0, 0));
    outcome("an unknown one", prctl(PR_SET_SECUREBITS, 1 << 20, 0, 0, 0));
    outcome("keeping capabilities", prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0));
    check("is one of them", prctl(PR_GET_SECUREBITS, 0, 0, 0, 0) == (SECBIT_NO_SETUID_FIXUP | SECBIT_NO_SETUID_FIXUP_LOCKED | SECBIT_KEEP_CAPS));
    outcome("another user", syscall(SYS_setresuid, 1000, 1000, 1000));
    check("has the capabilities all the same", effective_capabilities() != 0);
    return NULL;
}

static void *other_directory(void *unused)
{
    char path[64];
    (void)unused;
    outcome("unshare of the directory", unshare(CLONE_FS));
    outcome("another directory", chdir("/tmp"));
    umask(077);
    check("is the thread's", getcwd(path, sizeof path) != NULL && strcmp(path, "/tmp") == 0);
    return NULL;
}

static void *holds(void *barrier)
{
    pid_t child = fork();
    if (child == 0)
        _exit(4);
    s_child = child;
    siginfo_t info;
    waitid(P_PID, child, &info, WEXITED | WNOWAIT);
    pthread_barrier_wait(barrier);
    pthread_barrier_wait(barrier);
    int status = 0;
    check("a thread waits for its own child", waitpid(child, &status, __WNOTHREAD) == child && WEXITSTATUS(status) == 4);
    return NULL;
}

static void run(void *(*body)(void *))
{
    pthread_t thread;
    pthread_create(&thread, NULL, body, NULL);
    pthread_join(thread, NULL);
}

int main(void)
{
    char path[64];
    chdir("/");
    umask(022);
    run(privileges);
    check("the others are who they were", syscall(SYS_getuid) == 0 && effective_capabilities() != 0);
    check("and may have privileges", prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 0);
    check("and time as they had", prctl(PR_GET_TIMERSLACK, 0, 0, 0, 0) != 123);
    run(secure_bits);
    check("the others' bits are as they were", prctl(PR_GET_SECUREBITS, 0, 0, 0, 0) == 0);

    run(other_directory);
    check("the others are where they were", getcwd(path, sizeof path) != NULL && strcmp(path, "/") == 0);
    check("with their mask", umask(022) == 022);

    pthread_barrier_t barrier;
    pthread_barrier_init(&barrier, NULL, 2);
    pthread_t thread;
    pthread_create(&thread, NULL, holds, &barrier);
    pthread_barrier_wait(&barrier);
    outcome("another thread's child, for oneself", waitpid(s_child, NULL, WNOHANG | __WNOTHREAD));
    pthread_barrier_wait(&barrier);
    pthread_join(thread, NULL);

    outcome("unshare of files by the only thread", unshare(CLONE_FILES | CLONE_FS | CLONE_SYSVSEM));
    outcome("unshare of what is not there", unshare(0x1000));
    return finish();
}
