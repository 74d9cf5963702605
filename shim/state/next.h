/* The real functions: the next definitions after the shim's own, as the loader's search order has
 * them (RTLD_NEXT), so that other preloaded libraries keep working.
 *
 * Each entry starts as a stand-in that looks all of them up at the first call, whoever makes it:
 * another library's constructor may write before ours has run. While they are being looked up (by
 * dl_iterate_phdr(3), which may be another library's) a stand-in makes the system call itself. */
#ifndef BPGUARD_NEXT_H
#define BPGUARD_NEXT_H

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <time.h>

/* musl's header has the 64-bit names as macros; programs may have been linked to them. */
#undef fcntl64
#undef fstat64
#undef sendfile64

/* What libc declares the flags of sendmmsg(2) and recvmmsg(2) as. */
#ifdef __GLIBC__
typedef int many_flags;
#else
typedef unsigned int many_flags;
#endif

/* Names that calls look at: bound at link time, not through the table of offsets. */
#define HIDDEN __attribute__((visibility("hidden")))

struct next {
#define CALL(result, name, parameters, arguments, need, number) result(*name) parameters;
#include "state/calls.def"
#undef CALL
};

extern HIDDEN struct next next;

/* The way that the calls take: the real functions, or the shield's where they need one. */
extern HIDDEN struct next dispatch;

/* What the send family adds to its flags: MSG_NOSIGNAL where SIGPIPE would kill, else 0. */
extern HIDDEN int next_send_flag;

/* The calls' numbers, in the order of calls.def. */
enum call {
#define CALL(result, name, parameters, arguments, need, number) CALL_##name,
#include "state/calls.def"
#undef CALL
	CALL_COUNT,
};

/* The function's name, as in calls.def. Async-signal-safe. */
extern HIDDEN const char *const next_names[];
static inline const char *next_name(enum call call)
{
	return next_names[call];
}

/* Whether the libc has the function; one that lacks it is stood in for. Async-signal-safe. */
bool next_has(enum call call);

/* Looks up all the real functions; once. Not async-signal-safe (symbol.h). */
void next_resolve(void);

/* Whether that has been done. Async-signal-safe. */
bool next_is_resolved(void);

/* The next definition after the shim's, where it is a stranger's (symbol.h) and `next` leads past
 * it, or NULL: there is none. Async-signal-safe. */
void *next_stranger(enum call call);

/* For the masked write: the pair behind pthread_cleanup_push(3), which musl and glibc both export
 * and the latter moved between libraries and versions. NULL where the process has no threads. */
struct cleanup_buffer {
	void *reserved[4];
};
extern void (*next_cleanup_push)(struct cleanup_buffer *, void (*routine)(void *), void *argument);
extern void (*next_cleanup_pop)(struct cleanup_buffer *, int execute);

#endif
