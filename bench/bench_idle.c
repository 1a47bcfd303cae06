/*
 * bench_idle: the memory that a process takes which does nothing, of the whole system's. Starts many of this program (dynamically
 * linked, so each has pages of its own, as programs have) that sleep, and says by how much free memory has become less for each
 * of them, in bytes. Can be a system's init.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

enum { PROCESSES = 64 };

static long long free_bytes(void)
{
    char name[64];
    long long kilobytes;
    FILE *file = fopen("/proc/meminfo", "r");
    while (file != NULL && fscanf(file, "%63s %lld kB\n", name, &kilobytes) == 2)
    {
        if (strcmp(name, "MemFree:") == 0)
        {
            fclose(file);
            return kilobytes * 1024;
        }
    }

    perror("/proc/meminfo");
    exit(1);
}

/* Started sleepers close their end of the pipe when they are about to sleep. */
static void start(const char *self, pid_t *sleepers, int count)
{
    for (int i = 0; i < count; i++)
    {
        int ends[2];
        char unused;
        if (pipe(ends) != 0 || (sleepers[i] = fork()) < 0)
        {
            perror("pipe or fork");
            exit(1);
        }

        if (sleepers[i] == 0)
        {
            dup2(ends[1], STDIN_FILENO);
            close(ends[0]);
            close(ends[1]);
            execl(self, self, "sleep", (char *)NULL);
            _exit(1);
        }

        close(ends[1]);
        if (read(ends[0], &unused, 1) != 0)
        {
            exit(1);
        }

        close(ends[0]);
    }
}

int main(int argc, char **argv)
{
    pid_t sleepers[PROCESSES + 1];
    if (argc == 2 && strcmp(argv[1], "sleep") == 0)
    {
        close(STDIN_FILENO);
        pause();
        return 1;
    }

    if (access("/proc/meminfo", R_OK) != 0 && mount("proc", "/proc", "proc", 0, NULL) != 0)
    {
        perror("/proc");
        return 1;
    }

    /* The first one brings what all share into memory. */
    start("/bin/bench_idle", sleepers, 1);
    long long before = free_bytes();
    start("/bin/bench_idle", sleepers + 1, PROCESSES);
    printf("idle-process %lld\n", (before - free_bytes()) / PROCESSES);
    fflush(stdout);
    tcdrain(STDOUT_FILENO);
    for (int i = 0; i <= PROCESSES; i++)
    {
        kill(sleepers[i], SIGKILL);
        waitpid(sleepers[i], NULL, 0);
    }

    return 0;
}
