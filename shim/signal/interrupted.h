/* What a SIGPIPE interrupted: the broken system call, read from the registers that its frame holds.
 * All async-signal-safe. */
#ifndef BPGUARD_INTERRUPTED_H
#define BPGUARD_INTERRUPTED_H

#include <stdbool.h>
#include <stdint.h>
#include <ucontext.h>

#include "kernel/writes.h"
#include "state/thread.h"

/* A broken system call. */
struct interrupted {
	const struct write_call *row; /* NULL: which call it was is not told */
	bool is_wrappers;	      /* `call` is what a wrapper tells of it */
	struct inflight call;
	long arguments[6];
	long result; /* -EPIPE, or the short count */
	uintptr_t pc, sp;
	int fd;		   /* -1: not told */
	int64_t requested; /* bytes; -1: not told */
};

/* Reads the system call that raised the SIGPIPE with this context. Returns false where it was none
 * that broke: somebody sent the signal. */
bool interrupted_read(const ucontext_t *context, struct interrupted *broken);

/* Has the call that interrupted_read() has read return -`error` instead. */
void interrupted_answer(ucontext_t *context, int error);

#endif
