#include "rows.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "channels.h"

/* What a record says of who was there, why, and what was lost. */
static const char *const fields[] = {
    "event",	   "errno",
    "fd",	   "type",
    "local",	   "peer",
    "peer_pid",	   "peer_uid",
    "peer_comm",   "cause",
    "tcp_state",   "bytes_sent",
    "bytes_acked", "bytes_received",
    "lost",	   "lost_at_most",
    "age_ms",	   "silent_ms",
    "child_pid",   "child_status",
    "fds_left",	   "peer_silent_before_close_ms",
};
enum { FIELDS = sizeof fields / sizeof *fields };

int row_play(const struct row *rows, size_t count, char **args)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(rows[i].name, args[0]) == 0) {
			rows[i].play();
			return 0;
		}
	must(false, args[0]);
	return 1;
}

/* The value that the row gives for a field, 0 where it does not name it. */
static const char *wanted(const char *record, const char *field, char *value, size_t size)
{
	size_t length = strlen(field), end;

	for (const char *at = record; *at; at += end + strspn(at + end, ", ")) {
		end = strcspn(at, ",");
		if (strncmp(at, field, length) == 0 && strncmp(at + length, ": ", 2) == 0) {
			snprintf(value, size, "%.*s", (int)(end - length - 2), at + length + 2);
			return value;
		}
	}
	return 0;
}

static void check_field(const struct outcome *outcome, const struct line *line, const char *record,
			const char *field)
{
	char space[256];
	const char *value = wanted(record, field, space, sizeof space);

	if (value && *value == '$')
		value = heard(outcome, value + 1);
	if (value && *value == '*')
		ck_assert_msg(line_value(line, field) != 0, "%s: no %s in\n%s", case_label(), field,
			      line_text(line));
	else
		ck_field(*outcome, line, field, value);
}

static size_t count_fields(const char *record)
{
	size_t count = 1;

	while ((record = strchr(record, ',')))
		record++, count++;
	return count;
}

/* A name misspelt in a row would never be compared. */
static void check_names(const char *record)
{
	char value[256];
	size_t known = 0;

	for (int i = 0; i < FIELDS; i++)
		known += wanted(record, fields[i], value, sizeof value) != 0;
	ck_assert_msg(known == count_fields(record), "an unknown field in the row \"%s\"", record);
}

static bool is_failure(const struct line *line)
{
	return line_is(line, "event", "epipe") || line_is(line, "event", "reset") ||
	       line_is(line, "event", "timeout");
}

static void check_records(const struct row *row, const struct outcome *outcome)
{
	const char *const *record = row->records;

	for (size_t i = 0; i < outcome->log.count; i++) {
		const struct line *line = &outcome->log.lines[i];

		if (!is_failure(line))
			continue;
		ck_assert_msg(*record, "%s: one record too many:\n%s", case_label(),
			      line_text(line));
		check_names(*record);
		ck_assert_msg(line_number(line, "connection") > 0, "%s: no connection in\n%s",
			      case_label(), line_text(line));
		for (int field = 0; field < FIELDS; field++)
			check_field(outcome, line, *record, fields[field]);
		record++;
	}
	ck_assert_msg(!*record, "%s: no record of\n%s\nin\n%s", case_label(), or_absent(*record),
		      outcome->log.text);
}

void row_check(const struct row *row)
{
	struct outcome outcome = RUN(.mode = AUTO, .victim = "row", .args = {row->name});

	ck_lives(outcome);
	check_records(row, &outcome);
}

void rows_check_together(const struct row *rows, size_t count)
{
	pid_t pids[count];
	int status;

	for (size_t i = 0; i < count; i++) {
		pids[i] = check_fork();
		if (pids[i] == 0) {
			row_check(&rows[i]);
			exit(0);
		}
	}
	for (size_t i = 0; i < count; i++) {
		ck_assert_int_eq(waitpid(pids[i], &status, 0), pids[i]);
		ck_assert_msg(status == 0, "the row \"%s\" failed", rows[i].name);
	}
}
