#include "policy/judge.h"

#include <errno.h>

struct plan policy_plan(enum protect protect)
{
	return (struct plan){
	    .flags_sends = protect != PROTECT_OBSERVE,
	    .shields_writes = protect == PROTECT_CALLS,
	    .has_handler = protect != PROTECT_CALLS,
	};
}

/* Whether EPIPE comes with a signal on this kind of channel: sockets of the datagram kinds return
 * it without one, sk_stream_error (net/core/stream.c) and unix_stream_sendmsg (net/unix/af_unix.c)
 * make one; a file's or device's is what its driver, or FUSE's daemon, chose to answer. */
static bool would_signal(const struct channel *channel)
{
	return !channel->is_file && channel->type != TYPE_UNIX_SEQPACKET &&
	       channel->type != TYPE_UNIX_DGRAM && channel->type != TYPE_UDP;
}

bool policy_counts_streaks(const struct settings *chosen)
{
	return chosen->runaway.verdict == RUNAWAY_THROTTLE ||
	       chosen->runaway.verdict == RUNAWAY_KILL;
}

/* What kept the process alive, ACTION_NONE where nothing had to. */
static enum record_action action_of(const struct failure *failure)
{
	switch (failure->method) {
	case METHOD_PLAIN:
		return failure->signalled ? ACTION_BACKSTOP : ACTION_NONE;
	case METHOD_FLAG:
	case METHOD_RWF:
		return would_signal(&failure->channel) ? ACTION_NOSIGNAL : ACTION_NONE;
	case METHOD_MASK:
		return ACTION_MASKED;
	case METHOD_QUIET:
	case METHOD_MASK_SILENT:
		break;
	}
	return ACTION_NONE;
}

static bool is_deadly(int64_t streak, const struct settings *chosen)
{
	return chosen->runaway.verdict == RUNAWAY_KILL && streak >= chosen->runaway.failures;
}

static enum record_action judge_action(const struct failure *failure, const struct settings *chosen)
{
	enum record_action action = action_of(failure);
	if (failure->error != EPIPE ||
	    (failure->sigpipe != SIGPIPE_KILL && failure->sigpipe != SIGPIPE_UNKNOWN))
		return ACTION_NONE;
	if (action != ACTION_NONE && (chosen->protect == PROTECT_OBSERVE ||
				      failure->ends_pipeline || is_deadly(failure->streak, chosen)))
		return ACTION_KILLED;
	return action;
}

/* The program will find it pending, or unblock: then it is not to die of a signal that it would
 * have survived as an error. */
static enum pending judge_pending(const struct failure *failure, const struct settings *chosen)
{
	if (failure->sigpipe != SIGPIPE_BLOCKED || failure->error != EPIPE ||
	    !would_signal(&failure->channel))
		return PENDING_LEAVE;
	if (failure->method == METHOD_FLAG || failure->method == METHOD_RWF)
		return PENDING_MAKE;
	return failure->method == METHOD_PLAIN && chosen->protect == PROTECT_AUTO ? PENDING_MARK
										  : PENDING_LEAVE;
}

/* 1 ms doubling to 100 ms, from the failure on that BPGUARD_RUNAWAY names. */
static unsigned judge_pause_ms(int64_t streak, const struct settings *chosen)
{
	enum { MOST_MS = 100, DOUBLINGS = 7 };
	int64_t more = streak - chosen->runaway.failures;
	if (chosen->runaway.verdict != RUNAWAY_THROTTLE || more < 0)
		return 0;
	return more < DOUBLINGS ? 1U << more : MOST_MS;
}

struct verdict policy_judge(const struct failure *failure, const struct settings *chosen)
{
	enum record_action action = judge_action(failure, chosen);
	return (struct verdict){
	    .action = action,
	    .saved = failure->sigpipe == SIGPIPE_KILL && action != ACTION_NONE &&
		     action != ACTION_KILLED,
	    .is_runaway = chosen->runaway.verdict != RUNAWAY_OFF &&
			  failure->streak == chosen->runaway.failures,
	    .pending = judge_pending(failure, chosen),
	    .pause_ms = judge_pause_ms(failure->streak, chosen),
	};
}
