/* What is told of one failure: the one thing that autopsy, emit and the outlets share.
 *
 * A field that is not known holds its absent value: -1 for numbers, 0 for pointers and enums
 * (each enum's first name), "" for strings. Nothing in here is ever guessed. */
#ifndef BPGUARD_RECORD_H
#define BPGUARD_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum bpguard_event {
	EVENT_EPIPE,
	EVENT_RESET,   /* ECONNRESET */
	EVENT_TIMEOUT, /* ETIMEDOUT */
	EVENT_RUNAWAY,
	EVENT_ATTACH,
	EVENT_DETACH,
	EVENT_SETTING,
};

enum bpguard_type {
	TYPE_UNKNOWN,
	TYPE_TCP,
	TYPE_TCP6,
	TYPE_UNIX_STREAM,
	TYPE_UNIX_SEQPACKET,
	TYPE_UNIX_DGRAM,
	TYPE_UDP,
	TYPE_PIPE,
	TYPE_FIFO,
	TYPE_TTY,
	TYPE_OTHER,
};

/* What SIGPIPE would have done to the application. */
enum bpguard_sigpipe {
	SIGPIPE_UNKNOWN,
	SIGPIPE_KILL,
	SIGPIPE_IGNORED,
	SIGPIPE_HANDLED,
	SIGPIPE_BLOCKED,
};

/* What the guard did. */
enum bpguard_action {
	ACTION_UNKNOWN,
	ACTION_NONE,
	ACTION_NOSIGNAL,
	ACTION_MASKED,
	ACTION_BACKSTOP,
	ACTION_KILLED,
};

enum bpguard_cause {
	CAUSE_UNKNOWN,
	CAUSE_PEER_CLOSED,
	CAUSE_PEER_RESET,
	CAUSE_PEER_GONE,
	CAUSE_LOCAL_SHUTDOWN,
	CAUSE_NEVER_CONNECTED,
	CAUSE_TIMED_OUT,
	CAUSE_READER_GONE,
	CAUSE_READER_DIED,
	CAUSE_COUNT,
};

/* "unix:" and sun_path's 108 bytes, "[v6%scope]:port", "fifo:" and a path; cut beyond. */
enum {
	BPGUARD_ADDRESS_SIZE = 192,
	BPGUARD_COMM_SIZE = 16,
	BPGUARD_ARGV_SIZE = 129,
	BPGUARD_STATUS_SIZE = 20
};

struct bpguard_record {
	enum bpguard_event event;
	int64_t time_ns; /* CLOCK_REALTIME */
	int32_t pid, tid;
	char comm[BPGUARD_COMM_SIZE];
	const char *exe;
	const char *call;    /* the intercepted function, "libc" or "raw" */
	const char *syscall; /* the system call's name */
	int32_t fd;
	enum bpguard_type type;
	int32_t error; /* EPIPE, ECONNRESET or ETIMEDOUT; 0 in records that tell of no failure */
	int64_t requested; /* bytes */
	enum bpguard_sigpipe sigpipe;
	enum bpguard_action action;
	bool saved;
	char local[BPGUARD_ADDRESS_SIZE];
	char peer[BPGUARD_ADDRESS_SIZE];
	int32_t peer_pid;
	int64_t peer_uid;
	char peer_comm[BPGUARD_COMM_SIZE];
	enum bpguard_cause cause;
	int32_t tcp_state; /* tcpi_state's number */
	int64_t bytes_sent, bytes_acked, bytes_received;
	int64_t lost;
	bool lost_at_most; /* some of it was on its way and may have come through */
	int64_t age_ms;
	int64_t silent_ms, peer_silent_before_close_ms;
	int32_t child_pid;
	char child_status[BPGUARD_STATUS_SIZE];
	char argv[BPGUARD_ARGV_SIZE]; /* separated by blanks */
	int64_t fds_left;
	int64_t streak; /* the how-manieth failure in a row on this socket or pipe */
	void *caller;	/* the address that the failed call returns to; for "raw" the call's own */
	int64_t suppressed;
	const char *version; /* event attach: bpguard's own, and the settings in force */
	const char *settings;
	int64_t failures; /* event detach: calls that failed, by cause, deaths averted, records held
			     back */
	int64_t averted, held_back;
	char causes[192];
	const char *setting; /* event setting: the variable, its value, and what it takes instead */
	const char *value;
	const char *takes;
};

/* Sets every field to its absent value. Async-signal-safe. */
void record_clear(struct bpguard_record *record);

/* The contract's names of values. 0 where the value is absent. Async-signal-safe. */
const char *record_event_name(enum bpguard_event event);
const char *record_type_name(enum bpguard_type type);
const char *record_sigpipe_name(enum bpguard_sigpipe sigpipe);
const char *record_action_name(enum bpguard_action action);
const char *record_cause_name(enum bpguard_cause cause);
const char *record_errno_name(int error);
/* tcpi_state: the names of include/net/tcp_states.h without their TCP_. */
const char *record_tcp_state_name(int state);

#endif
