/*
 * omg-fast: the native front of omg, for what has to be quick.
 *
 * `omg-fast status` and its other words print what omg last published about this machine (prompt.c). Called by the name of a tool, or as
 * `omg-fast exec`, it becomes that tool in the version that this folder asks for (run.c), by the file that Node wrote when it resolved the
 * folder (resolved.c); without such a file it starts Node once (node.c). `omg-fast hook` prints what a shell does to enter and to leave a
 * folder (hook.c). Questions about the system it has omgd answer, where that runs, and omg itself otherwise (forward.c).
 *
 * cli/fast/ is the same program for machines without a C compiler: what changes here changes there, and test/native/ demands the same bytes
 * of both.
 */
#define _DEFAULT_SOURCE

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "forward.h"
#include "hook.h"
#include "prompt.h"
#include "run.h"

/* As Node does: a status file that took the place of a closed standard output would be written to. */
static void open_standard_streams(void)
{
    int fd = open("/dev/null", O_RDWR);
    while (fd >= 0 && fd <= STDERR_FILENO) fd = open("/dev/null", O_RDWR);
    if (fd > STDERR_FILENO) close(fd);
}

static const char *name_in(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash != NULL ? slash + 1 : path;
}

int main(int argc, char *argv[])
{
    const char **words = (const char **)argv;
    open_standard_streams();
    signal(SIGPIPE, SIG_IGN);
    if (argc > 0 && strcmp(name_in(words[0]), "omg-fast") != 0 && strncmp(name_in(words[0]), "omg-fast.", 9) != 0) {
        words[0] = name_in(words[0]);
        return run_tool(words);
    }
    if (argc > 2 && strcmp(words[1], "--shim") == 0) return run_tool(words + 2);
    if (argc > 1 && strcmp(words[1], "exec") == 0) return run_exec(words + 2);
    if (argc > 1 && strcmp(words[1], "hook") == 0) return run_hook((const char *const *)words + 2);
    if (argc > 1 && is_passed_on(words[1])) return pass_on(words);
    return prompt((const char *const *)words);
}
