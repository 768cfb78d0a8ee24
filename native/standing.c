#define _DEFAULT_SOURCE

#include "standing.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "circumstances.h"
#include "passed_on.h"
#include "place.h"
#include "say.h"
#include "sight.h"
#include "status.h"
#include "text.h"

enum { KEPT = sizeof kept / sizeof *kept };
enum { MAX_KEPT = 32 * 1024 * 1024, LASTS_MS = 60 * 60 * 1000 };
static const char format[] = "omg standing 2";

bool is_kept(const char *word)
{
    return index_of(word, kept, KEPT) < KEPT;
}

/* ---- The file -------------------------------------------------------------------------------- */

/* Fields that end in a zero each, and then the bytes of the answer. */
struct kept_answer {
    char *bytes;
    size_t size;
    size_t at;
};

/* The next field; NULL where none is left. */
static const char *next_field(struct kept_answer *answer)
{
    const char *field = answer->bytes + answer->at;
    const char *end = memchr(field, '\0', answer->size - answer->at);
    if (end == NULL) return NULL;
    answer->at = (size_t)(end - answer->bytes) + 1;
    return field;
}

/* A field that is a whole number of up to 15 digits. */
static bool next_number(struct kept_answer *answer, uint64_t *number)
{
    const char *field = next_field(answer);
    if (field == NULL || field[0] == '\0' || strlen(field) > 15 || field[strspn(field, "0123456789")] != '\0') return false;
    *number = strtoull(field, NULL, 10);
    return true;
}

static bool is_next(struct kept_answer *answer, const char *expected)
{
    const char *field = next_field(answer);
    return field != NULL && strcmp(field, expected) == 0;
}

/* The content of a file that the caller wrote, and nobody else can: host/own-file.ts. Its bytes are the caller's to free. */
static bool read_kept(const char *path, struct kept_answer *answer)
{
    /* O_NONBLOCK: opening a named pipe would wait for a writer. */
    const int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (fd < 0) return false;
    struct stat found;
    const bool own = fstat(fd, &found) == 0 && S_ISREG(found.st_mode) && found.st_uid == geteuid() &&
                     (found.st_mode & 022) == 0 && found.st_size > 0 && found.st_size <= MAX_KEPT;
    if (own) answer->bytes = malloc((size_t)found.st_size);
    while (answer->bytes != NULL && answer->size < (size_t)found.st_size) {
        const ssize_t count = read(fd, answer->bytes + answer->size, (size_t)found.st_size - answer->size);
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) break;
        answer->size += (size_t)count;
    }
    close(fd);
    return answer->bytes != NULL && answer->size == (size_t)found.st_size;
}

/* ---- Whether it stands ----------------------------------------------------------------------- */

static bool is_recent(uint64_t made)
{
    struct timespec now;
    if (clock_gettime(CLOCK_REALTIME, &now) != 0 || now.tv_sec < 0) return false;
    const uint64_t milliseconds = (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
    return made <= milliseconds && milliseconds <= made + LASTS_MS;
}

static bool is_as_it_was(struct kept_answer *answer)
{
    char sight[MAX_SIGHT];
    const char *look = next_field(answer);
    const char *path = look == NULL ? NULL : next_field(answer);
    const char *seen = path == NULL ? NULL : next_field(answer);
    if (seen == NULL) return false;
    const size_t closeness = index_of(look, look_names, LOOKS);
    return closeness < LOOKS && path[0] == '/' && see(path, (enum look)closeness, sight) && strcmp(sight, seen) == 0;
}

/* Whether the file is about this folder and these arguments. */
static bool is_about(struct kept_answer *answer, const char *folder, const char *const args[])
{
    uint64_t words, asked = 1;
    if (!next_number(answer, &words) || !is_next(answer, folder)) return false;
    for (; args[asked - 1] != NULL; asked++)
        if (!is_next(answer, args[asked - 1])) return false;
    return words == asked;
}

/* Whether the file holds the answer to this question, and that still stands. What is left of it then is the answer. */
static bool stands(struct kept_answer *answer, const char *const args[], const struct question *question, const char **status)
{
    uint64_t made, length, count;
    if (!is_next(answer, format) || !next_number(answer, &made) || !is_recent(made) || !next_number(answer, &length)) return false;
    if (!is_next(answer, question->key) || !is_about(answer, question->folder, args)) return false;
    if ((*status = next_field(answer)) == NULL || !next_number(answer, &count)) return false;
    for (uint64_t i = 0; i < count; i++)
        if (!is_as_it_was(answer)) return false;
    return answer->size - answer->at == length;
}

/* What the run published that kept the answer is published again, as of now. */
static bool publish_as_then(const char *status)
{
    static char path[MAX_PATH_BYTES];
    return status[0] == '\0' || (status_path(path, sizeof path) == 0 && publish_again(path, status));
}

int give_standing(const char *const args[], const char *node, const char *bundle)
{
    static char path[MAX_PATH_BYTES];
    struct question question;
    struct kept_answer answer = {.size = 0};
    const char *status = NULL;
    int code = NOT_ANSWERED, failure = 0;
    if (has_bad_variable() || !find_question(args, node, bundle, &question)) return NOT_ANSWERED;
    if (own_cache_path(question.name, path, sizeof path) && read_kept(path, &answer) &&
        stands(&answer, args, &question, &status) && publish_as_then(status)) {
        const size_t length = answer.size - answer.at;
        const size_t written = write_out((const unsigned char *)answer.bytes + answer.at, length, &failure);
        if (failure == 0 || failure == EPIPE) code = EXIT_ANSWERED;
        else if (written > 0) code = complain_of_output();
    }
    free(answer.bytes);
    return code;
}
