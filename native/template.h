/* Texts for prompts: docs/prompts.md. */
#ifndef OMG_TEMPLATE_H
#define OMG_TEMPLATE_H

#include <stdbool.h>
#include <stddef.h>

#include "status.h"
#include "text.h"

enum { MAX_FORMAT = 1024 };

enum shell { PLAIN, BASH, ZSH, FISH, SHELLS };
extern const char *const shell_names[SHELLS];

/* A template as it is read, from left to right. */
struct reading {
    const char *format;
    size_t at;
    const struct status *status;
    enum shell shell;
    bool colour;
    /* Whether a style would go on behind the end. */
    bool styled;
    size_t depth;
    /* The depth of the outermost segment that is not shown; 0: everything is. */
    size_t hidden;
    struct text out;
};

/* Fills `in->out`. Returns 0, or the exit code of what it complained about. */
int read_format(struct reading *in);

/* no-color.org; and a terminal that calls itself dumb. */
bool wants_colour(void);

#endif
