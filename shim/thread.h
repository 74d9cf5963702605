/* What is kept for each thread. Lies in static TLS (initial-exec): reading it allocates nothing and
 * is async-signal-safe.
 *
 * A call under way leaves an attempt in its frame and a pointer to it here. That costs a few stores
 * and is all that a successful call does; it tells the backstop whether a broken write is a
 * wrapper's, which will record it, or nobody's. The pointer is believed only after a look at the
 * stack pointer and the arguments: a handler may have jumped out of the call's frame. */
#ifndef BPGUARD_THREAD_H
#define BPGUARD_THREAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "next.h"

struct attempt {
	struct attempt *outer; /* the call that a signal handler interrupted to make this one */
	int fd;                /* the one written to */
	uint16_t call;         /* enum call */
	uint16_t number;       /* the system call behind it */
	size_t requested;      /* bytes */
};

struct masked_call;

struct thread {
	struct attempt *attempt;    /* the call under way, or a stale pointer, or NULL */
	struct attempt *told;       /* its failure is recorded already */
	struct masked_call *masked; /* the mask window that is open, or was jumped out of */
	bool signalled;             /* the backstop took the attempt's SIGPIPE */
	bool owed;                  /* a failure's SIGPIPE is pending: the application blocks it */
	bool inside;                /* the shim or the tracer is at work */
};

extern _Thread_local struct thread thread;

static inline void attempt_begin(struct attempt *attempt, enum call call, long number, int fd,
				 size_t requested)
{
	attempt->outer = thread.attempt;
	attempt->fd = fd;
	attempt->call = (uint16_t)call;
	attempt->number = (uint16_t)number;
	attempt->requested = requested;
	thread.attempt = attempt;
}

#endif
