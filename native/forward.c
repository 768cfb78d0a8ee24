#define _GNU_SOURCE

#include "forward.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "message.h"
#include "omgd.h"
#include "passed_on.h"
#include "place.h"
#include "question.h"
#include "say.h"
#include "text.h"

/* How long omgd may take before it says anything, and between what it says; in milliseconds. */
enum { FIRST_MS = 20, NEXT_MS = 10000 };

enum { PASSED_ON = sizeof passed_on / sizeof *passed_on, OWN_THINGS = sizeof own_things / sizeof *own_things };

bool is_passed_on(const char *word)
{
    return index_of(word, passed_on, PASSED_ON) < PASSED_ON;
}

static bool reads_lock(const char *command)
{
    for (size_t i = 0; i < OWN_THINGS; i++)
        if (strcmp(own_things[i].command, command) == 0 && strcmp(own_things[i].name, "/omg.lock") == 0) return true;
    return false;
}

/* Whether a lock has a say here on what a command answers; then what omgd says without one is not what is asked. */
static bool is_under_lock(const char *command)
{
    static char path[PATH_MAX + 16];
    struct stat found;
    if (getcwd(path, PATH_MAX) == NULL || path[0] != '/') return true;
    if (!reads_lock(command)) return false;
    for (char *end = path + strlen(path);; *end = '\0') {
        strcpy(end, end[-1] == '/' ? "omg.lock" : "/omg.lock");
        if (lstat(path, &found) == 0 || errno != ENOENT) return true;
        *end = '\0';
        if (strcmp(path, "/") == 0) return false;
        end = strrchr(path, '/');
        if (end == path) end++;
    }
}

/* Whether the caller may have something of their own that a command's answer hangs on, which another user's omgd knows nothing of. */
static bool has_own(const char *command)
{
    static char path[MAX_PATH_BYTES];
    struct stat found;
    for (size_t i = 0; i < OWN_THINGS; i++) {
        if (strcmp(own_things[i].command, command) != 0) continue;
        if (!find_user_path(own_things[i].folder, own_things[i].name, path, sizeof path)) return true;
        if (lstat(path, &found) == 0 || errno != ENOENT) return true;
    }
    return false;
}

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
        if (whole && reply.said == SAID_OUTPUT && failure == 0)
            begun |= write_out(reply.bytes, reply.length, &failure) > 0;
        free(message);
        if (!whole || reply.said == SAID_OTHERWISE) return begun ? break_off() : NOT_ANSWERED;
        /* Whoever read it may have seen enough. */
        if (failure != 0 && failure != EPIPE) return begun ? complain_of_output() : NOT_ANSWERED;
        if (reply.said == SAID_EXIT) return reply.exit;
        until = milliseconds() + NEXT_MS;
    }
}

int pass_on(const char *const args[])
{
    const long long until = milliseconds() + FIRST_MS;
    struct omgd omgd = {.fd = -1};
    int code = NOT_ANSWERED;
    if (OMG_BUILD[0] != '\0' && !has_bad_variable() && !is_under_lock(args[0])) omgd = find_omgd();
    if (omgd.fd < 0) return NOT_ANSWERED;
    if (!(omgd.is_anothers && has_own(args[0])) && ask_omgd(omgd.fd, args, until)) code = copy_answer(omgd, until);
    close(omgd.fd);
    return code;
}
