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

#include "state/next.h"

struct attempt {
	struct attempt *outer; /* the call that a signal handler interrupted to make this one */
	uint32_t what;	       /* WHAT(call, system call) */
	int fd;		       /* the one written to */
	size_t requested;      /* bytes; vectors are summed up only after a failure */
};

/* An intercepted function and the system call behind it. The backstop adds SIGNALLED when it takes
 * the attempt's SIGPIPE, HANDLED when it passes it to a handler that is set for once. */
#define WHAT(name, number) ((uint32_t)CALL_##name | (uint32_t)(number) << 16)
#define SIGNALLED 0x8000u
#define HANDLED 0x4000u

static inline enum call attempt_call(const struct attempt *attempt)
{
	return (enum call)(attempt->what & 0x3fff);
}

static inline long attempt_number(const struct attempt *attempt)
{
	return (long)(attempt->what >> 16);
}

/* How a call was made, which tells what its failure can have done. */
enum way {
	WAY_PLAIN,	 /* as the application made it */
	WAY_QUIET,	 /* likewise, and it asked for no signal itself */
	WAY_FLAG,	 /* with MSG_NOSIGNAL added */
	WAY_RWF,	 /* with RWF_NOSIGNAL added */
	WAY_MASK,	 /* in the mask's window, and a signal came */
	WAY_MASK_SILENT, /* in the mask's window, and none came */
};

struct masked_call;

struct thread {
	struct attempt *attempt;    /* the call under way, or a stale pointer, or NULL */
	struct attempt *told;	    /* its failure is recorded already */
	struct masked_call *masked; /* the mask window that is open, or was jumped out of */
	enum way way;		    /* how the shield made the attempt that now ends */
	bool inside;		    /* the shim or the tracer is at work */
};

extern HIDDEN _Thread_local struct thread thread;
/* The same variable. Under one name the compiler would carry its address over the call in a
 * register that it must save and restore, for more than it costs to load it again. */
extern HIDDEN _Thread_local struct thread thread_afterwards;

/* thread.attempt = attempt, after all that is in it is written. Where the attempt lies right at the
 * stack pointer, no compiler stores that register: it is copied to another one first. */
static inline __attribute__((always_inline)) void attempt_announce(struct attempt *attempt)
{
#if defined(__x86_64__) && defined(__LP64__)
	uintptr_t scratch;
	__asm__ volatile(".ifc %[attempt],(%%rsp)\n\t"
			 "movq %%rsp, %[place]\n\t"
			 ".else\n\t"
			 "leaq %[attempt], %[scratch]\n\t"
			 "movq %[scratch], %[place]\n\t"
			 ".endif"
			 : [place] "=m"(thread.attempt), [scratch] "=&r"(scratch)
			 : [attempt] "m"(*attempt));
#else
	thread.attempt = attempt;
#endif
}

static inline __attribute__((always_inline)) void
attempt_begin(struct attempt *attempt, uint32_t what, int fd, size_t requested)
{
	attempt->outer = thread.attempt;
	attempt->what = what;
	attempt->fd = fd;
	attempt->requested = requested;
	attempt_announce(attempt);
}

static inline __attribute__((always_inline)) void attempt_end(const struct attempt *attempt)
{
	thread_afterwards.attempt = attempt->outer;
}

#endif
