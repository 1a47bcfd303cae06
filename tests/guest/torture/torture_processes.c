/* fork, execve, exit and wait from several processes, and from several threads of one, at once. */
#include "torture.h"

#include <spawn.h>

enum { PARENTS = 4, THREADS = 4, ROUNDS = 8 };

static int s_rounds;
extern char **environ;

/* One child, of a kind by chance; 0 when it ended as it should. */
static int run_child(uint32_t *random)
{
    int kind = next_random(random) % 4, status;
    pid_t child;
    char *arguments[] = { "exit_status", "7", NULL };
    if (kind == 0)
    {
        if (posix_spawn(&child, "/bin/exit_status", NULL, NULL, arguments, environ) != 0)
        {
            return 1;
        }
    }
    else if ((child = fork()) == 0)
    {
        if (kind == 1)
        {
            execv("/bin/exit_status", arguments);
            _exit(1);
        }
        else if (kind == 2)
        {
            execv("/bin/there-is-no-such-program", arguments);
            _exit(errno == ENOENT ? 7 : 1);
        }

        _exit(7);
    }

    return child < 0 || waitpid(child, &status, 0) != child || !WIFEXITED(status) || WEXITSTATUS(status) != 7;
}

static void *be_parent(void *number)
{
    uint32_t random = 1000 + (uint32_t)(intptr_t)number;
    long bad = 0;
    for (int i = 0; i < s_rounds; i++)
    {
        bad += run_child(&random);
    }

    return (void *)bad;
}

int main(int argc, char **argv)
{
    s_rounds = rounds(argc, argv, ROUNDS);
    for (int i = 0; i < PARENTS; i++)
    {
        pid_t child = fork();
        if (child < 0)
        {
            fail("fork");
        }

        if (child == 0)
        {
            _exit(be_parent((void *)(intptr_t)(i + 100)) != NULL);
        }
    }

    check("children of several processes end as they should", wait_for_children(PARENTS) == 0);
    check("children of several threads end as they should", run_threads(THREADS, be_parent) == 0);
    check("no child is left", wait(NULL) == -1 && errno == ECHILD);
    return finish();
}
