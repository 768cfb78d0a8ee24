#define _GNU_SOURCE

#include "omgd.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "message.h"
#include "place.h"
#include "question.h"

/* Where the machine's omgd answers, as root and as a service with an account of its own. */
static const char roots[] = "/run/omg/query.sock";
static const char services_folder[] = "/run/omgd";
static const char services[] = "/run/omgd/query.sock";

/* A connection to what listens there, if root, the caller or `account` does. */
static struct omgd connect_to(const char *path, uid_t account)
{
    struct omgd omgd = {.fd = -1};
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    struct ucred peer = {.uid = (uid_t)-1};
    socklen_t size = sizeof peer;
    if (strlen(path) >= sizeof address.sun_path) return omgd;
    strcpy(address.sun_path, path);
    const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) return omgd;
    const bool connected = connect(fd, (const struct sockaddr *)&address, sizeof address) == 0 &&
                           getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0;
    const bool is_close = peer.uid == 0 || peer.uid == geteuid();
    omgd.is_guarded = !is_close;
    omgd.is_anothers = peer.uid != geteuid();
    if (connected && (is_close || (account != (uid_t)-1 && peer.uid == account))) omgd.fd = fd;
    else close(fd);
    return omgd;
}

/* Whom systemd gave the service's folder to: nobody but root can make one in /run. (uid_t)-1 where there is none. */
static uid_t services_account(void)
{
    struct stat folder;
    const bool is_there = lstat(services_folder, &folder) == 0 && S_ISDIR(folder.st_mode);
    return is_there && (folder.st_mode & (S_IWGRP | S_IWOTH)) == 0 ? folder.st_uid : (uid_t)-1;
}

struct omgd find_omgd(void)
{
    static char path[MAX_PATH_BYTES];
    if (status_path(path, sizeof path) != 0) return (struct omgd){.fd = -1};
    strcpy(strrchr(path, '/'), "/query.sock");
    struct omgd omgd = connect_to(path, (uid_t)-1);
    if (omgd.fd >= 0 || geteuid() == 0) return omgd;
    omgd = connect_to(roots, (uid_t)-1);
    return omgd.fd >= 0 ? omgd : connect_to(services, services_account());
}

long long milliseconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (long long)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static bool wait_for(int fd, short events, long long until)
{
    struct pollfd polled = {.fd = fd, .events = events};
    for (;;) {
        const long long left = until - milliseconds();
        const int ready = poll(&polled, 1, left > 0 ? (int)left : 0);
        if (ready >= 0 || errno != EINTR) return ready > 0;
    }
}

static bool send_whole(int fd, const char *bytes, size_t length, long long until)
{
    while (length > 0) {
        const ssize_t count = send(fd, bytes, length, MSG_NOSIGNAL);
        if (count < 0 && errno != EAGAIN && errno != EINTR) return false;
        if (count < 0 && !wait_for(fd, POLLOUT, until)) return false;
        if (count < 0) continue;
        bytes += count;
        length -= (size_t)count;
    }
    return true;
}

static bool receive_whole(int fd, unsigned char *bytes, size_t length, long long until)
{
    while (length > 0) {
        const ssize_t count = recv(fd, bytes, length, 0);
        if (count == 0 || (count < 0 && errno != EAGAIN && errno != EINTR)) return false;
        if (count < 0 && !wait_for(fd, POLLIN, until)) return false;
        if (count < 0) continue;
        bytes += count;
        length -= (size_t)count;
    }
    return true;
}

bool ask_omgd(int fd, const char *const args[], long long until)
{
    struct buffer message = {.length = 0};
    put_bytes(&message, (const char[FRAME_HEADER]){0}, FRAME_HEADER);
    bool asked = put_question(&message, args) && message.length <= MAX_MESSAGE;
    for (size_t i = 0; asked && i < FRAME_HEADER; i++)
        message.bytes[i] = (char)((message.length - FRAME_HEADER) >> (24 - 8 * i));
    asked = asked && send_whole(fd, message.bytes, message.length, until);
    free(message.bytes);
    return asked;
}

unsigned char *receive(int fd, size_t *length, long long until)
{
    unsigned char header[FRAME_HEADER];
    if (!receive_whole(fd, header, sizeof header, until)) return NULL;
    *length = big_endian(header, sizeof header);
    if (*length == 0 || *length > MAX_MESSAGE) return NULL;
    unsigned char *message = malloc(*length);
    if (message == NULL || receive_whole(fd, message, *length, until)) return message;
    free(message);
    return NULL;
}
