/* The SIGPIPE handler for all that no call sees, and the application's own disposition, which the
 * handler must not hide. The kernel is the only truth about SIGPIPE: it is asked, and the backstop
 * in its answer is told as SIG_DFL. */
#ifndef BPGUARD_BACKSTOP_H
#define BPGUARD_BACKSTOP_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

#include "record/record.h"
#include "state/next.h"

/* Sets the backstop up where SIGPIPE would kill and BPGUARD_PROTECT lets us. */
void backstop_start(void);

/* sigaction(2) for SIGPIPE. Async-signal-safe. */
int backstop_sigaction(const struct sigaction *action, struct sigaction *old);

/* signal(3) and its kin for SIGPIPE: `real` is the next function, `flags` what it gives SIG_DFL.
 * Async-signal-safe. */
sighandler_t backstop_signal(sighandler_t (*real)(int, sighandler_t), sighandler_t handler,
			     int flags);

/* sigset(3) for SIGPIPE. Async-signal-safe. */
sighandler_t backstop_sigset(sighandler_t handler);

/* sigignore(3) for SIGPIPE. Async-signal-safe. */
int backstop_sigignore(void);

/* siginterrupt(3) for SIGPIPE. Async-signal-safe. */
int backstop_siginterrupt(int interrupt);

/* Asks the kernel what SIGPIPE would do, and sets the backstop up again where the default was set
 * past us. KILL, IGNORED or HANDLED. Async-signal-safe. */
enum bpguard_sigpipe backstop_refresh(void);

/* What SIGPIPE would do now to a thread whose own mask is `mask`, for records: as backstop_refresh,
 * and BLOCKED; IGNORED for process 1, to which a default does nothing; UNKNOWN where the mask could
 * not be asked for. Async-signal-safe. */
enum bpguard_sigpipe backstop_sigpipe(uint64_t mask);

/* The disposition was changed to `handler` past the functions above: has the guard prepare for it.
 * Async-signal-safe. */
void backstop_changed(sighandler_t handler);

/* From now on no system call is to be made: the kernel is asked once more, and what the application
 * sets is believed after. Where a broken write may have to end the process
 * (BPGUARD_PROTECT=observe, a pipeline's writer), it goes unguarded. backstop_release() takes that
 * back. */
void backstop_confine(void);
void backstop_release(void);

/* Has the guard prepare for the disposition as it is. Async-signal-safe. */
void backstop_prepare(void);

/* Puts SIG_DFL back for good or for the time that a death takes; no-op without the backstop.
 * Async-signal-safe. */
void backstop_remove(void);

#endif
