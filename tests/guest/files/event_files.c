/* timerfd, signalfd, eventfd: what is waited for as a file. */
#include "../check.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static int readable(int fd, int milliseconds)
{
    struct pollfd entry = {.fd = fd, .events = POLLIN};
    return poll(&entry, 1, milliseconds) == 1 && entry.revents == POLLIN;
}

static void timers(void)
{
    uint64_t count = 0;
    struct itimerspec spec = {{0, 0}, {1000, 0}}, old;
    int timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    outcome("made", timer);
    outcome("not armed, nothing to read", read(timer, &count, 8));
    check("armed", timerfd_settime(timer, 0, &spec, NULL) == 0);
    check("not readable yet", !readable(timer, 0));
    timerfd_gettime(timer, &old);
    check("some time is left", old.it_value.tv_sec > 0 && old.it_value.tv_sec <= 1000);
    spec = (struct itimerspec){{0, 0}, {0, 20000000}};
    check("armed for 20 ms", timerfd_settime(timer, 0, &spec, &old) == 0 && old.it_value.tv_sec > 0);
    check("readable in time", readable(timer, 5000));
    check("fired once", read(timer, &count, 8) == 8 && count == 1);
    outcome("nothing left", read(timer, &count, 8));
    timerfd_gettime(timer, &old);
    check("disarmed by itself", old.it_value.tv_sec == 0 && old.it_value.tv_nsec == 0);

    spec.it_interval.tv_nsec = 5000000;
    spec.it_value.tv_nsec = 5000000;
    timerfd_settime(timer, 0, &spec, NULL);
    usleep(33000);
    check("a period is counted", read(timer, &count, 8) == 8 && count >= 6);
    check("and goes on", readable(timer, 5000));
    memset(&spec, 0, sizeof spec);
    timerfd_settime(timer, 0, &spec, &old);
    check("the old period", old.it_interval.tv_nsec == 5000000 && old.it_value.tv_nsec > 0);
    check("disarmed forgets", !readable(timer, 0));

    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    int wall = timerfd_create(CLOCK_REALTIME, 0);
    spec.it_value = now;
    check("a time of day that has passed", timerfd_settime(wall, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &spec, NULL) == 0 && read(wall, &count, 8) == 8 && count == 1);
    spec.it_value.tv_sec = 0;
    spec.it_value.tv_nsec = 1;
    spec.it_interval.tv_nsec = 1;
    timerfd_settime(wall, 0, &spec, NULL);
    usleep(1000);
    check("a nanosecond's period", read(wall, &count, 8) == 8 && count > 1000);
    outcome("a short buffer", read(wall, &count, 7));
    outcome("an unknown clock", timerfd_create(CLOCK_PROCESS_CPUTIME_ID, 0));
    outcome("unknown flags", timerfd_create(CLOCK_MONOTONIC, 1));
    spec.it_value.tv_nsec = 1000000000;
    outcome("a bad time", timerfd_settime(timer, 0, &spec, NULL));
    outcome("not a timer", timerfd_settime(0, 0, &old, NULL));
    outcome("write", write(timer, &count, 8));

    int set = epoll_create1(0);
    struct epoll_event event = {.events = EPOLLIN | EPOLLET};
    epoll_ctl(set, EPOLL_CTL_ADD, timer, &event);
    memset(&spec, 0, sizeof spec);
    spec.it_value.tv_nsec = 10000000;
    timerfd_settime(timer, 0, &spec, NULL);
    check("told by epoll", epoll_wait(set, &event, 1, 5000) == 1 && event.events == EPOLLIN);
}

static void signals(void)
{
    sigset_t mask;
    struct signalfd_siginfo info[3];
    sigemptyset(&mask);
    sigaddset(&mask, SIGUSR1);
    sigaddset(&mask, SIGCHLD);
    sigaddset(&mask, SIGRTMIN);
    sigprocmask(SIG_BLOCK, &mask, NULL);
    int file = signalfd(-1, &mask, SFD_NONBLOCK);
    outcome("made", file);
    outcome("nothing pending", read(file, info, sizeof info));
    check("not readable", !readable(file, 0));
    kill(getpid(), SIGUSR1);
    check("readable", readable(file, 0));
    union sigval value = {.sival_int = 77};
    sigqueue(getpid(), SIGRTMIN, value);
    value.sival_int = 78;
    sigqueue(getpid(), SIGRTMIN, value);
    check("three at once", read(file, info, sizeof info) == sizeof info);
    check("from kill", info[0].ssi_signo == SIGUSR1 && info[0].ssi_code == SI_USER && (pid_t)info[0].ssi_pid == getpid() && info[0].ssi_uid == getuid());
    check("queued values", info[1].ssi_int == 77 && info[2].ssi_int == 78 && info[1].ssi_code == SI_QUEUE);

    int set = epoll_create1(0);
    struct epoll_event event = {.events = EPOLLIN};
    epoll_ctl(set, EPOLL_CTL_ADD, file, &event);
    pid_t child = fork();
    if (child == 0)
    {
        usleep(10000);
        _exit(5);
    }

    check("a child's end by epoll", epoll_wait(set, &event, 1, 5000) == 1);
    check("and what it was", read(file, info, sizeof info[0]) == sizeof info[0] && info[0].ssi_signo == SIGCHLD
        && info[0].ssi_code == CLD_EXITED && info[0].ssi_status == 5 && (pid_t)info[0].ssi_pid == child);
    waitpid(child, NULL, 0);
    check("the status is told once", !readable(file, 0));

    sigset_t other;
    sigemptyset(&other);
    sigaddset(&other, SIGUSR2);
    kill(getpid(), SIGUSR1);
    check("another mask", signalfd(file, &other, 0) == file && !readable(file, 0));
    check("and the first again", signalfd(file, &mask, 0) == file && readable(file, 0));
    fcntl(file, F_SETFL, 0);
    check("blocking read", read(file, info, sizeof info[0]) == sizeof info[0] && info[0].ssi_signo == SIGUSR1);
    outcome("a short buffer", read(file, info, 127));
    outcome("not a signalfd", signalfd(0, &mask, 0));
    outcome("unknown flags", signalfd(-1, &mask, 1));
    outcome("a set of another size", syscall(SYS_signalfd4, -1, &mask, 4, 0));
}

int main(void)
{
    timers();
    signals();
    return finish();
}
