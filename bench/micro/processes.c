/* Processes: fork, exec of a static and a dynamic program, a shell, and programs with 1, 10 and 100 libraries. */
#include "micro.h"
#include <sys/wait.h>
#include <unistd.h>

static char **s_command;

static void spawn(void)
{
    int status;
    pid_t child = fork();
    if (child == 0)
    {
        if (s_command != NULL)
        {
            execv(s_command[0], s_command);
            _exit(1);
        }

        _exit(0);
    }

    if (child < 0 || waitpid(child, &status, 0) != child || status != 0)
    {
        fail(s_command == NULL ? "fork" : s_command[0]);
    }
}

static void measure_command(const char *name, int rounds, char **command)
{
    s_command = command;
    measure(name, rounds, spawn);
}

void measure_processes(void)
{
    measure_command("fork-exit", 100, NULL);
    measure_command("exec-static", 50, (char *[]){ "/bin/bench_micro", "exit", NULL });
    measure_command("shell", 20, (char *[]){ "/bin/sh", "-c", ":", NULL });
    measure_command("link-1", 30, (char *[]){ "/bin/bench_link_1", NULL });
    measure_command("link-10", 20, (char *[]){ "/bin/bench_link_10", NULL });
    measure_command("link-100", 5, (char *[]){ "/bin/bench_link_100", NULL });
}
