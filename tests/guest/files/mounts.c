/* mount, umount2, bind mounts, moves, options, and what proc says of them. All below /tmp. */
#include "../check.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/wait.h>
#include <unistd.h>

#define BASE "/tmp/mounts"

static int write_file(const char *path)
{
    int file = open(path, O_CREAT | O_WRONLY | O_TRUNC, 0644);
    if (file < 0)
        return -1;
    int result = write(file, "text\n", 5) == 5 ? 0 : -1;
    close(file);
    return result;
}

static int exists(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0;
}

/* Shows the lines of a file of /proc that are about our places, from the field on that does not differ from run to run. */
static void show_proc(const char *path, int skip)
{
    char line[1024];
    FILE *file = fopen(path, "r");
    while (file && fgets(line, sizeof line, file)) {
        char *from = line;
        for (int i = 0; i < skip && from; i++)
            from = strchr(from, ' ') ? strchr(from, ' ') + 1 : NULL;
        if (!from || !strstr(line, BASE))
            continue;
        /* Sizes and the inode64 that Linux adds to tmpfs are its own. */
        char *end = strstr(from, skip ? " - " : " tmpfs ");
        printf("%s: %.*s\n", path, end ? (int)(end - from) : (int)strlen(from), from);
    }
    if (file)
        fclose(file);
}

static void simple(void)
{
    struct stat status;
    struct statfs usage;
    outcome("a directory", mkdir(BASE "/a", 0755));
    write_file(BASE "/a/below");
    outcome("mounting a tmpfs", mount("source", BASE "/a", "tmpfs", MS_NOSUID | MS_NODEV, "mode=0751,uid=7,gid=8"));
    check("it covers what was there", !exists(BASE "/a/below"));
    check("its root is as asked", stat(BASE "/a", &status) == 0 && (status.st_mode & 07777) == 0751 && status.st_uid == 7 && status.st_gid == 8);
    check("its type", statfs(BASE "/a", &usage) == 0 && usage.f_type == 0x01021994);
    outcome("a file in it", write_file(BASE "/a/file"));
    show_proc("/proc/self/mounts", 0);
    show_proc("/proc/self/mountinfo", 3);
    outcome("removing a mount's place", rmdir(BASE "/a"));
    outcome("renaming it", rename(BASE "/a", BASE "/b"));
    int open_file = open(BASE "/a/file", O_RDONLY);
    outcome("unmounting while a file is open", umount(BASE "/a"));
    close(open_file);
    if (chdir(BASE "/a") == 0)
        outcome("while it is a working directory", umount(BASE "/a"));
    if (chdir("/") != 0)
        printf("chdir failed\n");
    outcome("unmounting", umount(BASE "/a"));
    check("what was there is there again", exists(BASE "/a/below") && !exists(BASE "/a/file"));
    outcome("unmounting what is no mount", umount(BASE "/a"));
    unlink(BASE "/a/below");
}

static void refusals(void)
{
    outcome("an unknown type", mount("x", BASE "/a", "nothing", 0, NULL));
    outcome("no type", mount("x", BASE "/a", NULL, 0, NULL));
    outcome("a place that is not there", mount("x", BASE "/no", "tmpfs", 0, NULL));
    write_file(BASE "/text");
    outcome("a place that is no directory", mount("x", BASE "/text", "tmpfs", 0, NULL));
    outcome("an unknown option", mount("x", BASE "/a", "tmpfs", 0, "nonsense=1"));
    outcome("a bad mode", mount("x", BASE "/a", "tmpfs", 0, "mode=999"));
    outcome("unknown flags of umount", umount2(BASE "/a", 0x100));
    outcome("remounting what is no mount", mount(NULL, BASE "/a", NULL, MS_REMOUNT, NULL));
    outcome("binding nothing", mount(NULL, BASE "/a", NULL, MS_BIND, NULL));
    outcome("binding what is not there", mount(BASE "/no", BASE "/a", NULL, MS_BIND, NULL));
    outcome("binding a file over a directory", mount(BASE "/text", BASE "/a", NULL, MS_BIND, NULL));
    outcome("moving what is no mount", mount(BASE "/text", BASE "/a", NULL, MS_MOVE, NULL));
    outcome("a bad pointer", mount("x", BASE "/a", (char *)1, 0, NULL));
    fflush(stdout);
    if (fork() == 0) {
        if (setgid(65534) != 0 || setuid(65534) != 0)
            _exit(1);
        outcome("mounting without the right", mount("x", BASE "/a", "tmpfs", 0, NULL));
        outcome("unmounting without the right", umount("/proc"));
        fflush(stdout);
        _exit(0);
    }
    wait(NULL);
}

static void binds(void)
{
    struct stat one, other;
    mkdir(BASE "/a/inner", 0755);
    mkdir(BASE "/b", 0755);
    write_file(BASE "/a/inner/file");
    outcome("binding a directory", mount(BASE "/a/inner", BASE "/b", NULL, MS_BIND, NULL));
    check("it is the same", stat(BASE "/a/inner/file", &one) == 0 && stat(BASE "/b/file", &other) == 0 && one.st_ino == other.st_ino && one.st_dev == other.st_dev);
    show_proc("/proc/self/mountinfo", 4);
    outcome("reading only", mount(NULL, BASE "/b", NULL, MS_REMOUNT | MS_BIND | MS_RDONLY, NULL));
    outcome("writing there", write_file(BASE "/b/new"));
    outcome("writing at its other place", write_file(BASE "/a/inner/new"));
    check("is seen", exists(BASE "/b/new"));
    outcome("private", mount(NULL, BASE "/b", NULL, MS_PRIVATE, NULL));
    char path[256];
    if (chdir(BASE "/b") == 0 && getcwd(path, sizeof path))
        printf("its path: %s\n", path);
    if (chdir("..") == 0 && getcwd(path, sizeof path))
        printf("above it: %s\n", path);
    if (chdir("/") != 0)
        printf("chdir failed\n");
    outcome("unmounting", umount(BASE "/b"));
    write_file(BASE "/other");
    outcome("binding a file", mount(BASE "/a/inner/file", BASE "/other", NULL, MS_BIND, NULL));
    check("it is the same", stat(BASE "/other", &other) == 0 && one.st_ino == other.st_ino);
    outcome("removing it", unlink(BASE "/other"));
    outcome("unmounting", umount(BASE "/other"));
    outcome("removing it", unlink(BASE "/other"));
}

static void nested(void)
{
    outcome("outer", mount("outer", BASE "/a", "tmpfs", 0, NULL));
    mkdir(BASE "/a/in", 0755);
    outcome("inner", mount("inner", BASE "/a/in", "tmpfs", 0, NULL));
    write_file(BASE "/a/in/file");
    outcome("binding one", mount(BASE "/a", BASE "/b", NULL, MS_BIND, NULL));
    check("what is mounted below is not there", exists(BASE "/b/in") && !exists(BASE "/b/in/file"));
    umount(BASE "/b");
    outcome("binding all", mount(BASE "/a", BASE "/b", NULL, MS_BIND | MS_REC, NULL));
    check("what is mounted below is there", exists(BASE "/b/in/file"));
    outcome("unmounting with something below", umount(BASE "/b"));
    outcome("all of it", umount2(BASE "/b", MNT_DETACH));
    check("it is gone", !exists(BASE "/b/in"));
    outcome("over another mount", mount("second", BASE "/a", "tmpfs", 0, NULL));
    check("the upper one is seen", !exists(BASE "/a/in"));
    outcome("unmounting the upper", umount(BASE "/a"));
    check("the lower one is seen", exists(BASE "/a/in/file"));
    outcome("moving", mount(BASE "/a/in", BASE "/b", NULL, MS_MOVE, NULL));
    check("it is there", exists(BASE "/b/file") && !exists(BASE "/a/in/file"));
    outcome("moving into itself", mount(BASE "/a", BASE "/a/in", NULL, MS_MOVE, NULL));
    int directory = open(BASE "/b", O_RDONLY | O_DIRECTORY);
    outcome("detaching while in use", umount2(BASE "/b", MNT_DETACH));
    check("what has it open still sees it", faccessat(directory, "file", F_OK, 0) == 0);
    check("others do not", !exists(BASE "/b/file"));
    close(directory);
    outcome("unmounting", umount(BASE "/a"));
}

/* As many blocks as fit are written; then there is no space. */
static void fill(const char *what, const char *path)
{
    static char block[4096];
    int file = open(path, O_CREAT | O_WRONLY | O_APPEND, 0644), blocks = 0;
    while (blocks < 1000 && write(file, block, sizeof block) == sizeof block)
        blocks++;
    printf("%s: %d blocks, then %s\n", what, blocks, strerror(errno));
    close(file);
}

static int has_option(const char *option)
{
    char line[1024];
    int found = 0;
    FILE *file = fopen("/proc/self/mounts", "r");
    while (file && fgets(line, sizeof line, file))
        found |= strstr(line, BASE) && strstr(line, option);
    if (file)
        fclose(file);
    return found;
}

static void show_usage(const char *what)
{
    struct statfs usage;
    statfs(BASE "/a", &usage);
    printf("%s: blocks %ld of %ld free, files %ld of %ld\n", what, (long)usage.f_bfree, (long)usage.f_blocks, (long)usage.f_ffree, (long)usage.f_files);
}

static void sizes(void)
{
    char name[64];
    outcome("a small tmpfs", mount("x", BASE "/a", "tmpfs", 0, "size=40k,nr_inodes=6"));
    check("proc says how small", has_option("size=40k") && has_option("nr_inodes=6"));
    show_usage("empty");
    fill("one file", BASE "/a/one");
    show_usage("full");
    fill("another file", BASE "/a/two");
    outcome("making it larger", mount(NULL, BASE "/a", NULL, MS_REMOUNT, "size=50k"));
    fill("another file", BASE "/a/two");
    outcome("making it smaller than what it has", mount(NULL, BASE "/a", NULL, MS_REMOUNT, "size=48k"));
    outcome("removing one", unlink(BASE "/a/one"));
    show_usage("then");
    outcome("making it smaller", mount(NULL, BASE "/a", NULL, MS_REMOUNT, "nr_blocks=4"));
    int file = open(BASE "/a/three", O_CREAT | O_RDWR, 0644);
    outcome("a hole takes nothing", ftruncate(file, 1 << 20));
    outcome("room for it does", fallocate(file, 0, 0, 1 << 20));
    close(file);
    unlink(BASE "/a/three");
    for (int i = 0; i < 10; i++) {
        snprintf(name, sizeof name, BASE "/a/directory%d", i);
        if (mkdir(name, 0755) != 0) {
            printf("directories: %d, then %s\n", i, strerror(errno));
            break;
        }
    }
    outcome("another name counts as an inode", link(BASE "/a/two", BASE "/a/name"));
    outcome("fewer inodes than it has", mount(NULL, BASE "/a", NULL, MS_REMOUNT, "nr_inodes=3"));
    outcome("unmounting", umount(BASE "/a"));
    outcome("no limits", mount("x", BASE "/a", "tmpfs", 0, "size=0,nr_inodes=0"));
    outcome("a limit afterwards", mount(NULL, BASE "/a", NULL, MS_REMOUNT, "size=1m"));
    outcome("unmounting", umount(BASE "/a"));
    outcome("half of memory", mount("x", BASE "/a", "tmpfs", 0, "size=50%"));
    outcome("unmounting", umount(BASE "/a"));
    outcome("a bad size", mount("x", BASE "/a", "tmpfs", 0, "size=many"));
    outcome("no size", mount("x", BASE "/a", "tmpfs", 0, "size="));
}

static void others(void)
{
    outcome("proc", mount("proc", BASE "/a", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL));
    check("shows us", exists(BASE "/a/self/stat"));
    outcome("running from it is forbidden", access(BASE "/a/self/exe", F_OK));
    outcome("unmounting", umount(BASE "/a"));
    outcome("a tmpfs without programs", mount("x", BASE "/a", "tmpfs", MS_NOEXEC, NULL));
    int script = open(BASE "/a/script", O_CREAT | O_WRONLY, 0755);
    check("a script", write(script, "#!/bin/sh\n", 10) == 10);
    close(script);
    fflush(stdout);
    if (fork() == 0) {
        execl(BASE "/a/script", "script", NULL);
        outcome("running it", -1);
        fflush(stdout);
        _exit(0);
    }
    wait(NULL);
    outcome("remounting to read only", mount(NULL, BASE "/a", NULL, MS_REMOUNT | MS_RDONLY, NULL));
    outcome("writing", write_file(BASE "/a/new"));
    outcome("making a directory", mkdir(BASE "/a/new", 0755));
    outcome("unmounting", umount(BASE "/a"));
    outcome("chroot", chroot(BASE));
    check("its root", exists("/a") && !exists("/tmp"));
}

int main(void)
{
    umask(022);
    outcome("a place for it all", mkdir(BASE, 0755));
    simple();
    refusals();
    binds();
    nested();
    sizes();
    others();
    return finish();
}
