/*
 * Uses processes, threads and memory, and looks in /proc/levitate whether every frame that was taken on a program's
 * behalf comes back. Not for a Linux host.
 */
#include "../check.h"

#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { PROGRAMS = 1000, ROUNDS = 10, THREADS = 100, MAPPINGS = 200 };

static pthread_barrier_t s_barrier;

/* Frames that no program holds: the free ones and the kernel's own, whose heap may grow and shrink as it likes. */
static long unused_frames(void)
{
    char text[1024], *free_line, *kernel_line;
    FILE *file = fopen("/proc/levitate", "r");
    if (file == NULL)
    {
        perror("/proc/levitate");
        exit(2);
    }

    text[fread(text, 1, sizeof text - 1, file)] = 0;
    fclose(file);
    free_line = strstr(text, "frames_free ");
    kernel_line = strstr(text, "frames_kernel ");
    if (free_line == NULL || kernel_line == NULL)
    {
        exit(2);
    }

    return atol(free_line + strlen("frames_free ")) + atol(kernel_line + strlen("frames_kernel "));
}

static void run_programs(void)
{
    for (int i = 0; i < PROGRAMS; i++)
    {
        pid_t child = fork();
        if (child == 0)
        {
            execl("/bin/true", "true", (char *)NULL);
            _exit(1);
        }

        int status;
        if (child < 0 || waitpid(child, &status, 0) != child || status != 0)
        {
            perror("a program");
            exit(2);
        }
    }
}

static void *touch_and_meet(void *argument)
{
    char room[3 * 4096];
    memset(room, 1, sizeof room);
    __asm__ volatile("" : : "r"(room) : "memory");
    pthread_barrier_wait(&s_barrier);
    return argument;
}

static void run_threads(void)
{
    for (int round = 0; round < ROUNDS; round++)
    {
        pthread_t threads[THREADS];
        pthread_barrier_init(&s_barrier, NULL, THREADS);
        for (int i = 0; i < THREADS; i++)
        {
            if (pthread_create(&threads[i], NULL, touch_and_meet, NULL) != 0)
            {
                perror("pthread_create");
                exit(2);
            }
        }

        for (int i = 0; i < THREADS; i++)
        {
            pthread_join(threads[i], NULL);
        }

        pthread_barrier_destroy(&s_barrier);
    }
}

static void use_memory(void)
{
    for (int i = 0; i < MAPPINGS; i++)
    {
        size_t length = (size_t)(i % 50 + 1) * 4096;
        char *area = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_ANONYMOUS | (i % 2 ? MAP_SHARED : MAP_PRIVATE), -1, 0);
        if (area == MAP_FAILED)
        {
            perror("mmap");
            exit(2);
        }

        memset(area, 1, length);
        pid_t child = fork();
        if (child == 0)
        {
            memset(area, 2, length);
            _exit(0);
        }

        waitpid(child, NULL, 0);
        munmap(area, length);
    }
}

/* The last steps of a thread that was waited for may come after its waiter's return: they get up to five seconds. */
static void expect_balance(const char *what, void (*work)(void))
{
    work();
    long before = unused_frames(), after;
    work();
    time_t end = time(NULL) + 5;
    do
    {
        sched_yield();
        after = unused_frames();
    }
    while (after < before && time(NULL) < end);

    check(what, after >= before);
    if (after < before)
    {
        printf("%ld frames are lost\n", before - after);
    }
}

int main(void)
{
    expect_balance("a hundred threads at a time", run_threads);
    expect_balance("fork, exec, exit", run_programs);
    expect_balance("mappings, private and shared, across fork", use_memory);
    return finish();
}
