#define _GNU_SOURCE

#include "question.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "hash.h"
#include "message.h"
#include "passed_on.h"
#include "place.h"

enum { SURROUNDINGS = sizeof surroundings / sizeof *surroundings, LOOKS = sizeof looks / sizeof *looks };

static void mix_variable(uint64_t *hash, const char *name, const char *value)
{
    if (value == NULL || value[0] == '\0') return;
    const char *const parts[] = {name, "=", value, "\n"};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) *hash = hash_text(*hash, parts[i]);
}

/* schema/wire/surroundings.ts, by host/fnv.ts. False where nothing says which home it is. */
static bool digest_surroundings(char digest[17])
{
    static char home[MAX_PATH_BYTES];
    uint64_t hash = hash_of_nothing;
    const bool elevated = is_elevated();
    if (!find_home(home, sizeof home)) return false;
    if (elevated) hash = hash_text(hash, "elevated\n");
    for (size_t i = 0; i < SURROUNDINGS; i++) {
        if (strcmp(surroundings[i], "HOME") == 0) mix_variable(&hash, "HOME", home);
        else if (!elevated) mix_variable(&hash, surroundings[i], getenv(surroundings[i]));
    }
    snprintf(digest, 17, "%016llx", (unsigned long long)hash);
    return true;
}

static void put_look(struct buffer *message)
{
    uint32_t set = 0;
    for (size_t i = 0; i < LOOKS; i++) set += getenv(looks[i]) != NULL;
    put_string(message, "look");
    put_map(message, set);
    for (size_t i = 0; i < LOOKS; i++) {
        if (getenv(looks[i]) == NULL) continue;
        put_string(message, looks[i]);
        put_string(message, getenv(looks[i]));
    }
}

static void put_terminal(struct buffer *message)
{
    struct winsize size = {.ws_col = 0};
    const bool terminal = isatty(STDOUT_FILENO);
    put_string(message, "terminal");
    put_truth(message, terminal);
    put_string(message, "columns");
    put_number(message, terminal && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80);
}

bool put_question(struct buffer *message, const char *const args[])
{
    char digest[17];
    uint32_t count = 0;
    if (!digest_surroundings(digest)) return false;
    put_map(message, 10);
    put_string(message, "v");
    put_number(message, 1);
    put_string(message, "id");
    put_number(message, 1);
    put_string(message, "ask");
    put_string(message, "command");
    put_string(message, "build");
    put_string(message, OMG_BUILD);
    put_string(message, "uid");
    put_number(message, (uint32_t)geteuid());
    put_string(message, "surroundings");
    put_string(message, digest);
    while (args[count] != NULL) count++;
    put_string(message, "args");
    put_list(message, count);
    for (uint32_t i = 0; i < count; i++) put_string(message, args[i]);
    put_terminal(message);
    put_look(message);
    return !message->failed;
}
