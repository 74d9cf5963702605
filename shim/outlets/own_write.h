/* write(2) for the shim itself: what is at the other end may have gone too. */
#ifndef BPGUARD_OWN_WRITE_H
#define BPGUARD_OWN_WRITE_H

#include <stddef.h>
#include <sys/stat.h>

/* Writes, by pwritev2(2) where there are flags; lets no SIGPIPE and no SIGXFSZ of its own through,
 * which the caller has blocked with all others.
 * Returns the count, or -errno. Async-signal-safe. */
long own_write(int fd, const void *data, size_t size, int flags);

/* The same, and never waits. `kind`: what the fd is, S_IFMT's bits. */
long own_write_at_once(int fd, const void *data, size_t size, mode_t kind);

#endif
