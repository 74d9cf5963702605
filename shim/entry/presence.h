/* attach and detach: a guarded program begins and ends. The root attaches at once, a descendant
 * with its first failure, so that quiet ones leave nothing. The end is told with totals, by exit,
 * _exit and exec, after an attach only, and before it the dead child that failures on pipes lacked;
 * a process that is killed tells none, for no handler is installed for it. */
#ifndef BPGUARD_PRESENCE_H
#define BPGUARD_PRESENCE_H

#include <stdbool.h>

#include "record/record.h"

/* Attaches the root. Called once, by the constructor. */
void presence_start(void);

/* Attaches the process if it is not yet; before a failure's record. `sigpipe`: what SIGPIPE would
 * have done to it; the caller may have every signal blocked. Async-signal-safe. */
extern __attribute__((visibility("hidden"))) bool presence_attached;
void presence_attach_now(enum record_sigpipe sigpipe);

static inline void presence_attach(enum record_sigpipe sigpipe)
{
	if (!__atomic_load_n(&presence_attached, __ATOMIC_RELAXED))
		presence_attach_now(sigpipe);
}

/* Detaches, if attached. Keeps errno. Async-signal-safe. */
void presence_end(void);

/* In the child after fork(2): another process, with totals of its own. Async-signal-safe. */
void presence_forked(void);

#endif
