/*
 * omg-fast: what omg last published about this machine, quickly enough for a prompt.
 *
 * It reads omg.status (64 bytes; schema/wire/status.ts) where `omg status` reads it (host/paths.ts), believes it only
 * if root or the caller wrote it lately, and prints a word, a number, or a line made from a template. cli/fast/ is the
 * same program for machines without a C compiler: what changes here changes there, and test/native/ demands the same
 * bytes of both.
 *
 * It allocates nothing, starts nothing and writes nothing but its answer.
 */
#define _DEFAULT_SOURCE

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#ifndef OMG_VERSION
#define OMG_VERSION "unknown"
#endif

/* docs/exit-codes.md. */
enum { EXIT_ANSWERED = 0, EXIT_ERROR = 1, EXIT_INVALID = 3, EXIT_UNKNOWN = 8 };

enum { MAX_FORMAT = 1024, MAX_OUTPUT = 4096, MAX_NAME = 16 };

/* Longer than any value that exec(2) passes on (MAX_ARG_STRLEN), with room for what is appended to it. */
enum { MAX_PATH_BYTES = 128 * 1024 + 64 };

/* ---- Text ------------------------------------------------------------------------------------ */

struct text {
    char bytes[MAX_OUTPUT];
    size_t length;
};

/* No format of MAX_FORMAT bytes comes to as much as a text holds. */
static void append(struct text *text, const char *bytes, size_t length)
{
    const size_t room = sizeof text->bytes - text->length;
    const size_t taken = length < room ? length : room;
    memcpy(text->bytes + text->length, bytes, taken);
    text->length += taken;
}

static void append_word(struct text *text, const char *word)
{
    append(text, word, strlen(word));
}

static void append_number(struct text *text, uint64_t number)
{
    char digits[24];
    const int length = snprintf(digits, sizeof digits, "%llu", (unsigned long long)number);
    append(text, digits, (size_t)length);
}

/* How many bytes the character at `at` takes; 0 where it is not UTF-8 (RFC 3629, section 4), or ends too early. */
static size_t character_at(const unsigned char *at)
{
    const unsigned char lead = at[0];
    if (lead < 0x80) return 1;
    if (lead < 0xc2 || lead > 0xf4) return 0;
    const size_t length = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    const unsigned char low = lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80;
    const unsigned char high = lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf;
    if (at[1] < low || at[1] > high) return 0;
    for (size_t i = 2; i < length; i++)
        if (at[i] < 0x80 || at[i] > 0xbf) return 0;
    return length;
}

/* Node reads U+FFFD for whatever is not UTF-8, so where that stands nobody can tell which file was meant. */
static bool is_text(const char *string)
{
    const unsigned char *at = (const unsigned char *)string;
    while (*at != 0) {
        const size_t length = character_at(at);
        if (length == 0 || (length == 3 && memcmp(at, "\xef\xbf\xbd", 3) == 0)) return false;
        at += length;
    }
    return true;
}

/* ---- What is said beside the answer ---------------------------------------------------------- */

static void write_whole(int fd, const char *bytes, size_t length, bool *failed)
{
    size_t written = 0;
    while (written < length) {
        const ssize_t count = write(fd, bytes + written, length - written);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) {
            *failed = true;
            return;
        }
        written += (size_t)count;
    }
}

/* An error says what happened and what to do next. Nothing from outside is part of it. */
static int complain(int code, const char *message, const char *next)
{
    struct text said = {.length = 0};
    bool unsaid = false;
    append_word(&said, "omg-fast: ");
    append_word(&said, message);
    append_word(&said, "\nNext: ");
    append_word(&said, next);
    append_word(&said, "\n");
    write_whole(STDERR_FILENO, said.bytes, said.length, &unsaid);
    return code;
}

static int complain_of(int code, const char *name, const char *fault, const char *next)
{
    char message[128];
    snprintf(message, sizeof message, "%s%s", name, fault);
    return complain(code, message, next);
}

static int print(const char *bytes, size_t length)
{
    bool failed = false;
    write_whole(STDOUT_FILENO, bytes, length, &failed);
    if (!failed) return EXIT_ANSWERED;
    return complain(EXIT_ERROR, "The answer could not be written.", "Make room where the output goes, and ask again.");
}

/* ---- Where the status lies: host/paths.ts, app/person.ts, cli/context.ts --------------------- */

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

/* False where the home folder of this user is not absolute. */
static bool user_path(char *path, size_t size)
{
    char account_home[4096] = "";
    const char *home = absolute("HOME");
    if (home == NULL) {
        home_of(geteuid(), account_home, sizeof account_home);
        home = account_home;
    }
    if (home[0] != '/') return false;

    /* The first of these that is set. */
    const struct {
        const char *folder;
        const char *below;
    } places[] = {
        {absolute("OMG_RUNTIME_DIR"), ""}, {absolute("XDG_RUNTIME_DIR"), "/omg"},    {absolute("OMG_STATE_DIR"), ""},
        {absolute("XDG_STATE_HOME"), "/omg"}, {home, "/.local/state/omg"},
    };
    size_t i = 0;
    while (places[i].folder == NULL) i++;
    snprintf(path, size, "%s%s/omg.status", places[i].folder, places[i].below);
    return true;
}

static void system_path(char *path, size_t size, bool for_somebody)
{
    const char *folder = for_somebody ? NULL : absolute("OMG_RUNTIME_DIR");
    snprintf(path, size, "%s/omg.status", folder != NULL ? folder : "/run/omg");
}

/* Where this caller's status lies. Returns 0, or the exit code of what it complained about. */
static int status_path(char *path, size_t size)
{
    const bool root = geteuid() == 0;
    const bool for_somebody = root && is_for_somebody();
    const char *fault = NULL;
    const char *name = for_somebody ? NULL : bad_variable(&fault);
    if (name != NULL)
        return complain_of(EXIT_INVALID, name, fault, "Give the whole path, from / on, or leave it unset.");
    if (root) system_path(path, size, for_somebody);
    else if (!user_path(path, size))
        return complain(EXIT_INVALID, "The home folder is not an absolute path.",
                        "Set HOME to the whole path, from / on.");
    normalize(path);
    return 0;
}

/* ---- The status: schema/wire/status.ts ------------------------------------------------------- */

enum { STATUS_SIZE = 64, STATUS_VERSION = 1 };
static const uint32_t magic = 0x4f4d4753;

/* The last second that a date of ECMAScript can name: later ones are no time that anything was written at. */
static const uint64_t last_second = 8640000000000;

/* A clock may have been set back a little since. */
static const uint64_t clock_tolerance = 300;

enum { STATE_UNKNOWN, STATE_IN_SYNC, STATE_DRIFTED, STATE_APPLYING, STATE_FAILED, STATE_HELD, STATES };
static const char *const state_words[STATES] = {"unknown", "in sync", "drifted", "applying", "failed", "held"};
static const char *const state_names[STATES] = {"unknown", "in-sync", "drifted", "applying", "failed", "held"};

/* The first six are counts, in the order of their stale bits. */
enum { TOTAL, EXPLICIT, ORPHANS, UPDATES, DRIFT, VULNERABILITIES, COUNTS, GENERATION = COUNTS, AGE, NUMBERS };
static const char *const number_names[NUMBERS] = {"total",           "explicit",   "orphans", "updates", "drift",
                                                  "vulnerabilities", "generation", "age"};
static const size_t count_offsets[COUNTS] = {8, 12, 16, 20, 32, 36};

struct status {
    size_t state;
    uint64_t number[NUMBERS];
    bool known[NUMBERS];
};

enum verdict { BELIEVED, ABSENT, UNTRUSTED, MALFORMED, TOO_OLD };

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

static enum verdict decode_status(const unsigned char bytes[STATUS_SIZE], uint64_t now, uint64_t max_age,
                                  struct status *status)
{
    const uint64_t time = little_endian(bytes + 24, 8);
    if (little_endian(bytes, 4) != magic || bytes[4] != STATUS_VERSION) return MALFORMED;
    if (bytes[6] >= STATES || time > last_second) return MALFORMED;
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

/* What is not believed leaves everything unknown. */
static enum verdict published(const char *path, uint64_t max_age, struct status *status)
{
    unsigned char bytes[STATUS_SIZE];
    const time_t now = time(NULL);
    const enum verdict verdict = read_status(path, bytes);
    return verdict == BELIEVED ? decode_status(bytes, now < 0 ? 0 : (uint64_t)now, max_age, status) : verdict;
}

/* ---- Templates: docs/prompts.md -------------------------------------------------------------- */

enum shell { PLAIN, BASH, ZSH, FISH, SHELLS };
static const char *const shell_names[SHELLS] = {"plain", "bash", "zsh", "fish"};

/* What tells a shell that the bytes between them take no room: readline's RL_PROMPT_START_IGNORE, zshmisc(1) `%{`. */
static const char *const before_style[SHELLS] = {"", "\001", "%{", ""};
static const char *const after_style[SHELLS] = {"", "\002", "%}", ""};

struct style {
    const char *name;
    const char *code;
};

/* ECMA-48, 8.3.117 (SGR). */
static const struct style styles[] = {
    {"reset", "0"}, {"bold", "1"},    {"dim", "2"},   {"black", "30"},   {"red", "31"},  {"green", "32"},
    {"yellow", "33"}, {"blue", "34"}, {"magenta", "35"}, {"cyan", "36"}, {"white", "37"}, {"grey", "90"},
};

enum { STYLES = sizeof styles / sizeof *styles, RESET = 0 };

/* A template as it is read, from left to right. */
struct reading {
    const char *format;
    size_t at;
    const struct status *status;
    enum shell shell;
    bool colour;
    /* Whether a style would go on behind the end. */
    bool styled;
    size_t depth;
    /* The depth of the outermost segment that is not shown; 0: everything is. */
    size_t hidden;
    struct text out;
};

static int refuse_format(const struct reading *in, const char *fault)
{
    char message[128];
    snprintf(message, sizeof message, "The format is wrong at byte %zu: %s.", in->at + 1, fault);
    return complain(EXIT_ERROR, message, "omg-fast --help names what a format can hold.");
}

static size_t index_of(const char *name, const char *const names[], size_t count)
{
    size_t i = 0;
    while (i < count && strcmp(name, names[i]) != 0) i++;
    return i;
}

/* Seconds as people say them, in the largest unit that fits. */
static void append_age(struct text *out, uint64_t seconds)
{
    const uint64_t unit = seconds < 60 ? 1 : seconds < 3600 ? 60 : seconds < 86400 ? 3600 : 86400;
    append_number(out, seconds / unit);
    append_word(out, unit == 1 ? "s" : unit == 60 ? "m" : unit == 3600 ? "h" : "d");
}

static void put_number(struct text *out, const struct status *status, size_t number)
{
    if (!status->known[number]) append_word(out, "?");
    else if (number == AGE) append_age(out, status->number[AGE]);
    else append_number(out, status->number[number]);
}

static void put_style(struct reading *in, size_t style)
{
    if (!in->colour) return;
    in->styled = style != RESET;
    append_word(&in->out, before_style[in->shell]);
    append_word(&in->out, "\033[");
    append_word(&in->out, styles[style].code);
    append_word(&in->out, "m");
    append_word(&in->out, after_style[in->shell]);
}

/* `{name}`. False where there is no such name. */
static bool put_field(struct reading *in, const char *name)
{
    const bool shown = in->hidden == 0;
    const size_t number = index_of(name, number_names, NUMBERS);
    size_t style = 0;
    while (style < STYLES && strcmp(name, styles[style].name) != 0) style++;
    const bool state = strcmp(name, "state") == 0;
    if (shown && state) append_word(&in->out, state_words[in->status->state]);
    else if (shown && number < NUMBERS) put_number(&in->out, in->status, number);
    else if (shown && style < STYLES) put_style(in, style);
    return state || number < NUMBERS || style < STYLES;
}

/* `{name?` or `{!name?`: a number holds if it is known and not zero, a state if it is the machine's. */
static bool open_segment(struct reading *in, const char *name, bool negated)
{
    const size_t number = index_of(name, number_names, NUMBERS);
    const size_t state = index_of(name, state_names, STATES);
    if (number == NUMBERS && state == STATES) return false;
    const struct status *status = in->status;
    const bool holds = number < NUMBERS ? status->known[number] && status->number[number] > 0 : status->state == state;
    in->depth++;
    if (in->hidden == 0 && holds == negated) in->hidden = in->depth;
    return true;
}

static void close_segment(struct reading *in)
{
    if (in->hidden == in->depth) in->hidden = 0;
    in->depth--;
}

static size_t name_length(const char *at)
{
    return strspn(at, "abcdefghijklmnopqrstuvwxyz-");
}

/* What follows a brace that opens. */
static int read_braces(struct reading *in)
{
    const char *inside = in->format + in->at + 1;
    const bool negated = *inside == '!';
    const char *start = negated ? inside + 1 : inside;
    const size_t length = name_length(start);
    const char end = start[length];
    char name[MAX_NAME];
    snprintf(name, sizeof name, "%.*s", length < sizeof name ? (int)length : 0, start);
    if (end != '}' && end != '?') return refuse_format(in, "after a brace comes a name, and then } or ?");
    if (end == '}' && (negated || !put_field(in, name))) return refuse_format(in, "there is no such field or colour");
    if (end == '?' && !open_segment(in, name, negated)) return refuse_format(in, "there is no such condition");
    in->at = (size_t)(start - in->format) + length + 1;
    return 0;
}

/* Characters that steer a terminal, and those that a shell would expand in a prompt. */
static bool is_literal(const unsigned char *at)
{
    if (at[0] < 0x20 || at[0] == 0x7f || (at[0] == 0xc2 && at[1] < 0xa0)) return false;
    return strchr("$`\\%!", at[0]) == NULL;
}

static int read_literal(struct reading *in, size_t skipped)
{
    const char *at = in->format + in->at + skipped;
    if (!is_literal((const unsigned char *)at))
        return refuse_format(in, "control characters and $ ` \\ % ! would not stay as they are in a prompt");
    const size_t length = character_at((const unsigned char *)at);
    if (in->hidden == 0) append(&in->out, at, length);
    in->at += skipped + length;
    return 0;
}

static int read_closing(struct reading *in)
{
    if (in->depth == 0) return refuse_format(in, "nothing is open that this brace could close");
    close_segment(in);
    in->at++;
    return 0;
}

/* A doubled brace is a brace; inside a segment a closing one always closes. */
static int read_next(struct reading *in)
{
    const char *at = in->format + in->at;
    if (at[0] == '{') return at[1] == '{' ? read_literal(in, 1) : read_braces(in);
    if (at[0] != '}') return read_literal(in, 0);
    return in->depth == 0 && at[1] == '}' ? read_literal(in, 1) : read_closing(in);
}

static int read_format(struct reading *in)
{
    while (in->format[in->at] != '\0') {
        const int fault = read_next(in);
        if (fault != 0) return fault;
    }
    if (in->depth > 0) return refuse_format(in, "a brace is still open");
    if (in->styled) put_style(in, RESET);
    return 0;
}

/* no-color.org; and a terminal that calls itself dumb. */
static bool wants_colour(void)
{
    const char *refused = getenv("NO_COLOR");
    const char *terminal = getenv("TERM");
    return (refused == NULL || refused[0] == '\0') && (terminal == NULL || strcmp(terminal, "dumb") != 0);
}

/* ---- The command line ------------------------------------------------------------------------ */

struct subject {
    const char *word;
    /* What it prints where no format is given. */
    const char *format;
    /* What its exit code is about; NUMBERS: the state. */
    size_t number;
};

static const struct subject subjects[] = {
    {"status", "{state}", NUMBERS}, {"drift", "{drift}", DRIFT},  {"ec", "{explicit}", EXPLICIT},
    {"tc", "{total}", TOTAL},       {"oc", "{orphans}", ORPHANS}, {"uc", "{updates}", UPDATES},
};

enum { SUBJECTS = sizeof subjects / sizeof *subjects };

static const char help[] =
    "omg-fast: what omg last published about this machine, for prompts\n"
    "\n"
    "Usage: omg-fast status|drift|ec|tc|oc|uc [--format FORMAT] [--shell SHELL]\n"
    "                [--max-age AGE]\n"
    "\n"
    "  status   in sync, drifted, applying, failed, held, or unknown\n"
    "  drift    entries that are not as the lock or the last apply has them\n"
    "  ec       packages that were asked for (explicit)\n"
    "  tc       packages that are installed (total)\n"
    "  oc       packages that nothing needs any more (orphans)\n"
    "  uc       packages that have a newer version (updates)\n"
    "\n"
    "  --format FORMAT  a text with any of these in it; an empty one prints no line\n"
    "      {state} {drift} {explicit} {total} {orphans} {updates}\n"
    "      {vulnerabilities} {generation} {age}\n"
    "                        the value, or ? where it is not known\n"
    "      {drift? TEXT }    TEXT where that number is known and not zero\n"
    "      {drifted? TEXT }  TEXT in that state: unknown, in-sync, drifted, applying,\n"
    "                        failed or held\n"
    "      {!drift? TEXT }   TEXT in every other case\n"
    "      {red} {reset}     and bold dim black green yellow blue magenta cyan white\n"
    "                        grey; nothing where NO_COLOR is set\n"
    "      {{ }}             braces\n"
    "  --shell SHELL    bash, zsh or fish: whose prompt it is, so that colours take\n"
    "                   no room there\n"
    "  --max-age AGE    how old a status may be: 90s, 30m, 48h (default), 7d\n"
    "  -h, --help       this text\n"
    "  --version        the version\n"
    "\n"
    "Exit: 0 answered; 8 not known: no status, or not to be trusted, or too old, or\n"
    "not counted; 1 wrong usage; 3 a variable that names no folder.\n"
    "It reads one file and changes nothing.\n";

struct request {
    const struct subject *subject;
    const char *format;
    enum shell shell;
    uint64_t max_age;
    bool help;
    bool version;
};

/* 48 hours: a timer that looks once a day may be late once. */
static const uint64_t default_max_age = 48 * 3600;

static int refuse_usage(const char *message)
{
    return complain(EXIT_ERROR, message, "omg-fast --help shows what it takes.");
}

static int set_word(struct request *request, const char *word)
{
    size_t i = 0;
    while (i < SUBJECTS && strcmp(word, subjects[i].word) != 0) i++;
    if (i == SUBJECTS) return refuse_usage("It knows no such word: status, drift, ec, tc, oc and uc are all.");
    if (request->subject != NULL) return refuse_usage("It answers one question at a time.");
    request->subject = &subjects[i];
    return 0;
}

static int set_format(struct request *request, const char *value)
{
    if (strlen(value) > MAX_FORMAT) return refuse_usage("The format is longer than 1024 bytes.");
    request->format = value;
    return 0;
}

static int set_shell(struct request *request, const char *value)
{
    const size_t shell = index_of(value, shell_names, SHELLS);
    if (shell == SHELLS) return refuse_usage("It knows no such shell: bash, zsh, fish and plain are all.");
    request->shell = (enum shell)shell;
    return 0;
}

static int set_max_age(struct request *request, const char *value)
{
    static const char units[] = "smhd";
    static const uint64_t seconds[] = {1, 60, 3600, 86400};
    const size_t digits = strspn(value, "0123456789");
    const char *unit = value[digits] == '\0' ? NULL : strchr(units, value[digits]);
    if (digits == 0 || digits > 9 || unit == NULL || value[digits + 1] != '\0')
        return refuse_usage("An age is a number and its unit, such as 90s, 30m, 48h or 7d.");
    request->max_age = strtoull(value, NULL, 10) * seconds[unit - units];
    return 0;
}

struct option {
    const char *name;
    int (*set)(struct request *request, const char *value);
};

static const struct option options[] = {{"--format", set_format}, {"--shell", set_shell}, {"--max-age", set_max_age}};

enum { OPTIONS = sizeof options / sizeof *options };

/* `--name VALUE` or `--name=VALUE`, at argv[*at], which then moves to the last word of it. */
static int set_option(struct request *request, const char *const argv[], size_t *at)
{
    const char *word = argv[*at];
    const size_t length = strcspn(word, "=");
    size_t i = 0;
    while (i < OPTIONS && !(strlen(options[i].name) == length && strncmp(word, options[i].name, length) == 0)) i++;
    if (i == OPTIONS) return refuse_usage("It has no such option: --format, --shell and --max-age are all.");
    if (word[length] == '=') return options[i].set(request, word + length + 1);
    if (argv[*at + 1] == NULL)
        return complain_of(EXIT_ERROR, options[i].name, " needs a value.", "omg-fast --help shows what it takes.");
    *at += 1;
    return options[i].set(request, argv[*at]);
}

static int set_argument(struct request *request, const char *const argv[], size_t *at)
{
    const char *word = argv[*at];
    if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0) request->help = true;
    else if (strcmp(word, "--version") == 0) request->version = true;
    else if (word[0] == '-') return set_option(request, argv, at);
    else return set_word(request, word);
    return 0;
}

static int parse(struct request *request, const char *const argv[])
{
    for (size_t i = 1; argv[0] != NULL && argv[i] != NULL; i++)
        if (!is_text(argv[i])) return refuse_usage("An argument is not valid UTF-8.");
    for (size_t i = 1; argv[0] != NULL && argv[i] != NULL; i++) {
        const int fault = set_argument(request, argv, &i);
        if (fault != 0) return fault;
    }
    if (request->subject == NULL && !request->help && !request->version)
        return refuse_usage("It needs a word: status, drift, ec, tc, oc or uc.");
    return 0;
}

/* ---- The answer ------------------------------------------------------------------------------ */

/* A prompt must not fill with explanations, so only who gave no format is told why something is not known. */
static int explain(const struct request *request, enum verdict verdict)
{
    static const char *const reasons[] = {
        "The last run could not tell.",
        "No status was published yet.",
        "The status is not a file of root's or yours that only its owner can change.",
        "The status is damaged, or of another version of omg.",
        "The status is too old to go by, or from a later time than now.",
    };
    if (request->format != NULL) return EXIT_UNKNOWN;
    return complain(EXIT_UNKNOWN, reasons[verdict], "omg check reads the machine and publishes a status.");
}

static int answer(const struct request *request)
{
    static char path[MAX_PATH_BYTES];
    struct status status = {.state = STATE_UNKNOWN};
    const char *format = request->format != NULL ? request->format : request->subject->format;
    const int fault = status_path(path, sizeof path);
    if (fault != 0) return fault;
    const enum verdict verdict = published(path, request->max_age, &status);
    struct reading in = {.format = format, .status = &status, .shell = request->shell, .colour = wants_colour()};
    const int wrong = read_format(&in);
    if (wrong != 0) return wrong;
    if (in.out.length > 0) append_word(&in.out, "\n");
    const int unwritten = print(in.out.bytes, in.out.length);
    if (unwritten != 0) return unwritten;
    const size_t number = request->subject->number;
    const bool known = number == NUMBERS ? status.state != STATE_UNKNOWN : status.known[number];
    return known ? EXIT_ANSWERED : explain(request, verdict);
}

/* As Node does: a status file that took the place of a closed standard output would be written to. */
static void open_standard_streams(void)
{
    int fd = open("/dev/null", O_RDWR);
    while (fd >= 0 && fd <= STDERR_FILENO) fd = open("/dev/null", O_RDWR);
    if (fd > STDERR_FILENO) close(fd);
}

int main(int argc, char *argv[])
{
    (void)argc;
    struct request request = {.shell = PLAIN, .max_age = default_max_age};
    open_standard_streams();
    signal(SIGPIPE, SIG_IGN);
    const int fault = parse(&request, (const char *const *)argv);
    if (fault != 0) return fault;
    if (request.help) return print(help, sizeof help - 1);
    if (request.version) return print("omg-fast " OMG_VERSION "\n", strlen("omg-fast " OMG_VERSION "\n"));
    return answer(&request);
}
