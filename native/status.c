#define _DEFAULT_SOURCE

#include "status.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "place.h"

enum { STATUS_SIZE = 64, STATUS_VERSION = 1, TIME = 24 };
static const uint32_t magic = 0x4f4d4753;

/* The last second that a date of ECMAScript can name: later ones are no time that anything was written at. */
static const uint64_t last_second = 8640000000000;

/* A clock may have been set back a little since. */
static const uint64_t clock_tolerance = 300;

const char *const state_words[STATES] = {"unknown", "in sync", "drifted", "applying", "failed", "held"};
const char *const state_names[STATES] = {"unknown", "in-sync", "drifted", "applying", "failed", "held"};

const char *const number_names[NUMBERS] = {"total",           "explicit",   "orphans", "updates", "drift",
                                                  "vulnerabilities", "generation", "age"};
static const size_t count_offsets[COUNTS] = {8, 12, 16, 20, 32, 36};

static uint64_t little_endian(const unsigned char *at, size_t bytes)
{
    uint64_t value = 0;
    for (size_t i = bytes; i > 0; i--) value = value << 8 | at[i - 1];
    return value;
}

/* The 64 bytes of a file that root or the caller wrote, and that nobody else can change. */
static enum verdict read_status(const char *path, unsigned char bytes[STATUS_SIZE])
{
    /* O_NONBLOCK: opening a named pipe would wait for a writer. */
    const int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (fd < 0) return errno == ENOENT || errno == ENOTDIR ? ABSENT : UNTRUSTED;
    struct stat found;
    enum verdict verdict = BELIEVED;
    if (fstat(fd, &found) != 0 || !S_ISREG(found.st_mode)) verdict = UNTRUSTED;
    else if ((found.st_uid != 0 && found.st_uid != geteuid()) || (found.st_mode & 022) != 0) verdict = UNTRUSTED;
    else if (found.st_size != STATUS_SIZE || read(fd, bytes, STATUS_SIZE) != STATUS_SIZE) verdict = MALFORMED;
    close(fd);
    return verdict;
}

static bool is_status(const unsigned char bytes[STATUS_SIZE])
{
    return little_endian(bytes, 4) == magic && bytes[4] == STATUS_VERSION && bytes[6] < STATES &&
           little_endian(bytes + TIME, 8) <= last_second;
}

static enum verdict decode_status(const unsigned char bytes[STATUS_SIZE], uint64_t now, uint64_t max_age,
                                  struct status *status)
{
    const uint64_t time = little_endian(bytes + TIME, 8);
    if (!is_status(bytes)) return MALFORMED;
    if (time > now + clock_tolerance || (time < now && now - time > max_age)) return TOO_OLD;
    status->state = bytes[6];
    for (size_t i = 0; i < COUNTS; i++) {
        status->known[i] = (bytes[5] >> i & 1) == 0;
        status->number[i] = little_endian(bytes + count_offsets[i], 4);
    }
    status->known[GENERATION] = status->known[AGE] = true;
    status->number[GENERATION] = little_endian(bytes + 40, 4);
    status->number[AGE] = time < now ? now - time : 0;
    return BELIEVED;
}

enum verdict published(const char *path, uint64_t max_age, struct status *status)
{
    unsigned char bytes[STATUS_SIZE];
    const time_t now = time(NULL);
    const enum verdict verdict = read_status(path, bytes);
    return verdict == BELIEVED ? decode_status(bytes, now < 0 ? 0 : (uint64_t)now, max_age, status) : verdict;
}

static bool from_digits(const char *digits, unsigned char bytes[STATUS_SIZE])
{
    static const char values[] = "0123456789abcdef";
    if (strlen(digits) != 2 * STATUS_SIZE || strspn(digits, values) != 2 * STATUS_SIZE) return false;
    for (size_t i = 0; i < STATUS_SIZE; i++) {
        const ptrdiff_t high = strchr(values, digits[2 * i]) - values, low = strchr(values, digits[2 * i + 1]) - values;
        bytes[i] = (unsigned char)(high << 4 | low);
    }
    return true;
}

/* As host/files.ts has it, `writeSoon`: without waiting for the disk. */
static bool replace(const char *path, const unsigned char bytes[STATUS_SIZE])
{
    static char temporary[MAX_PATH_BYTES];
    uint64_t random;
    if (getrandom(&random, sizeof random, GRND_NONBLOCK) != sizeof random) return false;
    const int folder = (int)(strrchr(path, '/') - path);
    snprintf(temporary, sizeof temporary, "%.*s/.omg-%016llx.tmp", folder, path, (unsigned long long)random);
    const int fd = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0) return false;
    bool whole = write(fd, bytes, STATUS_SIZE) == STATUS_SIZE && fchmod(fd, 0644) == 0;
    whole = close(fd) == 0 && whole && rename(temporary, path) == 0;
    if (!whole) unlink(temporary);
    return whole;
}

bool publish_again(const char *path, const char *digits)
{
    unsigned char bytes[STATUS_SIZE];
    const time_t now = time(NULL);
    if (now < 0 || !from_digits(digits, bytes) || !is_status(bytes)) return false;
    for (size_t i = 0; i < 8; i++) bytes[TIME + i] = (unsigned char)((uint64_t)now >> (8 * i));
    return replace(path, bytes);
}
