/* Commands that omgd answers, where it runs: docs/socket.md. */
#ifndef OMG_FORWARD_H
#define OMG_FORWARD_H

#include <stdbool.h>

/* Whether a command only asks about the system. */
bool is_passed_on(const char *word);

/* Has omgd answer the command `argv + 1`, and becomes omg itself where it does not. Returns the exit code. */
int pass_on(const char *argv[]);

#endif
