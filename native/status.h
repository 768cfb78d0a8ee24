/* What omg last published: schema/wire/status.ts. */
#ifndef OMG_STATUS_H
#define OMG_STATUS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { STATE_UNKNOWN, STATE_IN_SYNC, STATE_DRIFTED, STATE_APPLYING, STATE_FAILED, STATE_HELD, STATES };
extern const char *const state_words[STATES];
extern const char *const state_names[STATES];

/* The first six are counts, in the order of their stale bits. */
enum { TOTAL, EXPLICIT, ORPHANS, UPDATES, DRIFT, VULNERABILITIES, COUNTS, GENERATION = COUNTS, AGE, NUMBERS };
extern const char *const number_names[NUMBERS];

struct status {
    size_t state;
    uint64_t number[NUMBERS];
    bool known[NUMBERS];
};

enum verdict { BELIEVED, ABSENT, UNTRUSTED, MALFORMED, TOO_OLD };

/* Reads the status at `path`. What is not believed leaves everything unknown. `max_age`: seconds. */
enum verdict published(const char *path, uint64_t max_age, struct status *status);

/*
 * Writes a status that was published before, in hexadecimal, with the time of now: in whole or not at all. False for what is no status of this
 * version, and where it cannot be written.
 */
bool publish_again(const char *path, const char *digits);

#endif
