/* The command line, as far as BPGUARD_ARGV lets it be told: arguments may hold secrets, which some
 * programs wipe (curl -u, mysql -p). */
#ifndef BPGUARD_ARGUMENTS_H
#define BPGUARD_ARGUMENTS_H

#include <stddef.h>

enum { ARGUMENTS_MOST = 129 }; /* 128 bytes and the NUL: contract/record.def, argv */

/* Keeps the program's name, and its script's where `exe` is an interpreter's path: names only, and
 * only where they are to be told. Called once, at start. Not async-signal-safe. */
void arguments_start(const char *exe);

/* Writes what is to be told now to `told`, "" where that is nothing or cannot be asked: the whole
 * command line is the kernel's, with what the program has wiped wiped. Async-signal-safe. */
void arguments_tell(char told[ARGUMENTS_MOST]);

#endif
