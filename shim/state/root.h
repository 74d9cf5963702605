/* The root of a guarded tree, its first guarded process. It is noted, pid and start time, in
 * BPGUARD_ROOT for what it executes: that is how its descendants know that they are. The variable
 * goes into the environment that is handed over, never into the program's own, whose strings some
 * programs write over (setproctitle). */
#ifndef BPGUARD_ROOT_H
#define BPGUARD_ROOT_H

#include <stdbool.h>
#include <stddef.h>

/* Finds out at start whether this process is the root, and returns it: BPGUARD_ROOT names it, or
 * names nobody and the parent is not guarded. What libc executes by itself (system, popen) has no
 * variable, and its parent is whoever asked for it. Not async-signal-safe. */
bool root_start(void);

/* Whether all of an environment can be read: one that cannot is for the kernel to refuse (EFAULT).
 * False under a seccomp filter. Async-signal-safe. */
bool root_can_read(char *const *environment);

/* Pointers that a marked copy of this environment takes: 1 where it is to stay as it is, since it
 * is marked already, takes no guard along or is too long. Async-signal-safe. */
size_t root_room(char *const *environment);

/* The environment to hand over: a marked copy in `room`, which has `size` pointers, or
 * `environment` itself where that is not to be marked or has grown too long since.
 * Async-signal-safe. */
char *const *root_mark(char *const *environment, char **room, size_t size);

#endif
