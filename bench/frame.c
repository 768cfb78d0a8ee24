/*
 * The least that asking a program at a socket can take: a client that sends one frame and writes out what comes, and a server that answers with as
 * many bytes as it is asked for. No protocol, no checks, no memory of anything: the floor beside omg-fast and omgd.
 *
 *     frame serve SOCKET
 *     frame ask SOCKET BYTES
 *
 * The server has one client at a time, for as long as that stays. And a client of omgd's that does nothing else, so that what it waits for is the
 * answer: every few milliseconds it asks the next of the questions in a file, then the bare server, and then counts for a millisecond and a half, as
 * long as omgd works for an answer. It writes out how long each took in microseconds: the counting tells what the machine itself did with a program
 * that asks nobody. Last comes how long omgd itself worked until the answer was there, all of its threads together: its clock (clock_getcpuclockid(3))
 * stands still while others have the processor. It goes on until its input ends.
 *
 *     frame pace SOCKET QUESTIONS SOCKET BYTES MILLISECONDS
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum { QUESTION = 320, LARGEST = 1 << 20 };

static char bytes[LARGEST];

static int whole(ssize_t (*move)(int, char *, size_t), int fd, size_t length)
{
    for (size_t done = 0; done < length;) {
        const ssize_t count = move(fd, bytes + done, length - done);
        if (count <= 0) return -1;
        done += (size_t)count;
    }
    return 0;
}

static ssize_t in(int fd, char *at, size_t length)
{
    return read(fd, at, length);
}

static ssize_t out(int fd, char *at, size_t length)
{
    return write(fd, at, length);
}

static int serve(int listening)
{
    memset(bytes, 'x', sizeof bytes);
    for (;;) {
        uint32_t length;
        const int fd = accept(listening, NULL, NULL);
        if (fd < 0) return 1;
        while (whole(in, fd, QUESTION) == 0) {
            memcpy(&length, bytes, sizeof length);
            whole(out, fd, length <= LARGEST ? length : LARGEST);
        }
        close(fd);
    }
}

static int bare(int fd, uint32_t length)
{
    memcpy(bytes, &length, sizeof length);
    return whole(out, fd, QUESTION) != 0 || whole(in, fd, length) != 0;
}

static int connected(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    const int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    if (fd < 0 || strlen(path) >= sizeof address.sun_path) return -1;
    strcpy(address.sun_path, path);
    return connect(fd, (struct sockaddr *)&address, sizeof address) == 0 ? fd : -1;
}

static long told(clockid_t clock)
{
    struct timespec time;
    clock_gettime(clock, &time);
    return time.tv_sec * 1000000L + time.tv_nsec / 1000;
}

static long now(void)
{
    return told(CLOCK_MONOTONIC);
}

/* The clock of the program at the other end of a socket, which goes on only while that works. */
static int work_of(int fd, clockid_t *clock)
{
    struct ucred peer;
    socklen_t size = sizeof peer;
    return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 ? clock_getcpuclockid(peer.pid, clock) : -1;
}

/* One message each way: its length in four bytes, the largest first, and as many bytes. Returns how long the question was, 0 for a failure. */
static size_t exchange(int fd, const char *question, size_t left)
{
    uint32_t length;
    if (left < sizeof length) return 0;
    memcpy(&length, question, sizeof length);
    const size_t whole_length = sizeof length + ntohl(length);
    if (whole_length > left || write(fd, question, whole_length) != (ssize_t)whole_length) return 0;
    if (whole(in, fd, sizeof length) != 0) return 0;
    memcpy(&length, bytes, sizeof length);
    return ntohl(length) <= LARGEST && whole(in, fd, ntohl(length)) == 0 ? whole_length : 0;
}

static long counted(unsigned long upto)
{
    const long first = now();
    for (volatile unsigned long count = 0; count < upto;) count = count + 1;
    return now() - first;
}

/* How far one counts in so many microseconds at the best of times. */
static unsigned long calibrated(long microseconds)
{
    const unsigned long upto = 1000000;
    long best = counted(upto);
    for (int round = 0; round < 9; round++) {
        const long took = counted(upto);
        if (took < best) best = took;
    }
    return upto * (unsigned long)microseconds / (unsigned long)(best > 0 ? best : 1);
}

static int pace(int fd, const char *path, int floor, uint32_t length, int pause)
{
    static char questions[LARGEST];
    const int file = open(path, O_RDONLY);
    const ssize_t size = file < 0 ? -1 : read(file, questions, sizeof questions);
    struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};
    if (fd < 0 || floor < 0 || size <= 0) return 1;
    const unsigned long upto = calibrated(1500);
    clockid_t work;
    if (work_of(fd, &work) != 0) return 1;
    for (size_t at = 0; poll(&input, 1, pause) == 0;) {
        const long before = told(work);
        const long first = now();
        const size_t asked = exchange(fd, questions + at, (size_t)size - at);
        const long second = now();
        const long after = told(work);
        const long resumed = now();
        if (asked == 0 || bare(floor, length) != 0) return 1;
        const long third = now();
        const long count = counted(upto);
        printf("%ld %ld %ld %ld\n", second - first, third - resumed, count, after - before);
        at = at + asked < (size_t)size ? at + asked : 0;
    }
    return 0;
}

int main(int argc, char *argv[])
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (argc == 4 && strcmp(argv[1], "ask") == 0) {
        const int fd = connected(argv[2]);
        const uint32_t length = (uint32_t)atol(argv[3]);
        return fd < 0 || bare(fd, length) != 0 || whole(out, STDOUT_FILENO, length) != 0;
    }
    if (argc == 7 && strcmp(argv[1], "pace") == 0)
        return pace(connected(argv[2]), argv[3], connected(argv[4]), (uint32_t)atol(argv[5]), atoi(argv[6]));
    if (argc != 3 || strcmp(argv[1], "serve") != 0 || strlen(argv[2]) >= sizeof address.sun_path) return 1;
    strcpy(address.sun_path, argv[2]);
    const int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof address) != 0 || listen(fd, 16) != 0) return 1;
    return serve(fd);
}
