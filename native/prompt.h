/* `omg-fast status` and the other words: one file is read, one line printed. */
#ifndef OMG_PROMPT_H
#define OMG_PROMPT_H

#ifndef OMG_VERSION
#define OMG_VERSION "unknown"
#endif

/* The whole of it, from the arguments to the exit code. */
int prompt(const char *const argv[]);

#endif
