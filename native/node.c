#define _GNU_SOURCE

#include "node.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "path.h"
#include "place.h"
#include "say.h"
#include "text.h"

/* `<data>/program`, which omg writes: a line each. Only the caller's own file counts, for what it names is run. */
static bool read_program(struct program *program)
{
    static char path[MAX_PATH_BYTES];
    if (user_path(USER_DATA, "/program", path, sizeof path) != 0) return false;
    const int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (fd < 0) return false;
    struct stat found;
    ssize_t length = 0;
    if (fstat(fd, &found) == 0 && S_ISREG(found.st_mode) && found.st_uid == geteuid() && (found.st_mode & 022) == 0)
        length = read(fd, program->text, MAX_PROGRAM);
    close(fd);
    program->text[length > 0 ? length : 0] = '\0';
    char *end = strchr(program->text, '\n');
    if (end == NULL) return false;
    *end = '\0';
    program->node = program->text;
    program->script = end + 1;
    end = strchr(end + 1, '\n');
    if (end == NULL || end[1] != '\0') return false;
    *end = '\0';
    return program->node[0] == '/' && program->script[0] == '/' && access(program->node, X_OK) == 0 &&
           access(program->script, R_OK) == 0;
}

bool own_folder(char folder[PATH_MAX])
{
    const ssize_t length = readlink("/proc/self/exe", folder, PATH_MAX - 1);
    if (length <= 0 || folder[0] != '/') return false;
    folder[length] = '\0';
    *strrchr(folder, '/') = '\0';
    return strchr(folder, '/') != NULL;
}

/* Where omg was never run: the script beside this program, and the Node of PATH. */
static bool guess_program(struct program *program)
{
    static char node[PATH_MAX];
    char self[PATH_MAX];
    if (!own_folder(self) || !find_on_path("node", NULL, node, sizeof node)) return false;
    snprintf(program->text, sizeof program->text, "%s/omg.cjs", self);
    program->node = node;
    program->script = program->text;
    return access(program->script, R_OK) == 0;
}

bool find_program(struct program *program)
{
    return (!has_bad_variable() && read_program(program)) || guess_program(program);
}

/* What the folder sets for its own Node must not change omg's. */
void unset_options(void)
{
    static const char *const own[] = {"NODE_OPTIONS", "NODE_PATH", "NODE_REPL_EXTERNAL_MODULE"};
    for (size_t i = 0; i < sizeof own / sizeof *own; i++) unsetenv(own[i]);
}

static void become_node(const struct program *program, int output)
{
    unset_options();
    char *const words[] = {(char *)program->node, (char *)program->script, (char[]){"__resolve"}, NULL};
    if (dup2(output, STDOUT_FILENO) >= 0) execv(program->node, words);
    _exit(EXIT_NOT_STARTED);
}

static size_t read_answer(int fd, unsigned char *bytes, size_t size)
{
    size_t length = 0;
    while (length < size) {
        const ssize_t count = read(fd, bytes + length, size - length);
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) break;
        length += (size_t)count;
    }
    return length;
}

static int ended(pid_t child)
{
    int status = 0;
    while (waitpid(child, &status, 0) < 0 && errno == EINTR) continue;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int resolve_by_node(const char *folder, struct resolved *resolved)
{
    static unsigned char bytes[MAX_RESOLVED + 1];
    struct program program;
    int ends[2];
    if (!read_program(&program) && !guess_program(&program))
        return complain(EXIT_UNKNOWN, "Nothing says where Node and omg are, to find out what this folder asks for.",
                        "Run omg hook once, or any other command of omg that shows which version is used.");
    if (pipe2(ends, O_CLOEXEC) != 0) return complain(EXIT_ERROR, "No pipe could be made.", "Close some programs, and try again.");
    const pid_t child = fork();
    if (child == 0) become_node(&program, ends[1]);
    close(ends[1]);
    const size_t length = child < 0 ? 0 : read_answer(ends[0], bytes, sizeof bytes);
    close(ends[0]);
    const int code = child < 0 ? EXIT_NOT_STARTED : ended(child);
    if (code == EXIT_NOT_STARTED)
        return complain(EXIT_ERROR, "Node could not be started to find out what this folder asks for.", "omg doctor looks for the reason.");
    if (code != 0) return code;
    if (resolved_from(bytes, length, resolved) && strcmp(resolved->folder, folder) == 0) return 0;
    return complain(EXIT_ERROR, "omg's answer about this folder is none of this version.", "Run npm run build, or install omg anew.");
}

int kept_path(const char *folder, char *path, size_t size)
{
    char name[MAX_RESOLVED_NAME];
    /* Somewhere else there are other versions. */
    const int fault = user_path(USER_DATA, "/versions", path, size);
    if (fault != 0) return fault;
    resolved_name(path, folder, name);
    return user_path(USER_CACHE, name, path, size);
}

int resolve_here(struct resolved *resolved)
{
    static char folder[MAX_FOLDER];
    static char path[MAX_PATH_BYTES];
    resolved->folder = NULL;
    if (getcwd(folder, sizeof folder) == NULL || folder[0] != '/' || !is_text(folder)) return 0;
    const int fault = kept_path(folder, path, sizeof path);
    if (fault != 0) return fault;
    if (read_resolved(path, folder, resolved)) return 0;
    return resolve_by_node(folder, resolved);
}

int become_omg(const char *const args[])
{
    struct program program;
    size_t count = 0;
    if (!find_program(&program))
        return complain(EXIT_UNKNOWN, "Nothing says where Node and omg are, to answer this.",
                        "Run omg itself, or omg hook once, which writes it down.");
    while (args[count] != NULL) count++;
    const char **words = calloc(count + 3, sizeof *words);
    if (words == NULL) return complain(EXIT_ERROR, "Memory ran out.", "Close some programs, and try again.");
    words[0] = program.node;
    words[1] = program.script;
    memcpy(words + 2, args, count * sizeof *words);
    unset_options();
    signal(SIGPIPE, SIG_DFL);
    execv(program.node, (char *const *)words);
    free(words);
    return complain(EXIT_NOT_STARTED, "Node could not be started to answer this.", "omg doctor looks for the reason.");
}
