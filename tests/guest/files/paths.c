/* Names: create, link, rename, remove, look up; the error of each that fails. */
#include "../check.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

int main(void)
{
    struct stat status, other;
    char text[64], long_name[300];

    umask(022);
    outcome("mkdir", mkdir("/tmp/paths-test", 0777));
    outcome("mkdir again", mkdir("/tmp/paths-test", 0777));
    outcome("mkdir under nothing", mkdir("/tmp/paths-none/x", 0777));
    outcome("chdir", chdir("/tmp/paths-test"));
    check("getcwd", getcwd(text, sizeof text) == text && strcmp(text, "/tmp/paths-test") == 0);
    outcome("getcwd into too little room", getcwd(text, 3) == NULL ? -1 : 0);

    int file = open("one", O_CREAT | O_EXCL | O_WRONLY, 0666);
    outcome("open O_CREAT|O_EXCL", file);
    outcome("and again", open("one", O_CREAT | O_EXCL | O_WRONLY, 0666));
    check("write", write(file, "12345", 5) == 5);
    check("fstat", fstat(file, &status) == 0 && S_ISREG(status.st_mode) && status.st_size == 5 && status.st_nlink == 1);
    printf("mode %o\n", status.st_mode);
    check("the umask bites", (status.st_mode & 0777) == 0644);
    close(file);

    outcome("link", link("one", "two"));
    check("counts", stat("two", &other) == 0 && other.st_ino == status.st_ino && other.st_nlink == 2);
    outcome("symlink", symlink("one", "soft"));
    check("readlink", readlink("soft", text, sizeof text) == 3 && memcmp(text, "one", 3) == 0);
    check("lstat tells the link", lstat("soft", &other) == 0 && S_ISLNK(other.st_mode) && other.st_size == 3);
    check("stat follows it", stat("soft", &other) == 0 && other.st_ino == status.st_ino);
    outcome("open O_NOFOLLOW of a link", open("soft", O_RDONLY | O_NOFOLLOW));
    outcome("a loop of links", symlink("loop", "loop") == 0 ? open("loop", O_RDONLY) : -2);
    outcome("a link that dangles", symlink("nowhere", "dangling") == 0 ? open("dangling", O_RDONLY) : -2);

    outcome("rename", rename("two", "three"));
    outcome("rename of nothing", rename("two", "three"));
    outcome("rename over the same file", rename("three", "one"));
    check("does nothing", access("three", F_OK) == 0);
    outcome("rename over another file", close(open("four", O_CREAT | O_WRONLY, 0600)) == 0 ? rename("four", "three") : -1);
    check("replaces it", stat("one", &other) == 0 && other.st_nlink == 1 && access("four", F_OK) == -1);
    outcome("mkdir sub", mkdir("sub", 0755));
    outcome("rename a file over a directory", rename("one", "sub"));
    outcome("rename a directory over a file", rename("sub", "one"));
    outcome("rename a directory into itself", rename("sub", "sub/inner"));
    outcome("open a directory for writing", open("sub", O_WRONLY));
    outcome("open with a slash behind a file", open("one/", O_RDONLY));
    outcome("open O_DIRECTORY of a file", open("one", O_RDONLY | O_DIRECTORY));
    outcome("a file on the way", open("one/x", O_RDONLY));
    outcome("an empty name", open("", O_RDONLY));
    memset(long_name, 'n', sizeof long_name - 1);
    long_name[sizeof long_name - 1] = 0;
    outcome("a name of 299 bytes", open(long_name, O_RDONLY));

    int directory = open(".", O_RDONLY | O_DIRECTORY);
    outcome("openat", openat(directory, "one", O_RDONLY));
    outcome("openat of a bad descriptor", openat(99, "one", O_RDONLY));
    outcome("openat below a file", openat(openat(directory, "one", O_RDONLY), "x", O_RDONLY));
    outcome("faccessat", faccessat(directory, "one", R_OK | W_OK, 0));
    outcome("access of nothing", access("none", F_OK));
    outcome("unlinkat of a directory", unlinkat(directory, "sub", 0));
    outcome("rmdir of a file", rmdir("one"));
    outcome("chmod", chmod("one", 0600));
    check("took", stat("one", &other) == 0 && (other.st_mode & 07777) == 0600);
    outcome("truncate", truncate("one", 3));
    check("took too", stat("one", &other) == 0 && other.st_size == 3);
    outcome("rmdir of what is not empty", rmdir("/tmp/paths-test"));

    struct statfs system;
    outcome("statfs", statfs(".", &system));
    check("..", stat("..", &other) == 0 && S_ISDIR(other.st_mode));
    outcome("unlink", unlink("one"));
    outcome("unlink", unlink("three"));
    outcome("unlink again", unlink("one"));
    outcome("unlink a link", unlink("soft"));
    unlink("loop");
    unlink("dangling");
    outcome("rmdir", rmdir("sub"));
    outcome("rmdir the working directory", rmdir("/tmp/paths-test"));
    outcome("getcwd in what is gone", getcwd(text, sizeof text) == NULL ? -1 : 0);
    return finish();
}
