/* What the guarded program is called, as far as records tell it. */
#ifndef BPGUARD_PROGRAM_H
#define BPGUARD_PROGRAM_H

#include <stdbool.h>
#include <stddef.h>

#include "record/record.h"

/* Copies the executable's path and the command line's first bytes, while both can still be read:
 * the program may change its root directory or write over its arguments. NULL: the arguments are
 * asked for. */
void program_start(int count, char *const *arguments);

/* Fills in when it is and who writes: time, pid, tid, comm, exe. Async-signal-safe. */
void program_describe(struct bpguard_record *record);

/* Copies the command line, blanks between its words. Async-signal-safe. */
void program_copy_arguments(char *text, size_t size);

/* The same, for a process's first failure only. Async-signal-safe. */
void program_tell_arguments(char *text, size_t size);

/* How many more fds the process may open, where less than a tenth of RLIMIT_NOFILE is left; else
 * -1. `fd`: one that it has, which tells where the kernel does not count (before Linux 6.2) whether
 * counting may be worth its while. Async-signal-safe. */
int64_t program_fds_left(int fd);

/* Whether whoever started the program counted out the few fds that it may open: none of them is for
 * an outlet. Async-signal-safe. */
bool program_may_open_little(void);

/* In the child after fork(2), which is a process of its own. */
void program_forked(void);

#endif
