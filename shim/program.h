/* What the guarded program is called, as far as records tell it. */
#ifndef BPGUARD_PROGRAM_H
#define BPGUARD_PROGRAM_H

#include <stddef.h>

/* Copies the executable's path and the command line's first bytes, while both can still be read:
 * the program may change its root directory or write over its arguments. */
void program_start(int count, char *const *arguments);

/* The executable's path, "" where it is not known. Async-signal-safe. */
const char *program_exe(void);

/* Copies the command line, blanks between its words; once a process: "" from then on.
 * Async-signal-safe. */
void program_tell_arguments(char *text, size_t size);

/* In the child after fork(2), which is a process of its own. */
void program_forked(void);

#endif
