/* Written by scripts/schemas.mjs. */
#ifndef OMG_PASSED_ON_H
#define OMG_PASSED_ON_H

#include "place.h"

/* Commands that omgd may answer, by the command table (cli/commands/). */
static const char *const passed_on[] = {
    "search",
    "info",
    "outdated",
    "explicit",
    "orphans",
};

/* The first words of commands whose answers are kept: cli/standing/question.ts. */
static const char *const kept[] = {
    "plan",
    "check",
    "outdated",
    "orphans",
    "explicit",
    "size",
    "why",
    "audit",
};

/* Variables that say where omg's things lie: schema/wire/surroundings.ts. */
static const char *const surroundings[] = {
    "APT_CONFIG",
    "HOME",
    "OMG_CACHE_DIR",
    "OMG_CONFIG_DIR",
    "OMG_DATA_DIR",
    "OMG_PACMAN_CONFIG",
    "OMG_RUNTIME_DIR",
    "OMG_STATE_DIR",
    "XDG_CACHE_HOME",
    "XDG_CONFIG_HOME",
    "XDG_DATA_HOME",
    "XDG_STATE_HOME",
};

/* Variables that colour and width hang on: schema/wire/look.ts. */
static const char *const looks[] = {
    "CLICOLOR",
    "CLICOLOR_FORCE",
    "COLUMNS",
    "NO_COLOR",
    "TERM",
};

/* What of the caller's own the answers to commands hang on: schema/wire/own.ts. */
static const struct {
    const char *command;
    enum user_folder folder;
    const char *name;
} own_things[] = {
    {"search", USER_DATA, "/aur/names"},
    {"info", USER_CONFIG, "/omg.lock"},
    {"info", USER_DATA, "/advisories"},
    {"outdated", USER_CONFIG, "/omg.lock"},
    {"outdated", USER_DATA, "/advisories"},
    {"explicit", USER_CONFIG, "/omg.lock"},
    {"explicit", USER_DATA, "/versions"},
};

#endif
