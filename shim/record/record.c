#include "record/record.h"

#include <errno.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const char *const events[] = {
    [EVENT_EPIPE] = "epipe",	 [EVENT_RESET] = "reset",   [EVENT_TIMEOUT] = "timeout",
    [EVENT_RUNAWAY] = "runaway", [EVENT_ATTACH] = "attach", [EVENT_DETACH] = "detach",
    [EVENT_SETTING] = "setting",
};

static const char *const types[] = {
    [TYPE_TCP] = "tcp",
    [TYPE_TCP6] = "tcp6",
    [TYPE_UNIX_STREAM] = "unix-stream",
    [TYPE_UNIX_SEQPACKET] = "unix-seqpacket",
    [TYPE_UNIX_DGRAM] = "unix-dgram",
    [TYPE_UDP] = "udp",
    [TYPE_PIPE] = "pipe",
    [TYPE_FIFO] = "fifo",
    [TYPE_TTY] = "tty",
    [TYPE_OTHER] = "other",
};

static const char *const sigpipes[] = {
    [SIGPIPE_KILL] = "kill",
    [SIGPIPE_IGNORED] = "ignored",
    [SIGPIPE_HANDLED] = "handled",
    [SIGPIPE_BLOCKED] = "blocked",
};

static const char *const actions[] = {
    [ACTION_NONE] = "none",	    [ACTION_NOSIGNAL] = "nosignal", [ACTION_MASKED] = "masked",
    [ACTION_BACKSTOP] = "backstop", [ACTION_KILLED] = "killed",
};

static const char *const causes[] = {
    [CAUSE_PEER_CLOSED] = "peer-closed",
    [CAUSE_PEER_RESET] = "peer-reset",
    [CAUSE_PEER_GONE] = "peer-gone",
    [CAUSE_LOCAL_SHUTDOWN] = "local-shutdown",
    [CAUSE_NEVER_CONNECTED] = "never-connected",
    [CAUSE_TIMED_OUT] = "timed-out",
    [CAUSE_READER_GONE] = "reader-gone",
    [CAUSE_READER_DIED] = "reader-died",
};

static const char *const tcp_states[] = {
    NULL,    "ESTABLISHED", "SYN_SENT", "SYN_RECV", "FIN_WAIT1", "FIN_WAIT2",	 "TIME_WAIT",
    "CLOSE", "CLOSE_WAIT",  "LAST_ACK", "LISTEN",   "CLOSING",	 "NEW_SYN_RECV",
};

static const char *name_of(const char *const *names, size_t count, unsigned value)
{
	return value < count ? names[value] : NULL;
}

const char *record_event_name(enum bpguard_event event)
{
	return name_of(events, COUNT(events), event);
}

const char *record_type_name(enum bpguard_type type)
{
	return name_of(types, COUNT(types), type);
}

const char *record_sigpipe_name(enum bpguard_sigpipe sigpipe)
{
	return name_of(sigpipes, COUNT(sigpipes), sigpipe);
}

const char *record_action_name(enum bpguard_action action)
{
	return name_of(actions, COUNT(actions), action);
}

const char *record_cause_name(enum bpguard_cause cause)
{
	return name_of(causes, COUNT(causes), cause);
}

const char *record_tcp_state_name(int state)
{
	return state < 0 ? NULL : name_of(tcp_states, COUNT(tcp_states), (unsigned)state);
}

const char *record_errno_name(int error)
{
	switch (error) {
	case EPIPE:
		return "EPIPE";
	case ECONNRESET:
		return "ECONNRESET";
	case ETIMEDOUT:
		return "ETIMEDOUT";
	default:
		return NULL;
	}
}

void record_clear(struct bpguard_record *record)
{
	memset(record, 0, sizeof(*record));
	record->pid = record->tid = -1;
	record->fd = -1;
	record->requested = -1;
	record->peer_pid = -1;
	record->peer_uid = -1;
	record->tcp_state = -1;
	record->bytes_sent = record->bytes_acked = record->bytes_received = -1;
	record->lost = -1;
	record->age_ms = -1;
	record->silent_ms = record->peer_silent_before_close_ms = -1;
	record->child_pid = -1;
	record->failures = record->averted = record->held_back = -1;
	record->fds_left = -1;
	record->streak = -1;
}
