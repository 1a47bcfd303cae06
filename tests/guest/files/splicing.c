/* splice, tee and vmsplice between pipes, files and memory. */
#include "../check.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/uio.h>
#include <unistd.h>

static int s_one[2], s_other[2];
static char s_page[70000], s_back[70000];

static void show(const char *what, long result)
{
    printf("%s: %ld%s%s\n", what, result, result < 0 ? " " : "", result < 0 ? strerror(errno) : "");
}

static void files(void)
{
    int file = open("/tmp/splice", O_CREAT | O_TRUNC | O_RDWR, 0600);
    loff_t offset = 100;
    for (size_t i = 0; i < sizeof s_page; i++)
        s_page[i] = (char)(i * 7 + i / 256);
    check("a file", write(file, s_page, 10000) == 10000);
    show("from a file's offset", splice(file, &offset, s_one[1], NULL, 5000, 0));
    printf("the offset: %ld, the position: %ld\n", (long)offset, (long)lseek(file, 0, SEEK_CUR));
    check("what came", read(s_one[0], s_back, 9000) == 5000 && memcmp(s_back, s_page + 100, 5000) == 0);
    lseek(file, 9000, SEEK_SET);
    show("from its position, over the end", splice(file, NULL, s_one[1], NULL, 5000, SPLICE_F_MOVE));
    show("at the end", splice(file, NULL, s_one[1], NULL, 5000, 0));
    printf("the position: %ld\n", (long)lseek(file, 0, SEEK_CUR));
    offset = 20000;
    show("to a file's offset", splice(s_one[0], NULL, file, &offset, 600, 0));
    lseek(file, 30000, SEEK_SET);
    show("to its position, all that there is", splice(s_one[0], NULL, file, NULL, 600, 0));
    printf("the offset: %ld, the position: %ld, the length: %ld\n", (long)offset, (long)lseek(file, 0, SEEK_CUR), (long)lseek(file, 0, SEEK_END));
    check("what went", pread(file, s_back, 600, 20000) == 600 && memcmp(s_back, s_page + 9000, 600) == 0 && pread(file, s_back, 400, 30000) == 400 && memcmp(s_back, s_page + 9600, 400) == 0);
    show("nothing", splice(file, NULL, s_one[1], NULL, 0, 77));
    show("unknown flags", splice(file, NULL, s_one[1], NULL, 1, 77));
    show("no pipe", splice(file, NULL, file, NULL, 1, 0));
    show("a pipe's offset", splice(s_one[0], &offset, file, NULL, 1, 0));
    show("the wrong end", splice(file, NULL, s_one[0], NULL, 1, 0));
    show("a bad descriptor", splice(file, NULL, -1, NULL, 1, 0));
    offset = -1;
    show("a negative offset", splice(file, &offset, s_one[1], NULL, 1, 0));
    show("a bad offset", splice(file, (loff_t *)8, s_one[1], NULL, 1, 0));
    int appending = open("/tmp/splice", O_WRONLY | O_APPEND);
    check("a byte", write(s_one[1], "x", 1) == 1);
    show("to the end of a file", splice(s_one[0], NULL, appending, NULL, 1, 0));
    check("which is still there", read(s_one[0], s_back, 10) == 1);
    close(appending);
    int reader = open("/tmp/splice", O_RDONLY), nothing = open("/dev/null", O_WRONLY), zeros = open("/dev/zero", O_RDONLY);
    check("some bytes", write(s_one[1], s_page, 100) == 100);
    show("to a file that is open for reading", splice(s_one[0], NULL, reader, NULL, 100, 0));
    show("to /dev/null", splice(s_one[0], NULL, nothing, NULL, 100, 0));
    check("from /dev/zero", splice(zeros, NULL, s_one[1], NULL, 10, 0) == 10 && read(s_one[0], s_back, 20) == 10);
    close(file);
    close(reader);
    close(nothing);
    close(zeros);
    unlink("/tmp/splice");
}

static void pipes(void)
{
    check("some bytes", write(s_one[1], s_page, 6000) == 6000);
    show("copied to another", tee(s_one[0], s_other[1], 9000, 0));
    show("moved there too", splice(s_one[0], NULL, s_other[1], NULL, 5000, 0));
    check("the rest is left", read(s_one[0], s_back, 9000) == 1000 && memcmp(s_back, s_page + 5000, 1000) == 0);
    check("both came", read(s_other[0], s_back, 20000) == 11000 && memcmp(s_back, s_page, 6000) == 0 && memcmp(s_back + 6000, s_page, 5000) == 0);
    show("from an empty one", splice(s_one[0], NULL, s_other[1], NULL, 100, SPLICE_F_NONBLOCK));
    show("copied from an empty one", tee(s_one[0], s_other[1], 100, SPLICE_F_NONBLOCK));
    show("to itself", splice(s_one[0], NULL, s_one[1], NULL, 100, 0));
    show("copied to itself", tee(s_one[0], s_one[1], 100, 0));
    int file = open("/dev/null", O_WRONLY);
    show("copying to a file", tee(s_one[0], file, 100, 0));
    close(file);
    check("a full one", write(s_other[1], s_page, 65536) == 65536 && write(s_one[1], s_page, 100) == 100);
    show("to a full one", splice(s_one[0], NULL, s_other[1], NULL, 100, SPLICE_F_NONBLOCK));
    check("nothing is lost", read(s_other[0], s_back, 65536) == 65536 && read(s_one[0], s_back, 200) == 100);
}

static void memory(void)
{
    struct iovec parts[2] = {{s_page, 3000}, {s_page + 10000, 4000}};
    show("from memory", vmsplice(s_one[1], parts, 2, 0));
    check("what came", read(s_one[0], s_back, 9000) == 7000 && memcmp(s_back, s_page, 3000) == 0 && memcmp(s_back + 3000, s_page + 10000, 4000) == 0);
    check("some bytes", write(s_one[1], s_page, 100) == 100);
    parts[0].iov_base = s_back;
    show("to memory", vmsplice(s_one[0], parts, 1, 0));
    check("the same", memcmp(s_back, s_page, 100) == 0);
    show("from an empty one", vmsplice(s_one[0], parts, 1, SPLICE_F_NONBLOCK));
    show("nothing", vmsplice(s_one[1], parts, 0, 0));
    show("bad memory", vmsplice(s_one[1], (struct iovec *)8, 1, 0));
    show("too many parts", vmsplice(s_one[1], parts, 2000, 0));
    show("unknown flags", vmsplice(s_one[1], parts, 1, 64));
    int file = open("/dev/null", O_RDWR);
    show("no pipe", vmsplice(file, parts, 1, 0));
    close(file);
}

static void *feed(void *nothing)
{
    usleep(20000);
    for (int i = 0; i < 200; i++)
        if (write(s_one[1], s_page, 1000) != 1000)
            return nothing;
    return "done";
}

static void waiting(void)
{
    pthread_t thread;
    long moved = 0, came = 0;
    void *result;
    pthread_create(&thread, NULL, feed, NULL);
    while (moved < 200000) {
        long count = splice(s_one[0], NULL, s_other[1], NULL, 30000, 0);
        if (count <= 0)
            break;
        moved += count;
        while (came < moved) {
            long got = read(s_other[0], s_back, sizeof s_back);
            for (long i = 0; i < got; i++)
                if (s_back[i] != s_page[(came + i) % 1000])
                    moved = 1 << 30;
            came += got;
        }
    }
    pthread_join(thread, &result);
    check("a stream goes through in order", moved == 200000 && came == moved && result != NULL);
    close(s_one[1]);
    show("when the writers are gone", splice(s_one[0], NULL, s_other[1], NULL, 100, 0));
    show("copied then", tee(s_one[0], s_other[1], 100, 0));
    check("a byte", pipe(s_one) == 0 && write(s_one[1], "x", 1) == 1);
    close(s_other[0]);
    signal(SIGPIPE, SIG_IGN);
    show("when the readers are gone", splice(s_one[0], NULL, s_other[1], NULL, 1, 0));
}

int main(void)
{
    check("two pipes", pipe(s_one) == 0 && pipe(s_other) == 0);
    files();
    pipes();
    memory();
    waiting();
    return finish();
}
