/* Numbers of fds that the application cannot have: from its soft RLIMIT_NOFILE on, where the hard
 * one leaves room. An fd there takes none of the application's numbers, and is not met by programs
 * that look at each number up to sysconf(_SC_OPEN_MAX). The kernel asks for the limit only when it
 * gives a number, not when it is used. */
#ifndef BPGUARD_PRIVATE_H
#define BPGUARD_PRIVATE_H

#include <stdint.h>

/* Moves `fd` there, closed on exec, for which the soft limit is raised for a moment: only until
 * private_end(), since an application that set its limit meanwhile would lose that. Returns the new
 * number, or -1 where there is no room or it is too late. */
int private_move(int fd);

/* The program's own code is about to begin. */
void private_end(void);

/* How many fds lie there, at `limit` or above. Async-signal-safe. */
int64_t private_count(int64_t limit);

#endif
