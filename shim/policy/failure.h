/* One failed write, from the call that saw it to the record: what was asked of it, what was found
 * when it was looked at, what follows. Filled in step by step by entry/failure.c. */
#ifndef BPGUARD_FAILURE_H
#define BPGUARD_FAILURE_H

#include <stdbool.h>
#include <stdint.h>

#include "contract/record.h"
#include "kernel/fd.h"
#include "kernel/writes.h"
#include "state/peers.h"
#include "state/thread.h"

/* What is done about the SIGPIPE of a program that blocks it and waits for it. */
enum pending {
	PENDING_LEAVE, /* as it is */
	PENDING_MAKE,  /* one that our flag held back */
	PENDING_MARK,  /* the one that the call has just left, as a failure's */
};

/* What follows from a failure. */
struct verdict {
	enum record_action action; /* ACTION_KILLED: SIGPIPE is to take its course */
	bool saved;		   /* the process would have died here without the guard */
	bool is_runaway;	   /* this is the failure in a row that BPGUARD_RUNAWAY tells of */
	enum pending pending;
	unsigned pause_ms; /* how long the caller is made to wait */
};

struct failure {
	/* Who saw it fill in these. */
	const char *call;		  /* the intercepted function, "libc" or "raw" */
	const struct write_call *syscall; /* NULL: not told */
	int fd;				  /* -1: not told */
	int64_t requested;		  /* bytes; -1: not told */
	int error; /* EPIPE, ECONNRESET, ETIMEDOUT, EHOSTUNREACH, ENETUNREACH */
	enum method method;
	bool signalled; /* the handler took its SIGPIPE */
	void *caller;	/* where the call returns to, or of "raw" the call's own; NULL: not known */
	uintptr_t frame; /* of the wrapper, or the stack pointer of the system call */
	uint64_t mask;	 /* the thread's own; MASK_UNTOUCHED: not known */
	/* Found by a look. */
	struct peer peer; /* with a cookie of 0 where nothing was noted */
	struct channel channel;
	uint64_t connection; /* the socket's cookie or the pipe's inode; 0: not known */
	enum record_sigpipe sigpipe;
	bool ends_pipeline; /* a pipe whose writers are meant to end by SIGPIPE */
	int64_t streak;	    /* the how-manieth in a row; -1: not known or not counted */
	/* Judged. */
	struct verdict verdict;
};

#endif
