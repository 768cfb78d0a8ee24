/* Programs of a folder's runtimes, with its environment. */
#ifndef OMG_RUN_H
#define OMG_RUN_H

/* Becomes the program `argv[0]` as this folder has it. Returns only where it could not: the exit code of what it complained about. */
int run_tool(const char *argv[]);

/* `omg-fast exec [--] COMMAND [ARGUMENT...]` */
int run_exec(const char *argv[]);

#endif
