/* Texts of a bounded size, and what is text at all. */
#ifndef OMG_TEXT_H
#define OMG_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { MAX_OUTPUT = 4096 };

struct text {
    char bytes[MAX_OUTPUT];
    size_t length;
};

/* What does not fit is left out: no format of MAX_FORMAT bytes comes to as much as a text holds. */
void append(struct text *text, const char *bytes, size_t length);
void append_word(struct text *text, const char *word);
void append_number(struct text *text, uint64_t number);

/* How many bytes the character at `at` takes; 0 where it is not UTF-8 (RFC 3629, section 4), or ends too early. */
size_t character_at(const unsigned char *at);

/* Whether it is UTF-8 without U+FFFD: Node reads that for whatever is not, so nobody could tell which file was meant. */
bool is_text(const char *string);

/* What `is_harmless` has seen so far of a text that comes in pieces; zero before the first. */
enum text_state { IN_TEXT, AFTER_ESCAPE, IN_COLOUR, IN_CONTROL };

/* Whether a text does nothing to a terminal but to show lines, and colours (ECMA-48, SGR) in them. */
bool is_harmless(const unsigned char *bytes, size_t length, enum text_state *state);

/* The index of a name among `count`; `count` where it is none of them. */
size_t index_of(const char *name, const char *const names[], size_t count);

#endif
