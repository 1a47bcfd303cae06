/* overlay file systems: lookup, copying up, whiteouts, opaque directories, renames, refusals. All in a tmpfs below /tmp. */
#include "../check.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

#define BASE "/tmp/overlay"
#define LAYERS "lowerdir=" BASE "/l1:" BASE "/l2,upperdir=" BASE "/u,workdir=" BASE "/w"

#ifndef RENAME_NOREPLACE
#define RENAME_NOREPLACE 1
#define RENAME_EXCHANGE 2
#endif
#ifndef RENAME_WHITEOUT
#define RENAME_WHITEOUT 4
#endif

static int write_file(const char *path, const char *text)
{
    int file = open(path, O_CREAT | O_WRONLY | O_TRUNC, 0644);
    if (file < 0)
        return -1;
    int result = write(file, text, strlen(text)) == (ssize_t)strlen(text) ? 0 : -1;
    close(file);
    return result;
}

/* Says what a file has in it. */
static void show(const char *path)
{
    char text[64];
    int file = open(path, O_RDONLY);
    ssize_t length = file < 0 ? -1 : read(file, text, sizeof text - 1);
    if (length < 0)
        printf("%s: %s\n", path, strerror(errno));
    else
        printf("%s: \"%.*s\"\n", path, (int)length, text);
    if (file >= 0)
        close(file);
}

static int compare(const void *one, const void *other)
{
    return strcmp(*(char *const *)one, *(char *const *)other);
}

/* Says what names a directory has, and whether each is there once, with the number and type that stat says. */
static void list(const char *path)
{
    char *names[64];
    int count = 0, alike = 1;
    DIR *directory = opendir(path);
    struct dirent *entry;
    while (directory && (entry = readdir(directory)) && count < 64) {
        struct stat status;
        if (entry->d_name[0] == '.')
            continue;
        alike &= fstatat(dirfd(directory), entry->d_name, &status, AT_SYMLINK_NOFOLLOW) == 0 && status.st_ino == entry->d_ino
            && IFTODT(status.st_mode) == entry->d_type;
        names[count++] = strdup(entry->d_name);
    }
    if (directory)
        closedir(directory);
    qsort(names, count, sizeof *names, compare);
    printf("%s has", path);
    for (int i = 0; i < count; i++)
        printf(" %s", names[i]);
    printf(alike ? "\n" : ", whose numbers or types differ\n");
    while (count > 0)
        free(names[--count]);
}

static int is_whiteout(const char *path)
{
    struct stat status;
    return lstat(path, &status) == 0 && S_ISCHR(status.st_mode) && status.st_rdev == 0;
}

static int is_opaque(const char *path)
{
    char value[8];
    return lgetxattr(path, "trusted.overlay.opaque", value, sizeof value) == 1 && value[0] == 'y';
}

static int exists(const char *path)
{
    struct stat status;
    return lstat(path, &status) == 0;
}

static int renameat2_(const char *from, const char *to, unsigned flags)
{
    return syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, flags);
}

static void make_layers(void)
{
    mkdir(BASE, 0755);
    outcome("a file system for the layers", mount("tmpfs", BASE, "tmpfs", 0, ""));
    const char *directories[] = { "/l1", "/l2", "/u", "/w", "/m", "/l1/both", "/l2/both", "/u/both", "/l1/low", "/l1/low/deep",
        "/l2/hidden", "/u/opaque", "/l1/opaque", "/l2/file_above", "/l1/gone", "/l1/tree", "/l1/tree/in", "/l1/setgid" };
    for (unsigned i = 0; i < sizeof directories / sizeof *directories; i++) {
        char path[128];
        snprintf(path, sizeof path, BASE "%s", directories[i]);
        if (mkdir(path, 0755) != 0)
            printf("%s: %s\n", path, strerror(errno));
    }
    chown(BASE "/l1/low", 11, 12);
    chmod(BASE "/l1/low", 0751);
    chown(BASE "/l1/setgid", 0, 77);
    chmod(BASE "/l1/setgid", 02775);
    write_file(BASE "/l1/a", "a of l1");
    write_file(BASE "/l2/a", "a of l2");
    write_file(BASE "/l2/b", "b of l2");
    write_file(BASE "/u/c", "c of u");
    write_file(BASE "/l1/c", "c of l1");
    write_file(BASE "/l1/d", "d of l1");
    write_file(BASE "/l1/e", "e of l1");
    write_file(BASE "/l1/f", "f of l1");
    write_file(BASE "/l1/g", "g of l1");
    write_file(BASE "/l1/moved", "moved of l1");
    write_file(BASE "/l1/swapped", "swapped of l1");
    write_file(BASE "/l1/both/one", "1");
    write_file(BASE "/l2/both/one", "1 of l2");
    write_file(BASE "/l2/both/two", "2");
    write_file(BASE "/u/both/three", "3");
    write_file(BASE "/l1/low/deep/file", "deep");
    write_file(BASE "/l1/opaque/not_shown", "x");
    write_file(BASE "/u/opaque/shown", "y");
    write_file(BASE "/l1/file_above", "a file over a directory");
    write_file(BASE "/l2/file_above/in", "x");
    write_file(BASE "/l1/gone/file", "x");
    write_file(BASE "/l1/tree/in/file", "x");
    write_file(BASE "/l1/linked", "linked");
    link(BASE "/l1/linked", BASE "/l1/linked2");
    symlink("a", BASE "/l1/link");
    mkfifo(BASE "/l1/fifo", 0640);
    outcome("opaque", setxattr(BASE "/u/opaque", "trusted.overlay.opaque", "y", 1, 0));
    outcome("a whiteout", mknod(BASE "/l1/hidden", S_IFCHR | 0600, makedev(0, 0)));
    outcome("and one in the upper layer", mknod(BASE "/u/e", S_IFCHR | 0600, makedev(0, 0)));
}

static void looking(void)
{
    struct stat root, file, directory;
    struct statfs usage;
    show(BASE "/m/a");
    show(BASE "/m/b");
    show(BASE "/m/c");
    show(BASE "/m/e");
    show(BASE "/m/link");
    show(BASE "/m/file_above");
    show(BASE "/m/both/one");
    list(BASE "/m");
    list(BASE "/m/both");
    list(BASE "/m/opaque");
    list(BASE "/m/hidden");
    check("its type", statfs(BASE "/m", &usage) == 0 && usage.f_type == 0x794c7630);
    stat(BASE "/m", &root);
    stat(BASE "/m/a", &file);
    stat(BASE "/m/low", &directory);
    check("one device for all where the layers are of one", root.st_dev == file.st_dev && root.st_dev == directory.st_dev);
    check("which is not the layers' own", stat(BASE "/l1/a", &directory) == 0 && directory.st_dev != file.st_dev);
    check("the number of the layer's file", directory.st_ino == file.st_ino);
    stat(BASE "/m/both", &directory);
    printf("links of merged directory: %d\n", (int)directory.st_nlink);
}

static void copying(void)
{
    struct stat before, after, lower;
    struct timespec times[2] = { { 1000, 5 }, { 2000, 7 } };
    char value[16] = "";
    utimensat(AT_FDCWD, BASE "/l1/d", times, 0);
    chown(BASE "/l1/d", 21, 22);
    chmod(BASE "/l1/d", 04640);
    outcome("an attribute", setxattr(BASE "/l1/d", "user.kept", "value", 5, 0));
    stat(BASE "/m/d", &before);
    outcome("chmod", chmod(BASE "/m/d", 0600));
    stat(BASE "/m/d", &after);
    stat(BASE "/l1/d", &lower);
    check("number and device stay", before.st_ino == after.st_ino && before.st_dev == after.st_dev);
    printf("mode %o uid %d gid %d size %d times %ld.%ld %ld.%ld\n", after.st_mode, after.st_uid, after.st_gid, (int)after.st_size,
        (long)after.st_atim.tv_sec, after.st_atim.tv_nsec, (long)after.st_mtim.tv_sec, after.st_mtim.tv_nsec);
    check("the lower one stays as it is", (lower.st_mode & 07777) == 04640 && exists(BASE "/u/d"));
    check("attributes come along", getxattr(BASE "/u/d", "user.kept", value, sizeof value) == 5 && !strcmp(value, "value"));

    int reader = open(BASE "/m/a", O_RDONLY);
    char *map = mmap(NULL, 4096, PROT_READ, MAP_SHARED, reader, 0);
    outcome("opening for reading copies nothing", exists(BASE "/u/a") ? -1 : 0);
    int writer = open(BASE "/m/a", O_WRONLY | O_APPEND);
    check("opening for writing does", exists(BASE "/u/a"));
    outcome("appending", write(writer, "+", 1));
    char text[32] = "";
    check("who has it open reads the copy", pread(reader, text, sizeof text - 1, 0) == 8 && !strcmp(text, "a of l1+"));
    check("a mapping stays with the old one", map[0] == 'a' && map[7] == 0);
    munmap(map, 4096);
    close(reader);
    close(writer);
    show(BASE "/m/a");
    show(BASE "/l1/a");

    outcome("truncate", truncate(BASE "/m/b", 3));
    show(BASE "/m/b");
    show(BASE "/l2/b");
    outcome("O_TRUNC", close(open(BASE "/m/f", O_RDONLY | O_TRUNC)));
    show(BASE "/m/f");
    outcome("setxattr", setxattr(BASE "/m/g", "user.new", "1", 1, 0));
    check("is not in the lower one", getxattr(BASE "/l1/g", "user.new", value, 16) < 0 && getxattr(BASE "/u/g", "user.new", value, 16) == 1);
    outcome("removing it", removexattr(BASE "/m/g", "user.new"));
    outcome("again", removexattr(BASE "/m/g", "user.new"));

    outcome("a file in a directory of the lower one", write_file(BASE "/m/low/deep/new", "new"));
    stat(BASE "/u/low", &after);
    printf("the directory: mode %o uid %d gid %d\n", after.st_mode, after.st_uid, after.st_gid);
    list(BASE "/m/low/deep");
    list(BASE "/u/low/deep");
    list(BASE "/l1/low/deep");

    outcome("chown of a link", lchown(BASE "/m/link", 5, 6));
    check("it is copied", lstat(BASE "/u/link", &after) == 0 && S_ISLNK(after.st_mode) && after.st_uid == 5);
    outcome("chmod of a fifo", chmod(BASE "/m/fifo", 0600));
    check("it is copied", lstat(BASE "/u/fifo", &after) == 0 && S_ISFIFO(after.st_mode) && (after.st_mode & 0777) == 0600);

    stat(BASE "/m/linked", &before);
    outcome("writing to one of two names", write_file(BASE "/m/linked", "changed"));
    show(BASE "/m/linked2");
    stat(BASE "/m/linked", &after);
    printf("links before %d, after %d\n", (int)before.st_nlink, (int)after.st_nlink);

    outcome("a new name", link(BASE "/m/low/deep/file", BASE "/m/low/name"));
    stat(BASE "/m/low/deep/file", &before);
    stat(BASE "/m/low/name", &after);
    check("is of the same file", before.st_ino == after.st_ino && after.st_nlink == 2);
    write_file(BASE "/m/low/name", "through the name");
    show(BASE "/m/low/deep/file");

    stat(BASE "/m/setgid", &before);
    mkdir(BASE "/m/setgid/d", 0755);
    stat(BASE "/m/setgid/d", &after);
    printf("made in a set-group-ID directory: mode %o gid %d\n", after.st_mode, after.st_gid);
}

static void removing(void)
{
    struct stat status;
    outcome("unlinking what a lower one has", unlink(BASE "/m/g"));
    check("leaves a whiteout", is_whiteout(BASE "/u/g") && exists(BASE "/l1/g"));
    show(BASE "/m/g");
    outcome("again", unlink(BASE "/m/g"));
    outcome("unlinking what only the upper one has", unlink(BASE "/m/both/three"));
    check("leaves nothing", !exists(BASE "/u/both/three"));
    outcome("unlinking what was not copied up", unlink(BASE "/m/both/two"));
    check("leaves a whiteout", is_whiteout(BASE "/u/both/two"));
    list(BASE "/m/both");
    outcome("made again", write_file(BASE "/m/g", "new"));
    check("the whiteout is replaced", stat(BASE "/u/g", &status) == 0 && S_ISREG(status.st_mode));
    show(BASE "/m/g");

    outcome("rmdir of one with files", rmdir(BASE "/m/gone"));
    int open_file = open(BASE "/m/gone/file", O_RDONLY);
    outcome("its file", unlink(BASE "/m/gone/file"));
    char text[4];
    check("which can be read while it is open", read(open_file, text, 4) == 1);
    fchmod(open_file, 0600); /* On Linux EEXIST, for the whiteout. */
    check("changing it does not bring it back", !exists(BASE "/m/gone/file"));
    close(open_file);
    outcome("rmdir", rmdir(BASE "/m/gone"));
    check("leaves a whiteout", is_whiteout(BASE "/u/gone"));
    outcome("mkdir there", mkdir(BASE "/m/gone", 0700));
    check("is opaque", is_opaque(BASE "/u/gone"));
    list(BASE "/m/gone");
    outcome("rmdir again", rmdir(BASE "/m/gone"));
    outcome("a file there", write_file(BASE "/m/gone", "now a file"));
    show(BASE "/m/gone");
    outcome("unlink of a directory", unlink(BASE "/m/both"));
    outcome("rmdir of a file", rmdir(BASE "/m/c"));
    outcome("rmdir of what is opaque", unlink(BASE "/m/opaque/shown") | rmdir(BASE "/m/opaque"));
    check("leaves a whiteout", is_whiteout(BASE "/u/opaque"));

    /* Removing while reading. */
    mkdir(BASE "/m/many", 0755);
    for (int i = 0; i < 40; i++) {
        char path[64];
        snprintf(path, sizeof path, BASE "/m/many/%d", i);
        write_file(path, "x");
    }
    DIR *directory = opendir(BASE "/m/many");
    struct dirent *entry;
    int removed = 0;
    while ((entry = readdir(directory)))
        removed += entry->d_name[0] != '.' && unlinkat(dirfd(directory), entry->d_name, 0) == 0;
    closedir(directory);
    printf("removed %d while reading\n", removed);
    outcome("rmdir", rmdir(BASE "/m/many"));
}

/* What a layer's own file system does for overlays: a name that is moved leaves a whiteout. */
static void leave_whiteouts(void)
{
    struct stat status;
    mkdir(BASE "/p", 0755);
    chown(BASE "/p", 0, 7);
    chmod(BASE "/p", 02755);
    write_file(BASE "/p/file", "file");
    outcome("a whiteout", renameat2_(BASE "/p/file", BASE "/p/moved", RENAME_WHITEOUT));
    show(BASE "/p/moved");
    outcome("where the name was", stat(BASE "/p/file", &status));
    check("is one", S_ISCHR(status.st_mode) && status.st_rdev == 0 && (status.st_mode & 07777) == 0 && status.st_nlink == 1);
    check("has the directory's group", status.st_uid == 0 && status.st_gid == 7);
    outcome("another over it", renameat2_(BASE "/p/moved", BASE "/p/file", RENAME_WHITEOUT | RENAME_NOREPLACE));
    outcome("over it all the same", renameat2_(BASE "/p/moved", BASE "/p/file", RENAME_WHITEOUT));
    list(BASE "/p");
    outcome("a name for itself", renameat2_(BASE "/p/file", BASE "/p/file", RENAME_WHITEOUT));
    show(BASE "/p/file");
    outcome("and exchanged", renameat2_(BASE "/p/file", BASE "/p/moved", RENAME_WHITEOUT | RENAME_EXCHANGE));
    mkdir(BASE "/p/sub", 0755);
    outcome("of a directory", renameat2_(BASE "/p/sub", BASE "/p/sub2", RENAME_WHITEOUT));
    outcome("into itself", renameat2_(BASE "/p/sub2", BASE "/p/sub2/in", RENAME_WHITEOUT));
    stat(BASE "/p", &status);
    printf("links %d\n", (int)status.st_nlink);
    outcome("unknown flags", renameat2_(BASE "/p/file", BASE "/p/other", 8));
}

static void renaming(void)
{
    outcome("renaming a lower file", rename(BASE "/m/moved", BASE "/m/there"));
    check("leaves a whiteout", is_whiteout(BASE "/u/moved"));
    show(BASE "/m/there");
    show(BASE "/m/moved");
    outcome("back over the whiteout", rename(BASE "/m/there", BASE "/m/moved"));
    show(BASE "/m/moved");
    check("nothing is left", !exists(BASE "/u/there"));
    outcome("over another", rename(BASE "/m/c", BASE "/m/moved"));
    show(BASE "/m/moved");
    check("and a whiteout", is_whiteout(BASE "/u/c"));
    outcome("a lower directory", rename(BASE "/m/tree", BASE "/m/tree2"));
    outcome("a merged one", rename(BASE "/m/both", BASE "/m/both2"));
    mkdir(BASE "/m/own", 0755);
    write_file(BASE "/m/own/file", "own");
    outcome("an upper one", rename(BASE "/m/own", BASE "/m/own2"));
    show(BASE "/m/own2/file");
    outcome("into itself", rename(BASE "/m/own2", BASE "/m/own2/in"));
    outcome("over one with files", rename(BASE "/m/own2", BASE "/m/tree"));
    outcome("over a file", rename(BASE "/m/own2", BASE "/m/a"));
    outcome("a file over a directory", rename(BASE "/m/a", BASE "/m/own2"));
    outcome("emptied", unlink(BASE "/m/tree/in/file") | rmdir(BASE "/m/tree/in"));
    outcome("over one that a lower layer has", rename(BASE "/m/own2", BASE "/m/tree"));
    list(BASE "/m/tree");
    check("is opaque", is_opaque(BASE "/u/tree"));
    outcome("NOREPLACE", renameat2_(BASE "/m/a", BASE "/m/b", RENAME_NOREPLACE));
    outcome("exchange", renameat2_(BASE "/m/swapped", BASE "/m/tree", RENAME_EXCHANGE));
    show(BASE "/m/tree");
    list(BASE "/m/swapped");
    outcome("exchange with a lower directory", renameat2_(BASE "/m/a", BASE "/m/setgid", RENAME_EXCHANGE));
    outcome("leaving a whiteout, which is the overlay's own matter", renameat2_(BASE "/m/a", BASE "/m/white", RENAME_WHITEOUT));
    outcome("to another device", rename(BASE "/m/a", BASE "/a"));
    int unnamed = open(BASE "/m/low", O_TMPFILE | O_RDWR, 0600);
    outcome("a file without a name", unnamed);
    outcome("written", write(unnamed, "unnamed", 7));
    char path[64];
    snprintf(path, sizeof path, "/proc/self/fd/%d", unnamed);
    outcome("named", linkat(AT_FDCWD, path, AT_FDCWD, BASE "/m/low/named", AT_SYMLINK_FOLLOW));
    close(unnamed);
    show(BASE "/m/low/named");
    list(BASE "/m");
}

static void attributes(void)
{
    char names[256], value[8];
    outcome("the overlay's own are hidden", getxattr(BASE "/m/swapped", "trusted.overlay.opaque", value, 8));
    printf("list: %d\n", (int)listxattr(BASE "/m/swapped", names, sizeof names));
    outcome("a program's of that name", setxattr(BASE "/m/swapped", "trusted.overlay.mine", "m", 1, 0));
    check("is there", getxattr(BASE "/m/swapped", "trusted.overlay.mine", value, 8) == 1);
    check("and listed", listxattr(BASE "/m/swapped", names, sizeof names) == 21 && !strcmp(names, "trusted.overlay.mine"));
    check("kept by another", getxattr(BASE "/u/swapped", "trusted.overlay.overlay.mine", value, 8) == 1);
}

static void read_only(void)
{
    outcome("without an upper layer", mount("o", BASE "/m", "overlay", 0, "lowerdir=" BASE "/u:" BASE "/l1:" BASE "/l2"));
    show(BASE "/m/a");
    outcome("writing", write_file(BASE "/m/new", "x"));
    outcome("opening for writing", open(BASE "/m/a", O_RDWR));
    outcome("chmod", chmod(BASE "/m/a", 0600));
    outcome("unlink", unlink(BASE "/m/a"));
    outcome("mkdir", mkdir(BASE "/m/new", 0755));
    outcome("remounting for writing", mount("o", BASE "/m", "overlay", MS_REMOUNT, ""));
    outcome("unmounting", umount(BASE "/m"));
}

static void refuse(const char *what, const char *options)
{
    outcome(what, mount("o", BASE "/m", "overlay", 0, options));
}

static void refusals(void)
{
    refuse("no options", "");
    refuse("no lower directory", "upperdir=" BASE "/u,workdir=" BASE "/w");
    refuse("no workdir", "lowerdir=" BASE "/l1,upperdir=" BASE "/u");
    refuse("one lower directory alone", "lowerdir=" BASE "/l1");
    refuse("the same twice", "lowerdir=" BASE "/l1:" BASE "/l1");
    refuse("one within another", "lowerdir=" BASE "/l1:" BASE "/l1/both");
    refuse("upper and lower the same", "lowerdir=" BASE "/l1,upperdir=" BASE "/l1,workdir=" BASE "/w");
    refuse("lower within upper", "lowerdir=" BASE "/u/low,upperdir=" BASE "/u,workdir=" BASE "/w");
    refuse("workdir within upper", "lowerdir=" BASE "/l1,upperdir=" BASE "/u,workdir=" BASE "/u/low");
    refuse("upper within workdir", "lowerdir=" BASE "/l1,upperdir=" BASE "/u/low,workdir=" BASE "/u");
    refuse("workdir is upper", "lowerdir=" BASE "/l1,upperdir=" BASE "/u,workdir=" BASE "/u");
    refuse("workdir on another mount", "lowerdir=" BASE "/l1,upperdir=" BASE "/u,workdir=" BASE "/other");
    refuse("a lower one that is not there", "lowerdir=" BASE "/nothing:" BASE "/l1");
    refuse("an upper one that is not there", "lowerdir=" BASE "/l1,upperdir=" BASE "/nothing,workdir=" BASE "/w");
    refuse("a file", "lowerdir=" BASE "/l1/d:" BASE "/l2");
    refuse("an unknown option", "lowerdir=" BASE "/l1:" BASE "/l2,nonsense");
    refuse("an empty lower one", "lowerdir=");
    refuse("a colon in front", "lowerdir=:" BASE "/l1:" BASE "/l2");
    refuse("a colon behind", "lowerdir=" BASE "/l1:" BASE "/l2:");
}

static void stacked(void)
{
    mkdir(BASE "/a:b,c", 0755);
    write_file(BASE "/a:b,c/x", "escaped");
    outcome("escapes", mount("o", BASE "/m", "overlay", 0, "lowerdir=" BASE "/a\\:b\\,c:" BASE "/l2"));
    show(BASE "/m/x");
    mkdir(BASE "/u2", 0755);
    mkdir(BASE "/w2", 0755);
    mkdir(BASE "/m2", 0755);
    outcome("an overlay over an overlay", mount("o", BASE "/m2", "overlay", 0, "lowerdir=" BASE "/m,upperdir=" BASE "/u2,workdir=" BASE "/w2"));
    show(BASE "/m2/x");
    outcome("written to", write_file(BASE "/m2/x", "changed"));
    show(BASE "/m/x");
    show(BASE "/m2/x");
    outcome("unlinked", unlink(BASE "/m2/b"));
    check("and gone", !exists(BASE "/m2/b") && exists(BASE "/m/b") && is_whiteout(BASE "/u2/b"));
    outcome("an upper layer of an overlay", mount("o", BASE "/m", "overlay", 0, "lowerdir=" BASE "/l2,upperdir=" BASE "/m2/both,workdir=" BASE "/m2/file_above"));
    mkdir(BASE "/m3", 0755);
    outcome("a third", mount("o", BASE "/m3", "overlay", 0, "lowerdir=" BASE "/m2:" BASE "/l1"));
    outcome("unmounting below", umount(BASE "/m"));
    show(BASE "/m2/a");
    outcome("unmounting", umount(BASE "/m2"));
}

static void executing(void)
{
    int from = open("/proc/self/exe", O_RDONLY), to = open(BASE "/l2/program", O_CREAT | O_WRONLY, 0755);
    char buffer[4096];
    ssize_t count;
    while ((count = read(from, buffer, sizeof buffer)) > 0 && write(to, buffer, count) == count)
        ;
    close(from);
    close(to);
    outcome("mounting", mount("overlay", BASE "/m", "overlay", 0, LAYERS));
    outcome("running a program", system(BASE "/m/program run"));
    int locked = open(BASE "/m/b", O_RDONLY), other = open(BASE "/m/b", O_RDWR);
    outcome("flock", flock(locked, LOCK_EX));
    outcome("by another", flock(other, LOCK_EX | LOCK_NB));
    outcome("unmounting while in use", umount(BASE "/m"));
    close(locked);
    close(other);
    outcome("unmounting", umount(BASE "/m"));
}

/* The root under a tmpfs: a system to be changed that stays as it is. */
static void over_the_root(void)
{
    mkdir(BASE "/u4", 0755);
    mkdir(BASE "/w4", 0755);
    outcome("an overlay of the root", mount("overlay", BASE "/m", "overlay", 0, "lowerdir=/,upperdir=" BASE "/u4,workdir=" BASE "/w4"));
    check("mounts on it are not shown", exists("/proc/self") && !exists(BASE "/m/proc/self"));
    pid_t child = fork();
    if (child == 0) {
        outcome("chroot", chroot(BASE "/m"));
        outcome("chdir", chdir("/"));
        check("a program of the root", system("/bin/true") == 0);
        outcome("removing it", unlink("/bin/true"));
        outcome("a new file", write_file("/bin/new", "new"));
        outcome("a new directory", mkdir("/new", 0755));
        fflush(stdout);
        _exit(0);
    }
    waitpid(child, NULL, 0);
    check("the root stays as it is", exists("/bin/true") && !exists("/bin/new") && !exists("/new"));
    check("what was changed is in the tmpfs", is_whiteout(BASE "/u4/bin/true") && exists(BASE "/u4/bin/new") && exists(BASE "/u4/new"));
    outcome("unmounting", umount(BASE "/m"));
}

int main(int argc, char **argv)
{
    if (argc > 1) {
        char path[64] = "";
        printf("runs, and may not be written to: %s\n", open(BASE "/m/program", O_RDWR) < 0 ? strerror(errno) : "NO");
        check("it is where it was started", readlink("/proc/self/exe", path, sizeof path - 1) > 0 && !strcmp(path, BASE "/m/program"));
        (void)argv;
        return finish();
    }
    setvbuf(stdout, NULL, _IOLBF, 0);
    umask(022);
    make_layers();
    outcome("mounting", mount("overlay", BASE "/m", "overlay", 0, LAYERS));
    looking();
    copying();
    removing();
    renaming();
    leave_whiteouts();
    attributes();
    outcome("unmounting the layers' file system", umount(BASE));
    outcome("unmounting", umount(BASE "/m"));
    read_only();
    mkdir(BASE "/other", 0755);
    mount("t", BASE "/other", "tmpfs", 0, "");
    refusals();
    outcome("unmounting", umount(BASE "/other"));
    stacked();
    executing();
    over_the_root();
    outcome("unmounting the layers", umount(BASE));
    return finish();
}
