#include "entry/handler.h"

#include <errno.h>
#include <stddef.h>

#include "base/raw.h"
#include "entry/failure.h"
#include "entry/shield.h"
#include "kernel/module.h"
#include "policy/judge.h"
#include "signal/disposition.h"
#include "signal/interrupted.h"
#include "signal/mask.h"
#include "signal/pending.h"
#include "state/lineage.h"
#include "state/pipeline.h"
#include "state/settings.h"
#include "state/thread.h"

/* Who called: a wrapper's call is not known by its return address here; libc's own code has no
 * caller that its registers tell; the program's own code is the call itself. */
static void describe(struct failure *failure, const struct interrupted *broken)
{
	bool libc = module_is_libc(broken->pc);
	if (broken->is_wrappers) {
		failure->call = next_name((enum call)broken->call.call);
		return;
	}
	failure->call = libc ? "libc" : "raw";
	failure->caller = libc ? NULL : (void *)broken->pc;
}

/* A failure that no wrapper will tell of. */
static void take(const struct interrupted *broken)
{
	struct failure failure = {
	    .syscall = broken->row,
	    .fd = broken->fd,
	    .requested = broken->requested,
	    .error = EPIPE,
	    .method = METHOD_PLAIN,
	    .signalled = true,
	    .frame = broken->sp,
	    .sigpipe = lineage_is_init() ? SIGPIPE_IGNORED : SIGPIPE_KILL,
	};
	describe(&failure, broken);
	lineage_claim_memory(); /* a fork past libc shows here at the latest */
	failure_take(&failure);
	failure_wait(&failure);
}

/* A call that returns an error is a wrapper's to tell of, where one made it; a short count is not.
 */
static void examine(const siginfo_t *info, const ucontext_t *context)
{
	enum pending_from from = pending_from(info);
	struct interrupted broken;
	/* The application had it blocked, and unblocks by whatever means: the call was recorded. */
	if (from == PENDING_MARKED)
		return;
	if (from != PENDING_OWN || !interrupted_read(context, &broken)) {
		disposition_let_take_course(info); /* sent by somebody, and the default kills */
		return;
	}
	if (broken.result < 0)
		thread_keep_taken(broken.sp, broken.fd,
				  broken.is_wrappers ? HANDLED_LEFT : HANDLED_RECORDED);
	if (broken.result >= 0 || !broken.is_wrappers)
		take(&broken);
}

static void on_sigpipe(int number, siginfo_t *info, void *context)
{
	int error = errno;
	(void)number;
	if (!thread.inside)
		examine(info, context);
	errno = error;
}

/* The call finds the default: it is to know that its signal was handled, once the handler returns,
 * for a jump out of it ends the call. */
static void on_sigpipe_once(int number, siginfo_t *info, void *context)
{
	struct interrupted broken;
	struct sigaction action;
	int error = errno;
	bool told;
	if (!disposition_spend_once(&action)) {
		on_sigpipe(number, info, context);
		return;
	}
	told = pending_from(info) != PENDING_SOMEBODYS && interrupted_read(context, &broken) &&
	       broken.is_wrappers;
	errno = error;
	if (action.sa_flags & SA_SIGINFO)
		action.sa_sigaction(number, info, context);
	else
		action.sa_handler(number);
	if (told)
		thread_keep_taken(broken.sp, broken.fd, HANDLED_BY_PROGRAM);
}

/* What calls need, now that SIGPIPE would (not) kill. */
static void prepare_calls(bool deadly)
{
	struct plan plan = policy_plan(settings.protect);
	bool guarded = deadly && lineage_is_guarded();
	int flag = guarded && plan.flags_sends ? MSG_NOSIGNAL : 0;
	__atomic_store_n(&next_send_flag, flag, __ATOMIC_RELAXED);
	/* The shield makes system calls that the application did not. */
	shield_raise(guarded && plan.shields_writes && !raw_filtered);
}

void handler_start(void)
{
	static struct disposition_hooks hooks = {
	    .handler = on_sigpipe, .once = on_sigpipe_once, .prepare = prepare_calls};
	hooks.wanted = policy_plan(settings.protect).has_handler;
	disposition_start(&hooks);
}

void handler_filtered(void)
{
	disposition_filtered();
	/* What may have to die could not do so later: that takes system calls. */
	if (settings.protect == PROTECT_OBSERVE || pipeline_ends_by(1) || pipeline_ends_by(2)) {
		lineage_give_up(true);
		disposition_give_back();
	}
}

void handler_release(void)
{
	lineage_give_up(false);
	disposition_release();
}
