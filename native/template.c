#include "template.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "say.h"

enum { MAX_NAME = 16 };

const char *const shell_names[SHELLS] = {"plain", "bash", "zsh", "fish"};

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

static int refuse_format(const struct reading *in, const char *fault)
{
    char message[128];
    snprintf(message, sizeof message, "The format is wrong at byte %zu: %s.", in->at + 1, fault);
    return complain(EXIT_ERROR, message, "omg-fast --help names what a format can hold.");
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

int read_format(struct reading *in)
{
    while (in->format[in->at] != '\0') {
        const int fault = read_next(in);
        if (fault != 0) return fault;
    }
    if (in->depth > 0) return refuse_format(in, "a brace is still open");
    if (in->styled) put_style(in, RESET);
    return 0;
}

bool wants_colour(void)
{
    const char *refused = getenv("NO_COLOR");
    const char *terminal = getenv("TERM");
    return (refused == NULL || refused[0] == '\0') && (terminal == NULL || strcmp(terminal, "dumb") != 0);
}
