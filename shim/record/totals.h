/* What a process has failed at so far: for its `detach`. Async-signal-safe. */
#ifndef BPGUARD_TOTALS_H
#define BPGUARD_TOTALS_H

#include <stdbool.h>
#include <stdint.h>

#include "record/record.h"

/* Whether no failure has been counted: the next one is the process's first. */
extern __attribute__((visibility("hidden"))) uint64_t totals_failures;
static inline bool totals_are_empty(void)
{
	return __atomic_load_n(&totals_failures, __ATOMIC_RELAXED) == 0;
}

/* Counts a failure of that cause, and a death averted. */
void totals_count(enum record_cause cause, bool saved);

/* Moves the totals into the record: they begin anew, for after an exec that failed the program
 * attaches again. */
void totals_take(struct record *record);

/* In the child after fork(2): another process, with totals of its own. */
void totals_forked(void);

#endif
