#define _DEFAULT_SOURCE

#include "run.h"

#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "node.h"
#include "path.h"
#include "resolved.h"
#include "say.h"

extern char **environ;

/* References are left to the shell that the person allowed them for. */
static void set_variables(const struct resolved *resolved)
{
    struct cursor cursor = list_of(resolved, VARIABLES);
    for (uint32_t i = 0; i < resolved->count[VARIABLES]; i++) {
        const struct variable variable = next_variable(&cursor);
        if (variable.kind == VALUE) setenv(variable.name, variable.value, 1);
        else if (variable.kind == UNSET) unsetenv(variable.name);
    }
}

static bool find_tool(const struct resolved *resolved, const char *name, struct tool *found)
{
    struct cursor cursor = list_of(resolved, TOOLS);
    for (uint32_t i = 0; i < resolved->count[TOOLS]; i++) {
        const struct tool tool = next_tool(&cursor);
        if (strcmp(tool.name, name) != 0) continue;
        *found = tool;
        return true;
    }
    return false;
}

static int refuse_missing(const struct tool *tool)
{
    say("omg: ", tool->value);
    if (tool->hint[0] != '\0') say("Next: ", tool->hint);
    return EXIT_NO_TOOL;
}

static int become(const char *path, const char *argv[])
{
    signal(SIGPIPE, SIG_DFL);
    /* Python looks for its library by this name, and others for their own place. */
    if (strchr(argv[0], '/') == NULL) argv[0] = path;
    execve(path, (char *const *)argv, environ);
    say("omg: This program could not be started: ", path);
    say("Next: ", "Look at its mode, and at the interpreter that its first line names.");
    return EXIT_NOT_STARTED;
}

int run_tool(const char *argv[])
{
    static char path[PATH_MAX];
    struct resolved resolved;
    struct tool tool = {.missing = false};
    const char *name = argv[0];
    const int fault = resolve_here(&resolved);
    if (fault != 0) return fault;
    const bool here = resolved.folder != NULL;
    const bool known = here && find_tool(&resolved, name, &tool);
    if (known && tool.missing) return refuse_missing(&tool);
    if (here) set_variables(&resolved);
    if (known) snprintf(path, sizeof path, "%s", tool.value);
    else if (strchr(name, '/') != NULL) snprintf(path, sizeof path, "%s", name);
    else if (!find_on_path(name, here ? &resolved : NULL, path, sizeof path)) {
        say("omg: Neither this folder's versions nor PATH have a program of this name: ", name);
        say("Next: ", "omg which shows what this folder gets.");
        return EXIT_NO_TOOL;
    }
    if (here) extend_path(&resolved);
    return become(path, argv);
}

int run_exec(const char *argv[])
{
    const char **command = argv[0] != NULL && strcmp(argv[0], "--") == 0 ? argv + 1 : argv;
    if (command[0] == NULL || (command == argv && command[0][0] == '-'))
        return complain(EXIT_ERROR, "exec needs a command.", "omg-fast exec -- COMMAND [ARGUMENT...]");
    return run_tool(command);
}
