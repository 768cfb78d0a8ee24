/* What is seen of a path: host/look.ts. */
#ifndef OMG_SIGHT_H
#define OMG_SIGHT_H

#include <stdbool.h>

/* How closely something was looked at: whether it is there, what it is (of a folder not what lies in it), or what lies in the folder. */
enum look { PRESENCE, ITSELF, ENTRIES, LOOKS };
extern const char *const look_names[LOOKS];

/* Room for what is seen of a link and of what it leads to. */
enum { MAX_SIGHT = 512 };

/*
 * What is seen of a path and of what it leads to, as text that changes when that does; to the byte what Node says. False where that is not
 * certain: an error that has no name here.
 */
bool see(const char *path, enum look look, char sight[MAX_SIGHT]);

#endif
