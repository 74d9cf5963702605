/* The help of the commands. */
#ifndef BPGUARD_USAGE_H
#define BPGUARD_USAGE_H

#include <stdio.h>

#include "tools/command/options.h"

/* All commands and options, for `bpguard --help`. */
void usage_of_all(FILE *into);

/* One command's words and options, a line for each, for `bpguard COMMAND --help`. */
void usage_of(enum command command, FILE *into);

/* The name of a command, as `bpguard` takes it; NULL behind the last. */
const char *usage_command_name(int index);

/* Of `words`, `count` of them, the one that `word` may be a slip of: one letter left out, added,
 * other or two changed round, two such slips in a word of more than five letters. NULL: none. */
const char *usage_nearest(const char *word, const char *const *words, int count);

#endif
