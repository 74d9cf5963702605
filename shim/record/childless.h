/* Failures on pipes whose dead child was not found: the last few, for the process's end. The child
 * may have closed its end first, and died later. Async-signal-safe. */
#ifndef BPGUARD_CHILDLESS_H
#define BPGUARD_CHILDLESS_H

#include <stdbool.h>

#include "policy/failure.h"

/* A failure on that pipe or socketpair lacks the child; another one has named it. */
void childless_note(const struct failure *failure);
void childless_forget(uint64_t connection);

/* A pipe that still lacks it. */
struct childless {
	enum record_type type;
	uint64_t connection;
	int64_t failed_ms; /* clock_boot_ms(): who began later had no part in it */
};

/* Takes one out. Returns false where there is none. */
bool childless_take(struct childless *childless);

/* In the child after fork(2): its parent's children are not its own. */
void childless_forked(void);

#endif
