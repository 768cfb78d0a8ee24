/* Node, for what a native program does not do itself. */
#ifndef OMG_NODE_H
#define OMG_NODE_H

#include <limits.h>
#include <stdbool.h>

#include "resolved.h"

enum { MAX_PROGRAM = 2 * PATH_MAX + 2 };

/* Node, and omg's script for it, as absolute paths. */
struct program {
    char text[MAX_PROGRAM + 1];
    const char *node;
    const char *script;
};

/* The folder that this program is in, by its real path; not `/`. */
bool own_folder(char folder[PATH_MAX]);

/* What `become_omg` starts. False where nothing says. */
bool find_program(struct program *program);

/* Takes the options away that a folder sets for its own Node. */
void unset_options(void);

/*
 * Has Node resolve `folder`, where this process is, and keep the answer in the cache. Returns 0, or the exit code of what was complained
 * about, by Node too.
 */
int resolve_by_node(const char *folder, struct resolved *resolved);

/* Where the file of a folder is in the cache. Returns 0, or the exit code of what it complained about. */
int kept_path(const char *folder, char *path, size_t size);

/* The resolved folder of this process, from the cache or by Node. Returns as above. Its `folder` is NULL where it has no name. */
int resolve_here(struct resolved *resolved);

/* Becomes omg itself, with these arguments, the last one NULL. Returns only where it cannot: the exit code of what it complained about. */
int become_omg(const char *const args[]);

#endif
