#define _DEFAULT_SOURCE

#include "sight.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

const char *const look_names[LOOKS] = {"presence", "itself", "entries"};

/* Of one file, link or folder. */
enum { MAX_PART = 192, MAX_NUMBER = 32 };

/* As ECMAScript writes a number of these sizes: the fewest digits that mean it (Number::toString). */
static void put_milliseconds(char text[MAX_NUMBER], const struct timespec *time)
{
    /* As Node has them, so with what that rounds. */
    const double value = (double)time->tv_sec * 1000 + (double)time->tv_nsec / 1000000;
    for (int digits = 15; digits <= 17; digits++) {
        snprintf(text, MAX_NUMBER, "%.*g", digits, value);
        if (strtod(text, NULL) == value) return;
    }
}

static void put_found(char part[MAX_PART], const struct stat *found, enum look look)
{
    char modified[MAX_NUMBER], changed[MAX_NUMBER];
    const unsigned long long device = found->st_dev, inode = found->st_ino;
    if (look == PRESENCE) {
        snprintf(part, MAX_PART, "there");
    } else if (look == ITSELF && S_ISDIR(found->st_mode)) {
        snprintf(part, MAX_PART, "%llu %llu %u %u %u", device, inode, found->st_mode, found->st_uid, found->st_gid);
    } else {
        put_milliseconds(modified, &found->st_mtim);
        put_milliseconds(changed, &found->st_ctim);
        snprintf(part, MAX_PART, "%llu %llu %llu %s %s", device, inode, (unsigned long long)found->st_size, modified, changed);
    }
}

/* Why nothing is seen. False for a reason that is not among the usual ones. */
static bool put_reason(char part[MAX_PART], int error)
{
    static const struct {
        int error;
        const char *name;
    } reasons[] = {{ENOENT, "absent"}, {ENOTDIR, "ENOTDIR"}, {EACCES, "EACCES"}, {ELOOP, "ELOOP"}};
    for (size_t i = 0; i < sizeof reasons / sizeof *reasons; i++) {
        if (reasons[i].error != error) continue;
        snprintf(part, MAX_PART, "%s", reasons[i].name);
        return true;
    }
    return false;
}

bool see(const char *path, enum look look, char sight[MAX_SIGHT])
{
    struct stat found;
    char part[MAX_PART], target[MAX_PART];
    if (lstat(path, &found) != 0) {
        if (!put_reason(part, errno)) return false;
        snprintf(sight, MAX_SIGHT, "%s", part);
        return true;
    }
    put_found(part, &found, look);
    if (!S_ISLNK(found.st_mode)) {
        snprintf(sight, MAX_SIGHT, "%s", part);
        return true;
    }
    if (stat(path, &found) == 0) put_found(target, &found, look);
    else if (!put_reason(target, errno)) return false;
    snprintf(sight, MAX_SIGHT, "%s > %s", part, target);
    return true;
}
