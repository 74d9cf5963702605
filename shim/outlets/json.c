#include "outlets/json.h"

#include <string.h>
#include <time.h>

#include "base/text.h"
#include "kernel/module.h"

/* Takes a field back that did not fit: a line is whole whatever it had to leave out. */
static void end_field(struct text *text, char *begin)
{
	if (text->cut)
		text->at = begin;
	text->cut = false;
}

static void begin_field(struct text *text, const char *name)
{
	if (text->at[-1] != '{')
		text_char(text, ',');
	text_char(text, '"');
	text_string(text, name);
	text_string(text, "\":");
}

static void add_string(struct text *text, const char *name, const char *value)
{
	char *begin = text->at;
	if (!value || !*value)
		return;
	begin_field(text, name);
	text_json(text, value);
	end_field(text, begin);
}

static void add_number(struct text *text, const char *name, int64_t value)
{
	char *begin = text->at;
	if (value < 0)
		return;
	begin_field(text, name);
	text_number(text, value);
	end_field(text, begin);
}

static void add_bool(struct text *text, const char *name, bool value)
{
	char *begin = text->at;
	begin_field(text, name);
	text_string(text, value ? "true" : "false");
	end_field(text, begin);
}

/* The civil date of a day since 1970-01-01, by eras of 400 years from March 0000; gmtime_r(3) is
 * not async-signal-safe. */
static void append_date(struct text *text, int64_t day)
{
	int64_t shifted = day + 719468, era = shifted / 146097, of_era = shifted % 146097;
	int64_t year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
	int64_t of_year = of_era - (365 * year + year / 4 - year / 100);
	int64_t month = (5 * of_year + 2) / 153;
	text_padded(text, year + era * 400 + (month >= 10), 4);
	text_char(text, '-');
	text_padded(text, month < 10 ? month + 3 : month - 9, 2);
	text_char(text, '-');
	text_padded(text, of_year - (153 * month + 2) / 5 + 1, 2);
}

/* RFC 3339 in UTC. */
static void add_time(struct text *text, int64_t ns)
{
	int64_t second = ns / 1000000000;
	begin_field(text, "time");
	text_char(text, '"');
	append_date(text, second / 86400);
	text_char(text, 'T');
	text_padded(text, second / 3600 % 24, 2);
	text_char(text, ':');
	text_padded(text, second / 60 % 60, 2);
	text_char(text, ':');
	text_padded(text, second % 60, 2);
	text_char(text, '.');
	text_padded(text, ns % 1000000000, 9);
	text_string(text, "Z\"");
}

/* module+0xoffset. */
static void add_caller(struct text *text, const struct bpguard_record *record)
{
	char caller[256];
	if (record->caller && module_format(record->caller, record->exe, caller, sizeof(caller)))
		add_string(text, "caller", caller);
}

static void add_tcp(struct text *text, const struct bpguard_record *record)
{
	add_string(text, "tcp_state", record_tcp_state_name(record->tcp_state));
	add_number(text, "bytes_sent", record->bytes_sent);
	add_number(text, "bytes_acked", record->bytes_acked);
	add_number(text, "bytes_received", record->bytes_received);
	add_number(text, "lost", record->lost);
	if (record->lost_at_most)
		add_bool(text, "lost_at_most", true);
	add_number(text, "silent_ms", record->silent_ms);
	add_number(text, "peer_silent_before_close_ms", record->peer_silent_before_close_ms);
}

static void add_failure(struct text *text, const struct bpguard_record *record)
{
	add_string(text, "errno", record_errno_name(record->error));
	add_number(text, "requested", record->requested);
	add_string(text, "sigpipe", record_sigpipe_name(record->sigpipe));
	add_string(text, "action", record_action_name(record->action));
	if (record->action != ACTION_UNKNOWN && record->sigpipe != SIGPIPE_UNKNOWN)
		add_bool(text, "saved", record->saved);
	add_string(text, "local", record->local);
	add_string(text, "peer", record->peer);
	add_number(text, "peer_pid", record->peer_pid);
	add_number(text, "peer_uid", record->peer_uid);
	add_string(text, "peer_comm", record->peer_comm);
	add_string(text, "cause", record_cause_name(record->cause));
	add_tcp(text, record);
	add_number(text, "age_ms", record->age_ms);
	add_number(text, "child_pid", record->child_pid);
	add_string(text, "child_status", record->child_status);
	add_number(text, "fds_left", record->fds_left);
	add_number(text, "streak", record->streak);
}

size_t json_format(const struct bpguard_record *record, char *line, size_t size)
{
	struct text text = text_in(line, size - 2); /* room for the end whatever was cut */
	text_char(&text, '{');
	add_time(&text, record->time_ns);
	add_string(&text, "event", record_event_name(record->event));
	add_number(&text, "pid", record->pid);
	add_number(&text, "tid", record->tid);
	add_string(&text, "comm", record->comm);
	add_string(&text, "exe", record->exe);
	add_string(&text, "call", record->call);
	add_string(&text, "syscall", record->syscall);
	add_number(&text, "fd", record->fd);
	add_string(&text, "type", record_type_name(record->type));
	add_failure(&text, record);
	add_caller(&text, record);
	add_string(&text, "argv", record->argv);
	add_string(&text, "version", record->version);
	add_string(&text, "settings", record->settings);
	add_number(&text, "failures", record->failures);
	add_string(&text, "causes", record->causes);
	add_number(&text, "averted", record->averted);
	add_number(&text, "held_back", record->held_back);
	add_string(&text, "setting", record->setting);
	add_string(&text, "value", record->value);
	add_string(&text, "takes", record->takes);
	add_number(&text, "suppressed", record->suppressed ? record->suppressed : -1);
	text.end += 2;
	text_string(&text, "}\n");
	return (size_t)(text.at - line);
}
