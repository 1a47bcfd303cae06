/* The kernel's log, by syslog and /dev/kmsg; only looks at it, as the log is everybody's. */
#include "../check.h"

#include <ctype.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/klog.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

/* How often what a line that comes meanwhile would spoil is tried again. */
enum { TRIES = 20 };

enum { READ = 2, READ_ALL = 3, CLEAR = 5, CONSOLE_LEVEL = 8, SIZE_UNREAD = 9, SIZE_BUFFER = 10, ODD_USER = 61875 };

static char s_text[4 << 20];

/* Whether a line of syslog's is as it should be: <level>[seconds.microseconds] text. */
static int is_line(const char *line)
{
    char *end;
    if (*line++ != '<')
        return 0;
    strtol(line, &end, 10);
    if (end == line || strncmp(end, ">[", 2) != 0)
        return 0;
    end += 2 + strspn(end + 2, " ");
    size_t seconds = strspn(end, "0123456789");
    return seconds > 0 && end[seconds] == '.' && strspn(end + seconds + 1, "0123456789") == 6 && strncmp(end + seconds + 7, "] ", 2) == 0;
}

/* The last line of all, in s_text; its length. */
static int last_line(char **line)
{
    int length = klogctl(READ_ALL, s_text, sizeof s_text - 1);
    char *end = s_text + (length > 0 ? length : 0), *at = end;
    *end = 0;
    while (at > s_text && (at == end || at[-1] != '\n'))
        at--;
    *line = at;
    return (int)(end - at);
}

static int last_that_fit(void)
{
    static char part[8192], before[8192];
    for (int i = 0; i < TRIES; i++) {
        char *line;
        int wanted = last_line(&line);
        if (wanted <= 0 || wanted >= (int)sizeof part)
            return 0;
        memcpy(before, line, (size_t)wanted + 1);
        memset(part, 0, sizeof part);
        int got = klogctl(READ_ALL, part, wanted);
        if (last_line(&line) == wanted && strcmp(line, before) == 0)
            return got > 0 && got <= wanted && is_line(part);
    }
    return 0;
}

static void by_call(void)
{
    int size = klogctl(SIZE_BUFFER, NULL, 0);
    check("it has a size, a power of two", size >= 4096 && (size & (size - 1)) == 0);
    int length = klogctl(READ_ALL, s_text, sizeof s_text - 1);
    check("it has lines", length > 0 && s_text[length - 1] == '\n');
    int lines = 0, good = 0;
    for (char *at = s_text; at && *at; at = strchr(at, '\n') ? strchr(at, '\n') + 1 : NULL) {
        lines++;
        good += is_line(at);
    }
    check("as they should be", lines > 0 && good == lines);
    check("the last lines that fit", last_that_fit());
    static char part[64];
    check("none where none fits", klogctl(READ_ALL, part, 5) == 0);
    check("bytes unread", klogctl(SIZE_UNREAD, NULL, 0) >= 0);
    outcome("closing", klogctl(0, NULL, 0));
    outcome("opening", klogctl(1, NULL, 0));
    outcome("nothing to read", klogctl(READ_ALL, part, 0));
    outcome("no buffer", klogctl(READ_ALL, NULL, 10));
    outcome("a negative size", klogctl(READ_ALL, part, -1));
    outcome("a bad buffer", klogctl(READ_ALL, (char *)-4096, 100));
    outcome("no bytes of the next", klogctl(READ, part, 0));
    outcome("no buffer for the next", klogctl(READ, NULL, 5));
    outcome("level 0", klogctl(CONSOLE_LEVEL, NULL, 0));
    outcome("level 9", klogctl(CONSOLE_LEVEL, NULL, 9));
    outcome("an unknown action", klogctl(11, NULL, 0));
    outcome("a negative one", klogctl(-1, NULL, 0));
}

/* The records of an open file that were read, how many of them were as they should be, and the last one's number. */
struct reading
{
    int records, good;
    long long number;
};

/* Reads all that is there, also where lines were lost meanwhile; the last error, negative. */
static int read_on(int file, struct reading *reading)
{
    static char record[9000];
    for (;;) {
        ssize_t length = read(file, record, sizeof record - 1);
        if (length < 0 && errno == EPIPE)
            continue;
        if (length <= 0)
            return length < 0 ? -errno : 0;
        char *end;
        record[length] = 0;
        reading->records++;
        strtol(record, &end, 10);
        if (*end != ',')
            continue;
        long long number = strtoll(end + 1, &end, 10);
        if (*end != ',')
            continue;
        strtoll(end + 1, &end, 10);
        reading->good += *end == ',' && strchr(end, ';') && record[length - 1] == '\n' && number > reading->number;
        reading->number = number;
    }
}

static void by_device(void)
{
    struct stat status;
    struct pollfd poll_for = { .events = POLLIN };
    static char record[9000];
    check("the device", stat("/dev/kmsg", &status) == 0 && S_ISCHR(status.st_mode) && status.st_rdev == makedev(1, 11));
    int file = open("/dev/kmsg", O_RDONLY | O_NONBLOCK);
    outcome("opening it", file);
    poll_for.fd = file;
    check("it can be read", poll(&poll_for, 1, 0) == 1 && (poll_for.revents & POLLIN));
    struct reading all = { .number = -1 };
    int length = read_on(file, &all), is_more = 0;
    for (int i = 0; i < TRIES && (is_more = poll(&poll_for, 1, 0)) != 0; i++) {
        long long newest = all.number;
        length = read_on(file, &all);
        if (all.number == newest)
            break;
    }
    check("after all of it there is nothing yet", length == -EAGAIN);
    check("each a record with a number", all.records > 0 && all.good == all.records);
    check("nothing more", is_more == 0);
    outcome("from the beginning", lseek(file, 0, SEEK_SET));
    outcome("into too small a buffer", read(file, record, 4));
    check("a record", read(file, record, sizeof record) > 0 || all.records == 1);
    outcome("to what was not cleared", lseek(file, 0, SEEK_DATA));
    outcome("to the end", lseek(file, 0, SEEK_END));
    ssize_t there = read(file, record, sizeof record);
    for (int i = 0; i < TRIES && there > 0; i++) {
        lseek(file, 0, SEEK_END);
        there = read(file, record, sizeof record);
    }
    outcome("nothing there", there);
    outcome("to another place", lseek(file, 1, SEEK_SET));
    outcome("from where it is", lseek(file, 0, SEEK_CUR));
    outcome("writing there", write(file, "x", 1));
    close(file);
}

static void without_right(void)
{
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        if (setgid(ODD_USER) != 0 || setuid(ODD_USER) != 0)
            _exit(1);
        outcome("a user asks for the size", klogctl(SIZE_BUFFER, NULL, 0));
        outcome("reads", klogctl(READ_ALL, s_text, 100));
        outcome("reads the next", klogctl(READ, s_text, 0));
        outcome("clears", klogctl(CLEAR, NULL, 0));
        outcome("does what nobody knows", klogctl(99, NULL, 0));
        outcome("opens the device", open("/dev/kmsg", O_RDONLY));
        outcome("for writing", open("/dev/kmsg", O_WRONLY));
        fflush(stdout);
        _exit(0);
    }
    wait(NULL);
}

int main(void)
{
    by_call();
    by_device();
    without_right();
    return finish();
}
