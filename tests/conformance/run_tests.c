/* Runs the tests that a list names, some at a time, each in a session of its own and with a time-out, and prints a line
 * for each as it ends: name, then status. What a test that did not pass has written goes to DIRECTORY/name, with dots for
 * slashes. Built statically, so that it needs nothing of the system under test but its kernel. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define MAX_JOBS 64
#define MAX_OUTPUT 2000
#define NAME_SIZE 256

struct job
{
    pid_t pid; /* 0: free */
    double deadline;
    int timed_out;
    char name[NAME_SIZE];
    char output[NAME_SIZE + 16];
};

static struct job jobs[MAX_JOBS];
static double time_out = 60;
static int shows_output;

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void pause_shortly(void)
{
    struct timespec t = {0, 10000000};
    nanosleep(&t, NULL);
}

static void start(struct job *job, const char *name)
{
    snprintf(job->name, sizeof job->name, "%s", name);
    snprintf(job->output, sizeof job->output, "/tmp/test-output.%d", (int)(job - jobs));
    job->timed_out = 0;
    job->deadline = now() + time_out;
    fflush(stdout);

    /* A test that makes as many threads as there may be leaves no room for another one, for a while. */
    while ((job->pid = fork()) < 0)
    {
        pause_shortly();
        if (now() > job->deadline)
        {
            perror("fork");
            exit(1);
        }
    }
    if (job->pid == 0)
    {
        setsid();
        int in = open("/dev/null", O_RDONLY);
        int out = open(job->output, O_WRONLY | O_CREAT | O_TRUNC, 0600);
        dup2(in, 0);
        dup2(out, 1);
        dup2(out, 2);
        for (int fd = 3; fd < 16; fd++)
        {
            close(fd);
        }
        size_t length = strlen(name);
        if (length > 3 && strcmp(name + length - 3, ".sh") == 0)
        {
            execl("/bin/sh", "sh", name, (char *)NULL);
        }
        else
        {
            execl(name, name, (char *)NULL);
        }
        _exit(127);
    }
}

static void report(const struct job *job, int status)
{
    static const char *const names[] = {"PASS", "FAILED", "UNRESOLVED", "3", "UNSUPPORTED", "UNTESTED"};
    char text[32];
    if (job->timed_out)
    {
        snprintf(text, sizeof text, "TIMEOUT");
    }
    else if (WIFSIGNALED(status))
    {
        snprintf(text, sizeof text, "SIGNAL-%d", WTERMSIG(status));
    }
    else if (WEXITSTATUS(status) < 6)
    {
        snprintf(text, sizeof text, "%s", names[WEXITSTATUS(status)]);
    }
    else
    {
        snprintf(text, sizeof text, "EXIT-%d", WEXITSTATUS(status));
    }
    printf("%s %s\n", job->name, text);
    if (shows_output && strcmp(text, "PASS") != 0)
    {
        char written[MAX_OUTPUT + 1];
        int fd = open(job->output, O_RDONLY);
        ssize_t length = fd < 0 ? -1 : read(fd, written, MAX_OUTPUT);
        close(fd);
        written[length < 0 ? 0 : length] = 0;
        for (char *line = strtok(written, "\n"); line; line = strtok(NULL, "\n"))
        {
            printf("    | %s\n", line);
        }
    }
    fflush(stdout);
    unlink(job->output);
}

/* Those that a test left behind come to us (PR_SET_CHILD_SUBREAPER), and are not waited for by name. */
static void reap(void)
{
    int status;
    pid_t pid;
    while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
    {
        for (int i = 0; i < MAX_JOBS; i++)
        {
            if (jobs[i].pid == pid)
            {
                kill(-pid, SIGKILL);
                report(&jobs[i], status);
                jobs[i].pid = 0;
            }
        }
    }
}

static int running(void)
{
    int count = 0;
    for (int i = 0; i < MAX_JOBS; i++)
    {
        if (jobs[i].pid > 0)
        {
            count++;
            if (now() > jobs[i].deadline)
            {
                jobs[i].timed_out = 1;
                kill(-jobs[i].pid, SIGKILL);
                kill(jobs[i].pid, SIGKILL);
            }
        }
    }
    return count;
}

int main(int argc, char **argv)
{
    int width = 1, option;
    while ((option = getopt(argc, argv, "j:t:o")) != -1)
    {
        switch (option)
        {
        case 'j':
            width = atoi(optarg);
            break;
        case 't':
            time_out = atof(optarg);
            break;
        case 'o':
            shows_output = 1;
            break;
        default:
            return 2;
        }
    }
    FILE *list = optind < argc ? fopen(argv[optind], "r") : NULL;
    if (list == NULL || width < 1 || width > MAX_JOBS)
    {
        fprintf(stderr, "usage: run_tests [-j COUNT] [-t SECONDS] [-o] LIST\n");
        return 2;
    }
    fcntl(fileno(list), F_SETFD, FD_CLOEXEC);
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    umask(022);
    char name[NAME_SIZE];
    while (fgets(name, sizeof name, list) != NULL)
    {
        name[strcspn(name, "\n")] = 0;
        while (reap(), running() >= width)
        {
            pause_shortly();
        }
        for (int i = 0; i < MAX_JOBS; i++)
        {
            if (jobs[i].pid == 0)
            {
                start(&jobs[i], name);
                break;
            }
        }
    }
    while (reap(), running() > 0)
    {
        pause_shortly();
    }
    return 0;
}
