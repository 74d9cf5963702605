#include "signal/disposition.h"

#include <stddef.h>

#include "base/raw.h"
#include "signal/mask.h"
#include "signal/pending.h"
#include "state/lineage.h"

/* Counts the changes of disposition, so that the last one to look is the one believed. */
static unsigned changes;
/* Calls are prepared for a SIGPIPE that would kill. */
static bool prepared;

/* Other libraries' constructors may set the disposition before ours has run. */
static void prepare_nothing(bool deadly)
{
	(void)deadly;
}

static const struct disposition_hooks before_start = {.prepare = prepare_nothing};
static const struct disposition_hooks *hooks = &before_start;

/* Executions under way, for which SIG_IGN itself is in place; MOVING while that changes. */
enum { MOVING = -1 };
static int executions;

/* Whether this process may have stand-ins at all. */
static bool is_wanted(void)
{
	return hooks->wanted && lineage_is_guarded();
}

bool disposition_is_managed(void)
{
	return lineage_claim_memory() && is_wanted();
}

/* Whether one is to stand in for `action`. For SIG_IGN not where no system call may be made: what
 * is executed could not be given it. */
static bool has_stand_in(const struct sigaction *action)
{
	return action->sa_handler != SIG_IGN ||
	       (hooks->watches && !raw_filtered &&
		__atomic_load_n(&executions, __ATOMIC_SEQ_CST) == 0);
}

static enum record_sigpipe told_of(struct sigaction action)
{
	stand_in_translate(&action);
	return action.sa_handler == SIG_DFL   ? SIGPIPE_KILL
	       : action.sa_handler == SIG_IGN ? SIGPIPE_IGNORED
					      : SIGPIPE_HANDLED;
}

void disposition_prepare(void)
{
	unsigned seen;
	do {
		struct sigaction now;
		seen = __atomic_load_n(&changes, __ATOMIC_ACQUIRE);
		if (!stand_in_kernel_has(&now))
			return;
		prepared = told_of(now) == SIGPIPE_KILL;
		hooks->prepare(prepared);
	} while (__atomic_load_n(&changes, __ATOMIC_ACQUIRE) != seen);
}

static void changed(void)
{
	__atomic_add_fetch(&changes, 1, __ATOMIC_ACQ_REL);
	disposition_prepare();
}

static void set_up(void)
{
	struct sigaction now;
	if (!stand_in_kernel_has(&now))
		return;
	if (stand_in_of(&now) == STAND_INS && is_wanted() && has_stand_in(&now))
		stand_in_replace(&now);
	changed();
}

void disposition_start(const struct disposition_hooks *given)
{
	struct sigaction now;
	hooks = given;
	stand_in_start(hooks->handlers);
	if (!hooks->begins_to_watch && stand_in_kernel_has(&now) && now.sa_handler == SIG_IGN)
		changed();
	else
		set_up();
}

/* Whether the application set it past us, by a system call of its own. A handler that it set so is
 * left as it is: a runtime may look for it. */
static bool is_set_past_us(const struct sigaction *now)
{
	return (now->sa_handler == SIG_DFL || now->sa_handler == SIG_IGN) && has_stand_in(now) &&
	       !raw_filtered && disposition_is_managed();
}

enum record_sigpipe disposition_refresh(void)
{
	struct sigaction now;
	if (!stand_in_kernel_has(&now))
		return SIGPIPE_UNKNOWN;
	if (is_set_past_us(&now)) {
		stand_in_replace(&now);
		changed();
	}
	/* A handler set for once, where no stand-in is wanted, has struck. */
	if (now.sa_handler == SIG_DFL && ((unsigned)now.sa_flags & SA_RESETHAND) &&
	    !hooks->wanted && !prepared && lineage_is_guarded()) {
		disposition_prepare();
		return SIGPIPE_HANDLED;
	}
	return told_of(now);
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
	stand_in_note(&(struct sigaction){.sa_handler = handler});
	disposition_refresh();
	changed();
}

void disposition_give_back(void)
{
	struct sigaction its_own;
	bool ours = disposition_is_ours();
	if (!stand_in_kernel_has(&its_own))
		return;
	stand_in_translate(&its_own);
	if (ours)
		stand_in_set_bare(&its_own, NULL);
	stand_in_note(&its_own);
}

void disposition_filtered(void)
{
	struct sigaction now;
	if (!stand_in_kernel_has(&now))
		return;
	stand_in_note(&now);
	if (stand_in_of(&now) == FOR_IGNORED)
		disposition_give_back();
}

void disposition_release(void)
{
	struct sigaction before = stand_in_shadow();
	set_up();
	stand_in_set_shadow(&before); /* as it was given back, libc has added a flag of its own */
}

void disposition_watch(void)
{
	if (hooks->watches)
		disposition_refresh();
}

bool disposition_hides_failures(void)
{
	struct sigaction now;
	return stand_in_kernel_has(&now) && now.sa_handler == SIG_IGN &&
	       __atomic_load_n(&executions, __ATOMIC_SEQ_CST) == 0;
}

bool disposition_is_ours(void)
{
	struct sigaction now;
	return stand_in_kernel_has(&now) && stand_in_of(&now) != STAND_INS;
}

void disposition_let_take_course(const siginfo_t *info)
{
	struct sigaction plain = {.sa_handler = SIG_DFL}, now;
	if (stand_in_kernel_has(&now) && stand_in_of(&now) == FOR_DEFAULT)
		stand_in_set_bare(&plain, NULL);
	pending_send(info);
	disposition_refresh(); /* still here: process 1 */
}

int disposition_sigaction(const struct sigaction *action, struct sigaction *old)
{
	bool ours = action && lineage_claim_memory();
	int result;
	if (action && ours && is_wanted() && has_stand_in(action))
		result = stand_in_set(action, old);
	else if (action)
		result = stand_in_set_bare(action, old);
	else if ((result = next.sigaction(SIGPIPE, NULL, old)) == 0 && old)
		stand_in_translate(old);
	if (result == 0 && ours)
		changed();
	return result;
}

signal_handler *disposition_enter_handler(void)
{
	static const struct sigaction plain = {.sa_handler = SIG_DFL};
	signal_handler *handler = stand_in_handler();
	if (!stand_in_is_for_once())
		return handler;
	if (!lineage_claim_memory()) {
		next.sigaction(SIGPIPE, &plain, NULL);
		return handler;
	}
	if (!stand_in_spend())
		return NULL;
	changed();
	return handler;
}

/* One execution more or less, where others are under way that hold SIG_IGN in place. Else takes the
 * move for the caller to make, and returns false. A thread that moves has every signal blocked. */
static bool joins(int step)
{
	enum { MOST_TRIES = 1000000 }; /* a thread that moves may be stopped */
	int alone = step > 0 ? 0 : 1;
	for (int i = 0; i < MOST_TRIES; i++) {
		int seen = __atomic_load_n(&executions, __ATOMIC_SEQ_CST);
		if (seen == 0 && step < 0)
			return true; /* begun by whom this process was forked from */
		if (seen == MOVING)
			raw_syscall(SYS_sched_yield, 0, 0, 0, 0, 0, 0);
		else if (__atomic_compare_exchange_n(&executions, &seen,
						     seen == alone ? MOVING : seen + step, false,
						     __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
			return seen != alone;
	}
	return true;
}

static void count_execution(int step)
{
	uint64_t mask = mask_block_all();
	if (!joins(step)) {
		if (step > 0)
			stand_in_withdraw();
		else
			stand_in_return();
		__atomic_store_n(&executions, step > 0 ? 1 : 0, __ATOMIC_SEQ_CST);
	}
	mask_restore(mask);
}

bool disposition_before_exec(void)
{
	if (!hooks->watches || raw_filtered || disposition_refresh() != SIGPIPE_IGNORED)
		return false;
	if (lineage_claim_memory())
		count_execution(1);
	else
		stand_in_withdraw();
	return true;
}

void disposition_after_exec(bool begun)
{
	if (!begun)
		return;
	if (lineage_claim_memory())
		count_execution(-1);
	else
		stand_in_return();
}

void disposition_forked(void)
{
	if (executions == 0)
		return;
	executions = 0;
	set_up();
}
