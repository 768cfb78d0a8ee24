/*
 * omg-fast: the native front of omg, for what has to be quick.
 *
 * `omg-fast status` and its other words print what omg last published about this machine (prompt.c). Called by the name of a tool, or as
 * `omg-fast exec`, it becomes that tool in the version that this folder asks for (run.c), by the file that Node wrote when it resolved the
 * folder (resolved.c); without such a file it starts Node once (node.c). `omg-fast hook` prints what a shell does to enter and to leave a
 * folder (hook.c). What omg is asked all day it answers from what omg kept (standing.c) or by omgd, where that runs (forward.c), and becomes
 * omg otherwise.
 *
 * Compiled with OMG_ITSELF it is the command `omg`: those answers, and bin/omg for everything else (itself.c).
 *
 * cli/fast/ is the same program for machines without a C compiler: what changes here changes there, and test/native/ demands the same bytes
 * of both.
 */
#define _DEFAULT_SOURCE

#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#ifdef OMG_ITSELF
#include "itself.h"
#else
#include "forward.h"
#include "hook.h"
#include "node.h"
#include "prompt.h"
#include "run.h"
#include "say.h"
#include "standing.h"
#endif

/* As Node does: a status file that took the place of a closed standard output would be written to. */
static void open_standard_streams(void)
{
    int fd = open("/dev/null", O_RDWR);
    while (fd >= 0 && fd <= STDERR_FILENO) fd = open("/dev/null", O_RDWR);
    if (fd > STDERR_FILENO) close(fd);
}

#ifndef OMG_ITSELF

static const char *name_in(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash != NULL ? slash + 1 : path;
}

/* A question to omg: answered here where that is the same, otherwise by Node. */
static int ask_omg(const char *const args[])
{
    static struct program program;
    char own[PATH_MAX], node[PATH_MAX], bundle[PATH_MAX + 32], launcher[PATH_MAX + 32];
    int code = NOT_ANSWERED;
    unset_options();
    if (is_kept(args[0]) && own_folder(own) && find_program(&program) && realpath(program.node, node) != NULL) {
        snprintf(bundle, sizeof bundle, "%s/omg.cjs", own);
        snprintf(launcher, sizeof launcher, "%.*s/bin/omg", (int)(strrchr(own, '/') - own), own);
        const bool is_own = strcmp(program.script, bundle) == 0 || strcmp(program.script, launcher) == 0;
        if (is_own) code = give_standing(args, node, bundle);
    }
    if (code == NOT_ANSWERED && is_passed_on(args[0])) code = pass_on(args);
    return code != NOT_ANSWERED ? code : become_omg(args);
}

static int run(int argc, const char *words[])
{
    signal(SIGPIPE, SIG_IGN);
    if (argc > 0 && strcmp(name_in(words[0]), "omg-fast") != 0 && strncmp(name_in(words[0]), "omg-fast.", 9) != 0) {
        words[0] = name_in(words[0]);
        return run_tool(words);
    }
    if (argc > 2 && strcmp(words[1], "--shim") == 0) return run_tool(words + 2);
    if (argc > 1 && strcmp(words[1], "exec") == 0) return run_exec(words + 2);
    if (argc > 1 && strcmp(words[1], "hook") == 0) return run_hook((const char *const *)words + 2);
    if (argc > 1 && (is_kept(words[1]) || is_passed_on(words[1]))) return ask_omg((const char *const *)words + 1);
    return prompt((const char *const *)words);
}

#endif

int main(int argc, char *argv[])
{
    open_standard_streams();
#ifdef OMG_ITSELF
    return run_itself(argc > 0 ? (const char **)argv : (const char *[]){NULL});
#else
    return run(argc, (const char **)argv);
#endif
}
