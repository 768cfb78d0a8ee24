/* Messages to omgd and from it: schema/wire/msgpack.ts. */
#ifndef OMG_MESSAGE_H
#define OMG_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buffer.h"

enum { FRAME_HEADER = 4, MAX_MESSAGE = 16 * 1024 * 1024 };

/* Each adds a value to a message. */
void put_map(struct buffer *message, uint32_t members);
void put_list(struct buffer *message, uint32_t values);
void put_string(struct buffer *message, const char *text);
void put_number(struct buffer *message, uint32_t number);
void put_truth(struct buffer *message, bool value);

/* What a message from omgd comes to. */
enum said { SAID_OUTPUT, SAID_EXIT, SAID_OTHERWISE };

struct reply {
    enum said said;
    /* Of an output; within the message. */
    const unsigned char *bytes;
    size_t length;
    int exit;
};

/* False for what is no message: a map of texts, numbers and bytes. */
bool reply_from(const unsigned char *message, size_t length, struct reply *reply);

uint32_t big_endian(const unsigned char *at, size_t bytes);

#endif
