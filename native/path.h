/* PATH, and the programs on it. */
#ifndef OMG_PATH_H
#define OMG_PATH_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

#include "resolved.h"

/* The first program of that name on PATH that is not this one under another name; before that, in the paths of `resolved`, if any. */
bool find_on_path(const char *name, const struct resolved *resolved, char *path, size_t size);

/* Puts the paths of a resolved folder before PATH, unless they are there. */
void extend_path(const struct resolved *resolved);

/* The real path of what `env node` runs, as the first line of bin/omg has it. False for none, and where a relative part of PATH comes first. */
bool find_env_node(char node[PATH_MAX]);

#endif
