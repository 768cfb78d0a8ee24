/* What omgd is asked: schema/wire/questions.ts. */
#ifndef OMG_QUESTION_H
#define OMG_QUESTION_H

#include <stdbool.h>

#include "buffer.h"

/* The digest of the omg.cjs that this was built beside (scripts/native-build.mjs). */
#ifndef OMG_BUILD
#define OMG_BUILD ""
#endif

/* Adds the question for a command with these arguments, the last one NULL. False where it cannot be asked. */
bool put_question(struct buffer *message, const char *const args[]);

#endif
