/* Every way to write that the tests know: a row each. */
#ifndef BPGUARD_TESTS_WRITERS_H
#define BPGUARD_TESTS_WRITERS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* LIBC and RAW: what no wrapper sees. */
enum family { WRITE, SYSCALL, SEND, TRANSFER, LIBC, RAW };

struct writer {
	const char *name;
	enum family family;
	const char *call;     /* as a record names it */
	const char *syscalls; /* the names that a record may give, between blanks */
	ssize_t (*put)(int fd);
	bool pipes_only; /* refuses sockets */
	bool ends;	 /* ends the process, so that its result is not seen */
	int fd;		 /* the number that it writes to, where not the one that it was given */
};

enum { WRITTEN = 24 }; /* bytes that each of them asks to be written */

extern const struct writer writers[];
extern const size_t writer_count;

const struct writer *writer_named(const char *name);
bool seen_by_wrapper(const struct writer *writer);

/* Whether a process whose write that way breaks lives on, in a mode of harness.h. */
bool survives(int mode, const char *writer);

/* In the victim: whether a write that way returns EPIPE. */
bool fails_by(const char *writer, int fd);

/* System calls made by inline assembly: nothing can come between. */
long raw_call(long number, long a, long b, long c);
ssize_t raw_write(int fd, const void *data, size_t size);

#endif
