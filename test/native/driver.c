/*
 * Runs omg-fast many times in one process, built with sanitizers: cases of fuzz.test.ts come on standard input, answers
 * go to standard output. The clock and the caller are part of a case, so that every edge of an age and both scopes can
 * be met.
 *
 * A case: user id, number of arguments, number of variables (u32 each); those as u32 length and bytes; the same for what
 * lies in the status file, with length 0xffffffff for no file. An answer: exit code, then both outputs as u32 length and
 * bytes.
 */
#define _GNU_SOURCE

#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>

/* main() of native/main.c, which is compiled with that name. */
int omg_fast_main(int argc, char *argv[]);

enum { MAX_WORDS = 64, NO_FILE = -1 };

static time_t now;
static uid_t user;

time_t time(time_t *out)
{
    if (out != NULL) *out = now;
    return now;
}

uid_t geteuid(void)
{
    return user;
}

static void fail(const char *what)
{
    perror(what);
    _exit(99);
}

static bool read_u32(uint32_t *value)
{
    return fread(value, sizeof *value, 1, stdin) == 1;
}

/* A block with a zero behind it, of its very size, so that a sanitizer sees the first byte too many. */
static char *read_block(int64_t *length)
{
    uint32_t size;
    if (!read_u32(&size)) fail("length");
    *length = size == UINT32_MAX ? NO_FILE : (int64_t)size;
    if (*length == NO_FILE) return NULL;
    char *block = malloc((size_t)size + 1);
    if (block == NULL || fread(block, 1, size, stdin) != size) fail("block");
    block[size] = '\0';
    return block;
}

static void put_file(const char *path)
{
    int64_t length;
    char *bytes = read_block(&length);
    unlink(path);
    if (bytes == NULL) return;
    FILE *file = fopen(path, "w");
    if (file == NULL || fwrite(bytes, 1, (size_t)length, file) != (size_t)length || fclose(file) != 0) fail(path);
    free(bytes);
}

static void answer_with(FILE *answers, int memory)
{
    const uint32_t length = (uint32_t)lseek(memory, 0, SEEK_END);
    char *bytes = malloc((size_t)length + 1);
    if (bytes == NULL || pread(memory, bytes, length, 0) != (ssize_t)length) fail("output");
    fwrite(&length, sizeof length, 1, answers);
    fwrite(bytes, 1, length, answers);
    free(bytes);
    if (ftruncate(memory, 0) != 0 || lseek(memory, 0, SEEK_SET) != 0) fail("truncate");
}

static void run_case(const char *path, FILE *answers, const int memory[2])
{
    uint32_t counts[2];
    char *words[MAX_WORDS + 2] = {(char[]){"omg-fast"}};
    char *variables[MAX_WORDS];
    int64_t length;
    for (int i = 0; i < 2; i++)
        if (!read_u32(&counts[i]) || counts[i] > MAX_WORDS) fail("counts");
    for (uint32_t i = 0; i < counts[0]; i++) words[i + 1] = read_block(&length);
    clearenv();
    for (uint32_t i = 0; i < counts[1]; i++) putenv(variables[i] = read_block(&length));
    put_file(path);
    const int32_t code = omg_fast_main((int)counts[0] + 1, words);
    fwrite(&code, sizeof code, 1, answers);
    answer_with(answers, memory[0]);
    answer_with(answers, memory[1]);
    clearenv();
    for (uint32_t i = 0; i < counts[0]; i++) free(words[i + 1]);
    for (uint32_t i = 0; i < counts[1]; i++) free(variables[i]);
}

/* driver PATH-OF-STATUS SECONDS */
int main(int argc, char *argv[])
{
    if (argc != 3) return 98;
    now = (time_t)atoll(argv[2]);
    FILE *answers = fdopen(dup(STDOUT_FILENO), "w");
    const int memory[2] = {memfd_create("out", 0), memfd_create("err", 0)};
    const int errors = dup(STDERR_FILENO);
    if (answers == NULL || errors < 0 || dup2(memory[0], STDOUT_FILENO) < 0) fail("streams");
    /* Sanitizers report to standard error, so a case has it only while it runs. */
    uint32_t id;
    while (read_u32(&id)) {
        user = id;
        if (dup2(memory[1], STDERR_FILENO) < 0) fail("standard error");
        run_case(argv[1], answers, memory);
    }
    if (dup2(errors, STDERR_FILENO) < 0) return 97;
    return fclose(answers) == 0 ? 0 : 96;
}
