/*
 * A thousand processes are killed at random, in whatever they are at: computing, waiting for each other, taking memory,
 * making children and programs. Nobody may wait for ever for one that is gone, no child may be left, and no frame.
 */
#include "torture.h"

#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>

enum { KILLS = 1000, CREWS = 12, KINDS = 6 };

/* A crew is a group of processes; the reading end of its pipe says EOF when the last one is gone. */
static struct
{
    pid_t leader;
    int end;
} s_crews[CREWS];

static uint32_t s_random = 2463534242;

/* Frames that no program holds; 0 on Linux, which has no such file. */
static long unused_frames(void)
{
    long free_frames = 0, kernel_frames = 0;
    char name[64];
    long value;
    FILE *file = fopen("/proc/levitate", "r");
    while (file != NULL && fscanf(file, "%63s %ld", name, &value) == 2)
    {
        free_frames = strcmp(name, "frames_free") == 0 ? value : free_frames;
        kernel_frames = strcmp(name, "frames_kernel") == 0 ? value : kernel_frames;
    }

    if (file != NULL)
    {
        fclose(file);
    }

    return free_frames + kernel_frames;
}

/* The most of them that there are within a while that ends when they get no more: a thread's last steps may come after its waiter's return. */
static long settled_frames(void)
{
    long most = unused_frames();
    struct timespec moment = { 0, 1000000 };
    for (int quiet = 0; quiet < 100; quiet++)
    {
        nanosleep(&moment, NULL);
        long now = unused_frames();
        quiet = now > most ? 0 : quiet;
        most = now > most ? now : most;
    }

    return most;
}

static void compute(void)
{
    for (volatile unsigned n = 0; ; n++)
    {
    }
}

/* Two processes hand a byte to and fro; each ends when the other is gone. */
static void pass(int type)
{
    int ends[2];
    char byte = 0;
    if (socketpair(AF_UNIX, type, 0, ends) != 0)
    {
        _exit(1);
    }

    int mine = fork() != 0;
    close(ends[!mine]);
    while (mine ? send(ends[mine], &byte, 1, MSG_NOSIGNAL) == 1 && recv(ends[mine], &byte, 1, 0) == 1
                : recv(ends[mine], &byte, 1, 0) == 1 && send(ends[mine], &byte, 1, MSG_NOSIGNAL) == 1)
    {
    }

    _exit(0);
}

static void take_memory(void)
{
    for (unsigned n = 0; ; n++)
    {
        size_t length = (n % 32 + 1) * 4096;
        char *area = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_ANONYMOUS | (n % 2 ? MAP_SHARED : MAP_PRIVATE), -1, 0);
        if (area != MAP_FAILED)
        {
            memset(area, 1, length);
            munmap(area, length);
        }
    }
}

static void make_children(int with_exec)
{
    char *arguments[] = { "exit_status", "0", NULL };
    for (;;)
    {
        pid_t child = with_exec ? vfork() : fork();
        if (child == 0)
        {
            if (with_exec)
            {
                execv("/bin/exit_status", arguments);
            }

            _exit(0);
        }

        waitpid(child, NULL, 0);
    }
}

static void *wait_at_lock(void *lock)
{
    pthread_mutex_lock(lock);
    return NULL;
}

static void wait_with_threads(void)
{
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    pthread_t threads[3];
    pthread_mutex_lock(&lock);
    for (int i = 0; i < 3; i++)
    {
        pthread_create(&threads[i], NULL, wait_at_lock, &lock);
    }

    pthread_join(threads[0], NULL);
}

static void be_crew(int kind)
{
    switch (kind)
    {
        case 0: compute(); break;
        case 1: pass(SOCK_STREAM); break;
        case 2: take_memory(); break;
        case 3: make_children(0); break;
        case 4: make_children(1); break;
        default: wait_with_threads(); break;
    }

    _exit(1);
}

static void start(int crew)
{
    int ends[2];
    if (pipe(ends) != 0)
    {
        fail("pipe");
    }

    pid_t leader = fork();
    if (leader < 0)
    {
        fail("fork");
    }

    if (leader == 0)
    {
        close(ends[0]);
        for (int i = 0; i < CREWS; i++)
        {
            if (s_crews[i].leader != 0)
            {
                close(s_crews[i].end);
            }
        }

        setpgid(0, 0);
        be_crew(crew % KINDS);
    }

    setpgid(leader, leader);
    close(ends[1]);
    s_crews[crew].leader = leader;
    s_crews[crew].end = ends[0];
}

/* Kills the leader, or all at once; what the leader leaves gets the signal after it. Everything of the crew ends. */
static int stop(int crew)
{
    int status, bad = 0;
    char byte;
    pid_t leader = s_crews[crew].leader;
    if (next_random(&s_random) % 2 == 0)
    {
        kill(leader, SIGKILL);
        bad += waitpid(leader, &status, 0) != leader;
        kill(-leader, SIGKILL);
    }
    else
    {
        kill(-leader, SIGKILL);
        bad += waitpid(leader, &status, 0) != leader;
    }

    /* A partner may have ended by itself when the other one was gone; a leader never does. */
    bad += !WIFSIGNALED(status) && crew % KINDS != 1;

    /* Orphans are this process's children now. */
    while (waitpid(-leader, &status, 0) > 0)
    {
    }

    bad += read(s_crews[crew].end, &byte, 1) != 0;
    close(s_crews[crew].end);
    s_crews[crew].leader = 0;
    return bad;
}

static int storm(int kills)
{
    int bad = 0;
    for (int i = 0; i < CREWS; i++)
    {
        start(i);
    }

    for (int i = 0; i < kills; i++)
    {
        int crew = (int)(next_random(&s_random) % CREWS);
        bad += stop(crew);
        start(crew);
    }

    for (int i = 0; i < CREWS; i++)
    {
        bad += stop(i);
    }

    return bad;
}

int main(int argc, char **argv)
{
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    int bad = storm(CREWS);

    /* What this process itself takes when it first prints and reads (its stack may begin anywhere in a page) comes before. */
    check("the first ones ended", bad == 0);
    long before = settled_frames();
    check("frames are counted where they can be", before > 0 || access("/proc/levitate", F_OK) != 0);
    bad += storm(rounds(argc, argv, KILLS));
    check("each that was killed ended, and nobody waits for it", bad == 0);
    check("no child is left", wait(NULL) == -1 && errno == ECHILD);

    check("no frame is lost", settled_frames() >= before);
    return finish();
}
