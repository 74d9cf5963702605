/* SIGPIPE's disposition: what it would do to the application, and what the application is told of
 * it, which the guard's stand-ins (stand_in.h) must not hide. */
#ifndef BPGUARD_DISPOSITION_H
#define BPGUARD_DISPOSITION_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

#include "contract/record.h"
#include "signal/stand_in.h"

/* What the guard puts in SIGPIPE's way. */
struct disposition_hooks {
	signal_handler *handlers[STAND_INS];
	/* Has calls prepare for a SIGPIPE that would, or would not, end the process.
	 * Async-signal-safe. */
	void (*prepare)(bool deadly);
	bool wanted;	      /* the mode has stand-ins at all */
	bool watches;	      /* one for SIG_IGN, too */
	bool begins_to_watch; /* one that was inherited, at once */
};

/* Sets stand-ins up where they are wanted. `hooks` stay. */
void disposition_start(const struct disposition_hooks *hooks);

/* sigaction(2) for SIGPIPE. Async-signal-safe. */
int disposition_sigaction(const struct sigaction *action, struct sigaction *old);

/* Whether what the application sets is set by disposition_sigaction() alone: not where no stand-in
 * is wanted, nor in a child that shares its parent's memory. Async-signal-safe. */
bool disposition_is_managed(void);

/* Where SIGPIPE was found ignored, its failures are watched from now on: else they are from the
 * first one on that a call sees. Async-signal-safe. */
void disposition_watch(void);

/* What SIGPIPE would do: KILL, IGNORED or HANDLED. A question that also sets a stand-in up again
 * where the default was set past us, hence not is_. Async-signal-safe. */
enum record_sigpipe disposition_refresh(void);

/* What SIGPIPE would do to a thread whose own mask is `mask`, for records: as
 * disposition_refresh(), and BLOCKED; IGNORED for process 1, to which a default does nothing;
 * UNKNOWN where the mask could not be asked for. Async-signal-safe. */
enum record_sigpipe disposition_refresh_for(uint64_t mask);

/* Whether failures of what no call sees go by unseen: SIGPIPE is ignored, and nothing stands in for
 * that. Async-signal-safe. */
bool disposition_hides_failures(void);

/* Whether a stand-in is what the kernel has. Async-signal-safe. */
bool disposition_is_ours(void);

/* The disposition was changed to `handler` past the functions above: has calls prepare for it.
 * Async-signal-safe. */
void disposition_changed(sighandler_t handler);

/* From now on no system call is to be made: the kernel is asked once more, and what the application
 * sets is believed after. disposition_release() takes that back. */
void disposition_filtered(void);
void disposition_release(void);

/* Puts back what the application set, for good: nothing of ours is left in SIGPIPE's way. */
void disposition_give_back(void);

/* Has calls prepare for the disposition as it is. Async-signal-safe. */
void disposition_prepare(void);

/* SIGPIPE takes its usual course: as `info` says, NULL for the kernel's own. Returns only where
 * that is not death (process 1). Async-signal-safe. */
void disposition_let_take_course(const siginfo_t *info);

/* The signal came to the application's handler, which is returned to be called, and reset where it
 * was set for once. NULL where that has happened before: then it finds the default.
 * Async-signal-safe. */
signal_handler *disposition_enter_handler(void);

/* Between these, SIG_IGN itself is what the kernel has where the application has set that: a
 * program that is executed inherits it. Pairs of several threads may overlap.
 * disposition_before_exec() returns what disposition_after_exec() takes; in a child that shares its
 * parent's memory both change the child's own alone. In the child after fork(2),
 * disposition_forked() ends what the other threads began. Async-signal-safe. */
bool disposition_before_exec(void);
void disposition_after_exec(bool begun);
void disposition_forked(void);

#endif
