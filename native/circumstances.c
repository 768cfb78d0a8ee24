#define _GNU_SOURCE

#include "circumstances.h"

#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/types.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "hash.h"
#include "sight.h"
#include "text.h"

extern char **environ;

/* What a shell changes from command to command, and nothing in omg reads. */
static const char *const passing[] = {"_", "SHLVL", "OLDPWD", "PWD"};

enum { PASSING = sizeof passing / sizeof *passing };

/* Each field ends in a zero, so that no two lists of them are one text. */
static void mix_field(uint64_t *hash, const char *text)
{
    *hash = hash_bytes(*hash, text, strlen(text) + 1);
}

static bool mix_file(uint64_t *hash, const char *path)
{
    char sight[MAX_SIGHT];
    if (!see(path, ITSELF, sight)) return false;
    mix_field(hash, sight);
    return true;
}

/* As process.getgroups() has them. */
static bool mix_user(uint64_t *hash)
{
    char text[64];
    const int count = getgroups(0, NULL);
    if (count < 0) return false;
    gid_t *groups = calloc((size_t)count + 1, sizeof *groups);
    if (groups == NULL || getgroups(count, groups) != count) {
        free(groups);
        return false;
    }
    bool has_own = false;
    for (int i = 0; i < count; i++) has_own = has_own || groups[i] == getegid();
    if (!has_own) groups[count] = getegid();
    snprintf(text, sizeof text, "%u %u %u", getuid(), geteuid(), getegid());
    *hash = hash_text(*hash, text);
    for (int i = 0; i < count + (has_own ? 0 : 1); i++) {
        snprintf(text, sizeof text, " %u", groups[i]);
        *hash = hash_text(*hash, text);
    }
    mix_field(hash, "");
    free(groups);
    return true;
}

static void mix_terminal(uint64_t *hash)
{
    struct winsize size = {.ws_col = 0};
    char text[16] = "no";
    if (isatty(STDOUT_FILENO)) {
        if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0) snprintf(text, sizeof text, "%u", size.ws_col);
        else snprintf(text, sizeof text, "undefined");
    }
    mix_field(hash, text);
}

static bool is_passing(const char *variable)
{
    char name[8];
    const size_t length = strcspn(variable, "=");
    if (length >= sizeof name) return false;
    memcpy(name, variable, length);
    name[length] = '\0';
    return index_of(name, passing, PASSING) < PASSING;
}

static int compare(const void *one, const void *other)
{
    return strcmp(*(const char *const *)one, *(const char *const *)other);
}

static bool mix_environment(uint64_t *hash)
{
    size_t count = 0, taken = 0;
    bool is_whole = true;
    while (environ[count] != NULL) count++;
    const char **variables = calloc(count + 1, sizeof *variables);
    if (variables == NULL) return false;
    for (size_t i = 0; i < count; i++) {
        if (is_passing(environ[i])) continue;
        is_whole = is_whole && is_text(environ[i]);
        variables[taken++] = environ[i];
    }
    qsort(variables, taken, sizeof *variables, compare);
    for (size_t i = 0; i < taken; i++) mix_field(hash, variables[i]);
    free(variables);
    return is_whole;
}

static bool mix_circumstances(uint64_t *hash, const char *node, const char *bundle)
{
    struct utsname system;
    if (!mix_file(hash, bundle)) return false;
    mix_field(hash, node);
    if (!mix_file(hash, node) || !mix_user(hash) || uname(&system) != 0) return false;
    mix_field(hash, system.nodename);
    mix_field(hash, system.release);
    mix_terminal(hash);
    return mix_environment(hash);
}

bool find_question(const char *const args[], const char *node, const char *bundle, struct question *question)
{
    static char folder[PATH_MAX];
    if (getcwd(folder, sizeof folder) == NULL || folder[0] != '/' || !is_text(folder) || !is_text(node)) return false;
    uint64_t name = hash_of_nothing, key = hash_of_nothing;
    mix_field(&name, folder);
    for (size_t i = 0; args[i] != NULL; i++) {
        if (!is_text(args[i])) return false;
        mix_field(&name, args[i]);
    }
    if (!mix_circumstances(&key, node, bundle)) return false;
    question->folder = folder;
    snprintf(question->name, MAX_NAME, "/standing/%016llx", (unsigned long long)name);
    snprintf(question->key, MAX_NAME, "%016llx", (unsigned long long)key);
    return true;
}
