/* What ipcs asks of System V objects: by place, limits and sums, /proc/sysvipc. */
#include "../check.h"

#include <stdlib.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <unistd.h>

#ifndef SHM_STAT_ANY
#define SHM_STAT_ANY 15
#endif
#ifndef SEM_STAT_ANY
#define SEM_STAT_ANY 20
#endif
#ifndef MSG_STAT_ANY
#define MSG_STAT_ANY 13
#endif

enum { PLACE = 32767, UNUSED_PLACE = 32767 };

struct segments
{
    int used_ids;
    unsigned long total, resident, swapped, attempts, successes;
};

union semaphore_argument
{
    int value;
    struct semid_ds *status;
    struct seminfo *info;
};

/* Whether a file of /proc has a line with these numbers behind the key. */
static int is_listed(const char *file, int id, unsigned mode, unsigned long third)
{
    char line[512];
    int found = 0;
    FILE *list = fopen(file, "r");
    while (list != NULL && fgets(line, sizeof line, list) != NULL)
    {
        int key, number;
        unsigned permissions;
        unsigned long next;
        found |= sscanf(line, "%d %d %o %lu", &key, &number, &permissions, &next) == 4 && number == id && permissions == mode && next == third;
    }

    if (list != NULL)
        fclose(list);
    return found;
}

static void segments(void)
{
    int id = shmget(IPC_PRIVATE, 10000, 0600);
    char *memory = shmat(id, NULL, 0);
    memory[0] = 1;
    struct shmid_ds status = { 0 };
    check("a segment by its place", shmctl(id & PLACE, SHM_STAT, &status) == id && status.shm_segsz == 10000 && status.shm_nattch == 1);
    check("whoever asks", shmctl(id & PLACE, SHM_STAT_ANY, &status) == id);
    outcome("a place where none is", shmctl(UNUSED_PLACE, SHM_STAT, &status));
    outcome("a negative place", shmctl(-1, SHM_STAT, &status));
    struct shminfo limits = { 0 };
    check("limits", shmctl(0, IPC_INFO, (struct shmid_ds *)&limits) >= (id & PLACE) && limits.shmmni == 4096 && limits.shmmin == 1);
    struct segments sums = { 0 };
    check("sums", shmctl(0, SHM_INFO, (struct shmid_ds *)&sums) >= (id & PLACE) && sums.used_ids >= 1 && sums.total >= 3 && sums.resident >= 1);
    check("in /proc", is_listed("/proc/sysvipc/shm", id, 0600, 10000));
    shmctl(id, IPC_RMID, NULL);
    check("removed and still in use", is_listed("/proc/sysvipc/shm", id, 01600, 10000) || is_listed("/proc/sysvipc/shm", id, 0x200 | 0600, 10000));
    shmdt(memory);
    check("and gone", !is_listed("/proc/sysvipc/shm", id, 0x200 | 0600, 10000));
    outcome("its number then", shmctl(id, IPC_STAT, &status));
}

static void semaphores(void)
{
    int id = semget(IPC_PRIVATE, 3, 0640);
    struct semid_ds status = { 0 };
    union semaphore_argument argument = { .status = &status };
    check("a set by its place", semctl(id & PLACE, 0, SEM_STAT, argument) == id && status.sem_nsems == 3);
    check("whoever asks", semctl(id & PLACE, 0, SEM_STAT_ANY, argument) == id);
    outcome("a place where none is", semctl(UNUSED_PLACE, 0, SEM_STAT, argument));
    struct seminfo info = { 0 };
    argument.info = &info;
    check("limits", semctl(0, 0, IPC_INFO, argument) >= (id & PLACE) && info.semmni == 32000 && info.semmsl == 32000 && info.semopm == 500 && info.semvmx == 32767 && info.semusz == 20);
    check("sums", semctl(0, 0, SEM_INFO, argument) >= (id & PLACE) && info.semusz >= 1 && info.semaem >= 3);
    check("in /proc", is_listed("/proc/sysvipc/sem", id, 0640, 3));
    semctl(id, 0, IPC_RMID);
    check("and gone", !is_listed("/proc/sysvipc/sem", id, 0640, 3));
}

static void queues(void)
{
    struct { long type; char text[5]; } message = { 1, "words" };
    int id = msgget(IPC_PRIVATE, 0600);
    msgsnd(id, &message, 5, 0);
    struct msqid_ds status = { 0 };
    check("a queue by its place", msgctl(id & PLACE, MSG_STAT, &status) == id && status.msg_qnum == 1);
    check("whoever asks", msgctl(id & PLACE, MSG_STAT_ANY, &status) == id);
    outcome("a place where none is", msgctl(UNUSED_PLACE, MSG_STAT, &status));
    struct msginfo info = { 0 };
    check("limits", msgctl(0, IPC_INFO, (struct msqid_ds *)&info) >= (id & PLACE) && info.msgmax == 8192 && info.msgmnb == 16384 && info.msgssz == 16);
    check("sums", msgctl(0, MSG_INFO, (struct msqid_ds *)&info) >= (id & PLACE) && info.msgpool >= 1 && info.msgmap >= 1 && info.msgtql >= 5);
    check("in /proc", is_listed("/proc/sysvipc/msg", id, 0600, 5));
    msgctl(id, IPC_RMID, NULL);
    check("and gone", !is_listed("/proc/sysvipc/msg", id, 0600, 5));
}

int main(void)
{
    segments();
    semaphores();
    queues();
    return finish();
}
