/* Hands records to the outlets. Text outlets take so many a second (BPGUARD_RATE); a failure whose
 * record is held back, or cannot be written, is counted, and told by the next record. Records that
 * tell of no failure are not held back.
 * Async-signal-safe. */
#ifndef BPGUARD_EMIT_H
#define BPGUARD_EMIT_H

#include <stdbool.h>

#include "outlets/log.h"
#include "outlets/lttng.h"
#include "policy/failure.h"
#include "record/describe.h"
#include "record/record.h"

/* Whether there is an outlet at all. */
static inline bool emit_is_on(void)
{
	return log_is_on() || lttng_is_tracing();
}

/* Describes a failure that has been judged, and hands its record out, with one of event `runaway`
 * where the verdict says so. Returns what was found, nothing where there was no memory.
 * The caller has blocked every signal: none is to be delivered in the middle. */
struct finding emit_failure(const struct failure *failure);

/* Hands out a record that tells of no failure: what it is and who writes is filled in, the rest by
 * `describe`. Every signal is blocked meanwhile: what a handler fails to write would go unrecorded.
 */
void emit_event(enum record_event event,
		void (*describe)(struct record *record, const void *argument),
		const void *argument);

/* Failures that the text outlets were not told of since this was last asked. */
uint64_t emit_take_held_back(void);

/* In the child after fork(2): workspaces that other threads held are free again. */
void emit_forked(void);

#endif
