/* Sessions and their terminals: who gets one, what the keyboard sends to whom, the background, hang-up. */
#include "../check.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

static int s_master;
static char s_path[64];

static void new_terminal(void)
{
    s_master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    grantpt(s_master);
    unlockpt(s_master);
    strcpy(s_path, ptsname(s_master));
}

/* Runs a part in a session of its own and says how it ended. */
static void in_session(const char *what, void (*part)(void))
{
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        setsid();
        alarm(20);
        part();
        fflush(stdout);
        _exit(0);
    }
    int status = 0;
    waitpid(child, &status, 0);
    printf("%s: ended %s %d\n", what, WIFEXITED(status) ? "with" : "by", WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status));
}

static volatile sig_atomic_t s_caught;

static void catch(int signal)
{
    s_caught = signal;
}

static void acquiring(void)
{
    int session = 0;
    outcome("/dev/tty without a terminal", open("/dev/tty", O_RDWR));
    new_terminal();
    int slave = open(s_path, O_RDWR | O_NOCTTY);
    outcome("O_NOCTTY takes none", open("/dev/tty", O_RDWR));
    outcome("whose foreground", tcgetpgrp(slave));
    outcome("taking it", ioctl(slave, TIOCSCTTY, 0));
    outcome("taking it again", ioctl(slave, TIOCSCTTY, 0));
    check("its session is ours", ioctl(slave, TIOCGSID, &session) == 0 && session == getpid());
    check("we are in the foreground", tcgetpgrp(slave) == getpgrp());
    check("the master knows, too", tcgetpgrp(s_master) == getpgrp());
    check("/dev/tty is it", isatty(open("/dev/tty", O_RDWR)));
    outcome("a group that is not there", tcsetpgrp(slave, 999999));
    outcome("a negative group", tcsetpgrp(slave, -1));
    int other = posix_openpt(O_RDWR | O_NOCTTY);
    unlockpt(other);
    int second = open(ptsname(other), O_RDWR);
    outcome("a second terminal is not ours", tcgetpgrp(second));
    outcome("nor can it be", ioctl(second, TIOCSCTTY, 0));
    outcome("nor its foreground be set", tcsetpgrp(second, getpgrp()));
    signal(SIGHUP, catch);
    signal(SIGCONT, SIG_IGN);
    outcome("giving it up", ioctl(slave, TIOCNOTTY));
    check("hangs up the foreground", s_caught == SIGHUP);
    outcome("/dev/tty afterwards", open("/dev/tty", O_RDWR));
}

static void opening(void)
{
    new_terminal();
    int slave = open(s_path, O_RDWR);
    check("a leader that opens one has it", tcgetpgrp(slave) == getpgrp());
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        check("its children do", tcgetpgrp(slave) > 0);
        outcome("a child cannot take one", ioctl(slave, TIOCSCTTY, 0));
        setsid();
        outcome("a new session has none", tcgetpgrp(slave));
        outcome("nor can it steal ours by asking", ioctl(slave, TIOCSCTTY, 0));
        fflush(stdout);
        _exit(0);
    }
    waitpid(child, NULL, 0);
}

static void keyboard(void)
{
    int status;
    new_terminal();
    int slave = open(s_path, O_RDWR);
    signal(SIGTTOU, SIG_IGN);
    for (const char *key = "\003\034\032"; *key; key++) {
        int ready[2];
        if (pipe(ready) != 0)
            _exit(1);
        pid_t child = fork();
        if (child == 0) {
            setpgid(0, 0);
            tcsetpgrp(slave, getpid());
            if (write(ready[1], "x", 1) != 1)
                _exit(1);
            for (;;)
                pause();
        }
        char byte;
        if (read(ready[0], &byte, 1) != 1 || write(s_master, key, 1) != 1)
            _exit(1);
        waitpid(child, &status, WUNTRACED);
        if (WIFSTOPPED(status)) {
            printf("the key stops the foreground by %d\n", WSTOPSIG(status));
            kill(child, SIGKILL);
            waitpid(child, &status, 0);
        } else {
            printf("the key ends the foreground by %d\n", WTERMSIG(status));
        }
        tcsetpgrp(slave, getpid());
    }
    signal(SIGWINCH, catch);
    struct winsize size = { 10, 20, 0, 0 };
    s_caught = 0;
    ioctl(s_master, TIOCSWINSZ, &size);
    check("a change of the window's size is told", s_caught == SIGWINCH);
    s_caught = 0;
    ioctl(s_master, TIOCSWINSZ, &size);
    check("no change is not", s_caught == 0);
}

static int wait_for_stop(pid_t child)
{
    int status = 0;
    waitpid(child, &status, WUNTRACED);
    return WIFSTOPPED(status) ? WSTOPSIG(status) : -status;
}

static void background(void)
{
    new_terminal();
    int slave = open(s_path, O_RDWR);
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        char buffer[16];
        struct termios settings;
        setpgid(0, 0);
        tcgetattr(slave, &settings);
        check("read again when in the foreground", read(slave, buffer, sizeof buffer) == 3);
        fflush(stdout);
        raise(SIGSTOP);
        outcome("settings from the background, once continued", tcsetattr(slave, TCSANOW, &settings));
        fflush(stdout);
        raise(SIGSTOP);
        check("writing does not stop", write(slave, "x", 1) == 1);
        settings.c_lflag |= TOSTOP;
        signal(SIGTTOU, SIG_IGN);
        outcome("ignoring SIGTTOU one may", tcsetattr(slave, TCSANOW, &settings));
        check("write, too", write(slave, "x", 1) == 1);
        signal(SIGTTIN, SIG_IGN);
        outcome("ignoring SIGTTIN one reads nothing", read(slave, buffer, sizeof buffer));
        signal(SIGTTOU, SIG_DFL);
        check("with TOSTOP writing stops", write(slave, "y", 1) == 1);
        fflush(stdout);
        _exit(7);
    }
    check("reading stops by SIGTTIN", wait_for_stop(child) == SIGTTIN);
    tcsetpgrp(slave, child);
    kill(child, SIGCONT);
    check("typing", write(s_master, "ab\n", 3) == 3);
    check("the reader has stopped itself", wait_for_stop(child) == SIGSTOP);
    signal(SIGTTOU, SIG_IGN);
    tcsetpgrp(slave, getpid());
    kill(child, SIGCONT);
    check("settings stop by SIGTTOU", wait_for_stop(child) == SIGTTOU);
    tcsetpgrp(slave, child);
    kill(child, SIGCONT);
    check("the child has stopped itself again", wait_for_stop(child) == SIGSTOP);
    tcsetpgrp(slave, getpid());
    kill(child, SIGCONT);
    check("writing stops by SIGTTOU", wait_for_stop(child) == SIGTTOU);
    tcsetpgrp(slave, child);
    kill(child, SIGCONT);
    int status;
    waitpid(child, &status, 0);
    check("the child ends", WIFEXITED(status) && WEXITSTATUS(status) == 7);
}

static void orphaned(void)
{
    new_terminal();
    int slave = open(s_path, O_RDWR), told[2];
    if (pipe(told) != 0)
        _exit(1);
    fflush(stdout);
    pid_t middle = fork();
    if (middle == 0) {
        pid_t orphan = fork();
        if (orphan == 0) {
            setpgid(0, 0);
            while (getppid() == middle)
                usleep(1000);
            usleep(50000);
            char byte;
            int error = read(slave, &byte, 1) < 0 ? errno : 0;
            if (write(told[1], &error, sizeof error) != sizeof error)
                _exit(1);
            _exit(0);
        }
        setpgid(orphan, orphan);
        _exit(0);
    }
    waitpid(middle, NULL, 0);
    int error = -1;
    check("an orphan tells", read(told[0], &error, sizeof error) == sizeof error);
    printf("an orphan in the background reads: %s\n", strerror(error));
}

static void leader_ends(void)
{
    int told[2];
    if (pipe(told) != 0)
        _exit(1);
    new_terminal();
    fflush(stdout);
    pid_t leader = fork();
    if (leader == 0) {
        setsid();
        int slave = open(s_path, O_RDWR);
        if (fork() == 0) {
            alarm(20);
            signal(SIGHUP, catch);
            if (write(told[1], "r", 1) != 1)
                _exit(1);
            while (!s_caught)
                usleep(1000);

            /* Linux sends the signal first and takes the terminal away after it; alarm() ends a wait in vain. */
            while (tcgetpgrp(slave) >= 0)
                usleep(1000);
            char result[3] = { s_caught == SIGHUP ? 'h' : '?', tcgetpgrp(slave) < 0 ? 'n' : '?', write(slave, "x", 1) == 1 ? 'w' : '?' };
            if (write(told[1], result, 3) != 3)
                _exit(1);
            _exit(0);
        }
        char byte;
        _exit(read(told[0], &byte, 1) != 1);
    }
    char result[4] = "";
    waitpid(leader, NULL, 0);
    check("the foreground tells", read(told[0], result, 3) == 3);
    printf("when the leader ends, the foreground gets SIGHUP, has the terminal no more, may write: %s\n", result);
}

static void master_closes(void)
{
    new_terminal();
    int slave = open(s_path, O_RDWR);
    signal(SIGHUP, catch);
    close(s_master);
    check("the leader gets SIGHUP when the master goes", s_caught == SIGHUP);
    outcome("the terminal is ours no more", tcgetpgrp(slave));
    outcome("nor is its foreground", tcsetpgrp(slave, getpgrp()));
    outcome("there is no /dev/tty", open("/dev/tty", O_RDWR));
}

static void killed_by_hang_up(void)
{
    new_terminal();
    open(s_path, O_RDWR);
    close(s_master);
    for (;;)
        pause();
}

int main(void)
{
    alarm(40);
    in_session("acquiring", acquiring);
    in_session("opening", opening);
    in_session("keyboard", keyboard);
    in_session("background", background);
    in_session("orphaned", orphaned);
    in_session("leader ends", leader_ends);
    in_session("master closes", master_closes);
    in_session("hang-up", killed_by_hang_up);
    return finish();
}
