/* What a user may: permission bits, sticky directories, owners, set-ID programs, capabilities. Begins as root. */
#include "../check.h"

#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/auxv.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define BASE "/tmp/privileges"
#define PROGRAM BASE "/program"

/* Of linux/prctl.h and linux/capability.h, which musl has not. */
enum { CAPABILITY_VERSION_1 = 0x19980330, CAPABILITY_VERSION_3 = 0x20080522 };
enum { CHOWN = 0, DAC_OVERRIDE = 1, KILL = 5, NET_BIND = 10 };

/* The user is nobody's friend: a group of its own and one more. */
enum { USER = 1000, GROUP = 1000, SECOND_GROUP = 2000, OTHER = 3000 };

struct capabilities
{
    unsigned effective, permitted, inheritable;
};

static int get_capabilities(struct capabilities *data)
{
    unsigned header[2] = { CAPABILITY_VERSION_3, 0 };
    return syscall(SYS_capget, header, data);
}

static int set_capabilities(unsigned effective, unsigned permitted, unsigned inheritable)
{
    unsigned header[2] = { CAPABILITY_VERSION_3, 0 };
    struct capabilities data[2] = { { effective, permitted, inheritable }, { 0, 0, 0 } };
    return syscall(SYS_capset, header, data);
}

/* The first 32 of the capabilities that a program can get. */
static unsigned bounds(void)
{
    unsigned set = 0;
    for (int i = 0; i < 32; i++)
        set |= (unsigned)(prctl(PR_CAPBSET_READ, i, 0, 0, 0) == 1) << i;
    return set;
}

static void show_set(const char *what, unsigned set)
{
    if (set == bounds())
        printf(" %s all", what);
    else if (set == (bounds() & ~1u))
        printf(" %s all but chown", what);
    else
        printf(" %s %x", what, set);
}

/* Who a program is. */
static int show(const char *what)
{
    uid_t user[3];
    gid_t group[3];
    struct capabilities data[2];
    getresuid(&user[0], &user[1], &user[2]);
    getresgid(&group[0], &group[1], &group[2]);
    get_capabilities(data);
    printf("%s: user %d %d %d, group %d %d %d,", what, user[0], user[1], user[2], group[0], group[1], group[2]);
    show_set("permitted", data[0].permitted);
    show_set("effective", data[0].effective);
    show_set("inheritable", data[0].inheritable);
    printf("%s\n", getauxval(AT_SECURE) ? ", secure" : "");
    fflush(stdout);
    return 0;
}

static void become_user(void)
{
    gid_t groups[] = { SECOND_GROUP };
    if (setgroups(1, groups) != 0 || setresgid(GROUP, GROUP, GROUP) != 0 || setresuid(USER, USER, USER) != 0)
        _exit(1);
}

/* Does something in a child that is the user. */
static void as_user(void (*what)(void))
{
    fflush(stdout);
    pid_t child = fork();
    if (child == 0)
    {
        become_user();
        what();
        fflush(stdout);
        _exit(0);
    }
    waitpid(child, NULL, 0);
}

static void as_root(void (*what)(void))
{
    fflush(stdout);
    pid_t child = fork();
    if (child == 0)
    {
        what();
        fflush(stdout);
        _exit(0);
    }
    waitpid(child, NULL, 0);
}

static void run(const char *program, const char *what)
{
    int status = 0;
    fflush(stdout);
    pid_t child = fork();
    if (child == 0)
    {
        execl(program, "privileges", "show", what, NULL);
        outcome(what, -1);
        fflush(stdout);
        _exit(0);
    }
    waitpid(child, &status, 0);
}

static void make(const char *path, uid_t user, gid_t group, mode_t mode)
{
    int file = open(path, O_CREAT | O_WRONLY | O_TRUNC, 0600);
    if (file < 0 || write(file, "text\n", 5) != 5 || fchown(file, user, group) != 0 || fchmod(file, mode) != 0)
        printf("%s: cannot be made\n", path);
    close(file);
}

static void make_directory(const char *path, uid_t user, gid_t group, mode_t mode)
{
    if (mkdir(path, 0700) != 0 || chown(path, user, group) != 0 || chmod(path, mode) != 0)
        printf("%s: cannot be made\n", path);
}

static mode_t mode_of(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 ? status.st_mode & 07777 : 07777;
}

static int try_open(const char *path, int flags)
{
    int file = open(path, flags);
    if (file >= 0)
        close(file);
    return file;
}

static const mode_t s_modes[] = { 0, 0400, 0200, 0600, 0040, 0020, 0060, 0004, 0002, 0006, 0466, 0646, 0664 };
static const struct { const char *name; uid_t user; gid_t group; } s_owners[] = {
    { "own", USER, 0 }, { "of one's group", 0, GROUP }, { "of the second group", 0, SECOND_GROUP }, { "another's", 0, 0 } };

static void name_of(char *path, int owner, int mode)
{
    sprintf(path, BASE "/bits-%d-%03o", owner, s_modes[mode]);
}

static void opens(void)
{
    char path[64];
    for (int owner = 0; owner < 4; owner++)
    {
        for (int mode = 0; mode < (int)(sizeof s_modes / sizeof *s_modes); mode++)
        {
            name_of(path, owner, mode);
            printf("%s, mode %03o:", s_owners[owner].name, s_modes[mode]);
            printf(" %s", try_open(path, O_RDONLY) >= 0 ? "read" : errno == EACCES ? "-" : strerror(errno));
            printf(" %s", try_open(path, O_WRONLY) >= 0 ? "write" : errno == EACCES ? "-" : strerror(errno));
            printf(" %s", try_open(path, O_RDWR) >= 0 ? "both" : errno == EACCES ? "-" : strerror(errno));
            printf(" %s\n", access(path, R_OK) == 0 ? "access" : errno == EACCES ? "-" : strerror(errno));
        }
    }
    outcome("running what nobody may run", execl(BASE "/bits-3-664", "x", NULL));
    outcome("cutting off another's", truncate(BASE "/bits-3-004", 0));
    outcome("not changing the time of access of another's", try_open(BASE "/bits-3-004", O_RDONLY | O_NOATIME));
    outcome("a path as such needs no permission", try_open(BASE "/bits-3-000", O_PATH));
}

static void directories(void)
{
    struct stat status;
    outcome("a file in one that can be searched", try_open(BASE "/search/file", O_RDONLY));
    outcome("listing it", try_open(BASE "/search", O_RDONLY | O_DIRECTORY));
    outcome("a file in one that can be read", stat(BASE "/read/file", &status));
    outcome("one that is not there", stat(BASE "/read/nothing", &status));
    outcome("listing it", try_open(BASE "/read", O_RDONLY | O_DIRECTORY));
    outcome("going there", chdir(BASE "/read"));
    outcome("making a file where one may not write", open(BASE "/search/new", O_CREAT | O_WRONLY, 0644));
    outcome("opening one that is there, to be made", try_open(BASE "/search/file", O_CREAT | O_RDONLY));
    outcome("making a directory there", mkdir(BASE "/search/new", 0755));
    outcome("making one that is there", mkdir(BASE "/search/file", 0755));
    outcome("removing a file there", unlink(BASE "/search/file"));
    outcome("renaming it", rename(BASE "/search/file", BASE "/search/other"));

    outcome("removing another's in a sticky directory", unlink(BASE "/sticky/other"));
    outcome("removing another's directory there", rmdir(BASE "/sticky/directory"));
    outcome("renaming another's there", rename(BASE "/sticky/other", BASE "/sticky/new"));
    outcome("over another's", rename(BASE "/sticky/own", BASE "/sticky/other"));
    outcome("exchanging with another's", syscall(SYS_renameat2, AT_FDCWD, BASE "/sticky/own", AT_FDCWD, BASE "/sticky/other", 2));
    outcome("renaming one's own", rename(BASE "/sticky/own", BASE "/sticky/new"));
    outcome("removing it", unlink(BASE "/sticky/new"));
    outcome("another's in one's own sticky directory", unlink(BASE "/mine/other"));
    outcome("another's in another's that is not sticky", unlink(BASE "/open/other"));

    umask(0);
    outcome("a file in a directory that gives its group", close(open(BASE "/group/file", O_CREAT | O_WRONLY, 02755)));
    check("it has it", stat(BASE "/group/file", &status) == 0 && status.st_gid == OTHER && status.st_uid == USER);
    printf("its mode: %o\n", status.st_mode & 07777);
    outcome("a directory there", mkdir(BASE "/group/directory", 0755));
    check("it has it, and gives it on", stat(BASE "/group/directory", &status) == 0 && status.st_gid == OTHER && (status.st_mode & S_ISGID));
}

static void changes(void)
{
    struct timespec times[2] = { { 1, 0 }, { 2, 0 } };
    outcome("the mode of another's", chmod(BASE "/set-another", 0777));
    outcome("the mode of one's own", chmod(BASE "/own", 06751));
    printf("it is %o\n", mode_of(BASE "/own"));
    outcome("of one's own with a group that one is not in", chmod(BASE "/own-foreign", 06751));
    printf("it is %o\n", mode_of(BASE "/own-foreign"));
    outcome("a sticky file", chmod(BASE "/own-foreign", 01644));
    printf("it is %o\n", mode_of(BASE "/own-foreign"));

    outcome("no change of another's owner", chown(BASE "/plain-another", -1, -1));
    outcome("of one with set-ID bits", chown(BASE "/set-another", -1, -1));
    printf("it is %o\n", mode_of(BASE "/set-another"));
    outcome("of a set-ID directory", chown(BASE "/group", -1, -1));
    outcome("giving away one's own", chown(BASE "/own", OTHER, -1));
    outcome("keeping it", chown(BASE "/own", USER, -1));
    printf("it is %o\n", mode_of(BASE "/own"));
    chmod(BASE "/own", 06751);
    outcome("to the second group", chown(BASE "/own", -1, SECOND_GROUP));
    printf("it is %o\n", mode_of(BASE "/own"));
    outcome("to another group", chown(BASE "/own", -1, OTHER));
    outcome("taking another's", chown(BASE "/plain-another", USER, -1));
    outcome("another's to one's group", chown(BASE "/plain-another", -1, GROUP));
    chmod(BASE "/own", 06750);
    outcome("no change of one's own", chown(BASE "/own", -1, -1));
    printf("it is %o\n", mode_of(BASE "/own"));
    chmod(BASE "/own", 02740);
    outcome("no change of one whose group may not run it", chown(BASE "/own", -1, -1));
    printf("it is %o\n", mode_of(BASE "/own"));

    outcome("times of another's", utimensat(AT_FDCWD, BASE "/plain-another", times, 0));
    outcome("now, of one that can be written", utimensat(AT_FDCWD, BASE "/written", NULL, 0));
    outcome("other times of it", utimensat(AT_FDCWD, BASE "/written", times, 0));
    outcome("now, of one that cannot be", utimensat(AT_FDCWD, BASE "/plain-another", NULL, 0));
    int file = open(BASE "/written", O_WRONLY);
    check("writing to a set-ID file", write(file, "x", 1) == 1);
    close(file);
    printf("it is %o\n", mode_of(BASE "/written"));
    outcome("cutting one off", truncate(BASE "/cut", 1));
    printf("it is %o\n", mode_of(BASE "/cut"));
}

static void refusals(void)
{
    outcome("a device", mknod(BASE "/mine/device", S_IFCHR | 0600, 0x103));
    outcome("a pipe", mknod(BASE "/mine/pipe", S_IFIFO | 0600, 0));
    outcome("another root", chroot("/"));
    outcome("another user", setuid(0));
    outcome("another group", setgid(0));
    outcome("groups", setgroups(0, NULL));
    outcome("all users", setresuid(-1, OTHER, -1));
    outcome("one's own", setresuid(USER, -1, USER));
    outcome("a host name", sethostname("x", 1));
    outcome("a signal to root", kill(getppid(), 0));
    outcome("dropping a bound", prctl(PR_CAPBSET_DROP, KILL, 0, 0, 0));
    outcome("a capability", set_capabilities(1, 1, 0));
    outcome("an ambient one", prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, KILL, 0, 0));
    outcome("a higher limit", syscall(SYS_setpriority, 0, 0, -5));
}

static void set_ids(void)
{
    run(PROGRAM, "a plain program");
    run(BASE "/set-user", "set-user-ID");
    run(BASE "/set-group", "set-group-ID");
    run(BASE "/set-both", "both");
    run(BASE "/set-root", "set-user-ID of root");
    run(BASE "/set-own", "set-user-ID of oneself");
    run(BASE "/set-lock", "set-group-ID that the group may not run");
    run(BASE "/set-no", "one that may not be run");
    run(BASE "/script", "a set-ID script");
    outcome("no new privileges", prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
    run(BASE "/set-user", "set-user-ID");
    run(BASE "/set-both", "both");
    run(BASE "/set-root", "set-user-ID of root");
    outcome("new ones again", prctl(PR_SET_NO_NEW_PRIVS, 0, 0, 0, 0));
}

static void without_set_ids(void)
{
    run(BASE "/set-root", "set-user-ID of root on a nosuid mount");
}

/* The program that is another user: which it uses. */
static void switching(void)
{
    fflush(stdout);
    pid_t child = fork();
    if (child == 0)
        execl(BASE "/set-user", "privileges", "switch", NULL);
    waitpid(child, NULL, 0);
}

static int switch_users(void)
{
    outcome("access is by the real user", access(BASE "/others-own", R_OK));
    outcome("or by the effective one", faccessat(AT_FDCWD, BASE "/others-own", R_OK, AT_EACCESS));
    outcome("open is by the effective one", try_open(BASE "/others-own", O_RDONLY));
    check("no core is dumped of it", prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) != 1);
    outcome("to the real user", seteuid(USER));
    outcome("open", try_open(BASE "/others-own", O_RDONLY));
    outcome("back", seteuid(OTHER));
    outcome("open", try_open(BASE "/others-own", O_RDONLY));
    outcome("both", setreuid(OTHER, USER));
    outcome("and back", setreuid(USER, OTHER));
    outcome("for good", setresuid(USER, USER, USER));
    outcome("no way back", seteuid(OTHER));
    fflush(stdout);
    return 0;
}

static void of_root(void)
{
    show("root");
    outcome("another effective user", setresuid(-1, USER, -1));
    show("then");
    outcome("back", setresuid(-1, 0, -1));
    show("then");
    outcome("another real user", setresuid(USER, -1, -1));
    run(PROGRAM, "a program");
    outcome("keeping capabilities", prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0));
    outcome("no root at all", setresuid(USER, USER, USER));
    show("then");
    outcome("effective again", set_capabilities(1 << KILL, 1 << KILL, 1 << KILL));
    show("then");
    outcome("a signal to root", kill(getppid(), 0));
    run(PROGRAM, "a program has none");
    outcome("ambient", prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, KILL, 0, 0));
    printf("is it: %d, another: %d\n", prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, KILL, 0, 0), prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, CHOWN, 0, 0));
    outcome("one that is not permitted", prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CHOWN, 0, 0));
    run(PROGRAM, "a program has it");
    run(BASE "/set-user", "a set-ID program has it not");
    outcome("lower", prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_LOWER, KILL, 0, 0));
    run(PROGRAM, "a program has none");
    prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, KILL, 0, 0);
    outcome("not inheritable", set_capabilities(1 << KILL, 1 << KILL, 0));
    printf("is it: %d\n", prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, KILL, 0, 0));
    set_capabilities(1 << KILL, 1 << KILL, 1 << KILL);
    prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, KILL, 0, 0);
    outcome("clear all", prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0));
    printf("is it: %d\n", prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, KILL, 0, 0));
    outcome("clear all of something", prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 1, 0, 0));
    outcome("none such", prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, 63, 0, 0));
    outcome("no such request", prctl(PR_CAP_AMBIENT, 5, 0, 0, 0));
    outcome("an argument too many", prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, KILL, 1, 0));
}

static void of_sets(void)
{
    struct capabilities data[2];
    unsigned header[2] = { 1, 0 };
    unsigned all = bounds();
    outcome("an unknown version", syscall(SYS_capget, header, data));
    check("answers with the known one", header[0] == CAPABILITY_VERSION_3);
    header[0] = 1;
    outcome("asking for the version", syscall(SYS_capget, header, NULL));
    header[0] = 1;
    outcome("setting by an unknown version", syscall(SYS_capset, header, data));
    check("answers with the known one", header[0] == CAPABILITY_VERSION_3);
    header[1] = -1;
    outcome("a negative process", syscall(SYS_capget, header, data));
    header[1] = 0x3fffffff;
    outcome("no such process", syscall(SYS_capget, header, data));
    header[1] = getppid();
    outcome("another process", syscall(SYS_capget, header, data));
    outcome("changing it", syscall(SYS_capset, header, data));
    header[1] = getpid();
    outcome("one's own by its number", syscall(SYS_capset, header, data));
    header[0] = CAPABILITY_VERSION_1;
    memset(data, 0xee, sizeof data);
    outcome("the first version", syscall(SYS_capget, header, data));
    check("has half of it", data[0].permitted == all && data[1].permitted == 0xeeeeeeee);
    outcome("a bad address", syscall(SYS_capget, header, (void *)8));
    outcome("a bad header", syscall(SYS_capget, NULL, data));

    outcome("chown", chown(BASE "/plain-another", 5, 5));
    outcome("without it in effect", set_capabilities(all & ~1u, all, 0));
    outcome("chown", chown(BASE "/plain-another", 6, 6));
    outcome("with it", set_capabilities(all, all, 0));
    outcome("chown", chown(BASE "/plain-another", 6, 6));
    outcome("without it for good", set_capabilities(all & ~1u, all & ~1u, 0));
    outcome("effective beyond what is permitted", set_capabilities(all, all & ~1u, 0));
    outcome("permitted again", set_capabilities(all, all, 0));
    outcome("inheritable, not permitted", set_capabilities(0, all & ~1u, 1));
    show("then");
    run(PROGRAM, "a program of root's has all");

    outcome("effective again", set_capabilities(all & ~1u, all & ~1u, 1));
    outcome("a bound", prctl(PR_CAPBSET_DROP, NET_BIND, 0, 0, 0));
    printf("is it: %d, another: %d\n", prctl(PR_CAPBSET_READ, NET_BIND, 0, 0, 0), prctl(PR_CAPBSET_READ, KILL, 0, 0, 0));
    outcome("again", prctl(PR_CAPBSET_DROP, NET_BIND, 0, 0, 0));
    run(PROGRAM, "a program within the bounds");
    get_capabilities(data);
    check("what one has stays", data[0].permitted & 1 << NET_BIND);
    outcome("inheritable beyond the bounds", set_capabilities(all & ~1u, all & ~1u, 1 << NET_BIND));
    outcome("none such", prctl(PR_CAPBSET_READ, 64, 0, 0, 0));
    outcome("none such to drop", prctl(PR_CAPBSET_DROP, 64, 0, 0, 0));
    outcome("no right to drop", set_capabilities(0, all & ~1u, 0));
    outcome("a bound", prctl(PR_CAPBSET_DROP, KILL, 0, 0, 0));
    run(BASE "/set-user", "a set-ID program of root's");
}

static void overrides(void)
{
    unsigned all = bounds();
    outcome("root reads what nobody may", try_open(BASE "/bits-3-000", O_RDWR));
    outcome("runs it not", access(BASE "/bits-0-000", X_OK));
    set_capabilities(all & ~(1u << DAC_OVERRIDE), all, 0);
    outcome("without that right it still reads", try_open(BASE "/bits-0-000", O_RDONLY));
    outcome("but does not write", try_open(BASE "/bits-0-000", O_WRONLY));
    set_capabilities(0, all, 0);
    outcome("without any it reads not", try_open(BASE "/bits-0-000", O_RDONLY));
    outcome("what is its own by the bits", try_open(BASE "/bits-3-400", O_RDONLY));
}

static void copy_program(const char *path, uid_t user, gid_t group, mode_t mode)
{
    static char block[65536];
    ssize_t length;
    int from = open("/proc/self/exe", O_RDONLY), to = open(path, O_CREAT | O_WRONLY, 0700);
    while ((length = read(from, block, sizeof block)) > 0)
        if (write(to, block, length) != length)
            printf("%s: cannot be made\n", path);
    if (fchown(to, user, group) != 0 || fchmod(to, mode) != 0)
        printf("%s: cannot be made\n", path);
    close(from);
    close(to);
}

static void set_up(void)
{
    char path[64];
    for (int owner = 0; owner < 4; owner++)
    {
        for (int mode = 0; mode < (int)(sizeof s_modes / sizeof *s_modes); mode++)
        {
            name_of(path, owner, mode);
            make(path, s_owners[owner].user, s_owners[owner].group, s_modes[mode]);
        }
    }
    make_directory(BASE "/search", 0, 0, 0711);
    make(BASE "/search/file", 0, 0, 0644);
    make_directory(BASE "/read", 0, 0, 0744);
    make(BASE "/read/file", 0, 0, 0644);
    make_directory(BASE "/sticky", 0, 0, 01777);
    make(BASE "/sticky/other", 0, 0, 0666);
    make(BASE "/sticky/own", USER, GROUP, 0666);
    make_directory(BASE "/sticky/directory", 0, 0, 0777);
    make_directory(BASE "/mine", USER, GROUP, 01755);
    make(BASE "/mine/other", 0, 0, 0600);
    make_directory(BASE "/open", 0, 0, 0777);
    make(BASE "/open/other", 0, 0, 0600);
    make_directory(BASE "/group", 0, OTHER, 02777);
    make(BASE "/own", USER, GROUP, 0644);
    make(BASE "/own-foreign", USER, 0, 0644);
    make(BASE "/plain-another", 0, 0, 0644);
    make(BASE "/set-another", 0, 0, 06755);
    make(BASE "/written", 0, GROUP, 06775);
    make(BASE "/cut", 0, GROUP, 06775);
    make(BASE "/others-own", OTHER, OTHER, 0400);
    copy_program(PROGRAM, 0, 0, 0755);
    copy_program(BASE "/set-user", OTHER, 0, 04755);
    copy_program(BASE "/set-group", 0, OTHER, 02755);
    copy_program(BASE "/set-both", OTHER, OTHER, 06755);
    copy_program(BASE "/set-root", 0, 0, 04755);
    copy_program(BASE "/set-own", USER, 0, 04755);
    copy_program(BASE "/set-lock", 0, OTHER, 02745);
    copy_program(BASE "/set-no", USER, OTHER, 06644);
    int script = open(BASE "/script", O_CREAT | O_WRONLY, 0755);
    dprintf(script, "#!" PROGRAM " script\n");
    if (fchown(script, OTHER, OTHER) != 0 || fchmod(script, 06755) != 0)
        printf("the script cannot be made\n");
    close(script);
}

int main(int count, char **arguments)
{
    if (count > 2 && strcmp(arguments[1], "show") == 0)
        return show(arguments[2]);
    if (count > 1 && strcmp(arguments[1], "script") == 0)
        return show("a script");
    if (count > 1 && strcmp(arguments[1], "switch") == 0)
        return switch_users();

    umask(022);
    outcome("a place for it all", mkdir(BASE, 0755));
    outcome("a tmpfs", mount("x", BASE, "tmpfs", 0, "mode=0755"));
    set_up();
    as_user(opens);
    as_user(directories);
    as_user(changes);
    as_user(refusals);
    as_user(set_ids);
    as_user(switching);
    as_root(of_root);
    as_root(of_sets);
    as_root(overrides);
    outcome("no set-ID bits", mount(NULL, BASE, NULL, MS_REMOUNT | MS_BIND | MS_NOSUID, NULL));
    as_user(without_set_ids);
    outcome("unmounting", umount(BASE));
    outcome("removing its place", rmdir(BASE));
    return finish();
}
