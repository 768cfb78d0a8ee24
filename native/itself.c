#define _GNU_SOURCE

#include "itself.h"

#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "forward.h"
#include "node.h"
#include "path.h"
#include "say.h"
#include "standing.h"

extern char **environ;

/* Then Node is to do more than to run omg. */
static bool has_wishes_for_node(void)
{
    return getenv("NODE_OPTIONS") != NULL || getenv("NODE_V8_COVERAGE") != NULL || getenv("NODE_DEBUG") != NULL;
}

/* What is printed without Node, as Node would have printed it. */
static int answer(const char *const args[], const char *root)
{
    char node[PATH_MAX], bundle[PATH_MAX + 32];
    int code = NOT_ANSWERED;
    if (args[0] == NULL || has_wishes_for_node()) return NOT_ANSWERED;
    snprintf(bundle, sizeof bundle, "%s/dist/omg.cjs", root);
    if (is_kept(args[0]) && find_env_node(node)) code = give_standing(args, node, bundle);
    return code == NOT_ANSWERED && is_passed_on(args[0]) ? pass_on(args) : code;
}

int run_itself(const char *argv[])
{
    static const char *const none[] = {NULL};
    char root[PATH_MAX], script[PATH_MAX + 32];
    void (*const before)(int) = signal(SIGPIPE, SIG_IGN);
    if (!own_folder(root)) return complain(EXIT_UNKNOWN, "Nothing says where omg lies.", "Mount /proc, or run bin/omg with Node.");
    *strrchr(root, '/') = '\0';
    const int code = answer(argv[0] == NULL ? none : (const char *const *)argv + 1, root);
    if (code != NOT_ANSWERED) return code;
    snprintf(script, sizeof script, "%s/bin/omg", root);
    signal(SIGPIPE, before);
    const char *alone[] = {script, NULL};
    const char **words = argv[0] == NULL ? alone : argv;
    words[0] = script;
    execve(script, (char *const *)words, environ);
    return complain(EXIT_NOT_STARTED, "omg's script for Node, bin/omg, could not be started.", "Run npm run build in omg's folder, or install omg anew.");
}
