#include "entry/handler.h"

#include <errno.h>
#include <stddef.h>
#include <unistd.h>

#include "base/raw.h"
#include "entry/caller.h"
#include "entry/failure.h"
#include "entry/shield.h"
#include "kernel/module.h"
#include "kernel/runtime.h"
#include "policy/judge.h"
#include "signal/disposition.h"
#include "signal/interrupted.h"
#include "signal/mask.h"
#include "signal/pending.h"
#include "state/lineage.h"
#include "state/pipeline.h"
#include "state/settings.h"
#include "state/thread.h"

/* Who called: libc's own code has no caller that its registers tell; the program's own code is the
 * call itself. */
static void describe(struct failure *failure, const struct interrupted *broken)
{
	bool libc = module_is_libc(broken->pc);
	if (broken->is_wrappers) {
		failure->call = next_name((enum call)broken->call.call);
		failure->caller = caller_of(thread.inflight);
		return;
	}
	failure->call = libc ? "libc" : "raw";
	failure->caller = libc ? NULL : (void *)broken->pc;
}

/* A failure that no wrapper tells of, or not in time. Returns false where SIGPIPE was to take its
 * course. */
static bool take(const struct interrupted *broken, enum record_sigpipe sigpipe)
{
	struct failure failure = {
	    .syscall = broken->row,
	    .fd = broken->fd,
	    .requested = broken->requested,
	    .error = EPIPE,
	    .method = METHOD_PLAIN,
	    .signalled = true,
	    .frame = broken->sp,
	    .sigpipe = sigpipe,
	};
	describe(&failure, broken);
	lineage_claim_memory(); /* a fork past libc shows here at the latest */
	failure_take(&failure);
	failure_wait(&failure);
	return failure.verdict.action != ACTION_KILLED;
}

/* Whether the signal is of a write that broke, which is told then; else somebody sent it. */
static bool is_of_write(const siginfo_t *info, const ucontext_t *context,
			struct interrupted *broken)
{
	uintptr_t again = thread.again;
	thread.again = 0;
	return pending_from(info) == PENDING_OWN && interrupted_read(context, broken) &&
	       broken->sp != again;
}

/* A call that returns an error is a wrapper's to tell of, where one made it; a short count is not.
 */
static void take_unless_seen(const struct interrupted *broken, enum record_sigpipe sigpipe)
{
	if (broken->result < 0)
		thread_keep_taken(broken->sp, broken->fd,
				  broken->is_wrappers ? HANDLED_LEFT : HANDLED_RECORDED);
	if (broken->result >= 0 || !broken->is_wrappers)
		take(broken, sigpipe);
}

static void examine(const siginfo_t *info, const ucontext_t *context)
{
	struct interrupted broken;
	/* The application had it blocked, and unblocks by whatever means: the call was recorded. */
	if (pending_from(info) == PENDING_MARKED)
		return;
	if (!is_of_write(info, context, &broken)) {
		disposition_let_take_course(info); /* sent by somebody, and the default kills */
		return;
	}
	take_unless_seen(&broken, lineage_is_init() ? SIGPIPE_IGNORED : SIGPIPE_KILL);
}

/* In place of SIG_DFL. */
static void on_default(int number, siginfo_t *info, void *context)
{
	int error = errno;
	(void)number;
	if (!thread.inside)
		examine(info, context);
	errno = error;
}

/* Whether a failure can be taken on this stack: the application chose an alternate one's size
 * without us in mind. What the kernel had of it stands in the context. */
static bool has_room(const ucontext_t *context)
{
	enum { NEEDED = 3 * 1024 }; /* a failure takes 2 KiB at most */
	uintptr_t left = (uintptr_t)__builtin_frame_address(0) - (uintptr_t)context->uc_stack.ss_sp;
	return left >= context->uc_stack.ss_size || left >= NEEDED;
}

/* Whether it is Go code's own call. */
static bool is_gos(const struct interrupted *broken)
{
	return !broken->is_wrappers && runtime_holds(broken->pc);
}

/* Go's runtime handles SIGPIPE, and ends the process where one of C's threads broke a pipe (its own
 * have alternate stacks) or Go code did by stdout or stderr (os/signal). Elsewhere its handler does
 * nothing. */
static bool ends_by_go(const struct interrupted *broken, const ucontext_t *context)
{
	if (runtime_of_program() == RUNTIME_LIBC || !runtime_holds((uintptr_t)stand_in_handler()))
		return false;
	if (is_gos(broken))
		return broken->fd == STDOUT_FILENO || broken->fd == STDERR_FILENO;
	return context->uc_stack.ss_flags & SS_DISABLE;
}

/* It is by EPIPE that Go code knows that it is to end. */
static void take_gos(const struct interrupted *broken, ucontext_t *context)
{
	if (take(broken, SIGPIPE_KILL) && is_gos(broken) && broken->result < 0)
		interrupted_answer(context, ECONNRESET);
}

/* The failure is recorded before the program's handler runs, for that may exit or jump. `*done`: it
 * is not to run, since the process would end by it, or has had its course. */
static __attribute__((noinline)) struct taken record_first(const siginfo_t *info,
							   ucontext_t *context, bool *done)
{
	struct interrupted broken;
	enum handled as = HANDLED_NOT;
	uint64_t mask;
	if (thread.inside || !is_of_write(info, context, &broken))
		return (struct taken){.as = HANDLED_NOT};
	*done = ends_by_go(&broken, context);
	mask = mask_block_all();
	if (*done)
		take_gos(&broken, context);
	else
		take(&broken, SIGPIPE_HANDLED);
	mask_restore(mask);
	if (broken.result < 0)
		as = broken.is_wrappers ? HANDLED_RECORDED_CALL : HANDLED_RECORDED;
	return (struct taken){broken.sp, broken.fd, as};
}

/* In place of a handler of the program's, with its flags and mask. The call is to know that it was
 * recorded once the handler returns, for a jump out of it ends the call. */
static void on_handled(int number, siginfo_t *info, void *context)
{
	int error = errno;
	struct taken taken = {.as = HANDLED_NOT};
	bool done = false;
	signal_handler *handler = disposition_enter_handler();
	if (!handler) {
		on_default(number, info, context);
		return;
	}
	if (has_room(context))
		taken = record_first(info, context, &done);
	errno = error;
	if (!done)
		handler(number, info, context);
	if (taken.as != HANDLED_NOT)
		thread_keep_taken(taken.sp, taken.fd, taken.as);
	if (taken.sp && pending_is_there())
		thread.again = taken.sp;
}

/* In place of SIG_IGN. */
static void on_ignored(int number, siginfo_t *info, void *context)
{
	int error = errno;
	struct interrupted broken;
	(void)number;
	if (!thread.inside && is_of_write(info, context, &broken))
		take_unless_seen(&broken, SIGPIPE_IGNORED);
	errno = error;
}

/* What calls need, now that SIGPIPE would (not) kill. */
static void prepare_calls(bool deadly)
{
	struct plan plan = policy_plan(settings.protect);
	bool guarded = (deadly || runtime_of_program() != RUNTIME_LIBC) && lineage_is_guarded();
	int flag = guarded && plan.flags_sends ? MSG_NOSIGNAL : 0;
	__atomic_store_n(&next_send_flag, flag, __ATOMIC_RELAXED);
	/* The shield makes system calls that the application did not. */
	shield_raise(guarded && plan.shields_writes && !raw_filtered);
}

/* What is executed in a pipeline finds SIGPIPE ignored as whoever started it had it, in
 * /proc/self/status too. */
void handler_start(void)
{
	static struct disposition_hooks hooks = {.handlers = {[FOR_DEFAULT] = on_default,
							      [FOR_HANDLER] = on_handled,
							      [FOR_IGNORED] = on_ignored},
						 .prepare = prepare_calls};
	hooks.wanted = policy_plan(settings.protect).has_handler;
	hooks.watches = hooks.wanted && settings.ignored == IGNORED_WATCH;
	hooks.begins_to_watch =
	    lineage_is_root() || lineage_is_server() || settings.children == CHILDREN_ALL;
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
