/* FNV-1a of 64 bits: host/fnv.ts. */
#ifndef OMG_HASH_H
#define OMG_HASH_H

#include <stddef.h>
#include <stdint.h>

static const uint64_t hash_of_nothing = 0xcbf29ce484222325;

/* The hash of what was hashed before, and these bytes after it. */
uint64_t hash_bytes(uint64_t hash, const char *bytes, size_t length);
/* The same of a text, without its end. */
uint64_t hash_text(uint64_t hash, const char *text);

#endif
