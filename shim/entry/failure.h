/* The way of a failing write: whoever sees one fill in what it was, and hands it downhill.
 *
 * A call wrapper (entry/calls, entry/shield.c) has failure_of_call(), the SIGPIPE handler
 * (entry/handler.c) failure_take(). errno, SO_ERROR and dead children are left as they are.
 * Async-signal-safe. */
#ifndef BPGUARD_ENTRY_FAILURE_H
#define BPGUARD_ENTRY_FAILURE_H

#include <stdbool.h>

#include "policy/failure.h"

/* Lets failures be taken: before, they go by unrecorded. */
void failure_start(void);

/* Whether a call that failed with `error` may have broken: EPIPE, ECONNRESET, ETIMEDOUT, and the
 * two that a TCP connection's time-out is told as, EHOSTUNREACH and ENETUNREACH. */
bool failure_is_break(int error);

/* The call in flight returned -1, guarded by its `method`. Takes the failure where it broke, unless
 * the handler has already, with every signal blocked; then has the caller wait where
 * BPGUARD_RUNAWAY=throttle says so. `caller`: where the call returns to. Returns -1. */
int failure_of_call(const struct inflight *call, void *caller);

/* Likewise, where it has written less than asked because the reader left: that raises SIGPIPE and
 * leaves errno alone. */
void failure_of_short_call(const struct inflight *call);

/* Looks at a failure, judges, records and counts it, and does what follows; all but the wait. The
 * caller has blocked every signal, and filled in what it saw. */
void failure_take(struct failure *failure);

/* Makes the caller wait as the verdict has it; a signal ends the wait, unless it is blocked. */
void failure_wait(const struct failure *failure);

#endif
