/* The guard's handlers that stand in for what the application made of SIGPIPE, for all that no call
 * sees. The kernel is the only truth: it is asked, and a stand-in in its answer is told as what it
 * stands for. All async-signal-safe. */
#ifndef BPGUARD_STAND_IN_H
#define BPGUARD_STAND_IN_H

#include <signal.h>
#include <stdbool.h>

#include "state/next.h"

typedef void signal_handler(int number, siginfo_t *info, void *context);

enum stand_in {
	FOR_DEFAULT, /* SIG_DFL */
	FOR_HANDLER, /* a handler of the application's: with its flags and mask, and calls it */
	FOR_IGNORED, /* SIG_IGN, so that failures are seen */
	STAND_INS,
};

/* Each its own; not changed after. Before, there are none. */
void stand_in_start(signal_handler *const handlers[STAND_INS]);

/* What the kernel has; under a seccomp filter what it had when it could be asked for the last time,
 * and was given since. False where that is not known. */
bool stand_in_kernel_has(struct sigaction *action);

/* The one that `action` is; STAND_INS where it is what the application set. */
enum stand_in stand_in_of(const struct sigaction *action);

/* What the application is told in place of the kernel's answer. */
void stand_in_translate(struct sigaction *action);

/* sigaction(2): sets what the application wants, with a stand-in in its place; stand_in_set_bare()
 * with none. `old` is what the application is told; it may be NULL, or `action` itself. */
int stand_in_set(const struct sigaction *action, struct sigaction *old);
int stand_in_set_bare(const struct sigaction *action, struct sigaction *old);

/* Sets one in place of `now`, which the kernel has, past us or from before the start. */
void stand_in_replace(const struct sigaction *now);

/* What was set without stand_in_set_bare() is `action` now: for when the kernel cannot be asked. */
void stand_in_note(const struct sigaction *action);

/* siginterrupt(3) has set SA_RESTART, or taken it out, for a default too. */
void stand_in_interrupts(bool interrupts);

/* The flags and the mask of what FOR_DEFAULT stands for, as they are to be put back. */
struct sigaction stand_in_shadow(void);
void stand_in_set_shadow(const struct sigaction *shadow);

/* The signal came to the application's handler, which is returned to be called. */
signal_handler *stand_in_handler(void);

/* Whether it is to be reset by its first signal (SA_RESETHAND), which the kernel would do past us.
 */
bool stand_in_is_for_once(void);

/* Resets it: FOR_DEFAULT takes its place, or, where no system call may be made, its stand-in stays
 * and counts as that. False where that has happened before. */
bool stand_in_spend(void);

/* SIG_IGN itself in place of its stand-in, and back; neither where no system call may be made, nor
 * where the application has set something else. No memory is changed. */
void stand_in_withdraw(void);
void stand_in_return(void);

#endif
