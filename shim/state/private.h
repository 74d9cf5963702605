/* Numbers of fds that the application cannot have: some way above its soft RLIMIT_NOFILE, where the
 * hard one leaves room. An fd there takes none of the application's numbers, and is not met by
 * programs that look at each number up to sysconf(_SC_OPEN_MAX), or at that one. The kernel asks
 * for the limit only when it gives a number, not when it is used. */
#ifndef BPGUARD_PRIVATE_H
#define BPGUARD_PRIVATE_H

#include <stdint.h>

/* Moves `fd` there, closed on exec, for which the soft limit is raised for a moment; a limit that
 * the application sets in that moment is kept. Where there is no room there, or so far up that
 * forks would get slower, `fd` goes to the highest free number below. Returns the new number, or
 * the old one where none is free. Async-signal-safe. */
int private_move(int fd);

/* The same, or -1 where there is no room above the limit: `fd` then stays. */
int private_move_above(int fd);

/* Calls `open_it`, which returns a new fd or -errno, and returns that; where none is free below the
 * limit, once more with the limit raised. The fd is still to be moved. Async-signal-safe, if
 * `open_it` is. */
int private_open(int (*open_it)(void));

/* In the child after fork(2): a limit that another thread had raised is put back. */
void private_forked(void);

/* Around a call of libc's that makes a child and executes: that is not to inherit a raised limit,
 * so none is raised meanwhile. Async-signal-safe. */
void private_before_spawn(void);
void private_after_spawn(void);

/* The same, in a vfork child of `parent` that is about to execute. Async-signal-safe. */
void private_before_exec(long parent);

/* How many fds lie there, at `limit` or above. Async-signal-safe. */
int64_t private_count(int64_t limit);

#endif
