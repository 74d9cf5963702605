#include "signal/disposition.h"

#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include "base/raw.h"
#include "signal/mask.h"
#include "signal/pending.h"
#include "state/lineage.h"

/* The kernel's SA_RESTORER, which some libcs set by themselves and do not hide again. */
enum { RESTORER_FLAG = 0x04000000 };

/* What goes with the application's default, hidden under our handler's own. */
static struct sigaction shadow;
/* siginterrupt(3) was called for SIGPIPE: signal(3) then leaves SA_RESTART out. */
static bool interrupts;
/* Counts the changes of disposition, so that the last one to look is the one believed. */
static unsigned changes;
/* What the kernel had when it could be asked for the last time, and was given since. */
static struct sigaction known;
/* Calls are prepared for a SIGPIPE that would kill. */
static bool prepared;

/* Other libraries' constructors may set the disposition before ours has run. */
static void not_yet(int number, siginfo_t *info, void *context)
{
	(void)number, (void)info, (void)context;
}

static void prepare_nothing(bool deadly)
{
	(void)deadly;
}

static const struct disposition_hooks before_start = {not_yet, not_yet, prepare_nothing, false};
static const struct disposition_hooks *hooks = &before_start;

/* The application's handler that is to be reset by its first signal (SA_RESETHAND). */
static struct sigaction once_action;
/* It has struck where the kernel must not be told: it stands for ours since. */
static bool once_spent;

/* Whether this process may have our handler at all. */
static bool is_wanted(void)
{
	return hooks->wanted && lineage_is_guarded();
}

static bool is_ours(const struct sigaction *action)
{
	return action->sa_sigaction == hooks->handler;
}

static bool is_default(const struct sigaction *action)
{
	return action->sa_handler == SIG_DFL || is_ours(action);
}

/* SA_RESTART: what the application had, a default, would not interrupt its calls. No SA_ONSTACK: an
 * alternate stack may be too small for the frame, which takes 3.3 KiB with AVX-512. Every signal is
 * blocked meanwhile, libc's internal ones included, which sigfillset(3) leaves out: a cancellation
 * must not unwind the shim. */
static struct sigaction our_action(void)
{
	struct sigaction action = {.sa_sigaction = hooks->handler,
				   .sa_flags = SA_SIGINFO | SA_RESTART};
	memset(&action.sa_mask, 0xff, sizeof(action.sa_mask));
	return action;
}

/* What the application is told in place of the kernel's answer. */
static void translate(struct sigaction *action)
{
	if (action->sa_sigaction == hooks->once && once_spent)
		action->sa_sigaction = hooks->handler;
	if (action->sa_sigaction == hooks->once)
		*action = once_action;
	if (!is_ours(action))
		return;
	*action = shadow;
	action->sa_handler = SIG_DFL;
}

static bool kernel_has(struct sigaction *action)
{
	if (!raw_filtered)
		return next.sigaction(SIGPIPE, NULL, action) == 0;
	*action = known;
	return true;
}

static int set(const struct sigaction *action, struct sigaction *old)
{
	struct sigaction wanted = *action; /* `action` and `old` may be the same */
	int result = next.sigaction(SIGPIPE, action, old);
	if (result == 0 && raw_filtered)
		known = wanted;
	return result;
}

/* RESTORER_FLAG where this libc tells it of what it has set, as it just has. */
static int restorer_flag(void)
{
	static int flag;
	struct sigaction now;
	if (!raw_filtered && kernel_has(&now))
		flag = now.sa_flags & RESTORER_FLAG;
	return flag;
}

static void note_shadow(const struct sigaction *action)
{
	shadow = *action;
	shadow.sa_handler = SIG_DFL;
	sigdelset(&shadow.sa_mask, SIGKILL);
	sigdelset(&shadow.sa_mask, SIGSTOP);
}

static enum record_sigpipe told_of(const struct sigaction *action)
{
	return is_default(action)	       ? SIGPIPE_KILL
	       : action->sa_handler == SIG_IGN ? SIGPIPE_IGNORED
					       : SIGPIPE_HANDLED;
}

void disposition_prepare(void)
{
	unsigned seen;
	do {
		struct sigaction now;
		seen = __atomic_load_n(&changes, __ATOMIC_ACQUIRE);
		if (!kernel_has(&now))
			return;
		prepared = is_default(&now);
		hooks->prepare(prepared);
	} while (__atomic_load_n(&changes, __ATOMIC_ACQUIRE) != seen);
}

static void changed(void)
{
	__atomic_add_fetch(&changes, 1, __ATOMIC_ACQ_REL);
	disposition_prepare();
}

static void install(void)
{
	struct sigaction action = our_action();
	set(&action, NULL);
}

static void set_up(void)
{
	struct sigaction now;
	if (!kernel_has(&now))
		return;
	if (now.sa_handler == SIG_DFL && is_wanted()) {
		note_shadow(&now);
		install();
	}
	changed();
}

void disposition_start(const struct disposition_hooks *given)
{
	hooks = given;
	set_up();
}

enum record_sigpipe disposition_refresh(void)
{
	struct sigaction now;
	if (!kernel_has(&now))
		return SIGPIPE_UNKNOWN;
	/* Set past us, by a system call of the program's own. */
	if (now.sa_handler == SIG_DFL && !raw_filtered && is_wanted() && lineage_claim_memory()) {
		note_shadow(&now);
		install();
		changed();
	}
	/* A handler set for once, where no handler of ours stands in its place, has struck. */
	if (now.sa_handler == SIG_DFL && ((unsigned)now.sa_flags & SA_RESETHAND) &&
	    !hooks->wanted && !prepared && lineage_is_guarded()) {
		disposition_prepare();
		return SIGPIPE_HANDLED;
	}
	return told_of(&now);
}

enum record_sigpipe disposition_refresh_for(uint64_t mask)
{
	enum record_sigpipe disposition = disposition_refresh();
	if (disposition == SIGPIPE_KILL && lineage_is_init())
		return SIGPIPE_IGNORED;
	if ((mask & MASK_UNTOUCHED) && disposition != SIGPIPE_IGNORED) /* it could not be asked */
		return SIGPIPE_UNKNOWN;
	return (mask & SIGPIPE_BIT) && disposition != SIGPIPE_IGNORED ? SIGPIPE_BLOCKED
								      : disposition;
}

void disposition_changed(sighandler_t handler)
{
	if (!lineage_claim_memory())
		return;
	known.sa_handler = handler;
	disposition_refresh();
	changed();
}

void disposition_filtered(void)
{
	struct sigaction now;
	if (kernel_has(&now))
		known = now;
}

void disposition_give_back(void)
{
	struct sigaction now, its_own;
	if (!kernel_has(&now))
		return;
	its_own = now;
	translate(&its_own);
	if (its_own.sa_handler != now.sa_handler)
		set(&its_own, NULL);
	known = its_own;
}

void disposition_release(void)
{
	struct sigaction before = shadow;
	set_up();
	shadow = before; /* as it was given back, libc has added a flag of its own */
}

bool disposition_is_ours(void)
{
	struct sigaction now;
	return kernel_has(&now) && is_ours(&now);
}

void disposition_let_take_course(const siginfo_t *info)
{
	struct sigaction plain = {.sa_handler = SIG_DFL};
	if (disposition_is_ours())
		set(&plain, NULL);
	pending_send(info);
	disposition_refresh(); /* still here: process 1 */
}

/* Sets the application's default: our handler stands for it, its flags and mask are remembered. */
static int set_default(const struct sigaction *action, struct sigaction *old)
{
	struct sigaction ours = our_action();
	int result = set(&ours, old);
	if (result != 0)
		return result;
	if (old)
		translate(old);
	note_shadow(action);
	shadow.sa_flags |= restorer_flag();
	changed();
	return 0;
}

/* Sets a handler that the kernel would reset to SIG_DFL, and so past us, when it is called: ours
 * calls it and sets ours up. */
static int set_once(const struct sigaction *action, struct sigaction *old)
{
	struct sigaction ours = *action;
	int result;
	ours.sa_sigaction = hooks->once;
	ours.sa_flags = (int)((unsigned)ours.sa_flags & ~SA_RESETHAND) | SA_SIGINFO;
	result = set(&ours, old);
	if (result != 0)
		return result;
	if (old)
		translate(old);
	once_spent = false;
	once_action = *action;
	once_action.sa_flags |= restorer_flag();
	changed();
	return 0;
}

static bool is_once(const struct sigaction *action)
{
	return ((unsigned)action->sa_flags & SA_RESETHAND) && action->sa_handler != SIG_DFL &&
	       action->sa_handler != SIG_IGN;
}

int disposition_sigaction(const struct sigaction *action, struct sigaction *old)
{
	struct sigaction wanted; /* `action` and `old` may be the same */
	bool ours = action && lineage_claim_memory();
	int result;
	if (action)
		wanted = *action;
	if (ours && wanted.sa_handler == SIG_DFL && is_wanted())
		return set_default(&wanted, old);
	if (ours && is_once(&wanted) && is_wanted())
		return set_once(&wanted, old);
	result = action ? set(action, old) : next.sigaction(SIGPIPE, NULL, old);
	if (result == 0 && old)
		translate(old);
	if (result == 0 && ours)
		changed();
	return result;
}

sighandler_t disposition_signal(sighandler_t (*real)(int, sighandler_t), sighandler_t handler,
				int flags)
{
	struct sigaction action = {.sa_handler = handler, .sa_flags = flags}, old;
	sighandler_t before;
	bool ours = lineage_claim_memory();
	if (ours && handler == SIG_DFL && is_wanted()) {
		if (flags & SA_RESTART) { /* the BSD kind: also blocks the signal itself */
			sigaddset(&action.sa_mask, SIGPIPE);
			if (interrupts)
				action.sa_flags &= ~SA_RESTART;
		}
		return set_default(&action, &old) == 0 ? old.sa_handler : SIG_ERR;
	}
	if (ours && handler != SIG_ERR && is_once(&action) && is_wanted())
		return set_once(&action, &old) == 0 ? old.sa_handler : SIG_ERR;
	before = real(SIGPIPE, handler);
	if (ours && before != SIG_ERR) {
		known.sa_handler = handler;
		changed();
	}
	if ((void *)before == (void *)hooks->once)
		return once_spent ? SIG_DFL : once_action.sa_handler;
	return (void *)before == (void *)hooks->handler ? SIG_DFL : before;
}

sighandler_t disposition_sigset(sighandler_t handler)
{
	struct sigaction action = {.sa_handler = SIG_DFL}, old;
	sigset_t pipe_only, before;
	if (handler != SIG_DFL || !lineage_claim_memory() || !is_wanted())
		return disposition_signal(next.sigset, handler, 0);
	sigemptyset(&pipe_only);
	sigaddset(&pipe_only, SIGPIPE);
	if (set_default(&action, &old) != 0)
		return SIG_ERR;
	/* As sigset(3) does. */
	raw_syscall(SYS_rt_sigprocmask, SIG_UNBLOCK, RAW_ARG(&pipe_only), RAW_ARG(&before),
		    sizeof(uint64_t), 0, 0);
	return sigismember(&before, SIGPIPE) ? SIG_HOLD : old.sa_handler;
}

int disposition_sigignore(void)
{
	int result = next.sigignore(SIGPIPE);
	if (result == 0 && lineage_claim_memory()) {
		known.sa_handler = SIG_IGN;
		changed();
	}
	return result;
}

int disposition_siginterrupt(int interrupt)
{
	int result = next.siginterrupt(SIGPIPE, interrupt);
	if (result != 0 || !lineage_claim_memory())
		return result;
	interrupts = interrupt != 0;
	if (interrupt)
		shadow.sa_flags &= ~SA_RESTART;
	else
		shadow.sa_flags |= SA_RESTART;
	shadow.sa_flags |= restorer_flag();
	return result;
}

/* The kernel does it without a system call. Where none may be made, the handler stays. */
static void reset_once(const struct sigaction *standard)
{
	if (!raw_filtered) {
		set_default(standard, NULL);
		return;
	}
	once_spent = true;
	note_shadow(standard);
	known = our_action();
	changed();
}

bool disposition_spend_once(struct sigaction *action)
{
	struct sigaction standard = once_action;
	if (once_spent)
		return false;
	*action = once_action;
	standard.sa_handler = SIG_DFL;
	reset_once(&standard);
	return true;
}
