/* Outlet: JSON lines to a file, stderr, syslog or the journal, by one fd of our own. The
 * application may close or reuse any number, so it lies beyond them or at the highest free one, is
 * spared by our close and its kin, and is identified before each write. A file that was rotated or
 * removed is made anew at its path, a daemon that was restarted is connected to again.
 * Async-signal-safe but for log_start. */
#ifndef BPGUARD_LOG_H
#define BPGUARD_LOG_H

#include <stdbool.h>
#include <stddef.h>

#include "record/record.h"
#include "state/next.h"

/* The log's fd, -1 where the log is off. Compared by close and its kin. */
extern HIDDEN int log_fd;

/* A log is wanted, whether or not it could be opened. */
extern HIDDEN bool log_wanted;

/* Opens what BPGUARD_LOG names. */
void log_start(void);

static inline bool log_is_on(void)
{
	return log_wanted;
}

/* Writes the record as one line with one write(2), put together in `text`. Never blocks. Returns
 * false where it could not be written, or not whole. `around` is for a look at what others have
 * written; both are of `size`. */
bool log_write(const struct record *record, char *text, char *around, size_t size);

/* In the child after fork(2): no other thread of this process is opening the log. */
void log_forked(void);

/* Whether `fd` is the log's, and nothing else has taken its number. */
bool log_is_at(int fd);

/* From now on no system call but write(2) is to be made: the log stays on only where that suffices,
 * for a file of no limited size that is open. log_release() takes it back. */
void log_filtered(void);
void log_release(void);

/* The application is about to put something else at the fd's number: moves away from it. */
void log_make_room(void);

#endif
