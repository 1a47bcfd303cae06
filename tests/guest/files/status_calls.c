/* statx, utimensat and close_range: masks, flags, permissions, corners. */
#include "../check.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define BASE "/tmp/status_calls"

enum { ODD_USER = 61876, FORCE_SYNC = 0x2000, DONT_SYNC = 0x4000, EMPTY_PATH = 0x1000, BASIC = 0x7ff, BIRTH = 0x800, MOUNT = 0x1000, MOUNT_ROOT = 0x2000, RANGE_UNSHARE = 2, RANGE_CLOEXEC = 4 };

struct moment
{
    int64_t seconds;
    uint32_t nanoseconds;
    int32_t reserved;
};

struct extended
{
    uint32_t mask, block_size;
    uint64_t attributes;
    uint32_t links, user, group;
    uint16_t mode, spare;
    uint64_t inode, size, blocks, attributes_mask;
    struct moment access, birth, change, modification;
    uint32_t own_major, own_minor, device_major, device_minor;
    uint64_t mount, spares[13];
};

static struct extended s_status;

static long get(int directory, const char *path, int flags, unsigned mask)
{
    memset(&s_status, 0xee, sizeof s_status);
    return syscall(SYS_statx, directory, path, flags, mask, &s_status);
}

static void extended_status(void)
{
    struct stat plain;
    int file = open(BASE "/file", O_CREAT | O_RDWR, 0640), path_only = open(BASE "/file", O_PATH), directory = open(BASE, O_RDONLY | O_DIRECTORY), pipes[2];
    check("a file", write(file, "text", 4) == 4 && fstat(file, &plain) == 0 && pipe(pipes) == 0);
    outcome("all of it", get(AT_FDCWD, BASE "/file", 0, BASIC | BIRTH | MOUNT));
    check("has what was asked for", (s_status.mask & (BASIC | BIRTH | MOUNT)) == (BASIC | BIRTH | MOUNT));
    check("as stat has it", s_status.inode == plain.st_ino && s_status.size == 4 && s_status.mode == plain.st_mode && s_status.links == 1
        && s_status.user == plain.st_uid && s_status.blocks == (uint64_t)plain.st_blocks && s_status.change.seconds == plain.st_ctim.tv_sec && s_status.change.nanoseconds == plain.st_ctim.tv_nsec);
    check("born no later than changed", s_status.birth.seconds < s_status.change.seconds || (s_status.birth.seconds == s_status.change.seconds && s_status.birth.nanoseconds <= s_status.change.nanoseconds));
    check("what is not used is zero", s_status.spare == 0 && s_status.access.reserved == 0 && s_status.spares[12] == 0);
    outcome("nothing of it", get(AT_FDCWD, BASE "/file", 0, 0));
    check("has the basics all the same, but for the times that Linux leaves out since 6.13", (s_status.mask & BASIC & ~0xc0) == (BASIC & ~0xc0) && s_status.inode == plain.st_ino);
    outcome("what no Linux has", get(AT_FDCWD, BASE "/file", 0, 0x40000000));
    check("is not claimed", (s_status.mask & 0x40000000) == 0);
    outcome("a reserved bit", get(AT_FDCWD, BASE "/file", 0, 0x80000000));
    outcome("with sync", get(AT_FDCWD, BASE "/file", FORCE_SYNC, BASIC));
    outcome("without", get(AT_FDCWD, BASE "/file", DONT_SYNC, BASIC));
    outcome("both", get(AT_FDCWD, BASE "/file", FORCE_SYNC | DONT_SYNC, BASIC));
    outcome("an unknown flag", get(AT_FDCWD, BASE "/file", 0x10, BASIC));
    outcome("a descriptor's own", get(file, "", EMPTY_PATH, BASIC));
    check("is the file", s_status.inode == plain.st_ino);
    outcome("of a path only", get(path_only, "", EMPTY_PATH, BASIC));
    outcome("of a pipe", get(pipes[0], "", EMPTY_PATH, BASIC));
    check("is a pipe", S_ISFIFO(s_status.mode));
    outcome("of the working directory", get(AT_FDCWD, "", EMPTY_PATH, BASIC));
    check("is a directory", S_ISDIR(s_status.mode));
    outcome("no path without the flag", get(file, "", 0, BASIC));
    outcome("below a directory", get(directory, "file", EMPTY_PATH, BASIC));
    outcome("below a file", get(file, "file", 0, BASIC));
    outcome("of no descriptor", get(999, "", EMPTY_PATH, BASIC));
    outcome("of nothing", get(AT_FDCWD, BASE "/nothing", 0, BASIC));
    outcome("a null path with the flag", get(file, NULL, EMPTY_PATH, BASIC));
    outcome("so by newfstatat", syscall(SYS_newfstatat, file, NULL, &plain, EMPTY_PATH));
    outcome("by newfstatat without", syscall(SYS_newfstatat, file, NULL, &plain, 0));
    outcome("by newfstatat of no descriptor", syscall(SYS_newfstatat, 999, NULL, &plain, EMPTY_PATH));
    outcome("a null path without", get(file, NULL, 0, BASIC));
    outcome("a bad buffer", syscall(SYS_statx, AT_FDCWD, BASE "/file", 0, BASIC, (void *)1));
    outcome("a link", symlink("nowhere", BASE "/link"));
    outcome("followed", get(AT_FDCWD, BASE "/link", 0, BASIC));
    outcome("itself", get(AT_FDCWD, BASE "/link", AT_SYMLINK_NOFOLLOW, BASIC));
    check("is a link", S_ISLNK(s_status.mode) && s_status.size == 7);
    outcome("a device", get(AT_FDCWD, "/dev/null", 0, BASIC));
    check("has its numbers", s_status.own_major == 1 && s_status.own_minor == 3);
    get(AT_FDCWD, BASE, 0, BASIC);
    check("no mount's root", (s_status.attributes & MOUNT_ROOT) == 0 && (s_status.attributes_mask & MOUNT_ROOT));
    get(AT_FDCWD, "/proc", 0, BASIC);
    check("a mount's root", s_status.attributes & MOUNT_ROOT);
    close(file);
    close(path_only);
    close(directory);
}

static struct timespec s_before[2];

static void keep(const char *path)
{
    struct stat status;
    lstat(path, &status);
    s_before[0] = status.st_atim;
    s_before[1] = status.st_mtim;
}

/* Which of both times differ from those kept. */
static void changed(const char *what, const char *path)
{
    struct timespec kept[2] = { s_before[0], s_before[1] };
    keep(path);
    printf("%s: access %s, modification %s\n", what,
        memcmp(&kept[0], &s_before[0], sizeof kept[0]) ? "changed" : "as it was", memcmp(&kept[1], &s_before[1], sizeof kept[1]) ? "changed" : "as it was");
}

static long set_both(int directory, const char *path, long access, long modification, int flags)
{
    struct timespec times[2] = { { 1111, access }, { 2222, modification } };
    return syscall(SYS_utimensat, directory, path, times, flags);
}

static void times(void)
{
    struct stat status;
    outcome("two times", set_both(AT_FDCWD, BASE "/file", 1, 999999999, 0));
    check("are set", stat(BASE "/file", &status) == 0 && status.st_atim.tv_sec == 1111 && status.st_atim.tv_nsec == 1 && status.st_mtim.tv_sec == 2222 && status.st_mtim.tv_nsec == 999999999);
    keep(BASE "/file");
    outcome("none", set_both(AT_FDCWD, BASE "/file", UTIME_OMIT, UTIME_OMIT, 0));
    changed("then", BASE "/file");
    outcome("none, of nothing", set_both(AT_FDCWD, BASE "/nothing", UTIME_OMIT, UTIME_OMIT, 0));
    outcome("none, with an unknown flag", set_both(AT_FDCWD, BASE "/nothing", UTIME_OMIT, UTIME_OMIT, 1));
    outcome("the access time now", set_both(AT_FDCWD, BASE "/file", UTIME_NOW, UTIME_OMIT, 0));
    changed("then", BASE "/file");
    outcome("the modification time now", set_both(AT_FDCWD, BASE "/file", UTIME_OMIT, UTIME_NOW, 0));
    changed("then", BASE "/file");
    outcome("one now, one as it is given", set_both(AT_FDCWD, BASE "/file", UTIME_NOW, 5, 0));
    check("so it is", stat(BASE "/file", &status) == 0 && status.st_atim.tv_sec > 1000000 && status.st_mtim.tv_sec == 2222 && status.st_mtim.tv_nsec == 5);
    outcome("too many nanoseconds", set_both(AT_FDCWD, BASE "/file", 1000000000, 0, 0));
    outcome("too many, of nothing", set_both(AT_FDCWD, BASE "/nothing", 1000000000, 0, 0));
    outcome("too few", set_both(AT_FDCWD, BASE "/file", 0, -1, 0));
    struct timespec before_1970[2] = { { -5, 7 }, { -6, 8 } };
    outcome("before 1970", syscall(SYS_utimensat, AT_FDCWD, BASE "/file", before_1970, 0));
    check("is kept", stat(BASE "/file", &status) == 0 && status.st_atim.tv_sec == -5 && status.st_atim.tv_nsec == 7);
    keep(BASE "/link");
    outcome("through a link to nowhere", set_both(AT_FDCWD, BASE "/link", 1, 1, 0));
    outcome("of the link", set_both(AT_FDCWD, BASE "/link", 1, 1, AT_SYMLINK_NOFOLLOW));
    changed("then", BASE "/link");
    int file = open(BASE "/file", O_RDONLY), path_only = open(BASE "/file", O_PATH);
    outcome("by a descriptor", set_both(file, NULL, 3, 3, 0));
    outcome("with a flag", set_both(file, NULL, 3, 3, AT_SYMLINK_NOFOLLOW));
    outcome("with AT_EMPTY_PATH", set_both(file, "", 3, 3, EMPTY_PATH));
    outcome("of a path only", set_both(path_only, NULL, 3, 3, 0));
    outcome("of a path only with AT_EMPTY_PATH", set_both(path_only, "", 3, 3, EMPTY_PATH));
    outcome("no path at all", set_both(AT_FDCWD, NULL, 3, 3, 0));
    outcome("now", syscall(SYS_utimensat, AT_FDCWD, BASE "/file", NULL, 0));
    check("both are the same", stat(BASE "/file", &status) == 0 && memcmp(&status.st_atim, &status.st_mtim, sizeof status.st_atim) == 0);
    outcome("a bad pointer", syscall(SYS_utimensat, AT_FDCWD, BASE "/file", (void *)1, 0));
    close(file);
    close(path_only);
}

static void times_of_others(void)
{
    chmod(BASE "/file", 0666);
    close(open(BASE "/closed", O_CREAT | O_WRONLY, 0644));
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        if (setgid(ODD_USER) != 0 || setuid(ODD_USER) != 0)
            _exit(1);
        outcome("another's that one may write, now", syscall(SYS_utimensat, AT_FDCWD, BASE "/file", NULL, 0));
        outcome("now by values", set_both(AT_FDCWD, BASE "/file", UTIME_NOW, UTIME_NOW, 0));
        outcome("to a time", set_both(AT_FDCWD, BASE "/file", 1, 1, 0));
        outcome("one now", set_both(AT_FDCWD, BASE "/file", UTIME_NOW, UTIME_OMIT, 0));
        outcome("none", set_both(AT_FDCWD, BASE "/file", UTIME_OMIT, UTIME_OMIT, 0));
        outcome("another's that one may only read, now", syscall(SYS_utimensat, AT_FDCWD, BASE "/closed", NULL, 0));
        outcome("to a time", set_both(AT_FDCWD, BASE "/closed", 1, 1, 0));
        fflush(stdout);
        _exit(0);
    }
    wait(NULL);
    outcome("a tmpfs", mount("x", BASE "/mount", "tmpfs", 0, NULL));
    close(open(BASE "/mount/file", O_CREAT | O_WRONLY, 0644));
    outcome("read-only", mount(NULL, BASE "/mount", NULL, MS_REMOUNT | MS_RDONLY, NULL));
    outcome("a time there", set_both(AT_FDCWD, BASE "/mount/file", 1, 1, 0));
    outcome("none there", set_both(AT_FDCWD, BASE "/mount/file", UTIME_OMIT, UTIME_OMIT, 0));
    umount(BASE "/mount");
}

static long range(unsigned first, unsigned last, unsigned flags)
{
    return syscall(SYS_close_range, first, last, flags);
}

static void fill(void)
{
    for (int i = 100; i < 110; i++)
        dup2(1, i);
}

/* The descriptors from 100 on: o open, c to be closed by execve, a dot for none. */
static void show(const char *what)
{
    printf("%s: ", what);
    for (int i = 100; i < 110; i++) {
        int flags = fcntl(i, F_GETFD);
        putchar(flags < 0 ? '.' : flags & FD_CLOEXEC ? 'c' : 'o');
    }
    putchar('\n');
}

static int close_shared(void *unused)
{
    (void)unused;
    if (range(103, 104, 0) != 0 || range(106, ~0u, RANGE_UNSHARE) != 0)
        return 1;
    return range(100, 101, 0) != 0;
}

static int unshare_cloexec(void *unused)
{
    (void)unused;
    return range(100, 104, RANGE_UNSHARE | RANGE_CLOEXEC) != 0 || fcntl(100, F_GETFD) != FD_CLOEXEC || fcntl(109, F_GETFD) != 0;
}

static void in_child(const char *what, int (*body)(void *))
{
    static char stack[65536];
    int status = -1;
    fflush(stdout);
    pid_t child = clone(body, stack + sizeof stack, CLONE_FILES | SIGCHLD, NULL);
    waitpid(child, &status, 0);
    check(what, status == 0);
}

static void ranges(void)
{
    fill();
    show("descriptors");
    outcome("some", range(102, 104, 0));
    show("then");
    outcome("again", range(102, 104, 0));
    outcome("to be closed by execve", range(104, 106, RANGE_CLOEXEC));
    show("then");
    outcome("one", range(108, 108, 0));
    outcome("all from one on", range(109, ~0u, 0));
    show("then");
    outcome("backwards", range(105, 104, 0));
    outcome("an unknown flag", range(100, 101, 1));
    outcome("another", range(100, 101, 8));
    outcome("where none are", range(5000, 6000, 0));
    outcome("none left of them", range(100, 0x7fffffff, 0));
    show("then");
    fill();
    in_child("one who shares them closes some, unshares, and closes others", close_shared);
    show("here only the first are gone");
    fill();
    in_child("one who shares them unshares and marks", unshare_cloexec);
    show("here none is");
    outcome("unsharing what is not shared", range(100, 109, RANGE_UNSHARE));
    show("closes all the same");
}

int main(void)
{
    umask(022);
    mkdir(BASE, 0755);
    mkdir(BASE "/mount", 0755);
    extended_status();
    times();
    times_of_others();
    ranges();
    return finish();
}
