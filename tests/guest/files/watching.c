/* inotify: what is told of files and directories, and in which order. */
#include "../check.h"

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

#define BASE "/tmp/watched"

static int s_watcher;

static const struct { uint32_t bit; const char *name; } s_names[] = {
    {IN_ACCESS, "ACCESS"}, {IN_MODIFY, "MODIFY"}, {IN_ATTRIB, "ATTRIB"}, {IN_CLOSE_WRITE, "CLOSE_WRITE"},
    {IN_CLOSE_NOWRITE, "CLOSE_NOWRITE"}, {IN_OPEN, "OPEN"}, {IN_MOVED_FROM, "MOVED_FROM"}, {IN_MOVED_TO, "MOVED_TO"},
    {IN_CREATE, "CREATE"}, {IN_DELETE, "DELETE"}, {IN_DELETE_SELF, "DELETE_SELF"}, {IN_MOVE_SELF, "MOVE_SELF"},
    {IN_UNMOUNT, "UNMOUNT"}, {IN_Q_OVERFLOW, "Q_OVERFLOW"}, {IN_IGNORED, "IGNORED"}, {IN_ISDIR, "ISDIR"},
};

/* Shows what has come since. Cookies are said to be there, and to be those of the event before. */
static void show(const char *what)
{
    static uint32_t last_cookie;
    char buffer[8192] __attribute__((aligned(8)));
    printf("%s:", what);
    for (;;) {
        ssize_t length = read(s_watcher, buffer, sizeof buffer);
        if (length <= 0)
            break;
        for (char *at = buffer; at < buffer + length;) {
            struct inotify_event *event = (struct inotify_event *)at;
            printf(" %d", event->wd);
            for (size_t i = 0; i < sizeof s_names / sizeof s_names[0]; i++)
                if (event->mask & s_names[i].bit)
                    printf("|%s", s_names[i].name);
            if (event->len > 0)
                printf("(%s,%u)", event->name, event->len);
            if (event->cookie != 0)
                printf("%s", event->cookie == last_cookie ? "[same]" : "[new]");
            last_cookie = event->cookie;
            at += sizeof *event + event->len;
        }
    }
    printf("\n");
}

static void make(const char *path)
{
    int file = open(path, O_CREAT | O_WRONLY | O_TRUNC, 0644);
    if (write(file, "text", 4) != 4)
        printf("write failed\n");
    close(file);
}

static void directory(void)
{
    char buffer[16];
    struct stat status;
    outcome("watching a directory", inotify_add_watch(s_watcher, BASE, IN_ALL_EVENTS));
    make(BASE "/file");
    show("making a file");
    make(BASE "/file");
    show("writing it anew");
    int file = open(BASE "/file", O_RDONLY);
    check("reading", read(file, buffer, sizeof buffer) == 4 && read(file, buffer, sizeof buffer) == 0);
    close(file);
    show("reading it");
    stat(BASE "/file", &status);
    close(open(BASE "/file", O_PATH));
    show("looking at it");
    outcome("attributes", chmod(BASE "/file", 0600) | chown(BASE "/file", 1, 1) | setxattr(BASE "/file", "trusted.x", "x", 1, 0));
    show("attributes");
    struct timespec times[2] = {{1, 0}, {1, 0}};
    utimensat(AT_FDCWD, BASE "/file", times, 0);
    times[0].tv_nsec = UTIME_OMIT;
    utimensat(AT_FDCWD, BASE "/file", times, 0);
    show("times");
    outcome("cutting it", truncate(BASE "/file", 2));
    show("cutting it");
    mkdir(BASE "/sub", 0755);
    if (symlink("file", BASE "/link") != 0 || mkfifo(BASE "/fifo", 0644) != 0)
        printf("failed\n");
    show("other kinds");
    if (link(BASE "/file", BASE "/name") != 0)
        printf("failed\n");
    show("another name");
    rename(BASE "/name", BASE "/renamed");
    show("renaming");
    rename(BASE "/renamed", BASE "/sub/away");
    show("away");
    make(BASE "/sub/unseen");
    show("further below");
    DIR *list = opendir(BASE);
    while (readdir(list))
        ;
    closedir(list);
    show("listing");
    unlink(BASE "/file");
    unlink(BASE "/link");
    unlink(BASE "/fifo");
    show("removing");
    unlink(BASE "/sub/away");
    unlink(BASE "/sub/unseen");
    rmdir(BASE "/sub");
    show("removing a directory");
}

static void itself(void)
{
    make(BASE "/one");
    make(BASE "/two");
    int one = inotify_add_watch(s_watcher, BASE "/one", IN_ALL_EVENTS);
    printf("watching a file: %d\n", one);
    show("before");
    make(BASE "/one");
    show("both are told");
    rename(BASE "/one", BASE "/three");
    show("moving itself");
    check("the same watch", inotify_add_watch(s_watcher, BASE "/three", IN_ATTRIB) == one);
    check("its mask is another", chmod(BASE "/three", 0600) == 0);
    make(BASE "/three");
    check("more of it", inotify_add_watch(s_watcher, BASE "/three", IN_DELETE_SELF | IN_MASK_ADD) == one);
    outcome("a new one only", inotify_add_watch(s_watcher, BASE "/three", IN_OPEN | IN_MASK_CREATE));
    show("less");
    int file = open(BASE "/three", O_RDONLY);
    unlink(BASE "/three");
    show("removed, but open");
    close(file);
    show("closed");
    int two = inotify_add_watch(s_watcher, BASE "/two", IN_DELETE_SELF | IN_ATTRIB | IN_MOVE_SELF);
    printf("watching a file: %d\n", two);
    make(BASE "/four");
    show("before");
    rename(BASE "/four", BASE "/two");
    show("replaced");
    int four = inotify_add_watch(s_watcher, BASE "/two", IN_OPEN | IN_ONESHOT);
    printf("once: %d\n", four);
    make(BASE "/two");
    make(BASE "/two");
    show("once");
    mkdir(BASE "/sub", 0755);
    int sub = inotify_add_watch(s_watcher, BASE "/sub", IN_ALL_EVENTS | IN_ONLYDIR);
    rename(BASE "/sub", BASE "/other");
    rmdir(BASE "/other");
    printf("a directory itself: %d\n", sub);
    show("a directory itself");
}

static void refusals(void)
{
    char buffer[8];
    int waiting = 0;
    struct pollfd poller = {s_watcher, POLLIN, 0};
    outcome("nothing to watch for", inotify_add_watch(s_watcher, BASE, 0));
    outcome("two ways at once", inotify_add_watch(s_watcher, BASE, IN_OPEN | IN_MASK_ADD | IN_MASK_CREATE));
    outcome("what is not there", inotify_add_watch(s_watcher, BASE "/no", IN_OPEN));
    outcome("no directory", inotify_add_watch(s_watcher, BASE "/two", IN_OPEN | IN_ONLYDIR));
    outcome("no watcher", inotify_add_watch(STDIN_FILENO, BASE, IN_OPEN));
    outcome("a bad descriptor", inotify_add_watch(-1, BASE, IN_OPEN));
    outcome("unknown flags", inotify_init1(1));
    outcome("no such watch", inotify_rm_watch(s_watcher, 999));
    outcome("nothing there", read(s_watcher, buffer, 0));
    check("nothing to read", poll(&poller, 1, 0) == 0 && ioctl(s_watcher, FIONREAD, &waiting) == 0 && waiting == 0);
    make(BASE "/two");
    check("something to read", poll(&poller, 1, 0) == 1 && ioctl(s_watcher, FIONREAD, &waiting) == 0 && waiting == 3 * 32);
    outcome("too little to read into", read(s_watcher, buffer, sizeof buffer));
    show("it is there still");
    chmod(BASE "/two", 0600);
    chmod(BASE "/two", 0644);
    show("the same twice");
    outcome("no longer", inotify_rm_watch(s_watcher, 1));
    outcome("again", inotify_rm_watch(s_watcher, 1));
    make(BASE "/two");
    show("no longer");
    chmod(BASE "/two", 0);
    fflush(stdout);
    if (fork() == 0) {
        if (setgid(65534) != 0 || setuid(65534) != 0)
            _exit(1);
        outcome("what one may not read", inotify_add_watch(s_watcher, BASE "/two", IN_OPEN));
        fflush(stdout);
        _exit(0);
    }
    wait(NULL);
}

int main(void)
{
    umask(022);
    mkdir(BASE, 0755);
    s_watcher = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    check("a watcher", s_watcher >= 0);
    directory();
    itself();
    refusals();
    unlink(BASE "/two");
    rmdir(BASE);
    return finish();
}
