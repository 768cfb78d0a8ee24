#include "buffer.h"

#include <stdlib.h>
#include <string.h>

static bool has_room(struct buffer *buffer, size_t length)
{
    if (buffer->failed || buffer->length + length <= buffer->room) return !buffer->failed;
    const size_t room = 2 * (buffer->length + length) + 256;
    char *bytes = realloc(buffer->bytes, room);
    buffer->failed = bytes == NULL;
    if (buffer->failed) return false;
    buffer->bytes = bytes;
    buffer->room = room;
    return true;
}

void put_bytes(struct buffer *buffer, const char *bytes, size_t length)
{
    if (length == 0 || !has_room(buffer, length)) return;
    memcpy(buffer->bytes + buffer->length, bytes, length);
    buffer->length += length;
}

void put_word(struct buffer *buffer, const char *word)
{
    put_bytes(buffer, word, strlen(word));
}

const char *text_of(struct buffer *buffer)
{
    if (!has_room(buffer, 1)) return "";
    buffer->bytes[buffer->length] = '\0';
    return buffer->bytes;
}
