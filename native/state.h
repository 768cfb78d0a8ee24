/*
 * What a shell entered, and how it was before: the variable __OMG_STATE, words with spaces between them. `1` is the version; `P` has the
 * folders that stand before PATH; `SNAME=VALUE` and `UNAME` are variables as they were, set or unset; `CNAME=HASH` is the command that a
 * variable was taken from; `MHASH` stands for what was told. Bytes that are neither letters nor digits nor one of _./:@,+- are %XX.
 */
#ifndef OMG_STATE_H
#define OMG_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buffer.h"

enum { MAX_SAVED = 1024 };

struct saved {
    const char *name;
    /* NULL: it was unset. */
    const char *value;
};

struct state {
    /* Folders before PATH, with a colon behind each; empty for none. */
    const char *paths;
    struct saved saved[MAX_SAVED];
    size_t count;
    struct saved commands[MAX_SAVED];
    size_t commands_count;
    const char *told;
};

/* Reads the state. Nothing of one that is damaged counts. What it points to stays. */
void read_state(const char *text, struct state *state);

/* ` KNAME`, and `=VALUE` unless it is NULL. */
void put_state(struct buffer *out, char kind, const char *name, const char *value);

/* FNV-1a of 64 bits in hexadecimal. */
void put_hash(struct buffer *out, const char *text);

#endif
