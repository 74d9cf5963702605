/* The thread's signal mask: everything blocked while the shim is at work, and the window in which a
 * call is made with SIGPIPE blocked. All async-signal-safe. */
#ifndef BPGUARD_MASK_H
#define BPGUARD_MASK_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

#include "state/thread.h"

enum { SIGPIPE_BIT = 1 << (SIGPIPE - 1) };

/* Stands for a mask that was left as it is, or could not be asked for: none holds SIGKILL. */
#define MASK_UNTOUCHED (UINT64_C(1) << (SIGKILL - 1))

/* Changes the mask as sigprocmask(2) has it; `old` may be NULL. False where that may not be done:
 * under a seccomp filter. */
bool mask_change(int how, uint64_t mask, uint64_t *old);

/* Blocks every signal while the shim is at work, and returns the mask before, MASK_UNTOUCHED where
 * it may not be changed. mask_restore() also works where a filter was asked for meanwhile: that
 * waits for this (mask_wait_for_others). */
uint64_t mask_block_all(void);
void mask_restore(uint64_t mask);

/* Waits until the threads that had blocked signals for our work have left it, at most a tenth of a
 * second: one may be stopped. */
void mask_wait_for_others(void);

/* In the child after fork(2): no other thread is there. */
void mask_forked(void);

/* One window of the thread's mask, in the frame of the call that it surrounds. */
struct mask_window {
	const struct mask_window *self; /* while it is open */
	struct mask_window *outer;
	bool blocked_before; /* by the application, or not at all: no signal is ours to take */
	bool cancellable;
	struct cleanup_buffer cleanup;
};

/* Blocks SIGPIPE in this thread, to be undone also by a cancellation. A window that a signal
 * handler jumped out of is closed first, as far as that can be told. Keeps errno. */
void mask_open(struct mask_window *window);

/* Takes out the SIGPIPE that the call made, if it did less than was asked, and restores the mask.
 * Returns whether there was one. Keeps errno. */
bool mask_close(struct mask_window *window, bool incomplete);

/* Whether an open window of ours blocks SIGPIPE in this thread: a handler that interrupted a masked
 * call runs, and the application does not block it. */
bool mask_is_open_here(void); /* as far as this stack tells */

static inline bool mask_is_open(void)
{
	return thread.windows && mask_is_open_here();
}

/* A handler that interrupted a masked call executes another program (mostly in a child that it
 * forked): that one is not to inherit our mask. Returns whether SIGPIPE was unblocked; after an
 * exec that failed, mask_after_exec() has the window as before then. */
bool mask_before_exec(void);
void mask_after_exec(bool unblocked);

#endif
