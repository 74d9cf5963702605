/* Which pipes are pipelines, whose writers are meant to end by SIGPIPE: in an executed program
 * every pipe, FIFO and unnamed socketpair; in a forked child of the root what has become its stdout
 * or stderr, known by the pipe's identity, not by the fd's number. */
#ifndef BPGUARD_PIPELINE_H
#define BPGUARD_PIPELINE_H

#include <stdbool.h>

#include "state/lineage.h"
#include "state/settings.h"

/* Notes what stdout and stderr are at the start. */
void pipeline_start(void);

/* Notes that `fd` has become something else: what a forked child of the root
 * is given as 1 or 2 is a pipeline. Async-signal-safe. */
void pipeline_note_output(int fd);

/* Whether a broken write to `fd` is to end this process as it would unguarded; -1: not known which
 * fd, then whether stdout or stderr is such a pipe and broken. Async-signal-safe. */
bool pipeline_ends_below(int fd); /* in a process below the first one */

static inline bool pipeline_ends_by(int fd)
{
	return !lineage_is_root() && settings.children == CHILDREN_PIPELINES &&
	       pipeline_ends_below(fd);
}

#endif
