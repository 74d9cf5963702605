/* A failure as a record. By system calls that only look: errno, SO_ERROR, unread data and dead
 * children are left as they are, and so is what is remembered. Async-signal-safe. */
#ifndef BPGUARD_DESCRIBE_H
#define BPGUARD_DESCRIBE_H

#include "policy/failure.h"
#include "record/record.h"

/* Fills in when it is and who writes: time, pid, tid, comm, exe. */
void describe_program(struct record *record);

/* Fills in the connection or pipe: its type, what names it, and a pipe's peer. */
void describe_connection(struct record *record, enum record_type type, uint64_t connection);

/* Fills in a dead child, and with `dying_too` a dying one. Returns whether there is one. */
bool describe_child(struct record *record, bool dying_too);

/* Fills in the command line. */
void describe_arguments(struct record *record);

/* What a look at a failure found: why, and whether the dead child that may have been the reader. */
struct finding {
	enum record_cause cause;
	enum { CHILD_UNASKED, CHILD_NAMED, CHILD_WANTED } child;
};

/* Fills in all that is known of a failure that has been judged, and concludes its cause. */
struct finding describe_failure(struct record *record, const struct failure *failure);

#endif
