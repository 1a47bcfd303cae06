/* The smallest system calls, and a signal's installation and delivery. */
#include "micro.h"
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static int s_zero, s_null;
static volatile int s_signals;
static char *s_page;

static void call_nothing(void)
{
    syscall(SYS_getppid);
}

static void read_byte(void)
{
    char byte;
    if (read(s_zero, &byte, 1) != 1)
    {
        fail("read of /dev/zero");
    }
}

static void write_byte(void)
{
    char byte = 1;
    if (write(s_null, &byte, 1) != 1)
    {
        fail("write to /dev/null");
    }
}

static void call_stat(void)
{
    struct stat status;
    if (stat("/tmp/micro", &status) != 0)
    {
        fail("stat");
    }
}

static void call_fstat(void)
{
    struct stat status;
    if (fstat(s_zero, &status) != 0)
    {
        fail("fstat");
    }
}

static void open_and_close(void)
{
    int file = open("/tmp/micro", O_RDONLY);
    if (file < 0 || close(file) != 0)
    {
        fail("open");
    }
}

void measure_calls(void)
{
    int file = open("/tmp/micro", O_WRONLY | O_CREAT, 0644);
    s_zero = open("/dev/zero", O_RDONLY);
    s_null = open("/dev/null", O_WRONLY);
    if (file < 0 || s_zero < 0 || s_null < 0)
    {
        fail("/tmp/micro, /dev/zero or /dev/null");
    }

    close(file);
    measure("null", 20000, call_nothing);
    measure("read", 20000, read_byte);
    measure("write", 20000, write_byte);
    measure("stat", 10000, call_stat);
    measure("fstat", 10000, call_fstat);
    measure("open-close", 10000, open_and_close);
    close(s_zero);
    close(s_null);
}

static void count_signal(int number)
{
    (void)number;
    s_signals++;
}

static void make_writable(int number)
{
    (void)number;
    mprotect(s_page, 4096, PROT_READ | PROT_WRITE);
}

static void install_handler(void)
{
    struct sigaction action = { .sa_handler = count_signal };
    if (sigaction(SIGUSR1, &action, NULL) != 0)
    {
        fail("sigaction");
    }
}

static void send_signal(void)
{
    kill(getpid(), SIGUSR1);
}

static void write_protected(void)
{
    mprotect(s_page, 4096, PROT_READ);
    *(volatile char *)s_page = 1;
}

void measure_signals(void)
{
    struct sigaction action = { .sa_handler = make_writable };
    measure("signal-install", 10000, install_handler);
    install_handler();
    measure("signal-deliver", 10000, send_signal);
    s_page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (s_page == MAP_FAILED || sigaction(SIGSEGV, &action, NULL) != 0)
    {
        fail("mmap or sigaction");
    }

    *s_page = 1;
    measure("protection-fault", 5000, write_protected);
    munmap(s_page, 4096);
}
