#include "signal/stand_in.h"

#include <stddef.h>
#include <string.h>

#include "base/raw.h"

/* The kernel's SA_RESTORER, which some libcs set by themselves and do not hide again. */
enum { RESTORER_FLAG = 0x04000000 };
/* Flags that a handler's stand-in has otherwise than the handler. */
enum { CHANGED_FLAGS = (int)(SA_SIGINFO | SA_RESETHAND) };

enum { MOST_EXCHANGES = 8 };

static signal_handler *const *stand_ins;
/* What goes with the application's SIG_DFL or SIG_IGN, hidden under our handler's own. */
static struct sigaction shadow;
/* What the kernel had when it could be asked for the last time, and was given since. */
static struct sigaction known;

/* The application's handler, behind our own. */
struct handler {
	signal_handler *function;
	int flags;
	bool spent; /* to be reset by its first signal, and has had it: stands for the default */
};
static struct handler handler;

void stand_in_start(signal_handler *const handlers[STAND_INS])
{
	stand_ins = handlers;
}

enum stand_in stand_in_of(const struct sigaction *action)
{
	enum stand_in at = stand_ins ? 0 : STAND_INS;
	while (at < STAND_INS && action->sa_sigaction != stand_ins[at])
		at++;
	return at == FOR_HANDLER && handler.spent ? FOR_DEFAULT : at;
}

static void translate(struct sigaction *action, const struct handler *its)
{
	enum stand_in stand_in = stand_in_of(action);
	if (stand_in == FOR_HANDLER) {
		action->sa_sigaction = its->function;
		action->sa_flags =
		    (action->sa_flags & ~CHANGED_FLAGS) | (its->flags & CHANGED_FLAGS);
	} else if (stand_in != STAND_INS) {
		*action = shadow;
		action->sa_handler = stand_in == FOR_DEFAULT ? SIG_DFL : SIG_IGN;
	}
}

void stand_in_translate(struct sigaction *action)
{
	translate(action, &handler);
}

bool stand_in_kernel_has(struct sigaction *action)
{
	if (!raw_filtered)
		return next.sigaction(SIGPIPE, NULL, action) == 0;
	*action = known;
	return true;
}

void stand_in_note(const struct sigaction *action)
{
	known = *action;
}

/* For SIG_DFL or SIG_IGN. SA_RESTART: what the application had would not interrupt its calls. No
 * SA_ONSTACK: an alternate stack may be too small for the frame, which takes 3.3 KiB with AVX-512.
 * Every signal is blocked meanwhile, libc's internal ones included, which sigfillset(3) leaves out:
 * a cancellation must not unwind the shim. */
static struct sigaction standing_for(enum stand_in what)
{
	struct sigaction action = {.sa_sigaction = stand_ins[what],
				   .sa_flags = SA_SIGINFO | SA_RESTART};
	memset(&action.sa_mask, 0xff, sizeof(action.sa_mask));
	return action;
}

static int set(const struct sigaction *action, struct sigaction *old)
{
	struct sigaction wanted = *action;
	int result = next.sigaction(SIGPIPE, action, old);
	if (result == 0 && raw_filtered)
		known = wanted;
	return result;
}

/* Sets `to` in place of `expected`. Where another thread has set something else since the kernel
 * was asked, that is put back. */
static void exchange(const struct sigaction *to, sighandler_t expected)
{
	struct sigaction was, mine = *to;
	for (int i = 0; i < MOST_EXCHANGES; i++) {
		struct sigaction set_now = mine;
		if (set(&set_now, &was) != 0 || was.sa_handler == expected)
			return;
		expected = mine.sa_handler;
		mine = was;
	}
}

int stand_in_set_bare(const struct sigaction *action, struct sigaction *old)
{
	int result = set(action, old);
	if (result == 0 && old)
		translate(old, &handler);
	return result;
}

/* RESTORER_FLAG where this libc tells it of what it has set, as it just has. */
static int restorer_flag(void)
{
	static int flag;
	struct sigaction now;
	if (!raw_filtered && stand_in_kernel_has(&now))
		flag = now.sa_flags & RESTORER_FLAG;
	return flag;
}

void stand_in_set_shadow(const struct sigaction *action)
{
	shadow = *action;
	sigdelset(&shadow.sa_mask, SIGKILL);
	sigdelset(&shadow.sa_mask, SIGSTOP);
}

struct sigaction stand_in_shadow(void)
{
	return shadow;
}

/* Flags and mask are remembered. Setting SIG_IGN itself before drops a signal that is pending,
 * which a handler would find later. */
static int set_standing(enum stand_in what, const struct sigaction *action, struct sigaction *old)
{
	struct sigaction wanted = *action, ours = standing_for(what);
	int result = stand_in_set_bare(what == FOR_IGNORED ? action : &ours, old);
	if (result != 0)
		return result;
	if (what == FOR_IGNORED)
		exchange(&ours, SIG_IGN);
	stand_in_set_shadow(&wanted);
	shadow.sa_flags |= restorer_flag();
	return 0;
}

/* The handler is known before it can be called for. */
static int set_handler(const struct sigaction *action, struct sigaction *old)
{
	struct handler before = handler;
	struct sigaction ours = *action;
	int result;
	ours.sa_sigaction = stand_ins[FOR_HANDLER];
	ours.sa_flags = (action->sa_flags & ~CHANGED_FLAGS) | SA_SIGINFO;
	handler = (struct handler){action->sa_sigaction, action->sa_flags, false};
	result = set(&ours, old);
	if (result != 0)
		handler = before;
	else if (old)
		translate(old, &before);
	return result;
}

int stand_in_set(const struct sigaction *action, struct sigaction *old)
{
	return action->sa_handler == SIG_DFL   ? set_standing(FOR_DEFAULT, action, old)
	       : action->sa_handler == SIG_IGN ? set_standing(FOR_IGNORED, action, old)
					       : set_handler(action, old);
}

void stand_in_replace(const struct sigaction *now)
{
	enum stand_in what = now->sa_handler == SIG_IGN ? FOR_IGNORED : FOR_DEFAULT;
	struct sigaction ours = standing_for(what);
	if (now->sa_handler != SIG_DFL && now->sa_handler != SIG_IGN) {
		stand_in_set(now, NULL);
		return;
	}
	stand_in_set_shadow(now); /* it has what belongs to it already */
	exchange(&ours, now->sa_handler);
}

void stand_in_interrupts(bool interrupts)
{
	if (interrupts)
		shadow.sa_flags &= ~SA_RESTART;
	else
		shadow.sa_flags |= SA_RESTART;
	shadow.sa_flags |= restorer_flag();
}

signal_handler *stand_in_handler(void)
{
	return handler.function;
}

bool stand_in_is_for_once(void)
{
	return (unsigned)handler.flags & SA_RESETHAND;
}

/* As the kernel does it: the default has the flags and the mask that the handler had. */
bool stand_in_spend(void)
{
	struct sigaction standard;
	if (!stand_in_kernel_has(&standard))
		return true;
	translate(&standard, &handler);
	standard.sa_handler = SIG_DFL;
	if (__atomic_exchange_n(&handler.spent, true, __ATOMIC_SEQ_CST))
		return false;
	if (!raw_filtered) {
		set_standing(FOR_DEFAULT, &standard, NULL);
	} else {
		stand_in_set_shadow(&standard);
		known = standing_for(FOR_DEFAULT);
	}
	return true;
}

void stand_in_withdraw(void)
{
	struct sigaction now, ignored = shadow;
	ignored.sa_handler = SIG_IGN;
	if (!raw_filtered && stand_in_kernel_has(&now) && stand_in_of(&now) == FOR_IGNORED)
		exchange(&ignored, now.sa_handler);
}

void stand_in_return(void)
{
	struct sigaction now, ours = standing_for(FOR_IGNORED);
	if (!raw_filtered && stand_in_kernel_has(&now) && now.sa_handler == SIG_IGN)
		exchange(&ours, SIG_IGN);
}
