#define _DEFAULT_SOURCE

#include "way.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "path.h"
#include "say.h"
#include "shell_code.h"

enum { MAX_REFERENCED = 1 << 16 };

/* ---- Leaving --------------------------------------------------------------------------------- */

static void touch(struct way *way, const char *name)
{
    for (size_t i = 0; i < way->count; i++)
        if (strcmp(way->touched[i], name) == 0) return;
    if (way->count < MAX_TOUCHED) way->touched[way->count++] = name;
}

/* Takes each of the folders out of PATH once: where they begin it, all at once, so that the rest is as it was to the byte. */
static void leave_path(const char *paths)
{
    const char *now = getenv("PATH");
    const size_t length = strlen(paths);
    if (now == NULL || length == 0) return;
    if (strncmp(now, paths, length) == 0) {
        char *rest = strdup(now + length);
        if (rest != NULL) setenv("PATH", rest, 1);
        free(rest);
        return;
    }
    for (const char *folder = paths; *folder != '\0'; folder += strcspn(folder, ":") + 1) {
        const size_t size = strcspn(folder, ":");
        char *path = strdup(getenv("PATH"));
        for (char *at = path; at != NULL && *at != '\0';) {
            const size_t part = strcspn(at, ":");
            const size_t whole = part + (at[part] == ':');
            if (part == size && memcmp(at, folder, size) == 0) {
                memmove(at, at + whole, strlen(at + whole) + 1);
                if (*at == '\0' && at > path) at[-1] = '\0';
                break;
            }
            at += whole;
        }
        if (path != NULL) setenv("PATH", path, 1);
        free(path);
    }
}

static const struct saved *saved_of(const struct saved list[], size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(list[i].name, name) == 0) return &list[i];
    return NULL;
}

/* Whether the shell has this variable from this very command already: it need not run again. */
static bool is_kept(const struct way *way, const struct variable *variable)
{
    struct buffer hash = {.bytes = NULL};
    const struct saved *command = saved_of(way->before.commands, way->before.commands_count, variable->name);
    if (variable->kind != FROM_COMMAND || command == NULL || getenv(variable->name) == NULL) return false;
    put_hash(&hash, variable->value);
    const bool same = strcmp(text_of(&hash), command->value) == 0;
    free(hash.bytes);
    return same;
}

static bool keeps(const struct way *way, const char *name)
{
    if (way->here == NULL) return false;
    struct cursor cursor = list_of(way->here, VARIABLES);
    for (uint32_t i = 0; i < way->here->count[VARIABLES]; i++) {
        const struct variable variable = next_variable(&cursor);
        if (strcmp(variable.name, name) == 0) return is_kept(way, &variable);
    }
    return false;
}

void leave(struct way *way)
{
    leave_path(way->before.paths);
    for (size_t i = 0; i < way->before.count; i++) {
        const struct saved *saved = &way->before.saved[i];
        if (keeps(way, saved->name)) continue;
        if (saved->value == NULL) unsetenv(saved->name);
        else setenv(saved->name, saved->value, 1);
        touch(way, saved->name);
    }
}

/* ---- Entering -------------------------------------------------------------------------------- */

/* The content of a file without the newline at its end. False where it is no regular file of at most MAX_REFERENCED bytes of text. */
static bool read_file(const char *path, char text[MAX_REFERENCED + 2])
{
    const int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    struct stat found;
    size_t length = 0;
    bool sound = fd >= 0 && fstat(fd, &found) == 0 && S_ISREG(found.st_mode);
    while (sound && length <= MAX_REFERENCED) {
        const ssize_t count = read(fd, text + length, MAX_REFERENCED + 1 - length);
        if (count <= 0) break;
        length += (size_t)count;
    }
    if (fd >= 0) close(fd);
    sound = sound && length <= MAX_REFERENCED && memchr(text, '\0', length) == NULL;
    if (sound && length > 0 && text[length - 1] == '\n') length--;
    text[sound ? length : 0] = '\0';
    return sound;
}

static void set_referenced(const struct variable *variable)
{
    static char text[MAX_REFERENCED + 2];
    const char *other = variable->kind == FROM_ENV ? getenv(variable->value) : NULL;
    if (variable->kind == FROM_FILE && read_file(variable->value, text)) other = text;
    char *value = other == NULL ? NULL : strdup(other);
    if (value != NULL) setenv(variable->name, value, 1);
    else say("omg: Not set, since there is nothing to take it from: ", variable->name);
    free(value);
}

static void put_kept(struct way *way, const char *name)
{
    const struct saved *saved = saved_of(way->before.saved, way->before.count, name);
    const struct saved *command = saved_of(way->before.commands, way->before.commands_count, name);
    if (saved != NULL) put_state(&way->after, saved->value == NULL ? 'U' : 'S', name, saved->value);
    put_state(&way->after, 'C', name, command->value);
}

static void enter_variable(struct way *way, const struct variable *variable)
{
    if (is_kept(way, variable)) {
        put_kept(way, variable->name);
        return;
    }
    const char *value = getenv(variable->name);
    put_state(&way->after, value == NULL ? 'U' : 'S', variable->name, value);
    touch(way, variable->name);
    if (variable->kind == VALUE) setenv(variable->name, variable->value, 1);
    else if (variable->kind == UNSET) unsetenv(variable->name);
    else if (variable->kind != FROM_COMMAND) set_referenced(variable);
    else {
        struct buffer hash = {.bytes = NULL};
        put_hash(&hash, variable->value);
        put_state(&way->after, 'C', variable->name, text_of(&hash));
        put_command(&way->commands, way->shell, variable->name, variable->value);
        free(hash.bytes);
    }
}

/* What the person should know, once for each state of things. */
static void tell(struct way *way)
{
    struct buffer all = {.bytes = NULL};
    struct buffer hash = {.bytes = NULL};
    struct cursor cursor = list_of(way->here, NOTICES);
    for (uint32_t i = 0; i < way->here->count[NOTICES]; i++) {
        put_word(&all, next_text(&cursor));
        put_word(&all, "\n");
    }
    if (way->here->count[NOTICES] > 0) {
        put_hash(&hash, text_of(&all));
        put_state(&way->after, 'M', text_of(&hash), NULL);
        cursor = list_of(way->here, NOTICES);
        for (uint32_t i = 0; i < way->here->count[NOTICES] && strcmp(text_of(&hash), way->before.told) != 0; i++)
            say("omg: ", next_text(&cursor));
    }
    free(all.bytes);
    free(hash.bytes);
}

void enter(struct way *way)
{
    struct cursor cursor = list_of(way->here, PATHS);
    struct buffer paths = {.bytes = NULL};
    for (uint32_t i = 0; i < way->here->count[PATHS]; i++) {
        put_word(&paths, next_text(&cursor));
        put_word(&paths, ":");
    }
    if (paths.length > 0) put_state(&way->after, 'P', text_of(&paths), NULL);
    free(paths.bytes);
    cursor = list_of(way->here, VARIABLES);
    for (uint32_t i = 0; i < way->here->count[VARIABLES] && i < MAX_SAVED; i++) {
        const struct variable variable = next_variable(&cursor);
        enter_variable(way, &variable);
    }
    extend_path(way->here);
    tell(way);
}
