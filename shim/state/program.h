/* What the guarded program is called, and how much it may open. */
#ifndef BPGUARD_PROGRAM_H
#define BPGUARD_PROGRAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Copies the executable's path, while it can still be read: the program may change its root
 * directory; and what is to be told of its arguments (state/arguments.h). */
void program_start(void);

/* The executable's path: "" before program_start(). Async-signal-safe. */
const char *program_exe(void);

/* How many more fds the process may open, where less than a tenth of RLIMIT_NOFILE is left; else
 * -1. `fd`: one that it has, which tells where the kernel does not count (before Linux 6.2) whether
 * counting may be worth its while. Async-signal-safe. */
int64_t program_fds_left(int fd);

/* Whether whoever started the program counted out the few fds that it may open: none of them is for
 * an outlet. Async-signal-safe. */
bool program_may_open_little(void);

#endif
