/* The names that a question has in the cache, with all that its answer hangs on, files apart: app/standing/circumstances.ts. */
#ifndef OMG_CIRCUMSTANCES_H
#define OMG_CIRCUMSTANCES_H

#include <stdbool.h>

enum { MAX_NAME = 32 };

struct question {
    /* Of its file, with what that lies in below the cache. */
    char name[MAX_NAME];
    /* Where it is asked: a static buffer. */
    const char *folder;
    /* Of the circumstances that it is asked in. */
    char key[MAX_NAME];
};

/* What these arguments ask here, the last one NULL. False where Node would read something else than what is there. */
bool find_question(const char *const args[], const char *node, const char *bundle, struct question *question);

#endif
