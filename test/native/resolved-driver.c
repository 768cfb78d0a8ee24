/*
 * Reads resolved folders with native/resolved.c, built with sanitizers: cases of resolved.test.ts come on standard input as u32 length and
 * bytes; what each says goes to standard output the same way, its texts separated by zeros.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../native/resolved.h"

static void put(FILE *out, const char *text)
{
    fwrite(text, 1, strlen(text) + 1, out);
}

static void put_number(FILE *out, uint64_t number)
{
    fprintf(out, "%llu", (unsigned long long)number);
    fputc('\0', out);
}

static void put_stamps(FILE *out, const struct resolved *resolved)
{
    struct cursor cursor = list_of(resolved, STAMPS);
    for (uint32_t i = 0; i < resolved->count[STAMPS]; i++) {
        const struct stamp stamp = next_stamp(&cursor);
        put(out, stamp.path);
        put(out, stamp.present ? "present" : "absent");
        put(out, stamp.watched ? "watched" : "");
        const uint64_t facts[] = {stamp.modified, stamp.changed, stamp.size, stamp.inode};
        for (size_t k = 0; k < 4 && stamp.present; k++) put_number(out, facts[k]);
    }
}

static void put_lists(FILE *out, const struct resolved *resolved)
{
    struct cursor cursor = list_of(resolved, TOOLS);
    for (uint32_t i = 0; i < resolved->count[TOOLS]; i++) {
        const struct tool tool = next_tool(&cursor);
        put(out, tool.missing ? "missing" : "tool");
        put(out, tool.name);
        put(out, tool.value);
        put(out, tool.missing ? tool.hint : "");
    }
    cursor = list_of(resolved, PATHS);
    for (uint32_t i = 0; i < resolved->count[PATHS]; i++) put(out, next_text(&cursor));
    cursor = list_of(resolved, VARIABLES);
    for (uint32_t i = 0; i < resolved->count[VARIABLES]; i++) {
        const struct variable variable = next_variable(&cursor);
        put_number(out, variable.kind);
        put(out, variable.name);
        put(out, variable.value);
    }
    cursor = list_of(resolved, ALIASES);
    for (uint32_t i = 0; i < 2 * resolved->count[ALIASES]; i++) put(out, next_text(&cursor));
    cursor = list_of(resolved, NOTICES);
    for (uint32_t i = 0; i < resolved->count[NOTICES]; i++) put(out, next_text(&cursor));
}

int main(void)
{
    uint32_t size;
    while (fread(&size, sizeof size, 1, stdin) == 1) {
        /* Of its very size, so that a sanitizer sees the first byte too many. */
        unsigned char *bytes = malloc(size > 0 ? size : 1);
        struct resolved resolved;
        char *said = NULL;
        size_t length = 0;
        if (bytes == NULL || fread(bytes, 1, size, stdin) != size) return 99;
        FILE *out = open_memstream(&said, &length);
        if (out == NULL) return 98;
        if (resolved_from(bytes, size, &resolved)) {
            put(out, resolved.folder);
            put_stamps(out, &resolved);
            put_lists(out, &resolved);
        }
        fclose(out);
        const uint32_t answer = (uint32_t)length;
        fwrite(&answer, sizeof answer, 1, stdout);
        fwrite(said, 1, length, stdout);
        free(said);
        free(bytes);
    }
    return 0;
}
