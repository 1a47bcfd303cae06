/* The figures that procfs tells of a process: they agree with each other and with what was done. */
#include "../check.h"

#include <ctype.h>
#include <fcntl.h>
#include <sched.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <signal.h>
#include <unistd.h>

#define PAGE 4096L

static char s_text[1 << 19];

static ssize_t slurp(const char *path)
{
    int file = open(path, O_RDONLY);
    ssize_t total = 0, count;
    while (file >= 0 && (count = read(file, s_text + total, sizeof s_text - 1 - (size_t)total)) > 0)
    {
        total += count;
    }

    s_text[file < 0 ? 0 : total] = 0;
    return file < 0 ? -1 : (close(file), total);
}

/* The number behind a name at the beginning of a line, from some place on; -1: it is not there. */
static long number_from(const char *text, const char *name)
{
    size_t length = strlen(name);
    for (const char *line = text; line != NULL; line = strchr(line, '\n'))
    {
        line += *line == '\n';
        if (strncmp(line, name, length) == 0 && line[length] == ':')
        {
            return atol(line + length + 1);
        }
    }

    return -1;
}

static long number(const char *name)
{
    return number_from(s_text, name);
}

/* The sum of all numbers of that name. */
static long sum(const char *name)
{
    long total = 0;
    size_t length = strlen(name);
    for (const char *line = s_text; (line = strstr(line, name)) != NULL; line += length)
    {
        total += (line == s_text || line[-1] == '\n') && line[length] == ':' ? atol(line + length + 1) : 0;
    }

    return total;
}

static void check_status(void)
{
    static const char *const names[] = {
        "Name", "Umask", "State", "Tgid", "Ngid", "Pid", "PPid", "TracerPid", "Uid", "Gid", "FDSize", "Groups", "NStgid", "NSpid", "NSpgid", "NSsid",
        "VmPeak", "VmSize", "VmLck", "VmPin", "VmHWM", "VmRSS", "RssAnon", "RssFile", "RssShmem", "VmData", "VmStk", "VmExe", "VmLib", "VmPTE", "VmSwap",
        "CoreDumping", "THP_enabled", "Threads", "SigQ", "SigPnd", "ShdPnd", "SigBlk", "SigIgn", "SigCgt", "CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb",
        "NoNewPrivs", "Cpus_allowed", "Cpus_allowed_list", "voluntary_ctxt_switches", "nonvoluntary_ctxt_switches"};
    slurp("/proc/self/status");
    const char *at = s_text;
    size_t found = 0;
    for (; found < sizeof names / sizeof *names; found++)
    {
        char line[64];
        snprintf(line, sizeof line, "%s%s:\t", found == 0 ? "" : "\n", names[found]);
        const char *next = strstr(at, line);
        if (next == NULL)
        {
            printf("%s is missing or out of order\n", names[found]);
            break;
        }

        at = next + 1;
    }

    check("status has its fields in order", found == sizeof names / sizeof *names);
    check("the peaks are peaks", number("VmPeak") >= number("VmSize") && number("VmHWM") >= number("VmRSS"));
    check("resident memory is of three kinds", number("RssAnon") + number("RssFile") + number("RssShmem") == number("VmRSS"));
    check("there is code, data and a stack", number("VmExe") > 0 && number("VmData") > 0 && number("VmStk") > 0 && number("VmPTE") > 0);
    check("nothing is locked or in swap", number("VmLck") == 0 && number("VmPin") == 0 && number("VmSwap") == 0 && number("CoreDumping") == 0);
    long size = number("VmSize"), data = number("VmData"), stack = number("VmStk"), code = number("VmExe"), resident = number("VmRSS");

    long pages[7];
    slurp("/proc/self/statm");
    int count = sscanf(s_text, "%ld %ld %ld %ld %ld %ld %ld", pages, pages + 1, pages + 2, pages + 3, pages + 4, pages + 5, pages + 6);
    check("statm agrees with status", count == 7 && pages[0] * 4 == size && pages[3] * 4 == code && pages[5] * 4 == data + stack && pages[4] == 0 && pages[6] == 0);
    check("and on what is resident, about", labs(pages[1] * 4 - resident) <= 256 && pages[2] > 0);

    char *memory = mmap(NULL, 64 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    outcome("mlock", mlock(memory, 3 * PAGE));
    slurp("/proc/self/status");
    check("what was mapped is data", number("VmData") == data + 256 && number("VmSize") == size + 256);
    check("what was locked is", number("VmLck") == 12);
    long peak = number("VmPeak");
    munmap(memory, 64 * PAGE);
    slurp("/proc/self/status");
    check("and goes", number("VmLck") == 0 && number("VmSize") == size);
    check("but not from the peak", number("VmPeak") == peak && peak >= size + 256);

    sigset_t set, old;
    sigemptyset(&set);
    sigaddset(&set, SIGRTMIN);
    sigprocmask(SIG_BLOCK, &set, &old);
    long queued = number("SigQ");
    sigqueue(getpid(), SIGRTMIN, (union sigval){0});
    sigqueue(getpid(), SIGRTMIN, (union sigval){0});
    slurp("/proc/self/status");
    check("queued signals are counted", number("SigQ") == queued + 2);
    siginfo_t info;
    while (sigtimedwait(&set, &info, &(struct timespec){0}) > 0)
    {
    }

    sigprocmask(SIG_SETMASK, &old, NULL);
}

static void check_stat(char **argv)
{
    unsigned long long fields[53] = {0};
    int count = 3;
    slurp("/proc/self/stat");
    for (char *at = strrchr(s_text, ')') + 4; count < 53 && *at != '\n'; count++)
    {
        fields[count + 1] = strtoull(at, &at, 10);
    }

    uintptr_t code = (uintptr_t)check_stat, top = (uintptr_t)&count;
    check("stat has 52 fields", count == 52);
    check("code lies where it says", fields[26] <= code && code < fields[27]);
    check("the stack begins above", fields[28] > top && fields[28] - top < 1 << 20);
    check("data lies where it says", fields[45] > 0 && fields[45] <= fields[46] && fields[47] != 0);
    check("the arguments lie where it says", fields[48] == (uintptr_t)argv[0] && fields[49] <= fields[50] && fields[50] <= fields[51]);
    check("a child ends with SIGCHLD", fields[38] == SIGCHLD);
}

/* What smaps says of the mapping that begins there; NULL: nothing. */
static const char *mapping(const void *start)
{
    char name[32];
    snprintf(name, sizeof name, "%lx-", (unsigned long)start);
    slurp("/proc/self/smaps");
    const char *found = strstr(s_text, name);
    return found != NULL ? found : "";
}

static void check_smaps(void)
{
    static const char *const sums[] = {
        "Rss", "Shared_Clean", "Shared_Dirty", "Private_Clean", "Private_Dirty", "Anonymous", "LazyFree", "AnonHugePages", "Swap", "SwapPss"};
    long totals[10], share, mappings = 0;
    slurp("/proc/self/smaps");
    for (int i = 0; i < 10; i++)
    {
        totals[i] = sum(sums[i]);
    }

    share = sum("Pss");
    check("sizes of pages", number("KernelPageSize") == 4 && number("MMUPageSize") == 4);
    for (const char *line = s_text; (line = strstr(line, "\nVmFlags: ")) != NULL; line++)
    {
        mappings++;
    }

    check("resident is what is clean, dirty, shared, private", totals[0] == totals[1] + totals[2] + totals[3] + totals[4]);
    slurp("/proc/self/smaps_rollup");
    int same = 0;
    for (int i = 0; i < 10; i++)
    {
        same += number(sums[i]) == totals[i];
    }

    check("smaps_rollup has the sums", same == 10 && strstr(s_text, "[rollup]\n") != NULL);
    check("and of the shares, but for what is rounded", number("Pss") >= share && number("Pss") - share <= mappings);
    check("the shares are of three kinds", labs(number("Pss_Anon") + number("Pss_File") + number("Pss_Shmem") - number("Pss")) <= 2);
    check("nobody has more than all", number("Pss") <= number("Rss") && number("Size") == -1);

    char *area = mmap(NULL, 18 * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    char *memory = area + PAGE;
    mprotect(memory, 16 * PAGE, PROT_READ | PROT_WRITE);
    memset(memory, 1, 8 * PAGE);
    const char *text = mapping(memory);
    check("what was written is there", number_from(text, "Size") == 64 && number_from(text, "Rss") == 32 && number_from(text, "Pss") == 32);
    check("and private", number_from(text, "Private_Dirty") == 32 && number_from(text, "Anonymous") == 32 && number_from(text, "Referenced") == 32);
    char *flags = strstr(text, "\nVmFlags: ");
    check("its flags", flags != NULL && strncmp(flags + 10, "rd wr mr mw me ", 15) == 0);

    int to_child[2], from_child[2];
    char byte;
    if (pipe(to_child) != 0 || pipe(from_child) != 0)
    {
        return;
    }

    fflush(stdout);
    pid_t child = fork();
    if (child == 0)
    {
        memory[0] = 2;
        _exit(write(from_child[1], "x", 1) != 1 || read(to_child[0], &byte, 1) != 1);
    }

    check("a child", read(from_child[0], &byte, 1) == 1);
    text = mapping(memory);
    check("shares what it did not write to", number_from(text, "Shared_Dirty") == 28 && number_from(text, "Private_Dirty") == 4);
    check("half of it each", number_from(text, "Pss") == 14 + 4 && number_from(text, "Rss") == 32);
    check("and ends", write(to_child[1], "x", 1) == 1 && waitpid(child, NULL, 0) == child);
    text = mapping(memory);
    check("then all is one's own", number_from(text, "Private_Dirty") == 32 && number_from(text, "Pss") == 32);
    madvise(memory, 4 * PAGE, MADV_DONTNEED);
    mlock(memory + 4 * PAGE, PAGE);
    check("what is let go of is gone", number_from(mapping(memory), "Rss") == 0);
    check("locked", number_from(mapping(memory + 4 * PAGE), "Locked") == 4);
    munmap(area, 18 * PAGE);
    for (int i = 0; i < 2; i++)
    {
        close(to_child[i]);
        close(from_child[i]);
    }
}

static void check_io(void)
{
    static char bytes[1000];
    int zero = open("/dev/zero", O_RDWR);
    slurp("/proc/self/io");
    long read_bytes = number("rchar"), written = number("wchar"), reads = number("syscr"), writes = number("syscw");
    check("io", read_bytes >= 0 && written >= 0 && reads > 0 && writes > 0 && number("cancelled_write_bytes") >= 0);
    check("reading and writing", read(zero, bytes, 1000) == 1000 && pread(zero, bytes, 500, 0) == 500 && write(zero, bytes, 300) == 300);
    long length = (long)strlen(s_text);
    slurp("/proc/self/io");
    check("is counted in bytes", number("rchar") == read_bytes + 1500 + length && number("wchar") == written + 300);
    check("and calls", number("syscr") == reads + 2 + 2 && number("syscw") == writes + 1);
    close(zero);
}

static void check_namespaces(void)
{
    static const char *const names[] = {"ipc", "mnt", "net", "pid", "user", "uts"};
    for (int i = 0; i < 6; i++)
    {
        char path[64], link[64] = "", form[32];
        struct stat status;
        unsigned long number = 0;
        snprintf(path, sizeof path, "/proc/self/ns/%s", names[i]);
        snprintf(form, sizeof form, "%s:[%%lu]", names[i]);
        int file = open(path, O_RDONLY);
        check(names[i], readlink(path, link, sizeof link - 1) > 0 && sscanf(link, form, &number) == 1 && fstat(file, &status) == 0 && status.st_ino == number);
        outcome("reading it", read(file, link, 1));
        close(file);
    }

    outcome("opening one to write", open("/proc/self/ns/uts", O_RDWR));
}

static int count_of(const char *what)
{
    int count = 0;
    for (const char *at = s_text; (at = strstr(at, what)) != NULL; at++)
    {
        count++;
    }

    return count;
}

static void info_of(int file)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/self/fdinfo/%d", file);
    slurp(path);
}

static void check_locks(void)
{
    char name[] = "/tmp/lockedXXXXXX", line[128];
    int file = mkstemp(name), again = open(name, O_RDWR);
    struct stat status;
    struct flock range = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 10, .l_len = 5};
    struct flock rest = {.l_type = F_RDLCK, .l_whence = SEEK_SET, .l_start = 100};
    fstat(file, &status);
    check("locking", flock(file, LOCK_EX) == 0 && fcntl(again, F_SETLK, &range) == 0 && fcntl(again, F_OFD_SETLK, &rest) == 0);
    slurp("/proc/locks");
    snprintf(line, sizeof line, ":%lu ", (unsigned long)status.st_ino);
    check("three locks", count_of(line) == 3);
    snprintf(line, sizeof line, ": FLOCK  ADVISORY  WRITE %d ", getpid());
    check("flock", strstr(s_text, line) != NULL);
    snprintf(line, sizeof line, ": POSIX  ADVISORY  WRITE %d ", getpid());
    char *found = strstr(s_text, line);
    snprintf(line, sizeof line, ":%lu 10 14\n", (unsigned long)status.st_ino);
    check("of a process", found != NULL && strstr(found, line) != NULL);
    found = strstr(s_text, ": OFDLCK ADVISORY  READ -1 ");
    snprintf(line, sizeof line, ":%lu 100 EOF\n", (unsigned long)status.st_ino);
    check("of a description", found != NULL && strstr(found, line) != NULL);
    info_of(file);
    check("fdinfo tells of its locks", count_of("\nlock:\t") == 1 && strstr(s_text, "\nlock:\t1: FLOCK ") != NULL);
    info_of(again);
    check("and of its", count_of("\nlock:\t") == 2 && strstr(s_text, ": POSIX ") != NULL && strstr(s_text, ": OFDLCK ") != NULL);
    unlink(name);
    close(file);
    close(again);
    slurp("/proc/locks");
    snprintf(line, sizeof line, ":%lu ", (unsigned long)status.st_ino);
    check("none are left", count_of(line) == 0);
}

static void check_descriptors(void)
{
    int counter = eventfd(26, EFD_CLOEXEC);
    info_of(counter);
    check("eventfd", strstr(s_text, "\neventfd-count:               1a\n") != NULL && strstr(s_text, "flags:\t02000002\n") != NULL);

    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGHUP);
    sigaddset(&set, SIGTERM);
    int signals = signalfd(-1, &set, 0);
    info_of(signals);
    check("signalfd", strstr(s_text, "\nsigmask:\t0000000000004001\n") != NULL);

    int timer = timerfd_create(CLOCK_MONOTONIC, 0);
    timerfd_settime(timer, 0, &(struct itimerspec){.it_value.tv_sec = 1000, .it_interval.tv_sec = 7}, NULL);
    info_of(timer);
    check("timerfd", strstr(s_text, "\nclockid: 1\nticks: 0\nsettime flags: 00\nit_value: (999, ") != NULL && strstr(s_text, "\nit_interval: (7, 0)\n") != NULL);

    int epoll = epoll_create1(0);
    struct epoll_event event = {.events = EPOLLIN, .data.u64 = 0xabc};
    epoll_ctl(epoll, EPOLL_CTL_ADD, counter, &event);
    char line[128];
    snprintf(line, sizeof line, "\ntfd: %8d events:       19 data:              abc  pos:0 ino:", counter);
    info_of(epoll);
    check("epoll", strstr(s_text, line) != NULL);

    int watcher = inotify_init1(0);
    struct stat status;
    stat("/tmp", &status);
    inotify_add_watch(watcher, "/tmp", IN_CREATE | IN_DELETE);
    snprintf(line, sizeof line, "\ninotify wd:1 ino:%lx sdev:", (unsigned long)status.st_ino);
    info_of(watcher);
    check("inotify", strstr(s_text, line) != NULL && strstr(s_text, " mask:300 ignored_mask:0 ") != NULL);

    int process = (int)syscall(SYS_pidfd_open, getpid(), 0);
    info_of(process);
    check("pidfd", number("Pid") == getpid() && number("NSpid") == getpid());
    int files[] = {counter, signals, timer, epoll, watcher, process};
    for (int i = 0; i < 6; i++)
    {
        close(files[i]);
    }
}

static void check_system(void)
{
    check("swaps", slurp("/proc/swaps") > 0 && strncmp(s_text, "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n", 39) == 0);
    check("devices", slurp("/proc/devices") > 0 && strstr(s_text, "Character devices:\n") == s_text && strstr(s_text, "\n  1 mem\n") != NULL && strstr(s_text, "\n136 pts\n") != NULL);
    check("partitions", slurp("/proc/partitions") >= 0);
    check("diskstats", slurp("/proc/diskstats") >= 0);
    check("meminfo", slurp("/proc/meminfo") > 0 && number("PageTables") > 0 && number("Dirty") >= 0);
    slurp("/proc/vmstat");
    char *faults = strstr(s_text, "\npgfault ");
    long before = faults != NULL ? atol(faults + 9) : -1;
    char *memory = mmap(NULL, 100 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    madvise(memory, 100 * PAGE, MADV_NOHUGEPAGE);
    for (int i = 0; i < 100; i++)
    {
        memory[i * PAGE] = 1;
    }

    slurp("/proc/vmstat");
    faults = strstr(s_text, "\npgfault ");
    check("faults are counted", before > 0 && faults != NULL && atol(faults + 9) >= before + 100 && strstr(s_text, "\npgmajfault ") != NULL);
    check("limits", slurp("/proc/sys/vm/max_map_count") > 0 && atol(s_text) >= 65530 && slurp("/proc/sys/kernel/ngroups_max") > 0 && atol(s_text) == 65536);
    check("of watchers", slurp("/proc/sys/fs/inotify/max_user_watches") > 0 && atol(s_text) > 0 && slurp("/proc/sys/fs/inotify/max_user_instances") > 0 && atol(s_text) > 0);
}

static void check_others(void)
{
    fflush(stdout);
    pid_t child = fork();
    if (child == 0)
    {
        if (setgid(1000) != 0 || setuid(1000) != 0)
        {
            _exit(1);
        }

        char path[64];
        static const char *const names[] = {"smaps", "smaps_rollup", "io", "ns"};
        for (int i = 0; i < 4; i++)
        {
            snprintf(path, sizeof path, "/proc/%d/%s", getppid(), names[i]);
            outcome(names[i], open(path, O_RDONLY));
        }

        snprintf(path, sizeof path, "/proc/%d/ns/pid", getppid());
        outcome("ns/pid", readlink(path, s_text, 64));
        snprintf(path, sizeof path, "/proc/%d/stat", getppid());
        slurp(path);
        char *at = strrchr(s_text, ')') + 2;
        for (int field = 3; field < 26; field++)
        {
            at = strchr(at, ' ') + 1;
        }

        check("addresses are hidden", strncmp(at, "1 1 0 0 0 ", 10) == 0);
        exit(finish());
    }

    int status;
    check("another user", waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

int main(int argc, char **argv)
{
    // No page of it is touched for the first time while something is counted.
    memset(s_text, 'x', sizeof s_text - 1);
    check("the output has its buffer", argc == 1);
    check_status();
    check_stat(argv);
    check_smaps();
    check_io();
    check_namespaces();
    check_locks();
    check_descriptors();
    check_system();
    check_others();
    return finish();
}
