/* What a shell does to leave the folder that it was in, and to enter the one that it is in. */
#ifndef OMG_HOOK_H
#define OMG_HOOK_H

/* `omg-fast hook bash|zsh|fish`: prints code for that shell to evaluate, in the environment of which it runs. */
int run_hook(const char *const argv[]);

#endif
