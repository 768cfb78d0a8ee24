#include "message.h"

#include <string.h>

/* ---- Writing --------------------------------------------------------------------------------- */

static void put_byte(struct buffer *message, unsigned int byte)
{
    const char one = (char)(unsigned char)byte;
    put_bytes(message, &one, 1);
}

static void put_sized(struct buffer *message, unsigned int kind, uint32_t size)
{
    const char bytes[] = {(char)(unsigned char)kind, (char)(size >> 24), (char)(size >> 16), (char)(size >> 8), (char)size};
    put_bytes(message, bytes, sizeof bytes);
}

void put_map(struct buffer *message, uint32_t members)
{
    put_sized(message, 0xdf, members);
}

void put_list(struct buffer *message, uint32_t values)
{
    put_sized(message, 0xdd, values);
}

void put_string(struct buffer *message, const char *text)
{
    const size_t length = strlen(text);
    put_sized(message, 0xdb, (uint32_t)length);
    put_bytes(message, text, length);
}

void put_number(struct buffer *message, uint32_t number)
{
    put_sized(message, 0xce, number);
}

void put_truth(struct buffer *message, bool value)
{
    put_byte(message, value ? 0xc3 : 0xc2);
}

/* ---- Reading --------------------------------------------------------------------------------- */

struct reader {
    const unsigned char *at;
    const unsigned char *end;
    bool failed;
};

/* A piece that is there; NULL, and a failure, for one that is not. */
static const unsigned char *take(struct reader *reader, size_t length)
{
    if (reader->failed || length > (size_t)(reader->end - reader->at)) {
        reader->failed = true;
        return NULL;
    }
    reader->at += length;
    return reader->at - length;
}

uint32_t big_endian(const unsigned char *at, size_t bytes)
{
    uint32_t value = 0;
    for (size_t i = 0; i < bytes; i++) value = value << 8 | at[i];
    return value;
}

static uint32_t take_number(struct reader *reader, size_t bytes)
{
    const unsigned char *at = take(reader, bytes);
    return at == NULL ? 0 : big_endian(at, bytes);
}

/* A value of one of the few kinds that a reply has. */
struct value {
    enum { NUMBER, BYTES } kind;
    uint32_t number;
    const unsigned char *bytes;
    size_t length;
};

static struct value take_value(struct reader *reader)
{
    struct value value = {.kind = NUMBER};
    const uint32_t kind = take_number(reader, 1);
    if (reader->failed) return value;
    if (kind < 0x80) value.number = kind;
    else if (kind >= 0xcc && kind <= 0xce) value.number = take_number(reader, (size_t)1 << (kind - 0xcc));
    else if ((kind >= 0xa0 && kind < 0xc0) || (kind >= 0xc4 && kind <= 0xc6) || (kind >= 0xd9 && kind <= 0xdb)) {
        value.kind = BYTES;
        value.length = kind < 0xc0 ? (kind & 0x1f) : take_number(reader, (size_t)1 << (kind < 0xd0 ? kind - 0xc4 : kind - 0xd9));
        value.bytes = take(reader, value.length);
    } else reader->failed = true;
    return value;
}

static bool is_name(const struct value *value, const char *name)
{
    return value->kind == BYTES && value->length == strlen(name) && memcmp(value->bytes, name, value->length) == 0;
}

bool reply_from(const unsigned char *message, size_t length, struct reply *reply)
{
    struct reader reader = {.at = message, .end = message + length};
    *reply = (struct reply){.said = SAID_OTHERWISE};
    const uint32_t kind = take_number(&reader, 1);
    if ((kind & 0xf0) != 0x80) return false;
    for (uint32_t members = kind & 0x0f; members > 0; members--) {
        const struct value name = take_value(&reader);
        if (reader.failed) return false;
        /* Why something is not answered is a map of its own, and Node's to find out. */
        if (is_name(&name, "error")) return true;
        const struct value value = take_value(&reader);
        if (reader.failed) return false;
        if (is_name(&name, "out") && value.kind == BYTES) {
            reply->said = SAID_OUTPUT;
            reply->bytes = value.bytes;
            reply->length = value.length;
        }
        if (is_name(&name, "exit") && value.kind == NUMBER && value.number < 256) {
            reply->said = SAID_EXIT;
            reply->exit = (int)value.number;
        }
    }
    return reader.at == reader.end;
}
