/* fork, exec, wait, pipes between processes, and what is shared. */
#include "../check.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static int s_private = 1;

static int wait_for(pid_t child)
{
    int status = -1;
    return waitpid(child, &status, 0) == child ? status : -1;
}

static void statuses(void)
{
    pid_t child = fork();
    if (child == 0)
    {
        _exit(42);
    }

    int status = wait_for(child);
    check("a child's exit status", WIFEXITED(status) && WEXITSTATUS(status) == 42);
    child = fork();
    if (child == 0)
    {
        raise(SIGTERM);
        _exit(1);
    }

    status = wait_for(child);
    check("a child that a signal ends", WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM);
    child = fork();
    if (child == 0)
    {
        raise(SIGSEGV);
    }

    status = wait_for(child);
    check("a child that faults", WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV);
    child = fork();
    if (child == 0)
    {
        pause();
    }

    check("one that runs is not waited for", waitpid(child, &status, WNOHANG) == 0);
    check("kill", kill(child, SIGKILL) == 0);
    status = wait_for(child);
    check("ends it", WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    outcome("waiting without children", waitpid(-1, &status, 0));
    outcome("kill of nobody", kill(child, SIGTERM));
}

static void memory(void)
{
    int *shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    pid_t child = fork();
    if (child == 0)
    {
        s_private = 2;
        *shared = 3;
        _exit(s_private);
    }

    int status = wait_for(child);
    check("private memory is the child's own", WEXITSTATUS(status) == 2 && s_private == 1);
    check("shared memory is not", *shared == 3);
    int intact = 1;
    char *area = mmap(NULL, 4 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    memset(area, 7, 4 << 20);
    for (int i = 0; i < 20; i++)
    {
        child = fork();
        if (child == 0)
        {
            memset(area, i, 4 << 20);
            _exit(area[1000]);
        }

        intact &= WEXITSTATUS(wait_for(child)) == i && area[i * 4096] == 7;
    }

    check("twenty children change 4 MB each", intact);
}

static void pipes(void)
{
    int down[2], up[2];
    char text[64];
    check("pipes", pipe(down) == 0 && pipe(up) == 0);
    pid_t child = fork();
    if (child == 0)
    {
        close(down[1]);
        close(up[0]);
        ssize_t count;
        while ((count = read(down[0], text, sizeof text)) > 0)
        {
            for (ssize_t i = 0; i < count; i++)
            {
                text[i] ^= 0x20;
            }

            if (write(up[1], text, (size_t)count) != count)
            {
                _exit(2);
            }
        }

        _exit(0);
    }

    close(down[0]);
    close(up[1]);
    int good = 1;
    for (int i = 0; i < 200; i++)
    {
        good &= write(down[1], "ping", 4) == 4 && read(up[0], text, 4) == 4 && memcmp(text, "PING", 4) == 0;
    }

    check("two hundred messages there and back", good);
    close(down[1]);
    check("the end of the pipe", read(up[0], text, 1) == 0 && wait_for(child) == 0);
    signal(SIGPIPE, SIG_IGN);
    close(up[0]);
    pipe(up);
    close(up[0]);
    outcome("writing where nobody reads", write(up[1], "x", 1));
}

static void programs(void)
{
    fflush(stdout);
    pid_t child = vfork();
    if (child == 0)
    {
        execl("/bin/exit_status", "exit_status", "9", (char *)NULL);
        _exit(127);
    }

    check("vfork and exec", WEXITSTATUS(wait_for(child)) == 9);
    char *arguments[] = {"show_arguments", "spawned", NULL};
    char *variables[] = {"A=B", NULL};
    check("posix_spawn", posix_spawn(&child, "/bin/show_arguments", NULL, NULL, arguments, variables) == 0 && wait_for(child) == 0);
    check("posix_spawn of nothing", posix_spawn(&child, "/bin/nothing", NULL, NULL, arguments, variables) == ENOENT);
    check("system", WEXITSTATUS(system("exit 5")) == 5);
    FILE *lines = popen("echo one; echo two", "r");
    char text[16];
    check("popen", lines != NULL && fgets(text, sizeof text, lines) != NULL && strcmp(text, "one\n") == 0
        && fgets(text, sizeof text, lines) != NULL && fgets(text, sizeof text, lines) == NULL && pclose(lines) == 0);
}

int main(void)
{
    statuses();
    memory();
    pipes();
    programs();
    int good = 1;
    for (int i = 0; i < 200; i++)
    {
        pid_t child = fork();
        if (child == 0)
        {
            _exit(i & 0x7f);
        }

        good &= WEXITSTATUS(wait_for(child)) == (i & 0x7f);
    }

    check("two hundred children one after the other", good);
    return finish();
}
