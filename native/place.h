/* Where omg's files lie: host/paths.ts, app/person.ts, cli/context.ts. */
#ifndef OMG_PLACE_H
#define OMG_PLACE_H

#include <stdbool.h>
#include <stddef.h>

/* Longer than any value that exec(2) passes on (MAX_ARG_STRLEN), with room for what is appended to it. */
enum { MAX_PATH_BYTES = 128 * 1024 + 64 };

/* Root at work for somebody else: then nothing of the environment counts. */
bool is_elevated(void);

/* Whether a variable names no folder, so that omg would refuse to run. */
bool has_bad_variable(void);

/* The user's home. False where nothing says an absolute one. */
bool find_home(char *home, size_t size);

enum user_folder { USER_CACHE, USER_DATA, USER_CONFIG };

/* Where this caller's status lies. Returns 0, or the exit code of what it complained about. */
int status_path(char *path, size_t size);

/* `name`, which begins with a slash, in a folder of the user's. False where a variable is not right, or nothing says which folder. */
bool find_user_path(enum user_folder folder, const char *name, char *path, size_t size);

/* The same. Returns 0, or the exit code of what it complained about. */
int user_path(enum user_folder folder, const char *name, char *path, size_t size);

/* `name`, which begins with a slash, in the cache of what this caller's omg keeps: root's is the system's. False where nothing says which. */
bool own_cache_path(const char *name, char *path, size_t size);

#endif
