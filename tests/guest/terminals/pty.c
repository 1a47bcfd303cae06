/* Pseudo-terminals: line editing, echo, output processing, settings, packet mode, window size, hang-up. */
#include "../check.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <termios.h>
#include <unistd.h>

#ifndef TIOCGPTPEER
#define TIOCGPTPEER _IO('T', 0x41)
#endif

static int s_master, s_slave;

/* Shows bytes with everything but letters as numbers. */
static void show(const char *what, const char *bytes, ssize_t count)
{
    printf("%s: %zd", what, count);
    for (ssize_t i = 0; i < count; i++)
        printf(bytes[i] > ' ' && bytes[i] < 0x7f ? " %c" : " %02x", (unsigned char)bytes[i]);
    if (count < 0)
        printf(" %s", strerror(errno));
    printf("\n");
}

static int readable(int descriptor)
{
    struct pollfd poller = { .fd = descriptor, .events = POLLIN };
    return poll(&poller, 1, 2000) == 1 && (poller.revents & POLLIN);
}

static void type(const char *keys)
{
    if (write(s_master, keys, strlen(keys)) != (ssize_t)strlen(keys))
        printf("typing failed\n");
}

static void read_and_show(const char *what, int descriptor, size_t size)
{
    char buffer[256];
    if (!readable(descriptor)) {
        printf("%s: nothing\n", what);
        return;
    }
    show(what, buffer, read(descriptor, buffer, size));
}

/* Reads what the terminal shows until it is quiet. */
static void show_echo(const char *what)
{
    char buffer[512];
    ssize_t count = 0;
    struct pollfd poller = { .fd = s_master, .events = POLLIN };
    while (count < (ssize_t)sizeof buffer && poll(&poller, 1, 50) == 1 && (poller.revents & POLLIN)) {
        ssize_t more = read(s_master, buffer + count, sizeof buffer - count);
        if (more <= 0)
            break;
        count += more;
    }
    show(what, buffer, count);
}

static void open_pair(void)
{
    struct stat status;
    int number = -1, locked = -1;
    s_master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    check("a master is opened", s_master >= 0);
    outcome("its number", ioctl(s_master, TIOCGPTN, &number));
    check("it is locked at first", ioctl(s_master, TIOCGPTLCK, &locked) == 0 && locked);
    char path[32];
    snprintf(path, sizeof path, "/dev/pts/%d", number);
    outcome("opening it while locked", open(path, O_RDWR | O_NOCTTY));
    outcome("unlocking", unlockpt(s_master));
    check("its name", strcmp(ptsname(s_master), path) == 0);
    s_slave = open(path, O_RDWR | O_NOCTTY);
    check("it is opened", s_slave >= 0);
    check("it is a terminal", isatty(s_slave) && isatty(s_master));
    check("its device number", fstat(s_slave, &status) == 0 && S_ISCHR(status.st_mode) && major(status.st_rdev) == 136 && (int)minor(status.st_rdev) == number);
    int peer = ioctl(s_master, TIOCGPTPEER, O_RDWR | O_NOCTTY);
    check("it is opened without its path", peer >= 0 && isatty(peer));
    close(peer);
}

static void settings(void)
{
    struct termios now;
    struct winsize size = { 1, 1, 1, 1 };
    check("settings are read", tcgetattr(s_slave, &now) == 0);
    printf("flags %o %o %o %o\n", now.c_iflag, now.c_oflag, now.c_cflag, now.c_lflag);
    show("characters", (const char *)now.c_cc, 17);
    ioctl(s_slave, TIOCGWINSZ, &size);
    check("there is no window size", size.ws_row == 0 && size.ws_col == 0);
    size.ws_row = 50;
    size.ws_col = 132;
    outcome("the size is set on the master", ioctl(s_master, TIOCSWINSZ, &size));
    size.ws_row = 0;
    check("and read on the terminal", ioctl(s_slave, TIOCGWINSZ, &size) == 0 && size.ws_row == 50 && size.ws_col == 132);
    outcome("an unknown request", ioctl(s_slave, 0x54ff, &size));
    int discipline = -1;
    check("the line discipline", ioctl(s_slave, TIOCGETD, &discipline) == 0 && discipline == 0);
    check("settings through the master", tcgetattr(s_master, &now) == 0 && (now.c_lflag & ICANON));
    outcome("a bad pointer", ioctl(s_slave, TCGETS, 1));
}

static void lines(void)
{
    int waiting = -1;
    type("one\ntwo\n");
    read_and_show("a line", s_slave, 100);
    check("what waits is counted", ioctl(s_slave, FIONREAD, &waiting) == 0 && waiting == 4);
    read_and_show("a part", s_slave, 2);
    read_and_show("the rest", s_slave, 100);
    show_echo("echo");
    type("abc\177\177d\tx\025ok go\027stop\n");
    read_and_show("an edited line", s_slave, 100);
    show_echo("echo");
    type("a\026\003b\001\n");
    read_and_show("literal characters", s_slave, 100);
    show_echo("echo");
    type("eof\004\004");
    read_and_show("a line without end", s_slave, 100);
    read_and_show("an end of file", s_slave, 100);
    show_echo("echo");
    check("text is written", write(s_slave, "x\ny\tz\r\n", 7) == 7);
    show_echo("output");
}

static void modes(void)
{
    struct termios old, now;
    tcgetattr(s_slave, &old);
    now = old;
    now.c_oflag |= XTABS | OLCUC;
    tcsetattr(s_slave, TCSANOW, &now);
    check("text is written", write(s_slave, "ab\tc\n", 5) == 5);
    show_echo("tabs and capitals");
    now = old;
    now.c_lflag &= ~(ECHOE | ECHOKE);
    tcsetattr(s_slave, TCSANOW, &now);
    type("ab\177c\025d\n");
    read_and_show("a line", s_slave, 100);
    show_echo("echo without ECHOE");
    now = old;
    now.c_lflag |= ECHOPRT;
    tcsetattr(s_slave, TCSANOW, &now);
    type("abc\177\177d\n");
    read_and_show("a line", s_slave, 100);
    show_echo("echo with ECHOPRT");
    now = old;
    now.c_iflag |= IUTF8 | ISTRIP;
    now.c_iflag &= ~ISTRIP;
    tcsetattr(s_slave, TCSANOW, &now);
    type("a\303\274\177b\n");
    read_and_show("UTF-8", s_slave, 100);
    show_echo("echo");
    now = old;
    cfmakeraw(&now);
    now.c_cc[VMIN] = 3;
    now.c_cc[VTIME] = 0;
    type("left");
    show_echo("echo");
    tcsetattr(s_slave, TCSANOW, &now);
    read_and_show("what was typed before raw mode", s_slave, 100);
    type("ab");
    struct pollfd poller = { .fd = s_slave, .events = POLLIN };
    check("fewer than VMIN are not ready", poll(&poller, 1, 50) == 0);
    type("\r");
    read_and_show("raw", s_slave, 100);
    now.c_cc[VMIN] = 0;
    now.c_cc[VTIME] = 1;
    tcsetattr(s_slave, TCSANOW, &now);
    char byte;
    check("VTIME ends a read", read(s_slave, &byte, 1) == 0);
    outcome("non-blocking", fcntl(s_slave, F_SETFL, O_RDWR | O_NONBLOCK));
    now.c_cc[VMIN] = 1;
    now.c_cc[VTIME] = 0;
    tcsetattr(s_slave, TCSANOW, &now);
    show("an empty read", &byte, read(s_slave, &byte, 1));
    fcntl(s_slave, F_SETFL, O_RDWR);
    type("thrown away");
    readable(s_slave);
    outcome("flushing", tcflush(s_slave, TCIFLUSH));
    outcome("flushing something else", tcflush(s_slave, 7));
    tcsetattr(s_slave, TCSANOW, &old);
    type("kept\n");
    read_and_show("after the flush", s_slave, 100);
    show_echo("echo");
}

static void packets(void)
{
    int on = 1;
    struct termios old, now;
    outcome("packet mode", ioctl(s_master, TIOCPKT, &on));
    check("text is written", write(s_slave, "hi", 2) == 2);
    read_and_show("data", s_master, 100);
    tcgetattr(s_slave, &old);
    now = old;
    now.c_iflag &= ~IXON;
    tcsetattr(s_slave, TCSANOW, &now);
    read_and_show("no stopping", s_master, 100);
    tcsetattr(s_slave, TCSANOW, &old);
    read_and_show("stopping", s_master, 100);
    tcflush(s_slave, TCIOFLUSH);
    read_and_show("flushed", s_master, 100);
    on = 0;
    outcome("packet mode off", ioctl(s_master, TIOCPKT, &on));
}

static void endings(void)
{
    struct pollfd poller = { .fd = s_master, .events = POLLIN };
    char byte;
    check("last words", write(s_slave, "bye", 3) == 3);
    close(s_slave);
    read_and_show("are read", s_master, 100);
    poll(&poller, 1, 0);
    check("then the master is hung up", (poller.revents & POLLHUP) != 0);
    show("and fails", &byte, read(s_master, &byte, 1));
    s_slave = open(ptsname(s_master), O_RDWR | O_NOCTTY);
    check("it is opened again", s_slave >= 0);
    check("and works", write(s_slave, "a", 1) == 1);
    read_and_show("data", s_master, 100);
    char path[32];
    strcpy(path, ptsname(s_master));
    close(s_master);
    show("without a master reads end", &byte, read(s_slave, &byte, 1));
    show("writes fail", &byte, write(s_slave, "x", 1));
    outcome("requests fail", tcgetattr(s_slave, &(struct termios){ 0 }));
    poller = (struct pollfd){ .fd = s_slave, .events = POLLIN | POLLOUT };
    check("poll says all at once", poll(&poller, 1, 0) == 1 && poller.revents == (POLLIN | POLLOUT | POLLERR | POLLHUP));
    outcome("its name is gone", open(path, O_RDWR | O_NOCTTY));
}

int main(void)
{
    open_pair();
    settings();
    lines();
    modes();
    packets();
    endings();
    return finish();
}
