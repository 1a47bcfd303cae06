/* What procfs tells a process about itself. */
#include "../check.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static char s_text[16384];

static ssize_t slurp(const char *path)
{
    int file = open(path, O_RDONLY);
    ssize_t total = 0, count;
    while (file >= 0 && (count = read(file, s_text + total, sizeof s_text - 1 - (size_t)total)) > 0)
    {
        total += count;
    }

    if (file < 0)
    {
        return -1;
    }

    close(file);
    s_text[total] = 0;
    return total;
}

static int field(const char *name, char *value)
{
    char *line = strstr(s_text, name);
    return line != NULL && sscanf(line + strlen(name), " %63s", value) == 1;
}

int main(int argc, char **argv)
{
    char value[64], path[64], target[256];
    int pid = getpid();

    check("/proc/self is the process", readlink("/proc/self", value, sizeof value) > 0 && atoi(value) == pid);
    ssize_t length = readlink("/proc/self/exe", target, sizeof target - 1);
    check("exe is the program", length > 0 && (target[length] = 0, strcmp(target, argv[0]) == 0));
    length = slurp("/proc/self/cmdline");
    check("cmdline is argv", length > 0 && strcmp(s_text, argv[0]) == 0 && (argc < 2 || strcmp(s_text + strlen(s_text) + 1, argv[1]) == 0));
    snprintf(value, 16, "%s", strrchr(argv[0], '/') + 1);
    strcat(value, "\n");
    check("comm is the program's name", slurp("/proc/self/comm") > 0 && strcmp(s_text, value) == 0);

    check("status", slurp("/proc/self/status") > 0);
    check("Pid", field("\nPid:", value) && atoi(value) == pid);
    check("Uid", field("\nUid:", value) && (uid_t)atoi(value) == getuid());
    check("State", field("\nState:", value) && strcmp(value, "R") == 0);
    check("VmRSS", field("\nVmRSS:", value) && atoi(value) > 0);
    check("Threads", field("\nThreads:", value) && atoi(value) == 1);

    snprintf(path, sizeof path, "/proc/%d/stat", pid);
    check("stat", slurp(path) > 0 && atoi(s_text) == pid && strstr(s_text, ") R ") != NULL);
    check("statm", slurp("/proc/self/statm") > 0 && atoi(s_text) > 0);
    check("auxv", slurp("/proc/self/auxv") > 0 && slurp("/proc/self/auxv") % 16 == 0);
    check("environ", slurp("/proc/self/environ") >= 0);
    check("maps", slurp("/proc/self/maps") > 0 && strstr(s_text, "[stack]") != NULL && strstr(s_text, argv[0]) != NULL);
    check("mounts", slurp("/proc/mounts") > 0 && strstr(s_text, " /proc proc ") != NULL);
    check("meminfo", slurp("/proc/meminfo") > 0 && field("MemTotal:", value) && atol(value) > 0 && field("MemFree:", value) && field("MemAvailable:", value));
    check("cpuinfo", slurp("/proc/cpuinfo") > 0 && strstr(s_text, "model name") != NULL);
    check("uptime", slurp("/proc/uptime") > 0 && atof(s_text) >= 0);
    check("version", slurp("/proc/version") > 0);
    check("filesystems", slurp("/proc/filesystems") > 0 && strstr(s_text, "tmpfs") != NULL);

    int file = open("/dev/null", O_RDONLY);
    snprintf(path, sizeof path, "/proc/self/fd/%d", file);
    length = readlink(path, target, sizeof target - 1);
    check("fd names the file", length > 0 && (target[length] = 0, strcmp(target, "/dev/null") == 0));
    int again = open(path, O_RDONLY);
    check("and opens it again", again >= 0 && again != file);
    struct stat status;
    check("an fd is a link", lstat(path, &status) == 0 && S_ISLNK(status.st_mode));
    outcome("a closed fd", readlink("/proc/self/fd/99", target, sizeof target));
    outcome("a process that is not there", open("/proc/999999999/stat", O_RDONLY));
    int writable = open("/proc/self/stat", O_WRONLY);
    outcome("opening what nobody may write, as root", writable);
    outcome("writing to it", write(writable, "x", 1));
    outcome("making a file in procfs", open("/proc/new", O_CREAT | O_WRONLY, 0644));
    return finish();
}
