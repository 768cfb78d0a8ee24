#define _DEFAULT_SOURCE

#include "hook.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "node.h"
#include "place.h"
#include "say.h"
#include "shell_code.h"
#include "text.h"
#include "way.h"

static void put_list(struct buffer *out, const struct way *way, const char *name, bool present)
{
    struct cursor cursor = list_of(way->here, STAMPS);
    put_word(out, way->shell == FISH ? "set -g " : "");
    put_word(out, name);
    put_word(out, way->shell == FISH ? "" : "=(");
    for (uint32_t i = 0; i < way->here->count[STAMPS]; i++) {
        const struct stamp stamp = next_stamp(&cursor);
        if (!stamp.watched || stamp.present != present) continue;
        put_word(out, " ");
        put_quoted(out, way->shell, stamp.path);
    }
    put_word(out, way->shell == FISH ? "\n" : ")\n");
}

static void put_aliases(struct buffer *out, const struct way *way)
{
    put_word(out, "__omg_unalias\n");
    if (way->here == NULL) return;
    struct cursor cursor = list_of(way->here, ALIASES);
    for (uint32_t i = 0; i < way->here->count[ALIASES]; i++) {
        put_word(out, "__omg_alias ");
        put_quoted(out, way->shell, next_text(&cursor));
        put_word(out, " ");
        put_quoted(out, way->shell, next_text(&cursor));
        put_word(out, "\n");
    }
}

/* What the shell looks at before the next prompts, if there is an answer that was kept to compare it with. */
static void put_watch(struct buffer *out, const struct way *way)
{
    static char path[MAX_PATH_BYTES];
    static const struct resolved nothing = {.folder = NULL};
    struct way watching = {.shell = way->shell, .here = way->here};
    const bool kept = way->here != NULL && kept_path(way->here->folder, path, sizeof path) == 0 && access(path, F_OK) == 0;
    if (!kept) watching.here = &nothing;
    put_list(out, &watching, "__omg_there", true);
    put_list(out, &watching, "__omg_absent", false);
    put_word(out, way->shell == FISH ? "set -g __omg_mark " : "__omg_mark=");
    put_quoted(out, way->shell, kept ? path : "");
    put_word(out, way->shell == FISH ? "\nset -g __omg_pwd $PWD\n" : "\n__omg_pwd=$PWD\n");
}

static int print_way(struct way *way, const char *path_before)
{
    struct buffer out = {.bytes = NULL};
    const char *path = getenv("PATH");
    put_aliases(&out, way);
    if (path != NULL && (path_before == NULL || strcmp(path, path_before) != 0)) put_variable(&out, way->shell, "PATH", path);
    for (size_t i = 0; i < way->count; i++) put_variable(&out, way->shell, way->touched[i], getenv(way->touched[i]));
    put_bytes(&out, way->commands.bytes, way->commands.length);
    if (way->after.length > 1) put_variable(&out, way->shell, "__OMG_STATE", text_of(&way->after));
    else if (getenv("__OMG_STATE") != NULL) put_variable(&out, way->shell, "__OMG_STATE", NULL);
    put_watch(&out, way);
    if (out.failed || way->after.failed || way->commands.failed)
        return complain(EXIT_ERROR, "Not enough memory is left.", "Close some programs, and press Enter.");
    return print(out.bytes, out.length);
}

int run_hook(const char *const argv[])
{
    static struct way way;
    struct resolved resolved;
    const size_t shell = argv[0] == NULL ? SHELLS : index_of(argv[0], shell_names, SHELLS);
    if (shell == SHELLS || shell == PLAIN || argv[1] != NULL)
        return complain(EXIT_ERROR, "hook takes the name of a shell: bash, zsh or fish.", "omg hook bash prints what goes into ~/.bashrc.");
    /* Where that fails, it was said why; the folder before is left all the same. */
    const bool known = resolve_here(&resolved) == 0 && resolved.folder != NULL;
    char *path_before = getenv("PATH") == NULL ? NULL : strdup(getenv("PATH"));
    way.shell = (enum shell)shell;
    way.here = known ? &resolved : NULL;
    put_word(&way.after, "1");
    read_state(getenv("__OMG_STATE"), &way.before);
    leave(&way);
    if (known) enter(&way);
    const int code = print_way(&way, path_before);
    free(path_before);
    return code;
}
