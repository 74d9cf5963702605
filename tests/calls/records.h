/* A log of JSON lines, read strictly: whatever is not exactly one flat object a line is an error.
 */
#ifndef BPGUARD_TESTS_RECORDS_H
#define BPGUARD_TESTS_RECORDS_H

#include <stdbool.h>
#include <stddef.h>

struct field {
	char *key, *value; /* a string decoded, a number or a word as it stands */
	bool quoted;
};

struct line {
	const char *text;
	size_t count;
	struct field fields[64];
};

struct log {
	char *text;
	size_t count;
	struct line *lines;
	const char *fault;  /* 0, or what is wrong with the first line that is */
	size_t empty, torn; /* what log_read_damaged passed over */
};

struct log log_read(const char *path);

/* Of a log whose outlet failed, or whose writers were killed: lines that are empty or no record are
 * counted and left out. */
struct log log_read_damaged(const char *path);
size_t log_count(const struct log *log, const char *event);

/* The i-th line of that event, 0 where there are fewer. */
const struct line *log_line(const struct log *log, const char *event, size_t i);

/* 0 where the line has no such field, or there is no line. */
const char *line_value(const struct line *line, const char *key);
long long line_number(const struct line *line, const char *key);
const char *line_text(const struct line *line);

/* Whether the field has that value; with 0, whether it is absent. */
bool line_is(const struct line *line, const char *key, const char *expected);

#endif
