/* Hands records to the outlets. Text outlets take so many a second (BPGUARD_RATE); a failure whose
 * record is held back, or cannot be written, is counted, and told by the next record. Records that
 * tell of no failure are not held back.
 * Async-signal-safe. */
#ifndef BPGUARD_EMIT_H
#define BPGUARD_EMIT_H

#include <stdbool.h>

#include "policy/failure.h"
#include "record/record.h"

/* A record and the room to write it as text in: too much for a stack that may have 16 KiB. */
struct workspace {
	struct record record;
	char text[4096]; /* PIPE_BUF: as a pipe takes it without blocking (pipe(7)) */
	char around[4096];
};

/* Whether there is an outlet at all. */
bool emit_is_on(void);

/* Describes a failure that has been judged, and hands its record out, with one of event `runaway`
 * where the verdict says so. Returns its cause, CAUSE_UNKNOWN where there was no memory. */
enum record_cause emit_failure(const struct failure *failure);

/* A cleared workspace, or NULL where there is no memory; the record then counts as held back. */
struct workspace *emit_begin(void);

/* Hands the workspace's record to the outlets; the record stays there, to be changed and handed out
 * again. The caller has blocked every signal: none is to be delivered in the middle. */
void emit_record(struct workspace *workspace);

/* Takes the workspace back. */
void emit_end(struct workspace *workspace);

/* Failures that the text outlets were not told of since this was last asked. */
uint64_t emit_take_held_back(void);

/* In the child after fork(2): workspaces that other threads held are free again. */
void emit_forked(void);

#endif
