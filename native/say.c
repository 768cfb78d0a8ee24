#include "say.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "text.h"

void write_whole(int fd, const char *bytes, size_t length, bool *failed)
{
    size_t written = 0;
    while (written < length) {
        const ssize_t count = write(fd, bytes + written, length - written);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) {
            *failed = true;
            return;
        }
        written += (size_t)count;
    }
}

size_t write_out(const unsigned char *bytes, size_t length, int *failure)
{
    struct pollfd output = {.fd = STDOUT_FILENO, .events = POLLOUT};
    size_t written = 0;
    while (written < length) {
        const ssize_t count = write(STDOUT_FILENO, bytes + written, length - written);
        if (count >= 0) written += (size_t)count;
        else if (errno == EAGAIN) poll(&output, 1, -1);
        else if (errno != EINTR) {
            *failure = errno;
            break;
        }
    }
    return written;
}

/* What is compiled: native/main.c. */
#ifdef OMG_ITSELF
static const char program_name[] = "omg: ";
#else
static const char program_name[] = "omg-fast: ";
#endif

int complain(int code, const char *message, const char *next)
{
    struct text said = {.length = 0};
    bool unsaid = false;
    append_word(&said, program_name);
    append_word(&said, message);
    append_word(&said, "\nNext: ");
    append_word(&said, next);
    append_word(&said, "\n");
    write_whole(STDERR_FILENO, said.bytes, said.length, &unsaid);
    return code;
}

int complain_of(int code, const char *name, const char *fault, const char *next)
{
    char message[128];
    snprintf(message, sizeof message, "%s%s", name, fault);
    return complain(code, message, next);
}

int print(const char *bytes, size_t length)
{
    bool failed = false;
    write_whole(STDOUT_FILENO, bytes, length, &failed);
    if (!failed) return EXIT_ANSWERED;
    return complain_of_output();
}

int complain_of_output(void)
{
    return complain(EXIT_ERROR, "The answer could not be written.", "Make room where the output goes, and ask again.");
}

/* C0, DEL and C1: what could steer a terminal. */
static bool is_control(const unsigned char *at)
{
    return at[0] < 0x20 || at[0] == 0x7f || (at[0] == 0xc2 && at[1] < 0xa0);
}

void say(const char *before, const char *text)
{
    struct text said = {.length = 0};
    bool unsaid = false;
    append_word(&said, before);
    for (const unsigned char *at = (const unsigned char *)text; *at != 0;) {
        const size_t length = character_at(at);
        if (length == 0 || is_control(at)) append_word(&said, "?");
        else append(&said, (const char *)at, length);
        at += length == 0 ? 1 : length;
        if (said.length < sizeof said.bytes - 8) continue;
        write_whole(STDERR_FILENO, said.bytes, said.length, &unsaid);
        said.length = 0;
    }
    append_word(&said, "\n");
    write_whole(STDERR_FILENO, said.bytes, said.length, &unsaid);
}
