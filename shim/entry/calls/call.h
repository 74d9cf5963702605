/* What the exported calls have in common. */
#ifndef BPGUARD_CALL_H
#define BPGUARD_CALL_H

#include <errno.h>
#include <stdbool.h>

#include "entry/failure.h"
#include "state/next.h"
#include "state/thread.h"

#define EXPORT __attribute__((visibility("default")))
#define ALWAYS_INLINE static inline __attribute__((always_inline))
#define COLD __attribute__((noinline, cold))
#define RARELY(condition) __builtin_expect(!!(condition), 0)
/* The address that the exported function returns to: only used in what is inlined there. */
#define CALLER __builtin_return_address(0)

/* The call in flight returned -1: a failure where a peer or reader left. errno stays. Returns -1.
 * Apart, so that a call that succeeds carries none of it. */
COLD int call_failed(const struct inflight *call, void *caller);

/* Likewise, guarded by that method. */
COLD int call_failed_by(struct inflight *call, enum method method, void *caller);

/* Whether the call broke: the kernel has then read the vectors that it was given, and they can be
 * summed up. With any other error they may not even be readable. */
COLD bool call_broke(void);

/* Ends a call in flight; returns `result`. */
#define CALL_END(inflight, result)                                                                 \
	({                                                                                         \
		if (RARELY((result) < 0))                                                          \
			(result) = call_failed(&(inflight), CALLER);                               \
		inflight_end(&(inflight));                                                         \
		(result);                                                                          \
	})

#endif
