/* `omg`, where it is this program: native/main.c with OMG_ITSELF. */
#ifndef OMG_ITSELF_H
#define OMG_ITSELF_H

/* Answers what can be answered here, and has Node do everything else. Returns the exit code. `argv` ends in NULL. */
int run_itself(const char *argv[]);

#endif
