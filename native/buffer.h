/* A text that grows. */
#ifndef OMG_BUFFER_H
#define OMG_BUFFER_H

#include <stdbool.h>
#include <stddef.h>

struct buffer {
    char *bytes;
    size_t length;
    size_t room;
    /* Memory ran out: what is there is not whole. */
    bool failed;
};

void put_bytes(struct buffer *buffer, const char *bytes, size_t length);
void put_word(struct buffer *buffer, const char *word);

/* The text with a zero behind it, which is not part of it. */
const char *text_of(struct buffer *buffer);

#endif
