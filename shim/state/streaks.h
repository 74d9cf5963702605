/* Failures in a row on one open socket or pipe, counted by what it is and not by its fd's number: a
 * server whose connections fail once each and take turns at fd 7 has no streak. A program that
 * never looks at errors has. Async-signal-safe. */
#ifndef BPGUARD_STREAKS_H
#define BPGUARD_STREAKS_H

#include <stdint.h>

/* Counts a failure on the socket or pipe of that identity (fd_cookie() or fd_pipe_identity(); 0:
 * not known). Returns the how-manieth in a row it is, or -1 where that is not known. Some 8,000 are
 * remembered; of those that failed the longest time ago, one is forgotten for a new one. */
int64_t streaks_count(uint64_t identity);

#endif
