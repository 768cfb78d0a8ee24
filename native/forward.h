/* Questions that omgd answers, where it runs. */
#ifndef OMG_FORWARD_H
#define OMG_FORWARD_H

#include <stdbool.h>

/* Whether omgd may answer a command by this word. */
bool is_passed_on(const char *word);

/*
 * Has omgd answer a command with these arguments, the last one NULL, and copies the answer out. Returns the exit code of that, or
 * NOT_ANSWERED: then nothing was printed, and omg itself has to answer.
 */
int pass_on(const char *const args[]);

#endif
