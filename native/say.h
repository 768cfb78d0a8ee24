/* Answers and complaints. */
#ifndef OMG_SAY_H
#define OMG_SAY_H

#include <stdbool.h>
#include <stddef.h>

/* docs/exit-codes.md. */
enum { EXIT_ANSWERED = 0, EXIT_ERROR = 1, EXIT_INVALID = 3, EXIT_UNKNOWN = 8, EXIT_NOT_STARTED = 126, EXIT_NO_TOOL = 127 };

/* In place of an exit code: nothing was printed, and omg itself has to answer. */
enum { NOT_ANSWERED = -1 };

/* Writes all of it; `failed` becomes true where it cannot. */
void write_whole(int fd, const char *bytes, size_t length, bool *failed);

/* An error says what happened and what to do next. Nothing from outside is part of it. Returns `code`. */
int complain(int code, const char *message, const char *next);
int complain_of(int code, const char *name, const char *fault, const char *next);

/* Writes to standard output. */
int print(const char *bytes, size_t length);

/*
 * Writes to standard output what another program could print as well. Waits for a pipe that is full. Returns how much was written; `failure`
 * becomes the errno of why the rest was not.
 */
size_t write_out(const unsigned char *bytes, size_t length, int *failure);
int complain_of_output(void);

/* Writes a line to standard error whose text may be from outside: control characters become `?`. */
void say(const char *before, const char *text);

#endif
