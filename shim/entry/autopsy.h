/* A failed call -> a filled-in record. Looks, by system calls that change nothing; errno, SO_ERROR
 * and dead children are left as they are. Async-signal-safe. */
#ifndef BPGUARD_AUTOPSY_H
#define BPGUARD_AUTOPSY_H

#include <stdbool.h>
#include <stdint.h>

#include "kernel/writes.h"
#include "signal/guard.h"
#include "state/thread.h"

/* A broken system call as the backstop read it from the registers. */
struct broken_call {
	const struct write_call *row; /* NULL: which call it was is not told */
	struct attempt *attempt;      /* the wrapper that made it, or NULL */
	bool near;		      /* the thread's attempt can be looked at */
	long arguments[6];
	long result; /* -EPIPE, or the short count */
	uintptr_t pc;
	int fd; /* -1: not told */
	int64_t requested;
};

/* Lets autopsies begin: before, a failure goes by unrecorded. */
void autopsy_start(void);

/* A wrapper's call has failed with `error`, or written less than asked because the reader left
 * (then EPIPE), in the way that `thread.way` tells. Records it and, where the guard's verdict is
 * death, carries that out. Errors other than EPIPE, ECONNRESET and ETIMEDOUT are nothing to it.
 * `caller`: where the call returns to, NULL where that is not known. */
void autopsy_of_call(struct attempt *attempt, int error, void *caller);

/* The same for a call that no wrapper saw fail. Called in the backstop, all signals blocked. */
void autopsy_of_signal(const struct broken_call *call);

#endif
