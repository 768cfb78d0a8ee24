#define _DEFAULT_SOURCE

#include "place.h"

#include <pwd.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "say.h"
#include "text.h"

/* A relative one makes omg refuse to run, whichever of its folders it is for. */
static const char *const overrides[] = {"OMG_CONFIG_DIR", "OMG_DATA_DIR", "OMG_STATE_DIR", "OMG_CACHE_DIR",
                                        "OMG_RUNTIME_DIR"};
static const char *const surroundings[] = {"XDG_RUNTIME_DIR", "XDG_STATE_HOME", "HOME"};

enum { OVERRIDES = sizeof overrides / sizeof *overrides, SURROUNDINGS = sizeof surroundings / sizeof *surroundings };

/* The value of a variable that is absolute; NULL for any other. */
static const char *absolute(const char *name)
{
    const char *value = getenv(name);
    return value != NULL && value[0] == '/' ? value : NULL;
}

/* Root at work for somebody else, by what sudo(8), pkexec(1) and doas(1) leave behind. */
static bool is_for_somebody(void)
{
    static const char *const ids[] = {"SUDO_UID", "PKEXEC_UID"};
    for (size_t i = 0; i < 2; i++) {
        const char *id = getenv(ids[i]);
        if (id != NULL && strcmp(id, "0") != 0) return true;
    }
    const char *name = getenv("DOAS_USER");
    return name != NULL && strcmp(name, "root") != 0;
}

/* Then nothing of the environment counts. */
bool is_elevated(void)
{
    return geteuid() == 0 && is_for_somebody();
}

/* The first variable that names no folder: what is wrong with it is in `fault`. NULL when all is well. */
static const char *bad_variable(const char **fault)
{
    for (size_t i = 0; i < OVERRIDES + SURROUNDINGS; i++) {
        const char *name = i < OVERRIDES ? overrides[i] : surroundings[i - OVERRIDES];
        const char *value = getenv(name);
        *fault = " is not valid UTF-8.";
        if (value != NULL && !is_text(value)) return name;
        *fault = " is not an absolute path.";
        if (i < OVERRIDES && value != NULL && value[0] != '\0' && value[0] != '/') return name;
    }
    return NULL;
}

/* By passwd(5), for those whom HOME does not tell. Not by nsswitch.conf(5), which static programs cannot. */
static void home_of(uid_t uid, char *home, size_t size)
{
    snprintf(home, size, "/nonexistent");
    FILE *accounts = fopen("/etc/passwd", "re");
    if (accounts == NULL) return;
    for (const struct passwd *account = fgetpwent(accounts); account != NULL; account = fgetpwent(accounts))
        if (account->pw_uid == uid) {
            snprintf(home, size, "%s", account->pw_dir);
            break;
        }
    fclose(accounts);
}

/* Drops empty and `.` parts, and each `..` with the part before it, without a look at the disk: Node's path.join. */
static void normalize(char *path)
{
    size_t end = 0;
    for (const char *part = path; *part != '\0';) {
        while (*part == '/') part++;
        const size_t length = strcspn(part, "/");
        if (length == 2 && memcmp(part, "..", 2) == 0) {
            while (end > 0 && path[--end] != '/') continue;
        } else if (length > 0 && !(length == 1 && *part == '.')) {
            path[end++] = '/';
            memmove(path + end, part, length);
            end += length;
        }
        part += length;
    }
    path[end] = '\0';
}

bool find_home(char *home, size_t size)
{
    const char *named = is_elevated() ? NULL : absolute("HOME");
    if (named != NULL) snprintf(home, size, "%s", named);
    else home_of(geteuid(), home, size);
    return home[0] == '/';
}

static int complain_of_home(void)
{
    return complain(EXIT_INVALID, "The home folder is not an absolute path.", "Set HOME to the whole path, from / on.");
}

/* Returns 0, or the exit code of what it complained about. */
static int check_variables(void)
{
    const char *fault = NULL;
    const char *name = is_elevated() ? NULL : bad_variable(&fault);
    if (name == NULL) return 0;
    return complain_of(EXIT_INVALID, name, fault, "Give the whole path, from / on, or leave it unset.");
}

bool has_bad_variable(void)
{
    const char *fault = NULL;
    return !is_elevated() && bad_variable(&fault) != NULL;
}

struct place {
    const char *folder;
    const char *below;
};

static void put_place(char *path, size_t size, const struct place *place, const char *name)
{
    snprintf(path, size, "%s%s%s", place->folder, place->below, name);
    normalize(path);
}

static void put_status_path(char *path, size_t size, const char *home)
{
    /* The first of these that is set. */
    const struct place places[] = {
        {absolute("OMG_RUNTIME_DIR"), ""}, {absolute("XDG_RUNTIME_DIR"), "/omg"},    {absolute("OMG_STATE_DIR"), ""},
        {absolute("XDG_STATE_HOME"), "/omg"}, {home, "/.local/state/omg"},
    };
    size_t i = 0;
    while (places[i].folder == NULL) i++;
    put_place(path, size, &places[i], "/omg.status");
}

static void put_system_status_path(char *path, size_t size)
{
    const char *folder = is_elevated() ? NULL : absolute("OMG_RUNTIME_DIR");
    const struct place place = {folder != NULL ? folder : "/run/omg", ""};
    put_place(path, size, &place, "/omg.status");
}

int status_path(char *path, size_t size)
{
    static char home[MAX_PATH_BYTES];
    const int fault = check_variables();
    if (fault != 0) return fault;
    if (geteuid() == 0) put_system_status_path(path, size);
    else if (!find_home(home, sizeof home)) return complain_of_home();
    else put_status_path(path, size, home);
    return 0;
}

/* What each folder of the user's is called. */
static const struct {
    const char *override;
    const char *xdg;
    const char *at_home;
} folders[] = {
    [USER_CACHE] = {"OMG_CACHE_DIR", "XDG_CACHE_HOME", "/.cache/omg"},
    [USER_DATA] = {"OMG_DATA_DIR", "XDG_DATA_HOME", "/.local/share/omg"},
    [USER_CONFIG] = {"OMG_CONFIG_DIR", "XDG_CONFIG_HOME", "/.config/omg"},
};

/* Whether a folder's variable of the XDG Base Directory Specification is no text, so that Node would read another path. */
static bool is_garbled(enum user_folder folder)
{
    const char *value = is_elevated() ? NULL : getenv(folders[folder].xdg);
    return value != NULL && !is_text(value);
}

bool find_user_path(enum user_folder folder, const char *name, char *path, size_t size)
{
    static char home[MAX_PATH_BYTES];
    if (has_bad_variable() || is_garbled(folder) || !find_home(home, sizeof home)) return false;
    const char *override = is_elevated() ? NULL : absolute(folders[folder].override);
    const char *xdg = is_elevated() ? NULL : absolute(folders[folder].xdg);
    const struct place places[] = {
        {override, geteuid() == 0 ? "/user" : ""},
        {xdg, "/omg"},
        {home, folders[folder].at_home},
    };
    size_t i = 0;
    while (places[i].folder == NULL) i++;
    put_place(path, size, &places[i], name);
    return true;
}

int user_path(enum user_folder folder, const char *name, char *path, size_t size)
{
    const int fault = check_variables();
    if (fault != 0) return fault;
    /* Of the other one nothing here is read. */
    for (enum user_folder i = USER_CACHE; i <= USER_DATA; i++)
        if (is_garbled(i))
            return complain_of(EXIT_INVALID, folders[i].xdg, " is not valid UTF-8.",
                               "Give the whole path, from / on, or leave it unset.");
    return find_user_path(folder, name, path, size) ? 0 : complain_of_home();
}

bool own_cache_path(const char *name, char *path, size_t size)
{
    if (geteuid() != 0) return user_path(USER_CACHE, name, path, size) == 0;
    const char *override = is_elevated() ? NULL : absolute(folders[USER_CACHE].override);
    const struct place place = {override != NULL ? override : "/var/cache/omg", ""};
    put_place(path, size, &place, name);
    return true;
}
