/*
 * bench_programs [NAME...]: how long programs of Debian's take, unmodified, each as a whole. Without a name, all. It runs in a
 * root file system of Debian's with the programs in it, and can be a system's init. Says "NAME NANOSECONDS" for each, or
 * "unable NAME REASON" for one that does not run or whose work is not done.
 *
 * What a program works on is made before the clock starts, in /tmp/bench, and looked at after it has stopped.
 */
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

enum { INSERTS = 100000, TEXT_BYTES = 1 << 20, FUNCTIONS = 500, FILES = 1000, OK = 0 };

struct program
{
    const char *name;
    void (*prepare)(void);

    /* Of a shell, but for its own start: "exec" replaces it. */
    const char *command;

    /* Of a shell: succeeds when the work is done. */
    const char *check;
};

static FILE *make_file(const char *name)
{
    FILE *file = fopen(name, "w");
    if (file == NULL)
    {
        perror(name);
        exit(1);
    }

    return file;
}

static unsigned next_random(void)
{
    static unsigned s_state = 12345;
    s_state = s_state * 1103515245 + 12345;
    return s_state >> 16;
}

static void make_statements(void)
{
    FILE *file = make_file("/tmp/bench/inserts.sql");
    fputs("CREATE TABLE item (number INTEGER PRIMARY KEY, name TEXT, price INTEGER);\nBEGIN;\n", file);
    for (int i = 0; i < INSERTS; i++)
    {
        fprintf(file, "INSERT INTO item VALUES (%d, 'item number %d', %u);\n", i, i, next_random() % 10000);
    }

    fputs("COMMIT;\n", file);
    fclose(file);
}

/* Words that repeat as those of a language do. */
static void make_text(void)
{
    static const char *const Syllables[] = { "ka", "le", "mi", "no", "ru", "sa", "ti", "vo", "pe", "dan", "gor", "hil" };
    FILE *file = make_file("/tmp/bench/text");
    for (int bytes = 0; bytes < TEXT_BYTES;)
    {
        int syllables = 1 + (int)(next_random() % 3);
        for (int i = 0; i < syllables; i++)
        {
            const char *syllable = Syllables[next_random() % (sizeof Syllables / sizeof *Syllables)];
            bytes += (int)strlen(syllable);
            fputs(syllable, file);
        }

        fputc(next_random() % 12 == 0 ? '\n' : ' ', file);
        bytes++;
    }

    fclose(file);
}

/* Ten lines a function: 5,000 lines. */
static void make_source(void)
{
    FILE *file = make_file("/tmp/bench/source.c");
    for (int i = 0; i < FUNCTIONS; i++)
    {
        fprintf(file,
            "int function_%d(int count, int *values)\n{\n    int sum = %d;\n    for (int i = 0; i < count; i++)\n    {\n"
            "        sum += values[i] %% %d == 0 ? values[i] * %d : -values[i];\n    }\n\n    return sum + %d;\n}\n",
            i, i, i % 7 + 2, i % 5 + 1, i * 3);
    }

    fclose(file);
}

static void make_tree(void)
{
    char name[64];
    mkdir("/tmp/bench/tree", 0755);
    for (int i = 0; i < FILES; i++)
    {
        snprintf(name, sizeof name, "/tmp/bench/tree/%d", i / 50);
        mkdir(name, 0755);
        snprintf(name, sizeof name, "/tmp/bench/tree/%d/file%d.txt", i / 50, i);
        FILE *file = make_file(name);
        for (int line = 0; line < 20; line++)
        {
            fprintf(file, "line %d of file %d: %u\n", line, i, next_random());
        }

        fclose(file);
    }
}

static const struct program s_programs[] =
{
    { "python-start", NULL, "exec python3 -c pass", "true" },
    { "python-bench", NULL, "exec python3 /bench/pure.py", "grep -q '^done' /tmp/bench/output" },
    { "sqlite", make_statements, "exec sqlite3 /tmp/bench/items.db < /tmp/bench/inserts.sql", "test \"$(sqlite3 /tmp/bench/items.db 'select count(*) from item')\" = 100000" },
    { "gzip", make_text, "exec gzip -c /tmp/bench/text", "gzip -dc /tmp/bench/output | cmp - /tmp/bench/text" },
    { "xz", make_text, "exec xz -T1 -3 -c /tmp/bench/text", "xz -dc /tmp/bench/output | cmp - /tmp/bench/text" },
    { "shell-forks", NULL, "exec sh -c 'i=0; while [ $i -lt 1000 ]; do /bin/true || exit 1; i=$((i + 1)); done'", "true" },
    { "gcc", make_source, "exec gcc -c /tmp/bench/source.c -o /tmp/bench/source.o", "test -s /tmp/bench/source.o" },
    { "git", make_tree, "cd /tmp/bench/tree && git init -q . && git add . && git -c gc.auto=0 commit -q -m all && git status --short",
      "test \"$(git -C /tmp/bench/tree ls-files | wc -l)\" = 1000 && test ! -s /tmp/bench/output" },
    { "hackbench", NULL, "exec hackbench -g 2 -l 100", "grep -q '^Time' /tmp/bench/output" },
};

static long long now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1000000000LL + time.tv_nsec;
}

/* Runs a shell's command with its output in files; its status as waitpid tells it. */
static int run(const char *command, const char *output)
{
    int status;
    fflush(stdout);
    pid_t child = fork();
    if (child == 0)
    {
        int files[] = { open("/dev/null", O_RDONLY), open(output, O_WRONLY | O_CREAT | O_TRUNC, 0644), open("/tmp/bench/errors", O_WRONLY | O_CREAT | O_TRUNC, 0644) };
        for (int i = 0; i < 3; i++)
        {
            dup2(files[i], i);
        }

        execl("/bin/sh", "sh", "-c", command, (char *)NULL);
        _exit(127);
    }

    return child > 0 && waitpid(child, &status, 0) == child ? status : -1;
}

/* The last line that the command wrote to its standard error. */
static const char *last_error(void)
{
    static char s_line[256], s_next[256];
    FILE *file = fopen("/tmp/bench/errors", "r");
    s_line[0] = 0;
    while (file != NULL && fgets(s_next, sizeof s_next, file) != NULL)
    {
        strcpy(s_line, s_next);
    }

    if (file != NULL)
    {
        fclose(file);
    }

    s_line[strcspn(s_line, "\n")] = 0;
    return s_line;
}

static void measure(const struct program *program)
{
    mkdir("/tmp/bench", 0755);
    if (program->prepare != NULL)
    {
        program->prepare();
    }

    long long start = now();
    int status = run(program->command, "/tmp/bench/output");
    long long nanoseconds = now() - start;
    if (status != OK)
    {
        printf("unable %s it ended with %s %d: %s\n", program->name, WIFSIGNALED(status) ? "signal" : "status",
            WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status), last_error());
    }
    else if (run(program->check, "/tmp/bench/checked") != OK)
    {
        printf("unable %s it did not do its work: %s\n", program->name, last_error());
    }
    else
    {
        printf("%s %lld\n", program->name, nanoseconds);
    }

    run("rm -rf /tmp/bench", "/dev/null");
}

/* What a system's init has to do; elsewhere it is done. */
static void mount_all(void)
{
    mount("proc", "/proc", "proc", 0, NULL);
    mount("dev", "/dev", "devtmpfs", 0, NULL);
}

static void set_environment(void)
{
    setenv("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", 1);
    setenv("HOME", "/root", 1);
    setenv("LC_ALL", "C", 1);
    setenv("GIT_CONFIG_GLOBAL", "/dev/null", 1);
    for (int i = 0; i < 2; i++)
    {
        setenv(i == 0 ? "GIT_AUTHOR_NAME" : "GIT_COMMITTER_NAME", "bench", 1);
        setenv(i == 0 ? "GIT_AUTHOR_EMAIL" : "GIT_COMMITTER_EMAIL", "bench@localhost", 1);
    }
}

int main(int argc, char **argv)
{
    bool isInit = getpid() == 1;
    if (isInit)
    {
        mount_all();
    }

    set_environment();
    for (size_t i = 0; i < sizeof s_programs / sizeof *s_programs; i++)
    {
        bool isWanted = argc == 1;
        for (int at = 1; at < argc; at++)
        {
            isWanted |= strcmp(argv[at], s_programs[i].name) == 0;
        }

        if (isWanted)
        {
            measure(&s_programs[i]);
        }
    }

    fflush(stdout);
    tcdrain(STDOUT_FILENO);
    return 0;
}
