/* The log's fd: opened, known by its identity, followed when it is rotated. For log.c; others
 * use log.h. Async-signal-safe. */
#ifndef BPGUARD_LOG_PLACE_H
#define BPGUARD_LOG_PLACE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

#include "outlets/log.h"

/* What is known of the end of the file at the log's fd. */
extern HIDDEN struct log_end {
	int64_t sound; /* a size that the file had with a newline as its last byte, or 0 */
	bool torn;     /* the last write of ours stopped in the middle of a line */
	bool shared;   /* others write to it too */
} log_end;

static inline int log_own_fd(void)
{
	return __atomic_load_n(&log_fd, __ATOMIC_RELAXED);
}

/* Finds the log, opening it where it is not open or is lost; `file` is what its fd is now. False
 * where it cannot be found. What is written to a file that has lost its last name nobody can read.
 */
bool log_find(struct stat64 *file);

/* Whether our fd is still what we opened. Where that must not be asked, the calls that might put
 * another file there are still seen. */
bool log_is_ours(struct stat64 *file);

/* Whether what may be in vain is to be tried: once a tick of the coarse clock (1 to 10 ms). */
bool log_is_due(void);

/* Goes over to what is at the path now. False where that cannot be: the old file is still ours. */
bool log_follow(struct stat64 *file);

#endif
