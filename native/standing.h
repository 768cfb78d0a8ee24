/* Answers that an earlier run of omg kept, and that still stand: app/standing/. */
#ifndef OMG_STANDING_H
#define OMG_STANDING_H

#include <stdbool.h>

/* Whether answers are kept of commands that begin with this word. */
bool is_kept(const char *word);

/*
 * Prints what a command with these arguments, the last one NULL, printed before, where omg would now print it again: the same question, and
 * everything as it was that the answer was read from. `node`: the real path of what would run omg; `bundle`: omg.cjs. Returns the exit
 * code, or NOT_ANSWERED.
 */
int give_standing(const char *const args[], const char *node, const char *bundle);

#endif
