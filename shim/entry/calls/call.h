/* What the exported calls have in common. */
#ifndef BPGUARD_CALL_H
#define BPGUARD_CALL_H

#include <errno.h>
#include <stdbool.h>

#include "entry/failure.h"
#include "state/next.h"
#include "state/thread.h"

/* The name itself is a jump to this (entrances.c). */
#define EXPORT HIDDEN
#define DO_PRAGMA(text) _Pragma(#text)
#define RENAME(name) DO_PRAGMA(redefine_extname name shim_##name)
#define CALL(result, name, parameters, arguments, need, number) RENAME(name)
#include "state/calls.def"
#undef CALL

/* A name becomes another where it is declared, which an older libc's headers, or musl's, do not do.
 */
ssize_t pwritev2(int fd, const struct iovec *parts, int count, off_t offset, int flags);
ssize_t pwritev64v2(int fd, const struct iovec *parts, int count, off64_t offset, int flags);
ssize_t sendfile64(int to, int from, off64_t *offset, size_t size);
int close_range(unsigned int first, unsigned int last, int flags);
void closefrom(int first);
int fstat64(int fd, struct stat64 *file);
int execveat(int directory, const char *path, char *const words[], char *const environment[],
	     int flags);

#define ALWAYS_INLINE static inline __attribute__((always_inline))
#define COLD __attribute__((noinline, cold))
#define RARELY(condition) __builtin_expect(!!(condition), 0)
/* The address that the exported function returns to: only used in what is inlined there. */
#define CALLER __builtin_return_address(0)

/* Whether the call broke: the kernel has then read the vectors that it was given, and they can be
 * summed up. With any other error they may not even be readable. */
static inline bool call_broke(void)
{
	return failure_is_break(errno);
}

/* Ends a call in flight; returns `result`. */
#define CALL_END(inflight, result)                                                                 \
	({                                                                                         \
		if (RARELY((result) < 0))                                                          \
			(result) = failure_of_call(&(inflight), CALLER);                           \
		inflight_end(&(inflight));                                                         \
		(result);                                                                          \
	})

#endif
