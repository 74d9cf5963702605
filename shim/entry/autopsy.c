#include "entry/autopsy.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "base/raw.h"
#include "entry/presence.h"
#include "kernel/channel.h"
#include "kernel/module.h"
#include "outlets/emit.h"
#include "policy/streaks.h"
#include "signal/backstop.h"
#include "state/lineage.h"
#include "state/program.h"
#include "state/settings.h"

static bool begun;

void autopsy_start(void)
{
	begun = true;
}

static enum bpguard_event event_of(int error)
{
	return error == EPIPE ? EVENT_EPIPE : error == ECONNRESET ? EVENT_RESET : EVENT_TIMEOUT;
}

static const char *name_of_syscall(const struct write_call *row)
{
	return row ? row->name : NULL;
}

static void describe_attempt(struct bpguard_record *record, const struct attempt *attempt)
{
	record->call = next_name(attempt_call(attempt));
	record->syscall = name_of_syscall(writes_find(attempt_number(attempt)));
	record->fd = attempt->fd;
	record->requested = (int64_t)attempt->requested;
}

/* What a failure means to the process. */
struct verdict {
	int error;
	enum bpguard_type type;
	struct peer peer;
	enum bpguard_sigpipe sigpipe;
	enum bpguard_action action;
	int64_t streak;
};

/* Counted only where it is told or has consequences. */
static int64_t count_streak(int fd, const struct verdict *verdict)
{
	if (!emit_is_on() && !streaks_have_verdict())
		return -1;
	return streaks_count(channel_identity(fd, verdict->type, &verdict->peer));
}

static void describe_failure(struct bpguard_record *record, const struct verdict *verdict)
{
	record->event = event_of(verdict->error);
	record->error = verdict->error;
	record->type = verdict->type;
	record->sigpipe = verdict->sigpipe;
	record->action = verdict->action;
	record->saved = verdict->sigpipe == SIGPIPE_KILL &&
			(verdict->action == ACTION_NOSIGNAL || verdict->action == ACTION_MASKED ||
			 verdict->action == ACTION_BACKSTOP);
	program_describe(record);
	program_tell_arguments(record->argv, sizeof(record->argv));
	record->fds_left = program_fds_left(record->fd);
	record->streak = verdict->streak;
	channel_describe(record, &verdict->peer);
	presence_count(record);
}

/* In the mask's window SIGPIPE is blocked by us, not by the application. */
static enum bpguard_sigpipe sigpipe_now(uint64_t mask, enum way way)
{
	bool ours = way == WAY_MASK || guard_is_masking();
	return backstop_sigpipe(ours ? mask & ~(uint64_t)SIGPIPE_BIT : mask);
}

static struct verdict judge(const struct attempt *attempt, enum way way, int error, uint64_t mask)
{
	int fd = attempt->fd;
	struct verdict verdict = {
	    .error = error, .sigpipe = sigpipe_now(mask, way), .action = ACTION_NONE};
	verdict.type = channel_type(fd, &verdict.peer);
	verdict.streak = count_streak(fd, &verdict);
	if (verdict.sigpipe == SIGPIPE_UNKNOWN && (attempt->what & SIGNALLED))
		verdict.sigpipe = SIGPIPE_KILL;
	if (attempt->what & HANDLED)
		verdict.sigpipe = SIGPIPE_HANDLED;
	if (error == EPIPE)
		verdict.action = guard_action(way, attempt->what & SIGNALLED, verdict.sigpipe,
					      verdict.type, fd, verdict.streak);
	return verdict;
}

/* The application blocks SIGPIPE and will find it pending, or unblock: then it is not to die of a
 * signal that it would have survived as an error. */
static void leave_pending(const struct verdict *verdict, enum way way)
{
	if (verdict->sigpipe != SIGPIPE_BLOCKED || verdict->error != EPIPE ||
	    !guard_would_signal(verdict->type))
		return;
	if (way == WAY_FLAG || way == WAY_RWF)
		guard_make_pending();
	else if (way == WAY_PLAIN && settings.protect == PROTECT_AUTO)
		guard_mark_pending();
}

/* The record of a failure, and that of the streak that it completes. */
static void hand_out(struct workspace *workspace)
{
	emit_record(workspace);
	if (streaks_is_told(workspace->record.streak)) {
		workspace->record.event = EVENT_RUNAWAY;
		workspace->record.suppressed = 0;
		emit_record(workspace);
	}
	emit_end(workspace);
}

static void record_attempt(const struct attempt *attempt, const struct verdict *verdict,
			   void *caller)
{
	struct workspace *workspace = emit_begin();
	if (!workspace)
		return;
	describe_attempt(&workspace->record, attempt);
	workspace->record.caller = caller;
	describe_failure(&workspace->record, verdict);
	hand_out(workspace);
}

void autopsy_of_call(struct attempt *attempt, int error, void *caller)
{
	struct verdict verdict;
	enum way way = thread.way;
	uint64_t mask;
	thread.way = WAY_PLAIN;
	if ((error != EPIPE && error != ECONNRESET && error != ETIMEDOUT) || thread.inside ||
	    !begun)
		return;
	if (thread.told == attempt) {
		thread.told = NULL;
		return;
	}
	mask = guard_block_all();
	verdict = judge(attempt, way, error, mask);
	leave_pending(&verdict, way);
	if (emit_is_on()) {
		presence_attach(verdict.sigpipe);
		record_attempt(attempt, &verdict, caller);
	}
	if (verdict.action == ACTION_KILLED)
		guard_let_die();
	guard_unblock(mask);
	guard_hold_up(verdict.streak);
}

/* Who called: a wrapper's attempt is not known by its return address here; libc's own code has no
 * caller that its registers tell; the program's own code is the call itself. */
static void describe_call(struct bpguard_record *record, const struct broken_call *call)
{
	bool libc = module_is_libc(call->pc);
	if (call->attempt) {
		describe_attempt(record, call->attempt);
		record->requested = call->requested;
		return;
	}
	record->call = libc ? "libc" : "raw";
	record->syscall = name_of_syscall(call->row);
	record->fd = call->fd;
	record->requested = call->requested;
	if (!libc)
		record->caller = (void *)call->pc;
}

static void record_call(const struct broken_call *call, const struct verdict *verdict)
{
	struct workspace *workspace = emit_begin();
	if (!workspace)
		return;
	describe_call(&workspace->record, call);
	describe_failure(&workspace->record, verdict);
	hand_out(workspace);
}

void autopsy_of_signal(const struct broken_call *call)
{
	struct verdict verdict = {.error = EPIPE,
				  .sigpipe = lineage_is_init() ? SIGPIPE_IGNORED : SIGPIPE_KILL};
	verdict.type = channel_type(call->fd, &verdict.peer);
	verdict.streak = count_streak(call->fd, &verdict);
	verdict.action =
	    guard_action(WAY_PLAIN, true, verdict.sigpipe, verdict.type, call->fd, verdict.streak);
	if (emit_is_on()) {
		presence_attach(verdict.sigpipe);
		record_call(call, &verdict);
	}
	/* A library between us and libc may have changed the arguments, so that the wrapper was not
	 * recognized: it shall not tell of the same failure again. */
	if (!call->attempt && call->near && thread.attempt->fd == call->fd && call->result < 0)
		thread.told = thread.attempt;
	if (verdict.action == ACTION_KILLED)
		guard_let_die();
	guard_hold_up(verdict.streak);
}
