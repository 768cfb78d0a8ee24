#define _GNU_SOURCE

#include "forward.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "message.h"
#include "node.h"
#include "passed_on.h"
#include "place.h"
#include "say.h"
#include "text.h"

/* The digest of the omg.cjs that this was built beside: scripts/native-build.mjs. */
#ifndef OMG_BUILD
#define OMG_BUILD ""
#endif

/* How long omgd may take before it says anything, and between what it says; in milliseconds. */
enum { FIRST_MS = 20, NEXT_MS = 10000 };

enum { PASSED_ON = sizeof passed_on / sizeof *passed_on, SURROUNDINGS = sizeof surroundings / sizeof *surroundings };
enum { LOOKS = sizeof looks / sizeof *looks };

bool is_passed_on(const char *word)
{
    return index_of(word, passed_on, PASSED_ON) < PASSED_ON;
}

/* ---- What is asked --------------------------------------------------------------------------- */

static void mix(uint64_t *hash, const char *text)
{
    for (const unsigned char *at = (const unsigned char *)text; *at != 0; at++) *hash = (*hash ^ *at) * 0x100000001b3;
}

static void mix_variable(uint64_t *hash, const char *name, const char *value)
{
    if (value == NULL || value[0] == '\0') return;
    mix(hash, name);
    mix(hash, "=");
    mix(hash, value);
    mix(hash, "\n");
}

/* schema/wire/surroundings.ts, by host/fnv.ts. False where nothing says which home it is. */
static bool digest_surroundings(char digest[17])
{
    static char home[MAX_PATH_BYTES];
    uint64_t hash = 0xcbf29ce484222325;
    const bool elevated = is_elevated();
    if (!find_home(home, sizeof home)) return false;
    if (elevated) mix(&hash, "elevated\n");
    for (size_t i = 0; i < SURROUNDINGS; i++) {
        if (strcmp(surroundings[i], "HOME") == 0) mix_variable(&hash, "HOME", home);
        else if (!elevated) mix_variable(&hash, surroundings[i], getenv(surroundings[i]));
    }
    snprintf(digest, 17, "%016llx", (unsigned long long)hash);
    return true;
}

/* Whether a lock has a say here; then what omgd says without one is not what is asked. */
static bool is_under_lock(void)
{
    static char path[PATH_MAX + 16];
    struct stat found;
    if (getcwd(path, PATH_MAX) == NULL || path[0] != '/') return true;
    for (char *end = path + strlen(path);; *end = '\0') {
        strcpy(end, end[-1] == '/' ? "omg.lock" : "/omg.lock");
        if (lstat(path, &found) == 0 || errno != ENOENT) return true;
        *end = '\0';
        if (strcmp(path, "/") == 0) return false;
        end = strrchr(path, '/');
        if (end == path) end++;
    }
}

static void put_look(struct buffer *message)
{
    uint32_t set = 0;
    for (size_t i = 0; i < LOOKS; i++) set += getenv(looks[i]) != NULL;
    put_string(message, "look");
    put_map(message, set);
    for (size_t i = 0; i < LOOKS; i++) {
        if (getenv(looks[i]) == NULL) continue;
        put_string(message, looks[i]);
        put_string(message, getenv(looks[i]));
    }
}

static void put_terminal(struct buffer *message)
{
    struct winsize size = {.ws_col = 0};
    const bool terminal = isatty(STDOUT_FILENO);
    put_string(message, "terminal");
    put_truth(message, terminal);
    put_string(message, "columns");
    put_number(message, terminal && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80);
}

/* False where it cannot be asked. */
static bool put_question(struct buffer *message, const char *const args[])
{
    char digest[17];
    uint32_t count = 0;
    if (!digest_surroundings(digest)) return false;
    put_map(message, 10);
    put_string(message, "v");
    put_number(message, 1);
    put_string(message, "id");
    put_number(message, 1);
    put_string(message, "ask");
    put_string(message, "command");
    put_string(message, "build");
    put_string(message, OMG_BUILD);
    put_string(message, "uid");
    put_number(message, (uint32_t)geteuid());
    put_string(message, "surroundings");
    put_string(message, digest);
    while (args[count] != NULL) count++;
    put_string(message, "args");
    put_list(message, count);
    for (uint32_t i = 0; i < count; i++) put_string(message, args[i]);
    put_terminal(message);
    put_look(message);
    return !message->failed;
}

/* ---- The way to omgd and back ---------------------------------------------------------------- */

/* Where the machine's omgd answers, as root and as a service with an account of its own. */
static const char roots[] = "/run/omg/query.sock";
static const char services_folder[] = "/run/omgd";
static const char services[] = "/run/omgd/query.sock";

/* A connection to an omgd. */
struct omgd {
    int fd;
    /* It is an account's that may not do more to the caller than to answer. */
    bool is_guarded;
};

/* A connection to what listens there, if root, the caller or `account` does; -1 for none. */
static int connect_to(const char *path, uid_t account, bool *is_guarded)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    struct ucred peer = {.uid = (uid_t)-1};
    socklen_t size = sizeof peer;
    if (strlen(path) >= sizeof address.sun_path) return -1;
    strcpy(address.sun_path, path);
    const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) return -1;
    const bool connected = connect(fd, (const struct sockaddr *)&address, sizeof address) == 0 &&
                           getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0;
    const bool is_close = peer.uid == 0 || peer.uid == geteuid();
    *is_guarded = !is_close;
    if (connected && (is_close || (account != (uid_t)-1 && peer.uid == account))) return fd;
    close(fd);
    return -1;
}

/* Whom systemd gave the service's folder to: nobody but root can make one in /run. (uid_t)-1 where there is none. */
static uid_t services_account(void)
{
    struct stat folder;
    const bool is_there = lstat(services_folder, &folder) == 0 && S_ISDIR(folder.st_mode);
    return is_there && (folder.st_mode & (S_IWGRP | S_IWOTH)) == 0 ? folder.st_uid : (uid_t)-1;
}

/* The caller's own omgd, otherwise the machine's. Root believes nobody but root. */
static struct omgd find_omgd(void)
{
    static char path[MAX_PATH_BYTES];
    struct omgd omgd = {.fd = -1, .is_guarded = false};
    if (status_path(path, sizeof path) != 0) return omgd;
    strcpy(strrchr(path, '/'), "/query.sock");
    omgd.fd = connect_to(path, (uid_t)-1, &omgd.is_guarded);
    if (omgd.fd >= 0 || geteuid() == 0) return omgd;
    omgd.fd = connect_to(roots, (uid_t)-1, &omgd.is_guarded);
    if (omgd.fd < 0) omgd.fd = connect_to(services, services_account(), &omgd.is_guarded);
    return omgd;
}

static long long milliseconds(void)
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

static bool ask(int fd, const char *const args[], long long until)
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

/* A message in memory that the caller frees; NULL for none. */
static unsigned char *receive(int fd, size_t *length, long long until)
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

/* ---- What it says ---------------------------------------------------------------------------- */

enum { NOT_ANSWERED = -1 };

static int break_off(void)
{
    return complain(EXIT_ERROR, "omgd ended in the middle of its answer.", "Ask again.");
}

/* Copies the answer out. Once anything of it is out, nothing else answers. */
static int copy_answer(struct omgd omgd, long long until)
{
    enum text_state state = IN_TEXT;
    bool begun = false;
    int failure = 0;
    for (;;) {
        size_t length = 0;
        struct reply reply;
        unsigned char *message = receive(omgd.fd, &length, until);
        bool whole = message != NULL && reply_from(message, length, &reply);
        if (whole && omgd.is_guarded && reply.said == SAID_OUTPUT)
            whole = is_harmless(reply.bytes, reply.length, &state);
        if (whole && reply.said == SAID_OUTPUT && failure == 0) {
            bool failed = false;
            begun = true;
            write_whole(STDOUT_FILENO, (const char *)reply.bytes, reply.length, &failed);
            if (failed) failure = errno;
        }
        free(message);
        if (!whole || reply.said == SAID_OTHERWISE) return begun ? break_off() : NOT_ANSWERED;
        /* Whoever read it may have seen enough. */
        if (reply.said == SAID_EXIT && failure != 0 && failure != EPIPE)
            return complain(EXIT_ERROR, "The answer could not be written.", "Make room where the output goes, and ask again.");
        if (reply.said == SAID_EXIT) return reply.exit;
        until = milliseconds() + NEXT_MS;
    }
}

int pass_on(const char *argv[])
{
    const long long until = milliseconds() + FIRST_MS;
    int code = NOT_ANSWERED;
    struct omgd omgd = {.fd = -1};
    if (OMG_BUILD[0] != '\0' && !has_bad_variable() && !is_under_lock()) omgd = find_omgd();
    if (omgd.fd >= 0) {
        if (ask(omgd.fd, (const char *const *)argv + 1, until)) code = copy_answer(omgd, until);
        close(omgd.fd);
    }
    return code != NOT_ANSWERED ? code : become_omg((const char *const *)argv + 1);
}
