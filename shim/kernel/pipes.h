/* What kind of pipe an fd is. Async-signal-safe. */
#ifndef BPGUARD_PIPES_H
#define BPGUARD_PIPES_H

#include <linux/magic.h>
#include <stdbool.h>
#include <sys/vfs.h>

#include "base/raw.h"

/* Whether a pipe was made by pipe(2), not opened by name: it lies on pipefs (fs/pipe.c). */
static inline bool pipe_is_anonymous(int fd)
{
	struct statfs system;
	return RAW2(SYS_fstatfs, fd, &system) == 0 && system.f_type == PIPEFS_MAGIC;
}

#endif
