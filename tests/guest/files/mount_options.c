/* Options of each mount: access times, symbolic links, propagation; and paths that stay in one mount (openat2). All below /tmp. */
#include "../check.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <unistd.h>

#define BASE "/tmp/mount_options"

#ifndef MS_NOSYMFOLLOW
#define MS_NOSYMFOLLOW 256
#endif

enum { RESOLVE_XDEV = 1 };

struct how
{
    unsigned long long flags, mode, resolve;
};

/* Shows a line of /proc/self/mountinfo from the options on to what is the file system's, and the options of /proc/self/mounts. */
static void show(const char *what)
{
    char line[1024];
    FILE *file = fopen("/proc/self/mountinfo", "r");
    while (file && fgets(line, sizeof line, file)) {
        char *place = strstr(line, BASE "/a ");
        char *end = place ? strstr(place, " - ") : NULL;
        if (end)
            printf("%s: %.*s\n", what, (int)(end - place), place);
    }
    if (file)
        fclose(file);
    file = fopen("/proc/self/mounts", "r");
    while (file && fgets(line, sizeof line, file)) {
        char *options = strstr(line, BASE "/a tmpfs ");
        if (options)
            printf("in mounts: %.*s\n", (int)strcspn(options + strlen(BASE "/a tmpfs "), " \n"), options + strlen(BASE "/a tmpfs "));
    }
    if (file)
        fclose(file);
}

static void show_plain(const char *what)
{
    struct statvfs status;
    show(what);
    if (statvfs(BASE "/a", &status) == 0)
        printf("by statvfs: %lx\n", status.f_flag & (1024 | 2048 | 4096 | 8192));
}

/* The mount of BASE/a with other flags. */
static void remount(const char *what, unsigned long flags)
{
    outcome(what, mount(NULL, BASE "/a", NULL, MS_REMOUNT | MS_BIND | flags, NULL));
    show_plain(what);
}

/* Sets both times so that relatime would (1) or would not (0) note a reading. */
static void set_times(const char *path, int is_stale)
{
    struct timespec times[2] = { { .tv_nsec = UTIME_NOW }, { .tv_nsec = UTIME_NOW } };
    if (is_stale)
        times[0] = (struct timespec){ .tv_sec = 1000 };
    if (utimensat(AT_FDCWD, path, times, AT_SYMLINK_NOFOLLOW) != 0)
        perror(path);
    if (!is_stale) {
        /* The change time is now: an access time after that needs a reading or a time in the future. */
        times[0] = (struct timespec){ .tv_sec = 4000000000L };
        times[1] = (struct timespec){ .tv_nsec = UTIME_OMIT };
        utimensat(AT_FDCWD, path, times, AT_SYMLINK_NOFOLLOW);
    }
}

static long long access_time(const char *path)
{
    struct stat status;
    return lstat(path, &status) == 0 ? status.st_atim.tv_sec * 1000000000LL + status.st_atim.tv_nsec : -1;
}

static void read_file(void)
{
    char byte;
    int file = open(BASE "/a/file", O_RDONLY);
    if (read(file, &byte, 1) != 1)
        perror("read");
    close(file);
}

static void map_file(void)
{
    int file = open(BASE "/a/file", O_RDONLY);
    munmap(mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, file, 0), 4096);
    close(file);
}

static void read_without(void)
{
    char byte;
    int file = open(BASE "/a/file", O_RDONLY | O_NOATIME);
    if (read(file, &byte, 1) != 1)
        perror("read");
    close(file);
}

static void list(void)
{
    DIR *directory = opendir(BASE "/a/directory");
    while (readdir(directory)) {
    }
    closedir(directory);
}

static void read_link(void)
{
    char text[64];
    if (readlink(BASE "/a/link", text, sizeof text) < 0)
        perror("readlink");
}

static void follow_link(void)
{
    struct stat status;
    (void)!stat(BASE "/a/link", &status);
}

static void note(const char *what, const char *path, void (*act)(void), int is_stale)
{
    set_times(path, is_stale);
    long long before = access_time(path);
    act();
    printf("%s, %s: %s\n", what, is_stale ? "stale" : "fresh", access_time(path) != before ? "noted" : "not noted");
}

static void readings(void)
{
    for (int is_stale = 1; is_stale >= 0; is_stale--) {
        note("reading a file", BASE "/a/file", read_file, is_stale);
        note("mapping it", BASE "/a/file", map_file, is_stale);
        note("reading it with O_NOATIME", BASE "/a/file", read_without, is_stale);
        note("listing a directory", BASE "/a/directory", list, is_stale);
        note("reading a link", BASE "/a/link", read_link, is_stale);
        note("following it", BASE "/a/link", follow_link, is_stale);
    }
}

static void access_times(void)
{
    outcome("a tmpfs", mount("x", BASE "/a", "tmpfs", 0, NULL));
    mkdir(BASE "/a/directory", 0755);
    int file = open(BASE "/a/file", O_CREAT | O_WRONLY, 0644);
    check("a file", write(file, "text", 4) == 4);
    close(file);
    outcome("a link", symlink("file", BASE "/a/link"));
    show_plain("as it is");
    readings();
    remount("noatime", MS_NOATIME);
    readings();
    remount("nothing said", MS_NOSUID);
    remount("nodiratime", MS_NODIRATIME);
    readings();
    remount("strictatime", MS_STRICTATIME);
    readings();
    remount("strictatime, read-only", MS_STRICTATIME | MS_RDONLY);
    long long before = access_time(BASE "/a/file");
    read_file();
    check("reading there is not noted", access_time(BASE "/a/file") == before);
    remount("noatime, nodiratime", MS_NOATIME | MS_NODIRATIME);
    remount("relatime", MS_RELATIME);
    remount("noatime and relatime", MS_NOATIME | MS_RELATIME);
    remount("noatime and strictatime", MS_NOATIME | MS_STRICTATIME);
    outcome("remounting the file system", mount(NULL, BASE "/a", NULL, MS_REMOUNT | MS_NODIRATIME, NULL));
    show_plain("so");
    outcome("unmounting", umount(BASE "/a"));
    outcome("a new one with options", mount("x", BASE "/a", "tmpfs", MS_NOATIME | MS_NODEV | MS_NOSYMFOLLOW, NULL));
    show_plain("has them");
    outcome("unmounting", umount(BASE "/a"));
}

static void no_links(void)
{
    char text[64];
    outcome("a tmpfs", mount("x", BASE "/a", "tmpfs", 0, NULL));
    close(open(BASE "/a/file", O_CREAT | O_WRONLY, 0644));
    mkdir(BASE "/a/directory", 0755);
    outcome("a link", symlink("file", BASE "/a/link"));
    outcome("to a directory", symlink("directory", BASE "/a/way"));
    outcome("from outside", symlink(BASE "/a/file", BASE "/outside"));
    remount("nosymfollow", MS_NOSYMFOLLOW);
    outcome("following", open(BASE "/a/link", O_RDONLY));
    outcome("on the way", open(BASE "/a/way/.", O_RDONLY));
    outcome("creating through it", open(BASE "/a/link", O_RDWR | O_CREAT, 0644));
    outcome("one from outside", open(BASE "/outside", O_RDONLY));
    outcome("reading it", readlink(BASE "/a/link", text, sizeof text));
    outcome("opening the link", open(BASE "/a/link", O_PATH | O_NOFOLLOW));
    outcome("making one", symlink("x", BASE "/a/other"));
    outcome("unmounting", umount2(BASE "/a", MNT_DETACH));
    unlink(BASE "/outside");
}

static void propagation(void)
{
    outcome("a tmpfs", mount("x", BASE "/a", "tmpfs", 0, NULL));
    mkdir(BASE "/a/in", 0755);
    outcome("below it", mount("y", BASE "/a/in", "tmpfs", 0, NULL));
    outcome("private", mount(NULL, BASE "/a", NULL, MS_PRIVATE, NULL));
    outcome("all below, too", mount(NULL, BASE "/a", NULL, MS_PRIVATE | MS_REC, NULL));
    outcome("a slave of none", mount(NULL, BASE "/a", NULL, MS_SLAVE | MS_REC, NULL));
    show("stays private");
    outcome("silently", mount(NULL, BASE "/a", NULL, MS_PRIVATE | MS_SILENT, NULL));
    outcome("two at once", mount(NULL, BASE "/a", NULL, MS_PRIVATE | MS_SLAVE, NULL));
    outcome("with another flag", mount(NULL, BASE "/a", NULL, MS_PRIVATE | MS_NOATIME, NULL));
    outcome("by another way", mount(NULL, BASE "/a/in/..", NULL, MS_PRIVATE, NULL));
    outcome("of no mount's root", mount(NULL, BASE, NULL, MS_PRIVATE, NULL));
    outcome("unbindable", mount(NULL, BASE "/a", NULL, MS_UNBINDABLE, NULL));
    show("is shown");
    outcome("binding it", mount(BASE "/a", BASE "/b", NULL, MS_BIND, NULL));
    outcome("binding what is below", mount(BASE "/a/in", BASE "/b", NULL, MS_BIND, NULL));
    outcome("unmounting", umount(BASE "/b"));
    outcome("other options", mount(NULL, BASE "/a", NULL, MS_REMOUNT | MS_BIND | MS_NODEV, NULL));
    show("keep it unbindable");
    outcome("moving it", mount(BASE "/a", BASE "/b", NULL, MS_MOVE, NULL));
    outcome("and back", mount(BASE "/b", BASE "/a", NULL, MS_MOVE, NULL));
    outcome("a slave", mount(NULL, BASE "/a", NULL, MS_SLAVE, NULL));
    show("of an unbindable one");
    outcome("private", mount(NULL, BASE "/a", NULL, MS_PRIVATE, NULL));
    show("again");
    outcome("unbindable below", mount(NULL, BASE "/a/in", NULL, MS_UNBINDABLE, NULL));
    outcome("binding all", mount(BASE "/a", BASE "/b", NULL, MS_BIND | MS_REC, NULL));
    check("leaves it out", umount(BASE "/b/in") != 0 && errno == EINVAL);
    outcome("unmounting", umount(BASE "/b"));
    outcome("detaching", umount2(BASE "/a", MNT_DETACH));
}

static void stay(const char *what, int directory, const char *path)
{
    struct how how = { .flags = O_RDONLY, .resolve = RESOLVE_XDEV };
    int file = syscall(SYS_openat2, directory, path, &how, sizeof how);
    outcome(what, file);
    if (file >= 0)
        close(file);
}

static void one_mount(void)
{
    outcome("a tmpfs", mount("x", BASE "/a", "tmpfs", 0, NULL));
    mkdir(BASE "/a/in", 0755);
    mkdir(BASE "/a/other", 0755);
    outcome("below it", mount("y", BASE "/a/in", "tmpfs", 0, NULL));
    outcome("out of it", symlink("/", BASE "/a/in/root"));
    outcome("within it", symlink(".", BASE "/a/in/here"));
    int inside = open(BASE "/a/in", O_RDONLY | O_DIRECTORY), outside = open(BASE "/a", O_RDONLY | O_DIRECTORY);
    stay("the root, from elsewhere", inside, "/");
    stay("in the root's mount, from elsewhere", inside, "/bin/..");
    stay("another mount from the root", inside, BASE "/a/other");
    stay("another mount from the root, beginning there", outside, BASE "/a/other");
    stay("below, beginning there", inside, ".");
    stay("below, by a link", inside, "here/here");
    stay("up out of a mount", inside, "..");
    stay("up in a mount", outside, "other/..");
    stay("a link to the root from another mount", inside, "root");
    stay("down into a mount", outside, "in");
    stay("down into a mount and back", outside, "in/..");
    stay("another mount's magic link", AT_FDCWD, "/proc/self/cwd");
    close(inside);
    close(outside);
    outcome("detaching", umount2(BASE "/a", MNT_DETACH));
}

int main(void)
{
    umask(022);
    mkdir(BASE, 0755);
    mkdir(BASE "/a", 0755);
    mkdir(BASE "/b", 0755);
    access_times();
    no_links();
    propagation();
    one_mount();
    return finish();
}
