/* SIGPIPE's disposition: the guard's handler for all that no call sees, and the application's own
 * disposition, which it must not hide. The kernel is the only truth about SIGPIPE: it is asked, and
 * the handler in its answer is told as SIG_DFL. */
#ifndef BPGUARD_DISPOSITION_H
#define BPGUARD_DISPOSITION_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

#include "contract/record.h"
#include "state/next.h"

/* What the guard puts in SIGPIPE's way. */
struct disposition_hooks {
	/* The handler; and one that stands for a handler of the application's that is to be reset
	 * by its first signal (SA_RESETHAND), which the kernel would do past us. */
	void (*handler)(int number, siginfo_t *info, void *context);
	void (*once)(int number, siginfo_t *info, void *context);
	/* Has calls prepare for a SIGPIPE that would, or would not, end the process.
	 * Async-signal-safe. */
	void (*prepare)(bool deadly);
	bool wanted; /* the mode has a handler at all */
};

/* Sets the handler up where SIGPIPE would kill and it is wanted. `hooks` stay. */
void disposition_start(const struct disposition_hooks *hooks);

/* sigaction(2) for SIGPIPE. Async-signal-safe. */
int disposition_sigaction(const struct sigaction *action, struct sigaction *old);

/* signal(3) and its kin for SIGPIPE: `real` is the next function, `flags` what it gives SIG_DFL.
 * Async-signal-safe. */
sighandler_t disposition_signal(sighandler_t (*real)(int, sighandler_t), sighandler_t handler,
				int flags);

/* sigset(3), sigignore(3), siginterrupt(3) for SIGPIPE. Async-signal-safe. */
sighandler_t disposition_sigset(sighandler_t handler);
int disposition_sigignore(void);
int disposition_siginterrupt(int interrupt);

/* What SIGPIPE would do: KILL, IGNORED or HANDLED. A question that also sets the handler up again
 * where the default was set past us, hence not is_. Async-signal-safe. */
enum record_sigpipe disposition_refresh(void);

/* What SIGPIPE would do to a thread whose own mask is `mask`, for records: as
 * disposition_refresh(), and BLOCKED; IGNORED for process 1, to which a default does nothing;
 * UNKNOWN where the mask could not be asked for. Async-signal-safe. */
enum record_sigpipe disposition_refresh_for(uint64_t mask);

/* Whether the guard's handler is the one that the kernel has. Async-signal-safe. */
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

/* The application's handler for once has got its signal: it is reset, and returned to be called.
 * The handler stays where no system call may be made, and stands for the guard's from then on.
 * False where that has happened before. Async-signal-safe. */
bool disposition_spend_once(struct sigaction *action);

#endif
