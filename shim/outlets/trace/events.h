/* The tracepoints: bpguard:<event>, the contract's fields over struct record. LTTng reads
 * this file many times over, each time with other definitions of its macros.
 *
 * An event's layout is fixed, so a field that is not known is there: "" as text, -1 as a number.
 * `recordings` is there for filters, and is not written.
 * The names of enumerated values are those of record.c; tests/trace compares the two. */
#undef LTTNG_UST_TRACEPOINT_PROVIDER
#define LTTNG_UST_TRACEPOINT_PROVIDER bpguard

#undef LTTNG_UST_TRACEPOINT_INCLUDE
#define LTTNG_UST_TRACEPOINT_INCLUDE "events.h"

#if !defined(BPGUARD_TRACE_EVENTS_H) || defined(LTTNG_UST_TRACEPOINT_HEADER_MULTI_READ)
#define BPGUARD_TRACE_EVENTS_H

#include <lttng/tracepoint.h>

LTTNG_UST_TRACEPOINT_ENUM(
	bpguard, type,
	LTTNG_UST_TP_ENUM_VALUES(
		lttng_ust_field_enum_value("", TYPE_UNKNOWN)
		lttng_ust_field_enum_value("tcp", TYPE_TCP)
		lttng_ust_field_enum_value("tcp6", TYPE_TCP6)
		lttng_ust_field_enum_value("unix-stream", TYPE_UNIX_STREAM)
		lttng_ust_field_enum_value("unix-seqpacket", TYPE_UNIX_SEQPACKET)
		lttng_ust_field_enum_value("unix-dgram", TYPE_UNIX_DGRAM)
		lttng_ust_field_enum_value("udp", TYPE_UDP)
		lttng_ust_field_enum_value("pipe", TYPE_PIPE)
		lttng_ust_field_enum_value("fifo", TYPE_FIFO)
		lttng_ust_field_enum_value("tty", TYPE_TTY)
		lttng_ust_field_enum_value("other", TYPE_OTHER)))

LTTNG_UST_TRACEPOINT_ENUM(
	bpguard, error,
	LTTNG_UST_TP_ENUM_VALUES(
		lttng_ust_field_enum_value("", 0)
		lttng_ust_field_enum_value("EPIPE", EPIPE)
		lttng_ust_field_enum_value("ECONNRESET", ECONNRESET)
		lttng_ust_field_enum_value("ETIMEDOUT", ETIMEDOUT)))

LTTNG_UST_TRACEPOINT_ENUM(
	bpguard, sigpipe,
	LTTNG_UST_TP_ENUM_VALUES(
		lttng_ust_field_enum_value("", SIGPIPE_UNKNOWN)
		lttng_ust_field_enum_value("kill", SIGPIPE_KILL)
		lttng_ust_field_enum_value("ignored", SIGPIPE_IGNORED)
		lttng_ust_field_enum_value("handled", SIGPIPE_HANDLED)
		lttng_ust_field_enum_value("blocked", SIGPIPE_BLOCKED)))

LTTNG_UST_TRACEPOINT_ENUM(
	bpguard, action,
	LTTNG_UST_TP_ENUM_VALUES(
		lttng_ust_field_enum_value("", ACTION_UNKNOWN)
		lttng_ust_field_enum_value("none", ACTION_NONE)
		lttng_ust_field_enum_value("nosignal", ACTION_NOSIGNAL)
		lttng_ust_field_enum_value("masked", ACTION_MASKED)
		lttng_ust_field_enum_value("backstop", ACTION_BACKSTOP)
		lttng_ust_field_enum_value("killed", ACTION_KILLED)))

LTTNG_UST_TRACEPOINT_ENUM(
	bpguard, cause,
	LTTNG_UST_TP_ENUM_VALUES(
		lttng_ust_field_enum_value("", CAUSE_UNKNOWN)
		lttng_ust_field_enum_value("peer-closed", CAUSE_PEER_CLOSED)
		lttng_ust_field_enum_value("peer-reset", CAUSE_PEER_RESET)
		lttng_ust_field_enum_value("peer-gone", CAUSE_PEER_GONE)
		lttng_ust_field_enum_value("local-shutdown", CAUSE_LOCAL_SHUTDOWN)
		lttng_ust_field_enum_value("never-connected", CAUSE_NEVER_CONNECTED)
		lttng_ust_field_enum_value("timed-out", CAUSE_TIMED_OUT)
		lttng_ust_field_enum_value("reader-gone", CAUSE_READER_GONE)
		lttng_ust_field_enum_value("reader-died", CAUSE_READER_DIED)))

LTTNG_UST_TRACEPOINT_ENUM(
	bpguard, tcp_state,
	LTTNG_UST_TP_ENUM_VALUES(
		lttng_ust_field_enum_value("", 0)
		lttng_ust_field_enum_value("ESTABLISHED", 1)
		lttng_ust_field_enum_value("SYN_SENT", 2)
		lttng_ust_field_enum_value("SYN_RECV", 3)
		lttng_ust_field_enum_value("FIN_WAIT1", 4)
		lttng_ust_field_enum_value("FIN_WAIT2", 5)
		lttng_ust_field_enum_value("TIME_WAIT", 6)
		lttng_ust_field_enum_value("CLOSE", 7)
		lttng_ust_field_enum_value("CLOSE_WAIT", 8)
		lttng_ust_field_enum_value("LAST_ACK", 9)
		lttng_ust_field_enum_value("LISTEN", 10)
		lttng_ust_field_enum_value("CLOSING", 11)
		lttng_ust_field_enum_value("NEW_SYN_RECV", 12)))

/* A write that failed. */
LTTNG_UST_TRACEPOINT_EVENT_CLASS(
	bpguard, failure, LTTNG_UST_TP_ARGS(const struct record *, record),
	LTTNG_UST_TP_FIELDS(
		lttng_ust_field_integer(int, pid, record->pid)
		lttng_ust_field_integer(int, tid, record->tid)
		lttng_ust_field_string(comm, record->comm)
		lttng_ust_field_string(exe, text(record->exe))
		lttng_ust_field_string(call, text(record->call))
		lttng_ust_field_string(syscall, text(record->syscall))
		lttng_ust_field_integer(int, fd, record->fd)
		lttng_ust_field_enum(bpguard, type, int, type, (int)record->type)
		lttng_ust_field_enum(bpguard, error, int, errno, record->error)
		lttng_ust_field_integer(int64_t, requested, record->requested)
		lttng_ust_field_enum(bpguard, sigpipe, int, sigpipe, (int)record->sigpipe)
		lttng_ust_field_enum(bpguard, action, int, action, (int)record->action)
		lttng_ust_field_integer(int, saved, record->saved)
		lttng_ust_field_string(local, record->local)
		lttng_ust_field_string(peer, record->peer)
		lttng_ust_field_integer(int, peer_pid, record->peer_pid)
		lttng_ust_field_integer(int64_t, peer_uid, record->peer_uid)
		lttng_ust_field_string(peer_comm, record->peer_comm)
		lttng_ust_field_enum(bpguard, cause, int, cause, (int)record->cause)
		lttng_ust_field_enum(bpguard, tcp_state, int, tcp_state, record->tcp_state)
		lttng_ust_field_integer(int64_t, bytes_sent, record->bytes_sent)
		lttng_ust_field_integer(int64_t, bytes_acked, record->bytes_acked)
		lttng_ust_field_integer(int64_t, bytes_received, record->bytes_received)
		lttng_ust_field_integer(int64_t, lost, record->lost)
		lttng_ust_field_integer(int, lost_at_most, record->lost_at_most)
		lttng_ust_field_integer(int64_t, age_ms, record->age_ms)
		lttng_ust_field_integer(int64_t, silent_ms, record->silent_ms)
		lttng_ust_field_integer(int64_t, peer_silent_before_close_ms,
					record->peer_silent_ms)
		lttng_ust_field_integer(int, child_pid, record->child_pid)
		lttng_ust_field_string(child_status, record->child_status)
		lttng_ust_field_string(argv, record->argv)
		lttng_ust_field_integer(int64_t, fds_left, record->fds_left)
		lttng_ust_field_integer(int64_t, streak, record->streak)
		lttng_ust_field_integer_hex(uintptr_t, ip, (uintptr_t)record->caller)
		lttng_ust_field_integer(int64_t, suppressed, record->suppressed)
		lttng_ust_field_string_nowrite(recordings, recordings)))

LTTNG_UST_TRACEPOINT_EVENT_INSTANCE(
	bpguard, failure, bpguard, epipe, LTTNG_UST_TP_ARGS(const struct record *, record))
LTTNG_UST_TRACEPOINT_EVENT_INSTANCE(
	bpguard, failure, bpguard, reset, LTTNG_UST_TP_ARGS(const struct record *, record))
LTTNG_UST_TRACEPOINT_EVENT_INSTANCE(
	bpguard, failure, bpguard, timeout, LTTNG_UST_TP_ARGS(const struct record *, record))
LTTNG_UST_TRACEPOINT_EVENT_INSTANCE(
	bpguard, failure, bpguard, runaway, LTTNG_UST_TP_ARGS(const struct record *, record))

/* The start or the end of a guarded program. */
LTTNG_UST_TRACEPOINT_EVENT_CLASS(
	bpguard, program, LTTNG_UST_TP_ARGS(const struct record *, record),
	LTTNG_UST_TP_FIELDS(
		lttng_ust_field_integer(int, pid, record->pid)
		lttng_ust_field_integer(int, tid, record->tid)
		lttng_ust_field_string(comm, record->comm)
		lttng_ust_field_string(exe, text(record->exe))
		lttng_ust_field_string(argv, record->argv)
		lttng_ust_field_enum(bpguard, sigpipe, int, sigpipe, (int)record->sigpipe)
		lttng_ust_field_string(version, text(record->version))
		lttng_ust_field_string(settings, text(record->settings))
		lttng_ust_field_integer(int64_t, failures, record->failures)
		lttng_ust_field_string(causes, record->causes)
		lttng_ust_field_integer(int64_t, averted, record->averted)
		lttng_ust_field_integer(int64_t, held_back, record->held_back)
		lttng_ust_field_string_nowrite(recordings, recordings)))

LTTNG_UST_TRACEPOINT_EVENT_INSTANCE(
	bpguard, program, bpguard, attach, LTTNG_UST_TP_ARGS(const struct record *, record))
LTTNG_UST_TRACEPOINT_EVENT_INSTANCE(
	bpguard, program, bpguard, detach, LTTNG_UST_TP_ARGS(const struct record *, record))

/* A setting that was not understood. */
LTTNG_UST_TRACEPOINT_EVENT(
	bpguard, setting, LTTNG_UST_TP_ARGS(const struct record *, record),
	LTTNG_UST_TP_FIELDS(
		lttng_ust_field_integer(int, pid, record->pid)
		lttng_ust_field_integer(int, tid, record->tid)
		lttng_ust_field_string(comm, record->comm)
		lttng_ust_field_string(exe, text(record->exe))
		lttng_ust_field_string(setting, text(record->setting))
		lttng_ust_field_string(value, text(record->value))
		lttng_ust_field_string(takes, text(record->takes))
		lttng_ust_field_integer(int64_t, suppressed, record->suppressed)
		lttng_ust_field_string_nowrite(recordings, recordings)))

LTTNG_UST_TRACEPOINT_LOGLEVEL(bpguard, epipe, LTTNG_UST_TRACEPOINT_LOGLEVEL_WARNING)
LTTNG_UST_TRACEPOINT_LOGLEVEL(bpguard, reset, LTTNG_UST_TRACEPOINT_LOGLEVEL_NOTICE)
LTTNG_UST_TRACEPOINT_LOGLEVEL(bpguard, timeout, LTTNG_UST_TRACEPOINT_LOGLEVEL_NOTICE)
LTTNG_UST_TRACEPOINT_LOGLEVEL(bpguard, runaway, LTTNG_UST_TRACEPOINT_LOGLEVEL_ERR)
LTTNG_UST_TRACEPOINT_LOGLEVEL(bpguard, attach, LTTNG_UST_TRACEPOINT_LOGLEVEL_INFO)
LTTNG_UST_TRACEPOINT_LOGLEVEL(bpguard, detach, LTTNG_UST_TRACEPOINT_LOGLEVEL_INFO)
LTTNG_UST_TRACEPOINT_LOGLEVEL(bpguard, setting, LTTNG_UST_TRACEPOINT_LOGLEVEL_ERR)

#endif

#include <lttng/tracepoint-event.h>
