#include "prompt.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "place.h"
#include "say.h"
#include "status.h"
#include "template.h"
#include "text.h"

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
    "It reads one file and changes nothing.\n"
    "\n"
    "omg-fast plan|check|search|info|outdated|explicit|orphans|size|why|audit ... is\n"
    "omg of the same words. What omg answered before and still stands, and what omgd\n"
    "knows where it runs, starts no Node.\n";

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

/* A prompt must not fill with explanations, so only who gave no format is told why something is not known. */
static int explain(const struct request *request, enum verdict verdict)
{
    static const char *const reasons[] = {
        "The last run could not tell, or the machine has changed since.",
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

int prompt(const char *const argv[])
{
    struct request request = {.shell = PLAIN, .max_age = default_max_age};
    const int fault = parse(&request, argv);
    if (fault != 0) return fault;
    if (request.help) return print(help, sizeof help - 1);
    if (request.version) return print("omg-fast " OMG_VERSION "\n", strlen("omg-fast " OMG_VERSION "\n"));
    return answer(&request);
}
