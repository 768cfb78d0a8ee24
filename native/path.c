#define _DEFAULT_SOURCE

#include "path.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "place.h"

/* What execvp(3) takes where there is no PATH. */
static const char default_path[] = "/usr/local/bin:/usr/bin:/bin";

static const char *path_now(void)
{
    const char *path = getenv("PATH");
    return path != NULL ? path : default_path;
}

/* A shim leads here again: it is omg-fast, or a script of omg's in the folder of shims. */
static bool is_program(const char *path, const char *shims)
{
    struct stat found, self;
    const size_t length = strlen(shims);
    if (strncmp(path, shims, length) == 0 && path[length] == '/') return false;
    if (stat(path, &found) != 0 || !S_ISREG(found.st_mode) || access(path, X_OK) != 0) return false;
    return stat("/proc/self/exe", &self) != 0 || self.st_ino != found.st_ino || self.st_dev != found.st_dev;
}

static bool is_in(const char *folder, size_t length, const char *name, const char *shims, char *path, size_t size)
{
    const int needed = snprintf(path, size, "%.*s/%s", (int)length, folder, name);
    return needed > 0 && (size_t)needed < size && is_program(path, shims);
}

bool find_on_path(const char *name, const struct resolved *resolved, char *path, size_t size)
{
    static char shims[MAX_PATH_BYTES];
    if (user_path(USER_DATA, "/shims", shims, sizeof shims) != 0) return false;
    if (resolved != NULL) {
        struct cursor cursor = list_of(resolved, PATHS);
        for (uint32_t i = 0; i < resolved->count[PATHS]; i++) {
            const char *folder = next_text(&cursor);
            if (is_in(folder, strlen(folder), name, shims, path, size)) return true;
        }
    }
    for (const char *at = path_now(); at != NULL;) {
        const size_t length = strcspn(at, ":");
        /* A relative part would run what a folder holds. */
        if (length > 0 && at[0] == '/' && is_in(at, length, name, shims, path, size)) return true;
        at = at[length] == ':' ? at + length + 1 : NULL;
    }
    return false;
}

void extend_path(const struct resolved *resolved)
{
    if (resolved->count[PATHS] == 0) return;
    const char *now = path_now();
    const size_t size = resolved->size + strlen(now) + 2;
    char *path = malloc(size);
    size_t length = 0;
    if (path == NULL) return;
    struct cursor cursor = list_of(resolved, PATHS);
    for (uint32_t i = 0; i < resolved->count[PATHS]; i++)
        length += (size_t)snprintf(path + length, size - length, "%s:", next_text(&cursor));
    if (strncmp(now, path, length) != 0) {
        snprintf(path + length, size - length, "%s", now);
        setenv("PATH", path, 1);
    }
    free(path);
}

bool find_env_node(char node[PATH_MAX])
{
    char path[PATH_MAX];
    struct stat found;
    for (const char *at = getenv("PATH"); at != NULL;) {
        const size_t length = strcspn(at, ":");
        /* What a folder holds, which env(1) would run, too. */
        if (length == 0 || at[0] != '/') return false;
        const int needed = snprintf(path, sizeof path, "%.*s/node", (int)length, at);
        if (needed < 0 || (size_t)needed >= sizeof path) return false;
        if (stat(path, &found) == 0 && S_ISREG(found.st_mode) && access(path, X_OK) == 0) return realpath(path, node) != NULL;
        at = at[length] == ':' ? at + length + 1 : NULL;
    }
    return false;
}
