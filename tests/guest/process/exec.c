/* Failing execve leaves the caller as it was; a succeeding one replaces it, closing what is close-on-exec. */
#include "../check.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

extern char **environ;

static const char *s_file = "/tmp/exec-test-file";

/* Not const: the compiler would see through it and refuse. */
static char *volatile s_bad = (char *)8;

static void attempt(const char *what, const char *path)
{
    char *arguments[] = {(char *)path, NULL};
    outcome(what, execve(path, arguments, environ));
}

static void make(const void *bytes, size_t length, mode_t mode)
{
    int file = open(s_file, O_CREAT | O_TRUNC | O_WRONLY, 0755);
    if (file < 0 || write(file, bytes, length) != (ssize_t)length || fchmod(file, mode) != 0)
    {
        perror(s_file);
    }

    close(file);
}

static void attempt_text(const char *what, const char *text)
{
    make(text, strlen(text), 0755);
    attempt(what, s_file);
}

int main(void)
{
    int kept = open("/dev/null", O_RDONLY);
    int closed = open("/dev/null", O_RDONLY | O_CLOEXEC);
    printf("descriptors %d %d\n", kept, closed);

    attempt("a missing file", "/bin/no-such-program");
    attempt("a directory", "/bin");
    attempt("an empty path", "");
    attempt("a file on the way", "/bin/exec/program");
    attempt("a device", "/dev/null");
    make("\177ELF", 4, 0755);
    attempt("a truncated file", s_file);
    make("", 0, 0755);
    attempt("an empty file", s_file);
    make("no program", 10, 0755);
    attempt("text", s_file);
    make("#!/bin/show_arguments\n", 22, 0644);
    attempt("no x bit", s_file);
    attempt_text("a script without interpreter", "#!\n");
    attempt_text("a script with a missing interpreter", "#!/bin/no-such-program\n");
    attempt_text("a script that is its own interpreter", "#!/tmp/exec-test-file\n");
    unlink(s_file);

    size_t size = 200000;
    char *huge = malloc(size);
    memset(huge, 'x', size - 1);
    huge[size - 1] = 0;
    char *too_long[] = {"show_arguments", huge, NULL};
    outcome("an argument above 128 KiB", execve("/bin/show_arguments", too_long, environ));

    huge[100000] = 0;
    static char *many[201];
    for (int i = 0; i < 200; i++)
    {
        many[i] = huge;
    }

    outcome("20 MB of arguments", execve("/bin/show_arguments", many, environ));
    outcome("arguments at a bad address", execve("/bin/show_arguments", (char **)s_bad, environ));
    char *bad[] = {"show_arguments", s_bad, NULL};
    outcome("a bad argument", execve("/bin/show_arguments", bad, environ));
    outcome("a path at a bad address", execve(s_bad, bad, environ));
    printf("still alive\n");
    fflush(stdout);

    char *arguments[] = {"given name", "one", "", "three", NULL};
    char *variables[] = {"A=1", "WITHOUT_VALUE", NULL};
    execve("/bin/show_arguments", arguments, variables);
    perror("execve");
    return 1;
}
