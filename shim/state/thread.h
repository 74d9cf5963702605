/* What is kept for each thread. Lies in static TLS (initial-exec): reading it allocates nothing and
 * is async-signal-safe.
 *
 * A call under way leaves a note of itself in its frame and a pointer to it here. That costs a few
 * stores and is all that a successful call does; it tells the SIGPIPE handler whether a broken
 * write is a wrapper's, which will record it, or nobody's. Only the handler believes the pointer,
 * after a look at the stack pointer and the arguments: coroutines switch stacks between a call and
 * its return, and jumps leave calls behind. A wrapper knows its own frame. */
#ifndef BPGUARD_THREAD_H
#define BPGUARD_THREAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "state/next.h"

/* How a call was guarded, which tells what its failure can have done. */
enum method {
	METHOD_PLAIN,	    /* as the application made it */
	METHOD_QUIET,	    /* likewise, and it asked for no signal itself */
	METHOD_FLAG,	    /* with MSG_NOSIGNAL added */
	METHOD_RWF,	    /* with RWF_NOSIGNAL added */
	METHOD_MASK,	    /* in the mask's window, and a signal came */
	METHOD_MASK_SILENT, /* in the mask's window, and none came */
};

/* A call in flight. What a call tells of itself before it is made is one constant, and so one
 * store; `method` is set by the call wrapper that guards it. */
struct inflight {
	struct inflight *outer; /* the call that a signal handler interrupted to make this one */
	uint16_t call;		/* enum call */
	uint16_t number;	/* of the system call behind it */
	uint32_t method;	/* enum method */
	size_t requested;	/* bytes, SIZE_MAX: not told; vectors are summed up only later */
	int fd;			/* the one written to */
};

/* What the SIGPIPE handler did about a failure that a wrapper may be about to see. */
enum handled {
	HANDLED_NOT,	       /* it has not seen it */
	HANDLED_LEFT,	       /* took the signal, and left the failure to the wrapper */
	HANDLED_RECORDED,      /* took it for nobody's, and recorded it */
	HANDLED_RECORDED_CALL, /* recorded this very call, before the program's own handler ran */
};

/* A failure that the handler has taken: as its frame and its fd tell it from others. */
struct taken {
	uintptr_t sp;
	int fd; /* -1: not told */
	enum handled as;
};

struct mask_window;
enum { TAKEN_KEPT = 4 };

struct thread {
	struct inflight *inflight;  /* the call under way, or a stale pointer, or NULL */
	struct mask_window *window; /* the mask's window opened last: may be gone */
	unsigned windows;	    /* how many are open, as far as that can be told */
	unsigned next_taken;
	struct taken taken[TAKEN_KEPT];
	/* The stack pointer of a call whose own SIGPIPE the program's handler has had, and behind
	 * which another one waits: that is somebody's. 0 where none does. */
	uintptr_t again;
	bool inside; /* the shim or the tracer is at work */
};

extern HIDDEN _Thread_local struct thread thread;
/* The same variable. Under one name the compiler would carry its address over the call in a
 * register that it must save and restore, for more than it costs to load it again. */
extern HIDDEN _Thread_local struct thread thread_afterwards;

/* How far below a wrapper's frame its system call may have been made. */
enum { STACK_NEAR = 64 * 1024 };

/* Keeps what the handler did about the failure at `sp` on `fd`. Async-signal-safe. */
void thread_keep_taken(uintptr_t sp, int fd, enum handled as);

/* Takes out what the handler did about a failure on `fd` that a call with this frame has seen.
 * Async-signal-safe. */
enum handled thread_take_taken(uintptr_t frame, int fd);

/* thread.inflight = inflight, after all that is in it is written. Where it lies right at the stack
 * pointer, no compiler stores that register: it is copied to another one first. */
static inline __attribute__((always_inline)) void inflight_announce(struct inflight *inflight)
{
#if defined(__x86_64__) && defined(__LP64__)
	uintptr_t scratch;
	__asm__ volatile(".ifc %[inflight],(%%rsp)\n\t"
			 "movq %%rsp, %[place]\n\t"
			 ".else\n\t"
			 "leaq %[inflight], %[scratch]\n\t"
			 "movq %[scratch], %[place]\n\t"
			 ".endif"
			 : [place] "=m"(thread.inflight), [scratch] "=&r"(scratch)
			 : [inflight] "m"(*inflight));
#else
	thread.inflight = inflight;
#endif
}

static inline __attribute__((always_inline)) void
inflight_begin(struct inflight *inflight, enum call call, long number, int fd, size_t requested)
{
	inflight->outer = thread.inflight;
	inflight->call = (uint16_t)call;
	inflight->number = (uint16_t)number;
	inflight->method = METHOD_PLAIN;
	inflight->fd = fd;
	inflight->requested = requested;
	inflight_announce(inflight);
}

static inline __attribute__((always_inline)) void inflight_end(const struct inflight *inflight)
{
	thread_afterwards.inflight = inflight->outer;
}

#endif
