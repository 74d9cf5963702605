/* What the exported calls have in common. */
#ifndef BPGUARD_CALL_H
#define BPGUARD_CALL_H

#include <errno.h>
#include <stdbool.h>

#include "entry/autopsy.h"
#include "signal/guard.h"
#include "state/next.h"
#include "state/thread.h"

#define EXPORT __attribute__((visibility("default")))
#define ALWAYS_INLINE static inline __attribute__((always_inline))
#define COLD __attribute__((noinline, cold))
#define RARELY(condition) __builtin_expect(!!(condition), 0)
/* The address that the exported function returns to: only used in what is inlined there. */
#define CALLER __builtin_return_address(0)

/* The call under way returned -1: an autopsy where a peer or reader left. errno stays. Returns -1.
 * Apart, so that a call that succeeds carries none of it. */
int call_failed(void *caller);

/* Whether the call's errno is one that autopsy looks at: the kernel has then read the vectors that
 * it was given, and they can be summed up. With any other they may not even be readable. */
COLD bool call_broke(void);

/* Ends an attempt; returns `result`. */
#define CALL_END(attempt, result)                                                                  \
	({                                                                                         \
		if (RARELY((result) < 0))                                                          \
			(result) = call_failed(CALLER);                                            \
		attempt_end(&(attempt));                                                           \
		(result);                                                                          \
	})

#endif
