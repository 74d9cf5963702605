/* A failure as a record. By system calls that only look: errno, SO_ERROR, unread data and dead
 * children are left as they are, and so is what is remembered. Async-signal-safe. */
#ifndef BPGUARD_DESCRIBE_H
#define BPGUARD_DESCRIBE_H

#include "policy/failure.h"
#include "record/record.h"

/* Fills in when it is and who writes: time, pid, tid, comm, exe. */
void describe_program(struct record *record);

/* Fills in the command line, as far as it is to be told. */
void describe_arguments(struct record *record);

/* Fills in all that is known of a failure that has been judged, and concludes its cause. */
void describe_failure(struct record *record, const struct failure *failure);

#endif
