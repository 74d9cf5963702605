#include "entry/failure.h"

#include <errno.h>
#include <netinet/in.h>
#include <time.h>

#include "base/raw.h"
#include "entry/presence.h"
#include "entry/unguarded.h"
#include "kernel/fd.h"
#include "kernel/runtime.h"
#include "kernel/tcp.h"
#include "outlets/emit.h"
#include "policy/judge.h"
#include "record/childless.h"
#include "record/totals.h"
#include "signal/disposition.h"
#include "signal/mask.h"
#include "signal/pending.h"
#include "state/lineage.h"
#include "state/pipeline.h"
#include "state/service.h"
#include "state/settings.h"
#include "state/streaks.h"

static bool begun;

void failure_start(void)
{
	begun = true;
}

/* What a time-out is told as where routers, or the neighbours' silence, said why (tcp_write_err).
 */
static bool is_unreachable(int error)
{
	return error == EHOSTUNREACH || error == ENETUNREACH;
}

bool failure_is_break(int error)
{
	return error == EPIPE || error == ECONNRESET || error == ETIMEDOUT || is_unreachable(error);
}

/* To have no way to somebody ends a TCP connection only. */
static bool ended(int error, int fd)
{
	return !is_unreachable(error) || tcp_has_ended(fd);
}

/* Most of a server's failures are on connections that it accepted: where the note says so, three
 * system calls are spared. */
static enum record_type type_of_accepted(const struct peer *peer)
{
	if (!peer->cookie || !peer->age_known || peer->opened)
		return TYPE_UNKNOWN;
	switch (((const struct sockaddr *)peer->address)->sa_family) {
	case AF_INET:
		return TYPE_TCP;
	case AF_INET6:
		return TYPE_TCP6;
	default:
		return TYPE_UNKNOWN;
	}
}

static void look_at_channel(struct failure *failure)
{
	if (!peers_find(failure->fd, &failure->peer))
		failure->peer = (struct peer){.cookie = 0};
	failure->channel.type = type_of_accepted(&failure->peer);
	if (failure->channel.type == TYPE_UNKNOWN)
		failure->channel = fd_channel(failure->fd);
	failure->ends_pipeline = failure->error == EPIPE && pipeline_ends_by(failure->fd);
}

/* A thread of C's beside Go's runtime, whose handler ends the process for it (handler.c). */
static bool is_cs_in_go(void)
{
	stack_t stack;
	return runtime_of_program() == RUNTIME_GO_WITH_C &&
	       RAW2(SYS_sigaltstack, NULL, &stack) == 0 && (stack.ss_flags & SS_DISABLE);
}

/* In the mask's window SIGPIPE is blocked by us, not by the application. */
static enum record_sigpipe look_at_sigpipe(const struct failure *failure)
{
	bool ours = failure->method == METHOD_MASK || mask_is_open();
	enum record_sigpipe sigpipe =
	    disposition_refresh_for(ours ? failure->mask & ~(uint64_t)SIGPIPE_BIT : failure->mask);
	return sigpipe == SIGPIPE_HANDLED && is_cs_in_go() ? SIGPIPE_KILL : sigpipe;
}

static uint64_t connection_of(const struct failure *failure)
{
	if (failure->peer.cookie)
		return failure->peer.cookie;
	if (failure->channel.inode || failure->channel.type == TYPE_UNKNOWN)
		return failure->channel.inode;
	return fd_cookie(failure->fd);
}

/* Counted before it is judged: two threads that fail at once on one socket are never the same
 * failure in a row. And only where it is recorded or has consequences. */
static void count(struct failure *failure)
{
	uint64_t pipe = failure->channel.identity;
	failure->streak = -1;
	if (!emit_is_on() && !policy_counts_streaks(&settings))
		return;
	failure->connection = connection_of(failure);
	failure->streak = streaks_count(pipe ? pipe : failure->connection);
}

/* Records it, where an outlet is on. Returns what was found. */
static struct finding record(const struct failure *failure)
{
	presence_attach(failure->sigpipe);
	unguarded_tell();
	return emit_failure(failure);
}

static void account(const struct failure *failure, struct finding finding)
{
	/* A vfork child is no part of its parent's totals, and may be the dead child itself. */
	if (lineage_claim_memory()) {
		totals_count(finding.cause, failure->verdict.saved);
		if (finding.child == CHILD_WANTED)
			childless_note(failure);
		else if (finding.child == CHILD_NAMED)
			childless_forget(failure->connection);
	}
	if (failure->error != EPIPE)
		peers_note_error(failure->fd, failure->error);
}

static void act(const struct verdict *verdict)
{
	if (verdict->pending == PENDING_MAKE)
		pending_make();
	else if (verdict->pending == PENDING_MARK)
		pending_mark();
	if (verdict->action == ACTION_KILLED)
		disposition_let_take_course(NULL);
}

void failure_take(struct failure *failure)
{
	look_at_channel(failure);
	count(failure);
	failure->aftermath = service_count(failure->fd);
	failure->verdict = policy_judge(failure, &settings);
	if (emit_is_on())
		account(failure, record(failure));
	act(&failure->verdict);
}

void failure_wait(const struct failure *failure)
{
	unsigned ms = failure->verdict.pause_ms;
	struct timespec pause = {.tv_nsec = (long)ms * 1000000};
	if (ms)
		RAW2(SYS_nanosleep, &pause, NULL);
}

/* The handler knew the call, and recorded it before a handler of the program's, which may have made
 * SIGPIPE deadly and this look as if its flag was added. Or it took it for nobody's: another
 * library lies between the wrapper and libc, and changes arguments or switches stacks. A note of
 * before counts for nothing where the handler has no part in SIGPIPE now. */
static bool is_recorded(const struct failure *failure, enum handled handled)
{
	return handled == HANDLED_RECORDED_CALL ||
	       (handled == HANDLED_RECORDED && failure->method == METHOD_PLAIN &&
		!(failure->mask & SIGPIPE_BIT) && disposition_is_ours());
}

/* What a wrapper sees of its failure, the handler's part in it included. */
static void take_seen(struct failure *failure)
{
	enum handled handled = HANDLED_NOT;
	if (failure->error == EPIPE)
		handled = thread_take_taken(failure->frame, failure->fd);
	if (is_recorded(failure, handled))
		return;
	failure->signalled = handled == HANDLED_LEFT && failure->method == METHOD_PLAIN;
	failure->sigpipe = look_at_sigpipe(failure);
	if (failure->sigpipe == SIGPIPE_UNKNOWN && failure->signalled)
		failure->sigpipe = SIGPIPE_KILL;
	failure_take(failure);
}

static void take_call(const struct inflight *call, int error, void *caller)
{
	struct failure failure = {
	    .call = next_name((enum call)call->call),
	    .syscall = writes_find(call->number),
	    .fd = call->fd,
	    .requested = call->requested == SIZE_MAX ? -1 : (int64_t)call->requested,
	    .error = error,
	    .method = (enum method)call->method,
	    .caller = caller,
	    .frame = (uintptr_t)call,
	};
	if (!failure_is_break(error) || thread.inside || !begun || !ended(error, call->fd))
		return;
	lineage_claim_memory(); /* a fork past libc shows here at the latest */
	failure.mask = mask_block_all();
	take_seen(&failure);
	mask_restore(failure.mask);
	failure_wait(&failure);
}

int failure_of_call(const struct inflight *call, void *caller)
{
	int error = errno;
	take_call(call, error, caller);
	errno = error;
	return -1;
}

void failure_of_short_call(const struct inflight *call)
{
	int error = errno;
	take_call(call, EPIPE, NULL);
	errno = error;
}
