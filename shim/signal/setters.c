#include "signal/setters.h"

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>

#include "signal/disposition.h"
#include "signal/mask.h"
#include "state/lineage.h"

/* siginterrupt(3) was called for SIGPIPE: signal(3) then leaves SA_RESTART out. */
static bool interrupts;

/* Past disposition_sigaction(): libc's own function does it. */
static sighandler_t set_really(sighandler_t (*real)(int, sighandler_t), sighandler_t handler)
{
	struct sigaction before = {.sa_handler = real(SIGPIPE, handler)};
	if (before.sa_handler == SIG_ERR)
		return SIG_ERR;
	stand_in_translate(&before);
	if (handler != SIG_HOLD)
		disposition_changed(handler);
	return before.sa_handler;
}

sighandler_t setters_signal(sighandler_t (*real)(int, sighandler_t), sighandler_t handler,
			    int flags)
{
	struct sigaction action = {.sa_handler = handler, .sa_flags = flags}, old;
	if (handler == SIG_ERR || !disposition_is_managed())
		return set_really(real, handler);
	if (flags & SA_RESTART) { /* the BSD kind: also blocks the signal itself */
		sigaddset(&action.sa_mask, SIGPIPE);
		if (interrupts)
			action.sa_flags &= ~SA_RESTART;
	}
	return disposition_sigaction(&action, &old) == 0 ? old.sa_handler : SIG_ERR;
}

sighandler_t setters_sigset(sighandler_t handler)
{
	struct sigaction action = {.sa_handler = handler}, old;
	uint64_t before;
	if (handler == SIG_ERR || handler == SIG_HOLD || !disposition_is_managed())
		return set_really(next.sigset, handler);
	if (disposition_sigaction(&action, &old) != 0)
		return SIG_ERR;
	/* As sigset(3) does. */
	raw_syscall(SYS_rt_sigprocmask, SIG_UNBLOCK, RAW_ARG(&(uint64_t){SIGPIPE_BIT}),
		    RAW_ARG(&before), sizeof(before), 0, 0);
	return before & SIGPIPE_BIT ? SIG_HOLD : old.sa_handler;
}

int setters_sigignore(void)
{
	struct sigaction action = {.sa_handler = SIG_IGN};
	return disposition_sigaction(&action, NULL);
}

int setters_siginterrupt(int interrupt)
{
	int result = next.siginterrupt(SIGPIPE, interrupt);
	if (result != 0 || !lineage_claim_memory())
		return result;
	interrupts = interrupt != 0;
	stand_in_interrupts(interrupts);
	return result;
}
