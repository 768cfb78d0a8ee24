#define _DEFAULT_SOURCE

#include "resolved.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "hash.h"
#include "text.h"

enum { RESOLVED_VERSION = 1, HEADER = 40 };
static const uint32_t magic = 0x4f4d4752;

/* ---- Records --------------------------------------------------------------------------------- */

static bool has(struct cursor *cursor, size_t length)
{
    if (cursor->faulty || length > cursor->size - cursor->at) cursor->faulty = true;
    return !cursor->faulty;
}

static uint64_t next_number(struct cursor *cursor, size_t bytes)
{
    uint64_t value = 0;
    if (!has(cursor, bytes)) return 0;
    for (size_t i = bytes; i > 0; i--) value = value << 8 | cursor->bytes[cursor->at + i - 1];
    cursor->at += bytes;
    return value;
}

static uint32_t next_u32(struct cursor *cursor)
{
    return (uint32_t)next_number(cursor, 4);
}

static uint32_t next_below(struct cursor *cursor, uint32_t limit)
{
    const uint32_t value = next_u32(cursor);
    if (value >= limit) cursor->faulty = true;
    return value;
}

const char *next_text(struct cursor *cursor)
{
    const size_t length = next_u32(cursor);
    if (!has(cursor, length) || !has(cursor, length + 1)) return "";
    const char *text = (const char *)cursor->bytes + cursor->at;
    cursor->at += length + 1;
    if (memchr(text, '\0', length + 1) != text + length) {
        cursor->faulty = true;
        return "";
    }
    return text;
}

struct stamp next_stamp(struct cursor *cursor)
{
    const uint32_t bits = next_below(cursor, 4);
    struct stamp stamp = {.present = (bits & 1) != 0, .watched = (bits & 2) != 0};
    stamp.modified = next_number(cursor, 8);
    stamp.changed = next_number(cursor, 8);
    stamp.size = next_number(cursor, 8);
    stamp.inode = next_number(cursor, 8);
    stamp.path = next_text(cursor);
    return stamp;
}

struct tool next_tool(struct cursor *cursor)
{
    struct tool tool = {.missing = next_below(cursor, 2) == 1};
    tool.name = next_text(cursor);
    tool.value = next_text(cursor);
    tool.hint = next_text(cursor);
    return tool;
}

struct variable next_variable(struct cursor *cursor)
{
    struct variable variable = {.kind = next_below(cursor, VARIABLE_KINDS)};
    variable.name = next_text(cursor);
    variable.value = next_text(cursor);
    return variable;
}

/* ---- The whole ------------------------------------------------------------------------------- */

bool is_variable_name(const char *name)
{
    const size_t length = strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_0123456789");
    return length > 0 && name[length] == '\0' && strchr("0123456789", name[0]) == NULL;
}

static bool is_alias_name(const char *name)
{
    const size_t length = strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.:+@-");
    return length > 0 && name[length] == '\0' && strchr(":+@-", name[0]) == NULL;
}

static bool is_sound_tool(const struct tool *tool)
{
    return tool->name[0] != '\0' && strchr(tool->name, '/') == NULL && is_text(tool->name) && is_text(tool->value) &&
           is_text(tool->hint) && (tool->missing || tool->value[0] == '/');
}

/* Reads a record of a list, and says whether it is what such a record may be. */
static bool is_sound(struct cursor *cursor, size_t list)
{
    if (list == STAMPS) {
        const struct stamp stamp = next_stamp(cursor);
        return stamp.path[0] == '/' && is_text(stamp.path);
    }
    if (list == TOOLS) {
        const struct tool tool = next_tool(cursor);
        return is_sound_tool(&tool);
    }
    if (list == VARIABLES) {
        const struct variable variable = next_variable(cursor);
        return is_variable_name(variable.name) && is_text(variable.value);
    }
    const char *text = next_text(cursor);
    if (list == PATHS) return text[0] == '/' && strchr(text, ':') == NULL && is_text(text);
    if (list == NOTICES) return is_text(text);
    return is_alias_name(text) && is_text(next_text(cursor));
}

static bool is_header(struct cursor *cursor, size_t size, struct resolved *resolved)
{
    if (next_u32(cursor) != magic || next_u32(cursor) != RESOLVED_VERSION || next_u32(cursor) != size) return false;
    for (size_t list = 0; list < LISTS; list++) resolved->count[list] = next_u32(cursor);
    return next_u32(cursor) == 0 && !cursor->faulty;
}

bool resolved_from(const unsigned char *bytes, size_t size, struct resolved *resolved)
{
    struct cursor cursor = {.bytes = bytes, .size = size};
    if (size > MAX_RESOLVED || !is_header(&cursor, size, resolved)) return false;
    resolved->bytes = bytes;
    resolved->size = size;
    resolved->folder = next_text(&cursor);
    if (cursor.faulty || resolved->folder[0] != '/' || !is_text(resolved->folder)) return false;
    for (size_t list = 0; list < LISTS; list++) {
        resolved->start[list] = cursor.at;
        for (uint32_t i = 0; i < resolved->count[list]; i++)
            if (!is_sound(&cursor, list) || cursor.faulty) return false;
    }
    return cursor.at == size;
}

struct cursor list_of(const struct resolved *resolved, size_t list)
{
    return (struct cursor){.bytes = resolved->bytes, .size = resolved->size, .at = resolved->start[list]};
}

static uint64_t nanoseconds(const struct timespec *time)
{
    return (uint64_t)time->tv_sec * 1000000000 + (uint64_t)time->tv_nsec;
}

static bool is_as_it_was(const struct stamp *stamp)
{
    struct stat found;
    if (stat(stamp->path, &found) != 0) return !stamp->present;
    return stamp->present && stamp->modified == nanoseconds(&found.st_mtim) &&
           stamp->changed == nanoseconds(&found.st_ctim) && stamp->size == (uint64_t)found.st_size &&
           stamp->inode == (uint64_t)found.st_ino;
}

bool is_fresh(const struct resolved *resolved)
{
    struct cursor cursor = list_of(resolved, STAMPS);
    for (uint32_t i = 0; i < resolved->count[STAMPS]; i++) {
        const struct stamp stamp = next_stamp(&cursor);
        if (!is_as_it_was(&stamp)) return false;
    }
    return true;
}

/* ---- The file -------------------------------------------------------------------------------- */

/* The file says whose it is, so two folders with one name only cost time. */
void resolved_name(const char *versions, const char *folder, char name[MAX_RESOLVED_NAME])
{
    const uint64_t hash = hash_text(hash_text(hash_text(hash_of_nothing, versions), "\n"), folder);
    snprintf(name, MAX_RESOLVED_NAME, "/resolved/%016llx", (unsigned long long)hash);
}

static size_t read_whole(int fd, unsigned char *bytes, size_t size)
{
    size_t length = 0;
    while (length < size) {
        const ssize_t count = read(fd, bytes + length, size - length);
        if (count <= 0) break;
        length += (size_t)count;
    }
    return length;
}

bool read_resolved(const char *path, const char *folder, struct resolved *resolved)
{
    static unsigned char bytes[MAX_RESOLVED];
    /* O_NONBLOCK: opening a named pipe would wait for a writer. */
    const int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (fd < 0) return false;
    struct stat found;
    size_t length = 0;
    const bool own = fstat(fd, &found) == 0 && S_ISREG(found.st_mode) && found.st_uid == geteuid() &&
                     (found.st_mode & 022) == 0 && found.st_size <= MAX_RESOLVED;
    if (own) length = read_whole(fd, bytes, (size_t)found.st_size);
    close(fd);
    return own && resolved_from(bytes, length, resolved) && strcmp(resolved->folder, folder) == 0 && is_fresh(resolved);
}
