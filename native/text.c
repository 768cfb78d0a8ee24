#include "text.h"

#include <stdio.h>
#include <string.h>

void append(struct text *text, const char *bytes, size_t length)
{
    const size_t room = sizeof text->bytes - text->length;
    const size_t taken = length < room ? length : room;
    memcpy(text->bytes + text->length, bytes, taken);
    text->length += taken;
}

void append_word(struct text *text, const char *word)
{
    append(text, word, strlen(word));
}

void append_number(struct text *text, uint64_t number)
{
    char digits[24];
    const int length = snprintf(digits, sizeof digits, "%llu", (unsigned long long)number);
    append(text, digits, (size_t)length);
}

size_t character_at(const unsigned char *at)
{
    const unsigned char lead = at[0];
    if (lead < 0x80) return 1;
    if (lead < 0xc2 || lead > 0xf4) return 0;
    const size_t length = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    const unsigned char low = lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80;
    const unsigned char high = lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf;
    if (at[1] < low || at[1] > high) return 0;
    for (size_t i = 2; i < length; i++)
        if (at[i] < 0x80 || at[i] > 0xbf) return 0;
    return length;
}

bool is_text(const char *string)
{
    const unsigned char *at = (const unsigned char *)string;
    while (*at != 0) {
        const size_t length = character_at(at);
        if (length == 0 || (length == 3 && memcmp(at, "\xef\xbf\xbd", 3) == 0)) return false;
        at += length;
    }
    return true;
}

size_t index_of(const char *name, const char *const names[], size_t count)
{
    size_t i = 0;
    while (i < count && strcmp(name, names[i]) != 0) i++;
    return i;
}

/* Of U+0080 to U+00BF, which begin with it in UTF-8, the first half are control characters. */
enum { LATIN_LEAD = 0xc2, FIRST_SHOWN = 0xa0, LAST_SHOWN = 0xbf, ESCAPE = 0x1b, DELETE = 0x7f };

bool is_harmless(const unsigned char *bytes, size_t length, enum text_state *state)
{
    for (size_t i = 0; i < length; i++) {
        const unsigned char byte = bytes[i];
        if (*state == AFTER_ESCAPE && byte != '[') return false;
        if (*state == IN_CONTROL && (byte < FIRST_SHOWN || byte > LAST_SHOWN)) return false;
        if (*state == AFTER_ESCAPE) *state = IN_COLOUR;
        else if (*state == IN_CONTROL) *state = IN_TEXT;
        else if (*state == IN_COLOUR) {
            if (byte == 'm') *state = IN_TEXT;
            else if (byte != ';' && (byte < '0' || byte > '9')) return false;
        } else if (byte == ESCAPE) *state = AFTER_ESCAPE;
        else if (byte == LATIN_LEAD) *state = IN_CONTROL;
        else if ((byte < ' ' && byte != '\n' && byte != '\t') || byte == DELETE) return false;
    }
    return true;
}
