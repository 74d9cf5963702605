/* What the exported calls have in common. */
#ifndef BPGUARD_CALL_H
#define BPGUARD_CALL_H

#include <errno.h>

#include "autopsy.h"
#include "guard.h"
#include "next.h"
#include "thread.h"

#define EXPORT __attribute__((visibility("default")))
#define ALWAYS_INLINE static inline __attribute__((always_inline))
#define COLD __attribute__((noinline, cold))
#define RARELY(condition) __builtin_expect(!!(condition), 0)
/* The address that the exported function returns to: only used in what is inlined there. */
#define CALLER __builtin_return_address(0)

/* A call returned -1: an autopsy where a peer or reader left. errno stays. Not inlined, so that a
 * call that succeeds carries none of it. */
void call_failed(struct attempt *attempt, enum way way, void *caller);

/* Ends an attempt; returns `result`. */
#define CALL_END(attempt, result, way)                                                             \
	({                                                                                         \
		if (RARELY((result) < 0))                                                          \
			call_failed(&(attempt), way, CALLER);                                      \
		thread.attempt = (attempt).outer;                                                  \
		(result);                                                                          \
	})

/* Ends an attempt made in the mask's window: less than was asked may mean that the reader left in
 * the middle, which raises SIGPIPE and leaves errno alone. */
ssize_t call_end_masked(struct attempt *attempt, struct masked_call *window, ssize_t result,
			void *caller);

/* Ends an attempt made with RWF_NOSIGNAL, likewise. */
ssize_t call_end_quiet(struct attempt *attempt, ssize_t result, void *caller);

#endif
