/* System V shared memory: making, mapping, sharing, permissions, removal. */
#include "../check.h"

#include <stdlib.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/shm.h>
#include <sys/wait.h>
#include <unistd.h>

static int s_key;

static unsigned long attachments(int id)
{
    struct shmid_ds status;
    return shmctl(id, IPC_STAT, &status) == 0 ? status.shm_nattch : 999;
}

static void refuse_map(const char *what, int id, void *address, int flags)
{
    void *result = shmat(id, address, flags);
    printf("%s: %s\n", what, result == (void *)-1 ? strerror(errno) : "ok");
    if (result != (void *)-1)
        shmdt(result);
}

static void sharing(void)
{
    struct shmid_ds status;
    int id = shmget(IPC_PRIVATE, 10000, IPC_CREAT | 0640), result;
    check("a segment", id >= 0);
    check("its state", shmctl(id, IPC_STAT, &status) == 0 && status.shm_segsz == 10000 && status.shm_nattch == 0 && status.shm_cpid == getpid()
        && status.shm_lpid == 0 && status.shm_perm.mode == 0640 && status.shm_perm.uid == geteuid() && status.shm_atime == 0 && status.shm_ctime != 0);
    char *one = shmat(id, NULL, 0), *other = shmat(id, NULL, SHM_RDONLY);
    check("mapped twice", one != (void *)-1 && other != (void *)-1 && one != other && attachments(id) == 2);
    check("zeros at first", one[0] == 0 && one[9999] == 0 && one[12287] == 0);
    one[5000] = 'x';
    check("both see a store", other[5000] == 'x');
    outcome("making the second writable", mprotect(other, 4096, PROT_READ | PROT_WRITE));
    if (fork() == 0) {
        int fine = one[5000] == 'x' && attachments(id) == 4;
        one[5001] = 'y';
        _exit(fine ? 0 : 1);
    }
    wait(&result);
    check("a child shares it", result == 0 && other[5001] == 'y' && attachments(id) == 2);
    check("who was last", shmctl(id, IPC_STAT, &status) == 0 && status.shm_atime != 0);
    outcome("unmapping", shmdt(other));
    outcome("again", shmdt(other));
    outcome("in the middle", shmdt(one + 4096));
    check("one is left", attachments(id) == 1);
    outcome("removing", shmctl(id, IPC_RMID, NULL));
    check("is there until the end", shmctl(id, IPC_STAT, &status) == 0 && (status.shm_perm.mode & SHM_DEST) && one[5000] == 'x');
    char *late = shmat(id, NULL, 0);
    check("even to map", late != (void *)-1 && late[5001] == 'y');
    shmdt(late);
    mprotect(one + 4096, 4096, PROT_READ);
    outcome("unmapping in pieces", shmdt(one));
    outcome("it is gone", shmctl(id, IPC_STAT, &status));
}

static void places(void)
{
    int id = shmget(IPC_PRIVATE, 4096, 0600);
    char *area = mmap(NULL, 16384, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    munmap(area + 4096, 4096);
    check("at an address", shmat(id, area + 4096, 0) == area + 4096);
    refuse_map("where something is", id, area + 8192, 0);
    refuse_map("at an odd address", id, area + 4097, 0);
    area[8192] = 'a';
    check("over something", shmat(id, area + 8200, SHM_RND | SHM_REMAP) == area + 8192 && area[8192] == 0);
    refuse_map("over nothing", id, NULL, SHM_REMAP);
    shmdt(area + 4096);
    shmdt(area + 8192);
    char *gone = shmat(id, NULL, 0);
    check("unmapped otherwise", attachments(id) == 1 && munmap(gone, 4096) == 0 && attachments(id) == 0);
    outcome("removing", shmctl(id, IPC_RMID, NULL));
    refuse_map("what is gone", id, NULL, 0);
}

static void keys(void)
{
    struct shmid_ds status;
    outcome("a key that nobody has", shmget(s_key, 100, 0600));
    int id = shmget(s_key, 100, IPC_CREAT | 0600);
    check("making it", id >= 0 && shmget(s_key, 100, IPC_CREAT | 0600) == id && shmget(s_key, 50, 0) == id && shmget(s_key, 0, 0) == id);
    outcome("making it once more", shmget(s_key, 100, IPC_CREAT | IPC_EXCL | 0600));
    outcome("as a larger one", shmget(s_key, 101, 0));
    outcome("of no size", shmget(IPC_PRIVATE, 0, 0600));
    outcome("of every size", shmget(IPC_PRIVATE, (size_t)-1, 0600));
    outcome("no segment", shmctl(-1, IPC_STAT, &status));
    outcome("an unknown command", shmctl(id, 77, &status));
    outcome("a bad address", shmctl(id, IPC_STAT, (struct shmid_ds *)8));
    outcome("locking", shmctl(id, SHM_LOCK, NULL));
    check("is seen", shmctl(id, IPC_STAT, &status) == 0 && (status.shm_perm.mode & SHM_LOCKED));
    outcome("unlocking", shmctl(id, SHM_UNLOCK, NULL));
    fflush(stdout);
    if (fork() == 0) {
        if (setgid(65534) != 0 || setuid(65534) != 0)
            _exit(1);
        outcome("finding what one may not use", shmget(s_key, 100, 0600));
        outcome("and asking for nothing", shmget(s_key, 100, 0) == id ? 0 : -1);
        refuse_map("mapping it", id, NULL, 0);
        outcome("asking about it", shmctl(id, IPC_STAT, &status));
        outcome("changing it", shmctl(id, IPC_SET, &status));
        outcome("removing it", shmctl(id, IPC_RMID, NULL));
        fflush(stdout);
        _exit(0);
    }
    wait(NULL);
    status.shm_perm.uid = 7;
    status.shm_perm.gid = 8;
    status.shm_perm.mode = 0644;
    outcome("changing it", shmctl(id, IPC_SET, &status));
    check("is seen", shmctl(id, IPC_STAT, &status) == 0 && status.shm_perm.uid == 7 && status.shm_perm.gid == 8 && status.shm_perm.mode == 0644);
    fflush(stdout);
    if (fork() == 0) {
        if (setgid(65534) != 0 || setuid(65534) != 0)
            _exit(1);
        refuse_map("mapping it to read", id, NULL, SHM_RDONLY);
        refuse_map("mapping it to write", id, NULL, 0);
        fflush(stdout);
        _exit(0);
    }
    wait(NULL);
    outcome("removing", shmctl(id, IPC_RMID, NULL));
    outcome("its key is free", shmget(s_key, 100, 0));
}

int main(void)
{
    s_key = 0x4c650000 ^ getpid();
    sharing();
    places();
    keys();
    return finish();
}
