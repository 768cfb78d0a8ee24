/* Code for a shell to evaluate: POSIX.1 for bash and zsh, and fish. */
#ifndef OMG_SHELL_CODE_H
#define OMG_SHELL_CODE_H

#include "buffer.h"
#include "template.h"

/* A text as one word. */
void put_quoted(struct buffer *out, enum shell shell, const char *text);

/* Exports a variable; NULL unsets it. */
void put_variable(struct buffer *out, enum shell shell, const char *name, const char *value);

/* Exports a variable with what a command prints. */
void put_command(struct buffer *out, enum shell shell, const char *name, const char *command);

#endif
