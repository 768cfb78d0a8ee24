#define _DEFAULT_SOURCE

#include "state.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "resolved.h"

static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_./:@,+-";

static int digit(char character)
{
    static const char digits[] = "0123456789ABCDEF";
    const char *at = character == '\0' ? NULL : strchr(digits, character);
    return at == NULL ? -1 : (int)(at - digits);
}

/* In place. False for what is no such text. */
static bool decode(char *word)
{
    char *to = word;
    for (const char *from = word; *from != '\0'; from++) {
        if (*from != '%') {
            *to++ = *from;
            continue;
        }
        const int high = digit(from[1]);
        const int low = high < 0 ? -1 : digit(from[2]);
        if (low < 0 || high * 16 + low == 0) return false;
        *to++ = (char)(high * 16 + low);
        from += 2;
    }
    *to = '\0';
    return true;
}

static bool add(struct saved list[MAX_SAVED], size_t *count, char *word, bool has_value)
{
    char *equals = strchr(word, '=');
    if (*count == MAX_SAVED || (equals != NULL) != has_value) return false;
    if (equals != NULL) *equals = '\0';
    list[*count] = (struct saved){word, equals == NULL ? NULL : equals + 1};
    *count += 1;
    /* The shell is told to set and unset these: nothing else may become part of its code. */
    return is_variable_name(word) && (equals == NULL || decode(equals + 1));
}

/* Absolute, with a colon behind the last one too: leave_path() counts on it. */
static bool are_paths(const char *text)
{
    const size_t length = strlen(text);
    return text[0] == '/' && text[length - 1] == ':';
}

static bool read_word(char *word, struct state *state)
{
    switch (word[0]) {
    case 'P': state->paths = word + 1; return decode(word + 1) && are_paths(word + 1);
    case 'M': state->told = word + 1; return decode(word + 1);
    case 'S': return add(state->saved, &state->count, word + 1, true);
    case 'U': return add(state->saved, &state->count, word + 1, false);
    case 'C': return add(state->commands, &state->commands_count, word + 1, true);
    default: return false;
    }
}

void read_state(const char *text, struct state *state)
{
    static const struct state nothing = {.paths = "", .told = ""};
    *state = nothing;
    char *words = text == NULL ? NULL : strdup(text);
    if (words == NULL) return;
    bool sound = strncmp(words, "1", 1) == 0 && (words[1] == '\0' || words[1] == ' ');
    for (char *word = sound && words[1] == ' ' ? words + 2 : NULL; sound && word != NULL;) {
        const size_t length = strcspn(word, " ");
        char *next = word[length] == '\0' ? NULL : word + length + 1;
        word[length] = '\0';
        sound = read_word(word, state);
        word = next;
    }
    if (!sound) *state = nothing;
}

static void put_encoded(struct buffer *out, const char *text)
{
    for (const char *at = text; *at != '\0'; at++) {
        char code[4];
        if (strchr(plain, *at) != NULL) {
            put_bytes(out, at, 1);
            continue;
        }
        snprintf(code, sizeof code, "%%%02X", (unsigned)(unsigned char)*at);
        put_word(out, code);
    }
}

void put_state(struct buffer *out, char kind, const char *name, const char *value)
{
    put_bytes(out, (const char[]){' ', kind}, 2);
    put_encoded(out, name);
    if (value == NULL) return;
    put_word(out, "=");
    put_encoded(out, value);
}

void put_hash(struct buffer *out, const char *text)
{
    uint64_t hash = 0xcbf29ce484222325;
    char code[17];
    for (const unsigned char *at = (const unsigned char *)text; *at != 0; at++) hash = (hash ^ *at) * 0x100000001b3;
    snprintf(code, sizeof code, "%016llx", (unsigned long long)hash);
    put_word(out, code);
}
