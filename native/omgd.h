/* The way to omgd and back. */
#ifndef OMG_OMGD_H
#define OMG_OMGD_H

#include <stdbool.h>
#include <stddef.h>

/* A connection to an omgd; `fd` is -1 for none. */
struct omgd {
    int fd;
    /* It is not the caller's: root's, or that of an account for the machine. */
    bool is_anothers;
    /* It is an account's that may not do more to the caller than to answer. */
    bool is_guarded;
};

/* The caller's own omgd, otherwise the machine's. Root believes nobody but root. */
struct omgd find_omgd(void);

/* Of a clock that never goes back. What follows waits `until` such a time, at the most. */
long long milliseconds(void);

/* Asks what a command with these arguments, the last one NULL, would print. */
bool ask_omgd(int fd, const char *const args[], long long until);

/* A message in memory that the caller frees; NULL for none. */
unsigned char *receive(int fd, size_t *length, long long until);

#endif
