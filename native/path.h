/* PATH, and the programs on it. */
#ifndef OMG_PATH_H
#define OMG_PATH_H

#include <stdbool.h>
#include <stddef.h>

#include "resolved.h"

/* The first program of that name on PATH that is not this one under another name; before that, in the paths of `resolved`, if any. */
bool find_on_path(const char *name, const struct resolved *resolved, char *path, size_t size);

/* Puts the paths of a resolved folder before PATH, unless they are there. */
void extend_path(const struct resolved *resolved);

#endif
