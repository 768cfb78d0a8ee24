/* What a folder is for a shell or a shim, as Node wrote it: schema/wire/resolved.ts. */
#ifndef OMG_RESOLVED_H
#define OMG_RESOLVED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { MAX_RESOLVED = 1 << 20, MAX_FOLDER = 4096, MAX_RESOLVED_NAME = 64 };

/* Reads one record after the other; after a fault it gives nothing more. */
struct cursor {
    const unsigned char *bytes;
    size_t size;
    size_t at;
    bool faulty;
};

enum { STAMPS, TOOLS, PATHS, VARIABLES, ALIASES, NOTICES, LISTS };

/* Bytes that were found to be such a file, and where each of its lists begins. */
struct resolved {
    const unsigned char *bytes;
    size_t size;
    const char *folder;
    uint32_t count[LISTS];
    size_t start[LISTS];
};

struct stamp {
    bool present;
    /* A shell that is in the folder looks at it before each prompt. */
    bool watched;
    /* Nanoseconds since the epoch, of the content and of the inode; bytes; number. */
    uint64_t modified, changed, size, inode;
    const char *path;
};

struct tool {
    bool missing;
    const char *name;
    /* Its path, or why it is not there. */
    const char *value;
    const char *hint;
};

enum variable_kind { VALUE, FROM_ENV, FROM_FILE, FROM_COMMAND, UNSET, VARIABLE_KINDS };

struct variable {
    uint32_t kind;
    const char *name;
    const char *value;
};

/* Whether the bytes are exactly such a file; every text in it then ends with a zero inside it. */
bool resolved_from(const unsigned char *bytes, size_t size, struct resolved *resolved);

/* The records of a list, from the first on, for `count` of them. */
struct cursor list_of(const struct resolved *resolved, size_t list);
struct stamp next_stamp(struct cursor *cursor);
struct tool next_tool(struct cursor *cursor);
struct variable next_variable(struct cursor *cursor);
/* A path, a notice, or one of the two texts of an alias. */
const char *next_text(struct cursor *cursor);

/* POSIX.1 Base Definitions 8.1, with lower case. */
bool is_variable_name(const char *name);

/* Whether everything that it depends on is as it was. */
bool is_fresh(const struct resolved *resolved);

/* `/resolved/` and the name of the file that a folder has in the cache, where its versions are among those in `versions`. */
void resolved_name(const char *versions, const char *folder, char name[MAX_RESOLVED_NAME]);

/* The resolved `folder`, from a file in the cache that the caller wrote, and nobody else can. Its bytes stay until the next call. */
bool read_resolved(const char *path, const char *folder, struct resolved *resolved);

#endif
