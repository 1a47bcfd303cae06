/* pivot_root, below a root of our own: a tmpfs that the process makes its root first. */
#include "../check.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define BASE "/tmp/pivot"

static int pivot(const char *new_root, const char *put_old)
{
    return syscall(SYS_pivot_root, new_root, put_old);
}

static int exists(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0;
}

static void touch(const char *path)
{
    close(open(path, O_CREAT | O_WRONLY, 0644));
}

static void show_directory(const char *what)
{
    char path[256];
    printf("%s: %s\n", what, getcwd(path, sizeof path) ? path : strerror(errno));
}

/* Does something in a child. */
static void apart(void (*what)(void))
{
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        what();
        fflush(stdout);
        _exit(0);
    }
    waitpid(child, NULL, 0);
}

static void without_right(void)
{
    if (setgid(65534) != 0 || setuid(65534) != 0)
        _exit(1);
    outcome("without the right", pivot("/new", "/new/old"));
    outcome("without the right, and nothing there", pivot("/no", "/no"));
}

static void no_mount_as_root(void)
{
    outcome("a root that is no mount's", chroot("/new/plain"));
    outcome("the directory", chdir("/"));
    outcome("then", pivot("/mount", "/mount/old"));
}

static void refusals(void)
{
    outcome("a new root that is not there", pivot("/no", "/new/old"));
    outcome("a place for the old one that is not there", pivot("/new", "/new/no"));
    outcome("a new root that is no directory", pivot("/file", "/new/old"));
    outcome("a place that is no directory", pivot("/new", "/new/file"));
    outcome("a new root that is no mount", pivot("/new/plain", "/new/plain"));
    outcome("one on the present root's mount", pivot("/plain", "/new/old"));
    outcome("a place on the present root's mount", pivot("/new", "/plain"));
    outcome("the present root", pivot("/", "/new/old"));
    outcome("the present root as the place", pivot("/new", "/"));
    outcome("a place in another mount", pivot("/new", "/other"));
    outcome("a bad pointer", pivot((char *)8, "/new/old"));
    apart(without_right);
    apart(no_mount_as_root);
}

int main(void)
{
    umask(022);
    outcome("a place for it all", mkdir(BASE, 0755));
    outcome("a root", mount("root", BASE, "tmpfs", 0, NULL));
    outcome("to be it", chroot(BASE));
    outcome("and the directory", chdir("/"));
    mkdir("/new", 0755);
    mkdir("/other", 0755);
    mkdir("/plain", 0755);
    touch("/file");
    touch("/of-the-first");
    outcome("a new root", mount("new", "/new", "tmpfs", 0, NULL));
    outcome("another mount", mount("other", "/other", "tmpfs", 0, NULL));
    mkdir("/new/old", 0755);
    mkdir("/new/plain", 0755);
    mkdir("/new/plain/mount", 0755);
    outcome("one more", mount("inner", "/new/plain/mount", "tmpfs", 0, NULL));
    mkdir("/new/plain/mount/old", 0755);
    touch("/new/file");
    touch("/new/of-the-second");
    refusals();
    outcome("unmounting", umount("/new/plain/mount"));

    /* Another process that has the old root as its own, and one that is elsewhere in it. */
    int ready[2], go[2];
    char byte;
    if (pipe(ready) != 0 || pipe(go) != 0)
        return 1;
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        outcome("a child goes elsewhere", chdir("/plain"));
        fflush(stdout);
        if (write(ready[1], "x", 1) != 1 || read(go[0], &byte, 1) != 1)
            _exit(1);
        check("its root is the new one, too", exists("/of-the-second"));
        show_directory("its directory");
        fflush(stdout);
        _exit(0);
    }
    if (read(ready[0], &byte, 1) != 1)
        return 1;
    int directory = open("/", O_RDONLY | O_DIRECTORY);
    outcome("pivot_root", pivot("/new", "/new/old"));
    show_directory("the directory");
    check("the root is the new one", exists("/of-the-second") && !exists("/of-the-first"));
    check("the directory is the new one", exists("of-the-second"));
    check("the old one is below it", exists("/old/of-the-first"));
    check("with what is mounted there", exists("/old/other"));
    check("an open directory is where it was", faccessat(directory, "of-the-first", F_OK, 0) == 0);
    check("nothing covers the old place of the new one", exists("/old/new") && !exists("/old/new/of-the-second"));
    if (write(go[1], "x", 1) != 1)
        return 1;
    waitpid(child, NULL, 0);
    outcome("above the root", chdir("/.."));
    show_directory("is the root");
    outcome("unmounting the old one with a mount in it", umount("/old"));
    outcome("that mount", umount("/old/other"));
    outcome("while a directory is open", umount("/old"));
    close(directory);
    outcome("unmounting the old one", umount("/old"));
    check("it is gone", !exists("/old/of-the-first"));

    /* The old root over the new one, in one place, as pivot_root(2) tells it. */
    mkdir("/second", 0755);
    outcome("another new root", mount("second", "/second", "tmpfs", 0, NULL));
    touch("/second/of-the-third");
    outcome("going there", chdir("/second"));
    outcome("pivot_root in one place", pivot(".", "."));
    check("the directory is the new root", exists("of-the-third"));
    check("the root is it, too", exists("/of-the-third"));
    outcome("unmounting the old one, which is over it", umount2(".", MNT_DETACH));
    check("the directory is the new root still", exists("of-the-third"));
    outcome("the root", chdir("/"));
    show_directory("is");
    check("what was there is there", exists("/of-the-third") && !exists("/of-the-second"));

    /* A bind mount of a directory of the root onto itself may be a new root. */
    mkdir("/bound", 0755);
    mkdir("/bound/old", 0755);
    touch("/bound/of-the-fourth");
    outcome("binding a directory to itself", mount("/bound", "/bound", NULL, MS_BIND, NULL));
    outcome("pivot_root", pivot("/bound", "/bound/old"));
    check("the root is it", exists("/of-the-fourth"));
    check("the old one is below", exists("/old/of-the-third"));
    outcome("and back", pivot("/old", "/old/bound"));
    check("the root is the former one", exists("/of-the-third"));
    check("and the other below", exists("/bound/of-the-fourth"));
    outcome("unmounting", umount("/bound"));
    return finish();
}
