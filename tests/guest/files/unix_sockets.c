/* AF_UNIX: pairs, names, streams, datagrams, records, files and credentials in messages, ends. */
#include "../check.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef SCM_CREDENTIALS
#define SCM_CREDENTIALS 2
#endif

static volatile sig_atomic_t s_pipes;

static void note(int signal)
{
    (void)signal;
    s_pipes++;
}

static socklen_t name_of(struct sockaddr_un *address, const char *path, int is_abstract)
{
    memset(address, 0, sizeof *address);
    address->sun_family = AF_UNIX;
    strcpy(address->sun_path + is_abstract, path);
    return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(path) + 1);
}

static int events_of(int fd)
{
    struct pollfd entry = {.fd = fd, .events = POLLIN | POLLOUT | POLLRDHUP};
    return poll(&entry, 1, 0) < 0 ? -1 : entry.revents;
}

static void pairs(void)
{
    int ends[2], count;
    char buffer[64] = {0};
    outcome("pair", socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends));
    check("closes on exec", fcntl(ends[0], F_GETFD) == FD_CLOEXEC);
    check("can be written", events_of(ends[0]) == POLLOUT);
    write(ends[0], "hello", 5);
    send(ends[0], " world", 6, 0);
    check("both at once, as a stream", recv(ends[1], buffer, sizeof buffer, MSG_PEEK) == 11 && memcmp(buffer, "hello world", 11) == 0);
    check("bytes to read", ioctl(ends[1], FIONREAD, &count) == 0 && count == 11);
    check("in part", read(ends[1], buffer, 3) == 3 && read(ends[1], buffer, 64) == 8 && memcmp(buffer, "lo world", 8) == 0);
    outcome("nothing more, without waiting", recv(ends[1], buffer, 1, MSG_DONTWAIT));
    outcome("seek", lseek(ends[0], 0, SEEK_SET));
    outcome("send to a name on a connection", sendto(ends[0], "x", 1, 0, (struct sockaddr *)buffer, 2));
    write(ends[1], "back", 4);
    check("the other way", read(ends[0], buffer, 64) == 4);
    shutdown(ends[0], SHUT_WR);
    check("half closed: the end", read(ends[1], buffer, 64) == 0);
    check("half closed: events", events_of(ends[1]) == (POLLIN | POLLOUT | POLLRDHUP));
    signal(SIGPIPE, note);
    outcome("half closed: no more to write", write(ends[0], "x", 1));
    check("with a signal", s_pipes == 1);
    outcome("without a signal", send(ends[0], "x", 1, MSG_NOSIGNAL));
    check("none", s_pipes == 1);
    check("the other way still", write(ends[1], "still", 5) == 5 && read(ends[0], buffer, 64) == 5);
    close(ends[1]);
    check("closed: events", events_of(ends[0]) == (POLLIN | POLLOUT | POLLRDHUP | POLLHUP));
    check("closed: the end", read(ends[0], buffer, 64) == 0);
    close(ends[0]);

    socketpair(AF_UNIX, SOCK_STREAM, 0, ends);
    write(ends[0], "unread", 6);
    close(ends[1]);
    outcome("closed with bytes unread", read(ends[0], buffer, 1));
    check("then the end", read(ends[0], buffer, 1) == 0);
    close(ends[0]);

    socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends);
    static char big[65536];
    long total = 0, got;
    while ((got = write(ends[0], big, sizeof big)) > 0)
    {
        total += got;
    }

    check("a full buffer says so", got == -1 && errno == EAGAIN && total >= 65536 && total < 1000000);
    check("and by its events", events_of(ends[0]) == 0);
    while (read(ends[1], big, sizeof big) > 0)
    {
    }

    check("empty, it can be written", events_of(ends[0]) == POLLOUT);
    close(ends[0]);
    close(ends[1]);
}

static void records(void)
{
    int ends[2];
    char buffer[16] = {0};
    struct iovec part = {buffer, 3};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
    socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends);
    write(ends[0], "first", 5);
    write(ends[0], "2", 1);
    check("cut off, and told", recvmsg(ends[1], &message, 0) == 3 && message.msg_flags == MSG_TRUNC);
    check("the next is whole", recv(ends[1], buffer, sizeof buffer, 0) == 1 && buffer[0] == '2');
    write(ends[0], "a long record", 13);
    check("its true length", recv(ends[1], buffer, 1, MSG_TRUNC) == 13);
    close(ends[0]);
    check("the end", recv(ends[1], buffer, 1, 0) == 0);
    outcome("no more to write", send(ends[1], "x", 1, MSG_NOSIGNAL));
    close(ends[1]);

    socketpair(AF_UNIX, SOCK_DGRAM, 0, ends);
    send(ends[0], "", 0, 0);
    send(ends[0], "x", 1, 0);
    check("an empty datagram", recv(ends[1], buffer, sizeof buffer, 0) == 0);
    check("and another", recv(ends[1], buffer, sizeof buffer, 0) == 1);
    static char big[1 << 20];
    outcome("too long", send(ends[0], big, sizeof big, 0));
    struct iovec parts[2] = {{"one", 3}, {"two", 3}};
    struct mmsghdr many[2] = {{.msg_hdr = {.msg_iov = parts, .msg_iovlen = 2}}, {.msg_hdr = {.msg_iov = parts + 1, .msg_iovlen = 1}}};
    check("two at once", sendmmsg(ends[0], many, 2, 0) == 2 && many[0].msg_len == 6 && many[1].msg_len == 3);
    char texts[2][16];
    struct iovec rooms[2] = {{texts[0], 16}, {texts[1], 16}};
    struct mmsghdr taken[3] = {{.msg_hdr = {.msg_iov = rooms, .msg_iovlen = 1}}, {.msg_hdr = {.msg_iov = rooms + 1, .msg_iovlen = 1}}, {.msg_hdr = {.msg_iovlen = 0}}};
    check("taken at once", recvmmsg(ends[1], taken, 3, MSG_DONTWAIT, NULL) == 2 && taken[0].msg_len == 6 && memcmp(texts[0], "onetwo", 6) == 0);
    close(ends[0]);
    outcome("to one that has gone", send(ends[1], "x", 1, 0));
    close(ends[1]);
}

static void connections(int is_abstract)
{
    struct sockaddr_un address, other;
    const char *path = is_abstract ? "an abstract name" : "/tmp/socket";
    socklen_t length = name_of(&address, path, is_abstract), size = sizeof other;
    char buffer[16];
    int listener = socket(AF_UNIX, SOCK_STREAM, 0), client = socket(AF_UNIX, SOCK_STREAM, 0), value;
    outcome("connect to nothing", connect(client, (struct sockaddr *)&address, length));
    outcome("listen without a name", listen(listener, 1));
    outcome("bind", bind(listener, (struct sockaddr *)&address, length));
    outcome("bind again", bind(listener, (struct sockaddr *)&address, length));
    outcome("taken", bind(client, (struct sockaddr *)&address, length));
    outcome("connect to one that does not listen", connect(client, (struct sockaddr *)&address, length));
    outcome("accept without listening", accept(listener, NULL, NULL));
    outcome("listen", listen(listener, 0));
    size = sizeof value;
    check("it says that it listens", getsockopt(listener, SOL_SOCKET, SO_ACCEPTCONN, &value, &size) == 0 && value == 1);
    fcntl(listener, F_SETFL, O_NONBLOCK);
    outcome("nobody there", accept(listener, NULL, NULL));
    check("a new socket's events", events_of(client) == (POLLOUT | POLLHUP));
    outcome("connect", connect(client, (struct sockaddr *)&address, length));
    check("somebody there", events_of(listener) == POLLIN);
    int second = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
    outcome("the line is full", connect(second, (struct sockaddr *)&address, length));
    write(client, "early", 5);
    size = sizeof other;
    int server = accept4(listener, (struct sockaddr *)&other, &size, SOCK_CLOEXEC);
    outcome("accept", server);
    outcome("connect again", connect(client, (struct sockaddr *)&address, length));
    check("from one without a name", size == 2 && other.sun_family == AF_UNIX);
    check("what was sent before", read(server, buffer, sizeof buffer) == 5);
    size = sizeof other;
    check("the server's name", getpeername(client, (struct sockaddr *)&other, &size) == 0 && size == length && memcmp(&other, &address, length) == 0);
    size = sizeof other;
    check("also on its own side", getsockname(server, (struct sockaddr *)&other, &size) == 0 && size == length);
    size = 2;
    check("a name cut off has its length", getsockname(server, (struct sockaddr *)&other, &size) == 0 && size == length);
    struct ucred peer;
    size = sizeof peer;
    check("who is there", getsockopt(server, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 && peer.pid == getpid() && peer.uid == geteuid());
    int wrong = socket(AF_UNIX, SOCK_DGRAM, 0);
    outcome("another type", connect(wrong, (struct sockaddr *)&address, length));
    outcome("room again", connect(second, (struct sockaddr *)&address, length));
    close(listener);
    outcome("the listener has gone", read(second, buffer, 1));
    check("then the end", read(second, buffer, 1) == 0);
    check("connections stay", write(server, "x", 1) == 1 && read(client, buffer, 1) == 1);
    outcome("connect to one that has gone", connect(wrong, (struct sockaddr *)&address, length));
    close(server);
    close(client);
    close(second);
    close(wrong);
    if (!is_abstract)
    {
        struct stat status;
        check("a file remains", stat(path, &status) == 0 && S_ISSOCK(status.st_mode));
        outcome("open it", open(path, O_RDWR));
        outcome("the name is still taken", bind(socket(AF_UNIX, SOCK_STREAM, 0), (struct sockaddr *)&address, length));
        unlink(path);
        outcome("and then free", bind(socket(AF_UNIX, SOCK_STREAM, 0), (struct sockaddr *)&address, length));
        unlink(path);
    }
}

static void datagrams(void)
{
    struct sockaddr_un first, second, from;
    socklen_t first_length = name_of(&first, "first", 1), second_length = name_of(&second, "second", 1), size = sizeof from;
    int a = socket(AF_UNIX, SOCK_DGRAM, 0), b = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);
    char buffer[16];
    bind(a, (struct sockaddr *)&first, first_length);
    bind(b, (struct sockaddr *)&second, second_length);
    outcome("without an address", send(a, "x", 1, 0));
    outcome("with one", sendto(a, "hello", 5, 0, (struct sockaddr *)&second, second_length));
    check("from whom", recvfrom(b, buffer, sizeof buffer, 0, (struct sockaddr *)&from, &size) == 5 && size == first_length && memcmp(&from, &first, size) == 0);
    outcome("none left", recv(b, buffer, 1, 0));
    outcome("connect", connect(b, (struct sockaddr *)&first, first_length));
    outcome("send to the peer", send(b, "x", 1, 0));
    int stranger = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);
    outcome("a stranger to one that is connected", sendto(stranger, "x", 1, 0, (struct sockaddr *)&second, second_length));
    int sent = 0;
    while (sendto(stranger, "x", 1, 0, (struct sockaddr *)&first, first_length) == 1)
    {
        sent++;
    }

    check("not without end", errno == EAGAIN && sent > 0);
    outcome("listen", listen(a, 1));
    outcome("accept", accept(a, NULL, NULL));
    size = sizeof from;
    struct sockaddr_un none = {.sun_family = AF_UNIX};
    check("a name of the kernel's choice", bind(stranger, (struct sockaddr *)&none, 2) == 0
        && getsockname(stranger, (struct sockaddr *)&from, &size) == 0 && size == 8 && from.sun_path[0] == 0);
    close(a);
    outcome("the peer has gone", send(b, "x", 1, 0));
    outcome("and with it the connection", send(b, "x", 1, 0));
    close(b);
    close(stranger);
}

static int send_file(int socket, int fd, const char *text, size_t length)
{
    char control[CMSG_SPACE(sizeof(int))] = {0};
    struct iovec part = {(void *)text, length};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof(int));
    memcpy(CMSG_DATA(header), &fd, sizeof fd);
    return (int)sendmsg(socket, &message, 0);
}

static int receive_file(int socket, int flags, int *message_flags)
{
    char control[CMSG_SPACE(sizeof(int))], buffer[64];
    struct iovec part = {buffer, sizeof buffer};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
    int fd = -1;
    if (recvmsg(socket, &message, flags) >= 0)
    {
        struct cmsghdr *header = CMSG_FIRSTHDR(&message);
        *message_flags = message.msg_flags;
        if (header != NULL && header->cmsg_type == SCM_RIGHTS)
        {
            memcpy(&fd, CMSG_DATA(header), sizeof fd);
        }
    }

    return fd;
}

static void files(void)
{
    int ends[2], pipe_ends[2], flags = 0;
    char buffer[16];
    socketpair(AF_UNIX, SOCK_STREAM, 0, ends);
    pipe(pipe_ends);
    check("a file is sent", send_file(ends[0], pipe_ends[1], "x", 1) == 1);
    close(pipe_ends[1]);
    int peeked = receive_file(ends[1], MSG_PEEK, &flags);
    check("looked at", peeked >= 0);
    close(peeked);
    int received = receive_file(ends[1], MSG_CMSG_CLOEXEC, &flags);
    check("received, closing on exec", received >= 0 && fcntl(received, F_GETFD) == FD_CLOEXEC);
    check("and it works", write(received, "y", 1) == 1 && read(pipe_ends[0], buffer, 1) == 1);
    close(received);
    check("it was the last", read(pipe_ends[0], buffer, 1) == 0);
    outcome("a bad descriptor", send_file(ends[0], 999, "x", 1));

    pipe(pipe_ends);
    send_file(ends[0], pipe_ends[1], "ab", 2);
    write(ends[0], "cd", 2);
    close(pipe_ends[1]);
    check("read drops the file, and stops there", read(ends[1], buffer, 16) == 2);
    check("dropped", read(pipe_ends[0], buffer, 1) == 0);
    check("the rest", read(ends[1], buffer, 16) == 2);

    pipe(pipe_ends);
    send_file(ends[0], pipe_ends[1], "x", 1);
    close(pipe_ends[1]);
    close(ends[0]);
    close(ends[1]);
    check("a closed socket drops what is under way", read(pipe_ends[0], buffer, 1) == 0);

    /* A socket in its own queue, beside a pipe that tells whether the two were dropped. */
    pipe(pipe_ends);
    socketpair(AF_UNIX, SOCK_STREAM, 0, ends);
    send_file(ends[0], ends[1], "x", 1);
    send_file(ends[0], pipe_ends[1], "x", 1);
    close(pipe_ends[1]);
    close(ends[1]);
    close(ends[0]);
    check("a circle is found", read(pipe_ends[0], buffer, 1) == 0);

    int others[2];
    pipe(pipe_ends);
    socketpair(AF_UNIX, SOCK_DGRAM, 0, ends);
    socketpair(AF_UNIX, SOCK_STREAM, 0, others);
    send_file(ends[0], others[1], "x", 1);
    send_file(others[0], ends[1], "x", 1);
    send_file(others[0], pipe_ends[1], "x", 1);
    close(pipe_ends[1]);
    close(ends[1]);
    close(others[1]);
    close(ends[0]);
    close(others[0]);
    check("a circle of two", read(pipe_ends[0], buffer, 1) == 0);
}

static void credentials(void)
{
    int ends[2], on = 1, status;
    socketpair(AF_UNIX, SOCK_DGRAM, 0, ends);
    setsockopt(ends[1], SOL_SOCKET, SO_PASSCRED, &on, sizeof on);
    pid_t child = fork();
    if (child == 0)
    {
        send(ends[0], "x", 1, 0);
        _exit(0);
    }

    char control[CMSG_SPACE(sizeof(struct ucred))], buffer[4];
    struct iovec part = {buffer, sizeof buffer};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
    struct ucred sender = {0};
    check("a message", recvmsg(ends[1], &message, 0) == 1);
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    check("with credentials", header != NULL && header->cmsg_type == SCM_CREDENTIALS && header->cmsg_len == CMSG_LEN(sizeof sender));
    memcpy(&sender, CMSG_DATA(header), sizeof sender);
    check("the sender's", sender.pid == child && sender.uid == getuid() && sender.gid == getgid());
    waitpid(child, &status, 0);
    send(ends[0], "x", 1, 0);
    message.msg_controllen = 8;
    check("no room for them", recvmsg(ends[1], &message, 0) == 1 && message.msg_flags == MSG_CTRUNC);
    close(ends[0]);
    close(ends[1]);
}

static void options(void)
{
    int ends[2], value = 0;
    socklen_t size = sizeof value;
    struct timeval time = {0, 20000};
    char byte;
    outcome("another family", socket(AF_DECnet, SOCK_STREAM, 0));
    outcome("a bad type", socket(AF_UNIX, 9, 0));
    outcome("a worse type", socket(AF_UNIX, 12, 0));
    outcome("a bad protocol", socket(AF_UNIX, SOCK_STREAM, 6));
    socketpair(AF_UNIX, SOCK_STREAM, 0, ends);
    check("type", getsockopt(ends[0], SOL_SOCKET, SO_TYPE, &value, &size) == 0 && value == SOCK_STREAM && size == 4);
    check("domain", getsockopt(ends[0], SOL_SOCKET, SO_DOMAIN, &value, &size) == 0 && value == AF_UNIX);
    check("no error", getsockopt(ends[0], SOL_SOCKET, SO_ERROR, &value, &size) == 0 && value == 0);
    outcome("a time to receive", setsockopt(ends[0], SOL_SOCKET, SO_RCVTIMEO, &time, sizeof time));
    outcome("runs out", read(ends[0], &byte, 1));
    value = 5000;
    setsockopt(ends[0], SOL_SOCKET, SO_SNDBUF, &value, sizeof value);
    check("a buffer is doubled", getsockopt(ends[0], SOL_SOCKET, SO_SNDBUF, &value, &size) == 0 && value == 10000);
    outcome("an option that there is not", getsockopt(ends[0], SOL_SOCKET, 999, &value, &size));
    outcome("not a socket", getsockopt(0, SOL_SOCKET, SO_TYPE, &value, &size));
    outcome("a bad direction", shutdown(ends[0], 3));

    int set = epoll_create1(0);
    struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET};
    epoll_ctl(set, EPOLL_CTL_ADD, ends[1], &event);
    check("writable by epoll", epoll_wait(set, &event, 1, 0) == 1 && event.events == EPOLLOUT);
    check("once", epoll_wait(set, &event, 1, 0) == 0);
    write(ends[0], "x", 1);
    check("readable by epoll", epoll_wait(set, &event, 1, 5000) == 1 && event.events == (EPOLLIN | EPOLLOUT));
    close(ends[0]);
    check("gone by epoll", epoll_wait(set, &event, 1, 5000) == 1 && event.events == (EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLHUP));
}

static void across_processes(void)
{
    struct sockaddr_un address;
    socklen_t length = name_of(&address, "server", 1);
    int listener = socket(AF_UNIX, SOCK_STREAM, 0), good = 1, status;
    bind(listener, (struct sockaddr *)&address, length);
    listen(listener, 2);
    for (int i = 0; i < 4; i++)
    {
        if (fork() == 0)
        {
            static char data[100000];
            int client = socket(AF_UNIX, SOCK_STREAM, 0);
            memset(data, 'a' + i, sizeof data);
            if (connect(client, (struct sockaddr *)&address, length) != 0 || write(client, data, sizeof data) != (long)sizeof data)
            {
                _exit(1);
            }

            shutdown(client, SHUT_WR);
            _exit(read(client, data, 1) == 1 && data[0] == 'a' + i ? 0 : 1);
        }
    }

    for (int i = 0; i < 4; i++)
    {
        char buffer[3000], first = 0;
        long total = 0, got;
        int server = accept(listener, NULL, NULL);
        while ((got = read(server, buffer, sizeof buffer)) > 0)
        {
            first = first == 0 ? buffer[0] : first;
            good &= buffer[got - 1] == first;
            total += got;
        }

        good &= total == 100000 && write(server, &first, 1) == 1;
        close(server);
    }

    for (int i = 0; i < 4; i++)
    {
        good &= wait(&status) > 0 && status == 0;
    }

    check("four clients", good);
}

int main(void)
{
    setvbuf(stdout, NULL, _IONBF, 0);
    pairs();
    records();
    connections(0);
    connections(1);
    datagrams();
    files();
    credentials();
    options();
    across_processes();
    return finish();
}
