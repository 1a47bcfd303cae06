/* process_vm_readv and process_vm_writev: another process's memory. */
#include "../check.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#define PAGE 4096

static char *s_pages;

/* Four pages: what can be written, read only, nothing, and a hole. */
static void map_pages(void)
{
    s_pages = mmap(NULL, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    memset(s_pages, 'p', 3 * PAGE);
    mprotect(s_pages + PAGE, PAGE, PROT_READ);
    mprotect(s_pages + 2 * PAGE, PAGE, PROT_NONE);
    munmap(s_pages + 3 * PAGE, PAGE);
}

static void show(const char *what, long result)
{
    if (result >= 0)
        printf("%s: %ld\n", what, result);
    else
        printf("%s: %s\n", what, strerror(errno));
}

int main(void)
{
    static char buffer[3 * PAGE];
    int ready[2];
    map_pages();
    if (pipe(ready) != 0)
        return 2;
    pid_t child = fork();
    if (child == 0) {
        memset(s_pages, 'c', PAGE);
        if (write(ready[1], "x", 1) != 1)
            _exit(2);
        for (volatile char *first = s_pages; *first != 'e';)
            usleep(1000);
        _exit(s_pages[1] == 'n' && s_pages[2] == 'c' ? 0 : 1);
    }

    if (read(ready[0], buffer, 1) != 1)
        return 2;
    struct iovec own[2] = { { buffer, 10 }, { buffer + 100, 10 } };
    struct iovec other[2] = { { s_pages, 5 }, { s_pages + PAGE - 5, 15 } };
    show("two pieces from two", process_vm_readv(child, own, 2, other, 2, 0));
    check("the child's bytes", memcmp(buffer, "cccccccccc", 10) == 0 && memcmp(buffer + 100, "pppppppppp", 10) == 0);
    other[0] = (struct iovec){ s_pages, 3 * PAGE };
    own[0] = (struct iovec){ buffer, 3 * PAGE };
    show("up to what it may not read", process_vm_readv(child, own, 1, other, 1, 0));
    other[0] = (struct iovec){ s_pages + 2 * PAGE, PAGE };
    show("what it may not read", process_vm_readv(child, own, 1, other, 1, 0));
    other[0] = (struct iovec){ s_pages + 3 * PAGE, PAGE };
    show("nothing", process_vm_readv(child, own, 1, other, 1, 0));
    other[0] = (struct iovec){ s_pages + PAGE, 1 };
    show("writing what it may only read", process_vm_writev(child, own, 1, other, 1, 0));
    check("our own is as it was", s_pages[0] == 'p');
    show("no pieces", process_vm_readv(child, NULL, 0, other, 1, 0));
    show("no pieces there", process_vm_readv(child, own, 1, NULL, 0, 0));
    show("too many", process_vm_readv(child, own, 1025, other, 1, 0));
    show("a flag", process_vm_readv(child, own, 1, other, 1, 1));
    show("nobody", process_vm_readv(1 << 22, own, 1, other, 1, 0));
    show("nobody, of nothing", process_vm_readv(1 << 22, NULL, 0, NULL, 0, 0));
    own[0] = (struct iovec){ NULL, 10 };
    other[0] = (struct iovec){ s_pages, 10 };
    show("to nowhere", process_vm_readv(child, own, 1, other, 1, 0));
    own[0] = (struct iovec){ (void *)"abc", 3 };
    other[0] = (struct iovec){ buffer, 3 };
    show("to ourselves", process_vm_writev(getpid(), own, 1, other, 1, 0));
    check("it is there", memcmp(buffer, "abc", 3) == 0);
    fflush(stdout);
    if (fork() == 0) {
        other[0] = (struct iovec){ s_pages, 3 };
        if (setgid(65534) != 0 || setuid(65534) != 0)
            _exit(2);
        show("another user's", process_vm_readv(child, own, 1, other, 1, 0));
        fflush(stdout);
        _exit(0);
    }

    own[0] = (struct iovec){ (void *)"n", 1 };
    own[1] = (struct iovec){ (void *)"e", 1 };
    other[0] = (struct iovec){ s_pages + 1, 1 };
    other[1] = (struct iovec){ s_pages, 1 };
    int status;
    wait(&status);
    show("writing", process_vm_writev(child, own, 2, other, 2, 0));
    waitpid(child, &status, 0);
    check("the child has seen it", status == 0);
    show("it is gone", process_vm_readv(child, own, 2, other, 2, 0));
    return finish();
}
