/*
 * What the paths that everything takes allocate of the kernel's heap: for each a line "NAME BYTES", bytes for one operation
 * of many. For LevitateOS only: it reads /proc/levitate, whose count grows by the collector's allocation contexts, some KiB
 * at a time; reading it and the kernel's own threads allocate, too. So a line is rounded: less than a byte is nothing.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* musl has no <linux/futex.h>. */
enum { FUTEX_WAIT_PRIVATE = 128, FUTEX_WAKE_PRIVATE = 129 };

enum { ROUNDS = 50000, PAGE = 4096, PAGES = 256 };

static int s_file, s_there[2], s_back[2];
static char *s_pages;
static atomic_int s_turn;

static long read_allocated(void)
{
    char text[2048], *line;
    int file = open("/proc/levitate", O_RDONLY);
    ssize_t length = read(file, text, sizeof text - 1);
    close(file);
    if (length <= 0)
    {
        fprintf(stderr, "there is no /proc/levitate\n");
        exit(1);
    }

    text[length] = 0;
    line = strstr(text, "\nallocated_bytes ");
    return line == NULL ? -1 : atol(line + strlen("\nallocated_bytes "));
}

static void expect(int is_right, const char *what)
{
    if (!is_right)
    {
        perror(what);
        exit(1);
    }
}

static void call(void)
{
    syscall(SYS_getppid);
}

static void pass_through_pipe(void)
{
    char byte = 1;
    expect(write(s_there[1], &byte, 1) == 1 && read(s_there[0], &byte, 1) == 1, "pipe");
}

static void read_file(void)
{
    char block[512];
    expect(pread(s_file, block, sizeof block, 0) == sizeof block, "pread");
}

static void write_file(void)
{
    static char s_block[512];
    expect(pwrite(s_file, s_block, sizeof s_block, PAGE) == sizeof s_block, "pwrite");
}

static void look_up(void)
{
    struct stat status;
    expect(stat("/tmp/allocations", &status) == 0, "stat");
}

static void touch_page(void)
{
    static int s_at = PAGES;
    if (s_at == PAGES)
    {
        expect(madvise(s_pages, PAGES * PAGE, MADV_DONTNEED) == 0, "madvise");
        s_at = 0;
    }

    s_pages[s_at++ * PAGE] = 1;
}

static void switch_threads(void)
{
    char byte = 1;
    expect(write(s_there[1], &byte, 1) == 1 && read(s_back[0], &byte, 1) == 1, "pipe");
}

static void *echo(void *unused)
{
    char byte;
    while (read(s_there[0], &byte, 1) == 1 && byte != 0 && write(s_back[1], &byte, 1) == 1)
    {
    }

    return unused;
}

static void set_turn(int turn)
{
    atomic_store(&s_turn, turn);
    syscall(SYS_futex, &s_turn, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
}

static int await_turn_not(int turn)
{
    int now;
    while ((now = atomic_load(&s_turn)) == turn)
    {
        syscall(SYS_futex, &s_turn, FUTEX_WAIT_PRIVATE, turn, NULL, NULL, 0);
    }

    return now;
}

static void hand_over(void)
{
    set_turn(1);
    await_turn_not(1);
}

static void *hand_back(void *unused)
{
    while (await_turn_not(0) == 1)
    {
        set_turn(0);
    }

    return unused;
}

static void measure(const char *name, void (*action)(void))
{
    for (int i = 0; i < PAGES + 1; i++)
    {
        action();
    }

    long before = read_allocated();
    for (int i = 0; i < ROUNDS; i++)
    {
        action();
    }

    printf("%s %ld\n", name, (read_allocated() - before) / ROUNDS);
    fflush(stdout);
}

int main(void)
{
    pthread_t other;

    /* Where there are several processors, a switch is to be one from thread to thread, not the wake-up of an idle one. */
    cpu_set_t first;
    CPU_ZERO(&first);
    CPU_SET(0, &first);
    expect(sched_setaffinity(0, sizeof first, &first) == 0, "sched_setaffinity");
    s_file = open("/tmp/allocations", O_RDWR | O_CREAT, 0600);
    s_pages = mmap(NULL, PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    expect(s_file >= 0 && ftruncate(s_file, 2 * PAGE) == 0 && s_pages != MAP_FAILED && pipe(s_there) == 0 && pipe(s_back) == 0, "preparing");
    measure("system-call", call);
    measure("pipe", pass_through_pipe);
    measure("file-read", read_file);
    measure("file-write", write_file);
    measure("stat", look_up);
    measure("page-fault", touch_page);

    expect(pthread_create(&other, NULL, echo, NULL) == 0, "pthread_create");
    measure("switch", switch_threads);
    expect(write(s_there[1], "", 1) == 1 && pthread_join(other, NULL) == 0, "pthread_join");

    expect(pthread_create(&other, NULL, hand_back, NULL) == 0, "pthread_create");
    measure("futex", hand_over);
    set_turn(2);
    expect(pthread_join(other, NULL) == 0, "pthread_join");
    return 0;
}
