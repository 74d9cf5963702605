/* Outlet: JSON lines to a file, stderr, syslog or the journal, by one fd of our own. It is opened
 * when it is first needed, or just before the program gives up its way to it: one in which nothing
 * fails has none. The application may close or reuse any number, so it lies beyond them or at a
 * high free one, is no open one to our close, dup, fcntl and fstat, and is identified before each
 * write. A file that was rotated or
 * removed is made anew at its path, a daemon that was restarted is connected to again.
 * Async-signal-safe but for log_start and log_try. */
#ifndef BPGUARD_LOG_H
#define BPGUARD_LOG_H

#include <stdbool.h>
#include <stddef.h>

#include "record/record.h"
#include "state/next.h"

/* The log's fd, -1 where the log is off. Compared by close and its kin. */
extern HIDDEN int log_fd;

/* The program's own fd that the log is to be a copy of: 2, or -1. */
extern HIDDEN int log_source;

/* A log is wanted, whether or not it is open. */
extern HIDDEN bool log_wanted;

/* Notes what BPGUARD_LOG names. */
void log_start(void);

/* Opens it, or says in one line on stderr that it cannot be opened. */
void log_try(void);

/* Closes it: what there was to be told at the start has been. Only while no other thread may fail.
 */
void log_rest(void);

/* The program is about to give up its way to the log (chroot, another user, a stderr that is the
 * log): opens it. Not in a child that shares its parent's memory, whose way stays. Keeps errno. */
void log_keep(void);

static inline bool log_is_on(void)
{
	return log_wanted;
}

static inline bool log_is_to_be_opened(void)
{
	return log_wanted && __atomic_load_n(&log_fd, __ATOMIC_RELAXED) < 0;
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
