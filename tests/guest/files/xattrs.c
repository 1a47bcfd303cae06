/* Extended attributes on tmpfs: setting, reading, listing, removing, and who may. */
#include "../check.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

#define FILE_NAME "/tmp/xattrs"

static char s_large[65537];

static void show_list(const char *what, const char *path)
{
    char list[1024];
    ssize_t length = llistxattr(path, list, sizeof list);
    printf("%s:", what);
    for (ssize_t at = 0; at < length; at += strlen(list + at) + 1)
        printf(" %s", list + at);
    printf(" (%zd)\n", length);
}

static void simple(void)
{
    char value[64] = {0};
    int file = open(FILE_NAME, O_CREAT | O_RDWR, 0644);
    show_list("at first", FILE_NAME);
    outcome("reading what is not there", getxattr(FILE_NAME, "user.one", value, sizeof value));
    outcome("setting", setxattr(FILE_NAME, "user.one", "value", 5, 0));
    check("reading", getxattr(FILE_NAME, "user.one", value, sizeof value) == 5 && memcmp(value, "value", 6) == 0);
    check("its size", getxattr(FILE_NAME, "user.one", NULL, 0) == 5 && fgetxattr(file, "user.one", NULL, 0) == 5);
    outcome("reading into too little", getxattr(FILE_NAME, "user.one", value, 4));
    outcome("making one that is there", setxattr(FILE_NAME, "user.one", "x", 1, XATTR_CREATE));
    outcome("replacing one that is not", setxattr(FILE_NAME, "user.two", "x", 1, XATTR_REPLACE));
    outcome("replacing", fsetxattr(file, "user.one", "other value", 11, XATTR_REPLACE));
    outcome("making", fsetxattr(file, "user.two", NULL, 0, XATTR_CREATE));
    check("the values", fgetxattr(file, "user.one", value, sizeof value) == 11 && getxattr(FILE_NAME, "user.two", value, sizeof value) == 0);
    outcome("a trusted one", setxattr(FILE_NAME, "trusted.three", "3", 1, 0));
    outcome("one of security", setxattr(FILE_NAME, "security.four", "4", 1, 0));
    show_list("all", FILE_NAME);
    outcome("listing into too little", listxattr(FILE_NAME, value, 3));
    check("their size", listxattr(FILE_NAME, NULL, 0) == flistxattr(file, NULL, 0) && flistxattr(file, NULL, 0) > 0);
    outcome("removing", removexattr(FILE_NAME, "user.one"));
    outcome("removing again", fremovexattr(file, "user.one"));
    show_list("the rest", FILE_NAME);
    close(file);
}

static void refusals(void)
{
    char name[300];
    outcome("unknown flags", setxattr(FILE_NAME, "user.x", "x", 1, 4));
    outcome("no name", setxattr(FILE_NAME, "", "x", 1, 0));
    outcome("a name without a namespace", setxattr(FILE_NAME, "name", "x", 1, 0));
    outcome("an unknown namespace", setxattr(FILE_NAME, "other.name", "x", 1, 0));
    outcome("reading from there", getxattr(FILE_NAME, "other.name", name, 1));
    outcome("a namespace without a name", setxattr(FILE_NAME, "user.", "x", 1, 0));
    memset(name, 'n', sizeof name);
    memcpy(name, "user.", 5);
    name[256] = 0;
    outcome("a name that is too long", setxattr(FILE_NAME, name, "x", 1, 0));
    name[255] = 0;
    outcome("the longest name", setxattr(FILE_NAME, name, "x", 1, 0));
    outcome("removing it", removexattr(FILE_NAME, name));
    outcome("a value that is too long", setxattr(FILE_NAME, "user.x", s_large, 65537, 0));
    outcome("the longest value", setxattr(FILE_NAME, "user.x", s_large, 65536, 0));
    check("is there", getxattr(FILE_NAME, "user.x", s_large, sizeof s_large) == 65536);
    outcome("removing it", removexattr(FILE_NAME, "user.x"));
    outcome("a file that is not there", setxattr("/tmp/nothing", "user.x", "x", 1, 0));
    outcome("a bad descriptor", fsetxattr(-1, "user.x", "x", 1, 0));
    int path = open(FILE_NAME, O_PATH);
    outcome("one of O_PATH", fsetxattr(path, "user.x", "x", 1, 0));
    close(path);
    outcome("a file of proc", setxattr("/proc/self/stat", "user.x", "x", 1, 0));
    show_list("its list", "/proc/self/stat");
}

static void kinds(void)
{
    outcome("a link", symlink(FILE_NAME, "/tmp/link"));
    outcome("one of a link's own", lsetxattr("/tmp/link", "user.x", "x", 1, 0));
    outcome("reading it", lgetxattr("/tmp/link", "user.x", NULL, 0));
    outcome("a trusted one of a link's own", lsetxattr("/tmp/link", "trusted.link", "x", 1, 0));
    show_list("the link", "/tmp/link");
    outcome("through the link", setxattr("/tmp/link", "user.through", "x", 1, 0));
    show_list("the file", FILE_NAME);
    outcome("a fifo", mkfifo("/tmp/fifo", 0666));
    outcome("one of a fifo's", setxattr("/tmp/fifo", "user.x", "x", 1, 0));
    mkdir("/tmp/directory", 0755);
    outcome("one of a directory's", setxattr("/tmp/directory", "user.x", "x", 1, 0));
    rmdir("/tmp/directory");
    link(FILE_NAME, "/tmp/name");
    check("another name has them too", getxattr("/tmp/name", "user.through", NULL, 0) == 1);
    unlink("/tmp/name");
}

static void others(void)
{
    fflush(stdout);
    mkdir("/tmp/sticky", 0755);
    chmod("/tmp/sticky", 01777);
    if (fork() == 0) {
        if (setgid(65534) != 0 || setuid(65534) != 0)
            _exit(1);
        show_list("what others see", FILE_NAME);
        outcome("reading", getxattr(FILE_NAME, "user.two", NULL, 0));
        outcome("reading a trusted one", getxattr(FILE_NAME, "trusted.three", NULL, 0));
        outcome("reading one of security", getxattr(FILE_NAME, "security.four", NULL, 0));
        outcome("setting", setxattr(FILE_NAME, "user.two", "x", 1, 0));
        outcome("setting a trusted one", setxattr(FILE_NAME, "trusted.three", "x", 1, 0));
        outcome("setting one of security", setxattr(FILE_NAME, "security.four", "x", 1, 0));
        outcome("removing", removexattr(FILE_NAME, "user.two"));
        outcome("removing a trusted one", removexattr(FILE_NAME, "trusted.three"));
        outcome("removing one of security", removexattr(FILE_NAME, "security.four"));
        outcome("setting one of another's sticky directory", setxattr("/tmp/sticky", "user.x", "x", 1, 0));
        fflush(stdout);
        _exit(0);
    }
    wait(NULL);
    chmod(FILE_NAME, 0);
    if (fork() == 0) {
        if (setgid(65534) != 0 || setuid(65534) != 0)
            _exit(1);
        outcome("reading without the right", getxattr(FILE_NAME, "user.two", NULL, 0));
        fflush(stdout);
        _exit(0);
    }
    wait(NULL);
    unlink(FILE_NAME);
}

int main(void)
{
    umask(022);
    simple();
    refusals();
    kinds();
    others();
    return finish();
}
