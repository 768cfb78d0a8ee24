/*
 * The least that asking a program at a socket can take: a client that sends one frame and writes out what comes, and a server that answers with as
 * many bytes as it is asked for. No protocol, no checks, no memory of anything: the floor beside omg-fast and omgd.
 *
 *     frame serve SOCKET
 *     frame ask SOCKET BYTES
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
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
        if (whole(in, fd, QUESTION) == 0) {
            memcpy(&length, bytes, sizeof length);
            whole(out, fd, length <= LARGEST ? length : LARGEST);
        }
        close(fd);
    }
}

static int ask(int fd, uint32_t length)
{
    memcpy(bytes, &length, sizeof length);
    return whole(out, fd, QUESTION) != 0 || whole(in, fd, length) != 0 || whole(out, STDOUT_FILENO, length) != 0;
}

int main(int argc, char *argv[])
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    const int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    if (fd < 0 || argc < 3 || strlen(argv[2]) >= sizeof address.sun_path) return 1;
    strcpy(address.sun_path, argv[2]);
    if (strcmp(argv[1], "ask") == 0 && argc == 4)
        return connect(fd, (struct sockaddr *)&address, sizeof address) != 0 || ask(fd, (uint32_t)atol(argv[3])) != 0;
    if (bind(fd, (struct sockaddr *)&address, sizeof address) != 0 || listen(fd, 16) != 0) return 1;
    return serve(fd);
}
