/* The way of a shell from the folder that it was in to the one that it is in. */
#ifndef OMG_WAY_H
#define OMG_WAY_H

#include <stddef.h>

#include "buffer.h"
#include "resolved.h"
#include "state.h"
#include "template.h"

enum { MAX_TOUCHED = 2 * MAX_SAVED };

/* The way from the state of before to that of after, in this process' own environment, and what of it the shell has to do. */
struct way {
    enum shell shell;
    struct state before;
    const struct resolved *here;
    struct buffer after;
    /* Exports whose value the shell finds out. */
    struct buffer commands;
    const char *touched[MAX_TOUCHED];
    size_t count;
};

/* Undoes in this process' environment what entering the folder before did, but for what the one here would do again. */
void leave(struct way *way);

/* Does what the folder here asks for, and says what the person should know. */
void enter(struct way *way);

#endif
