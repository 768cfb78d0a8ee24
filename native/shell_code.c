#include "shell_code.h"

/* In single quotes no character is special but the quote itself, and in fish the backslash: POSIX.1, 2.2.2; fish, "Quotes". */
void put_quoted(struct buffer *out, enum shell shell, const char *text)
{
    put_word(out, "'");
    for (const char *at = text; *at != '\0'; at++) {
        if (*at == '\'') put_word(out, shell == FISH ? "\\'" : "'\\''");
        else if (*at == '\\' && shell == FISH) put_word(out, "\\\\");
        else put_bytes(out, at, 1);
    }
    put_word(out, "'");
}

void put_variable(struct buffer *out, enum shell shell, const char *name, const char *value)
{
    if (value == NULL) put_word(out, shell == FISH ? "set -e " : "unset ");
    else put_word(out, shell == FISH ? "set -gx " : "export ");
    put_word(out, name);
    if (value != NULL) {
        put_word(out, shell == FISH ? " " : "=");
        put_quoted(out, shell, value);
    }
    put_word(out, "\n");
}

void put_command(struct buffer *out, enum shell shell, const char *name, const char *command)
{
    put_word(out, shell == FISH ? "set -gx " : "export ");
    put_word(out, name);
    put_word(out, shell == FISH ? " (command sh -c " : "=\"$(command sh -c ");
    put_quoted(out, shell, command);
    put_word(out, shell == FISH ? " | string collect)\n" : ")\"\n");
}
