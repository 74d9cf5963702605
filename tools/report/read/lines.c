#include "read/lines.h"

#include <errno.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "read/memory.h"

/* Processes append to a log as they come, so a line may be a little older than the one before; a
 * clock that was set back makes it more than a little. Streams must not run backwards: then the
 * lines are read by this list. */
struct position {
	int64_t time_ns;
	off_t offset;
};

struct lines {
	FILE *file;
	char *line;
	size_t room;
	struct position *order; /* null where the file is in order */
	size_t order_count, next;
	json_tokener *tokener;
	json_object *object; /* holds the last record's strings */
	uint64_t whole, broken;
	bool is_cut; /* the last line has no end */
	int error;
};

/* --- time --- */

/* Two or more digits. Returns -1 where there are others. */
static int digits(const char *text, int count)
{
	int value = 0;
	for (int i = 0; i < count; i++) {
		if (text[i] < '0' || text[i] > '9')
			return -1;
		value = value * 10 + text[i] - '0';
	}
	return value;
}

/* Days since 1970-01-01 of a civil date, by eras of 400 years from March 0000. */
static int64_t day_of(int64_t year, int month, int day)
{
	int64_t shifted = year - (month <= 2), era = shifted / 400, of_era = shifted % 400;
	int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
	return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

/* RFC 3339 in UTC, 2026-11-20T16:17:12.050542467Z, to the nanosecond. */
static bool parse_time(const char *text, int64_t *ns)
{
	int year, month, day, hour, minute, second;
	int64_t part = 100000000;
	if (strnlen(text, 20) < 20 || text[4] != '-' || text[7] != '-' || text[10] != 'T' ||
	    text[13] != ':' || text[16] != ':')
		return false;
	year = digits(text, 4), month = digits(text + 5, 2), day = digits(text + 8, 2);
	hour = digits(text + 11, 2), minute = digits(text + 14, 2), second = digits(text + 17, 2);
	if (year < 1970 || year > 2261 || month < 1 || month > 12 || day < 1 || day > 31 ||
	    hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 60)
		return false;
	*ns = (((day_of(year, month, day) * 24 + hour) * 60 + minute) * 60 + second) * 1000000000;
	text += 19;
	if (*text == '.')
		for (text++; *text >= '0' && *text <= '9'; text++, part /= 10)
			*ns += (*text - '0') * part;
	return *text == 'Z';
}

/* Within a string every quotation mark is escaped, so this is the member and nothing else. */
static bool line_time(const char *line, int64_t *ns)
{
	static const char name[] = "\"time\":\"";
	const char *at = strstr(line, name);
	return at && parse_time(at + sizeof(name) - 1, ns);
}

/* --- the file --- */

static ssize_t read_line(struct lines *lines)
{
	ssize_t length = getline(&lines->line, &lines->room, lines->file);
	if (length < 0 && ferror(lines->file))
		lines->error = errno;
	return length;
}

static bool is_in_order(struct lines *lines)
{
	int64_t before = INT64_MIN, time_ns;
	while (read_line(lines) >= 0) {
		if (!line_time(lines->line, &time_ns))
			continue;
		if (time_ns < before)
			return false;
		before = time_ns;
	}
	return true;
}

static int compare_positions(const void *left, const void *right)
{
	const struct position *a = left, *b = right;
	if (a->time_ns != b->time_ns)
		return a->time_ns < b->time_ns ? -1 : 1;
	return a->offset < b->offset ? -1 : a->offset > b->offset;
}

/* A line without a time stays behind the one before it. */
static void put_in_order(struct lines *lines)
{
	struct position here = {INT64_MIN, 0};
	size_t room = 0;
	ssize_t length;
	rewind(lines->file);
	while ((length = read_line(lines)) >= 0) {
		line_time(lines->line, &here.time_ns);
		if (lines->order_count == room) {
			room = room * 2 + 1024;
			lines->order = must_grow(lines->order, room * sizeof(*lines->order));
		}
		lines->order[lines->order_count++] = here;
		here.offset += length;
	}
	qsort(lines->order, lines->order_count, sizeof(*lines->order), compare_positions);
}

/* A pipe can be read once only. */
static FILE *copy(FILE *from)
{
	char bytes[65536];
	size_t got;
	FILE *to = tmpfile();
	while (to && (got = fread(bytes, 1, sizeof(bytes), from)) > 0)
		if (fwrite(bytes, 1, got, to) != got)
			break;
	fclose(from);
	if (to)
		rewind(to);
	return to;
}

static FILE *open_file(const char *path)
{
	FILE *file = fopen(path, "re");
	struct stat status;
	if (!file)
		return NULL;
	if (fstat(fileno(file), &status) == 0 && S_ISDIR(status.st_mode)) {
		fclose(file);
		errno = EISDIR;
		return NULL;
	}
	return S_ISREG(status.st_mode) ? file : copy(file);
}

struct lines *lines_open(const char *path)
{
	FILE *file = open_file(path);
	struct lines *lines;
	if (!file)
		return NULL;
	lines = must_clear(1, sizeof(*lines));
	lines->file = file;
	lines->tokener = json_tokener_new();
	if (!is_in_order(lines))
		put_in_order(lines);
	rewind(file);
	return lines;
}

struct lines *lines_alone(void)
{
	struct lines *lines = must_clear(1, sizeof(*lines));
	lines->tokener = json_tokener_new();
	return lines;
}

void lines_rewind(struct lines *lines)
{
	rewind(lines->file);
	lines->next = 0;
	lines->whole = lines->broken = 0;
	lines->is_cut = false;
}

static void close_parts(struct lines *lines)
{
	if (lines->file)
		fclose(lines->file);
	json_tokener_free(lines->tokener);
	json_object_put(lines->object);
	free(lines->line);
	free(lines->order);
}

void lines_close(struct lines *lines)
{
	close_parts(lines);
	free(lines);
}

/* --- a line --- */

static void read_member(struct record *record, const struct field *field, json_object *value)
{
	enum json_type type = json_object_get_type(value);
	if (field_is_text(field)) {
		if (type == json_type_string)
			*record_text(record, field) = json_object_get_string(value);
	} else if (field_is_number(field) && (type == json_type_int || type == json_type_boolean)) {
		*record_number(record, field) = json_object_get_int64(value);
	}
}

static const char *member_text(json_object *object, const char *name)
{
	json_object *value;
	if (!json_object_object_get_ex(object, name, &value) ||
	    json_object_get_type(value) != json_type_string)
		return "";
	return json_object_get_string(value);
}

/* An object with a time, and an event that the contract knows. */
static bool read_record(json_object *object, struct record *record)
{
	json_object *value;
	record_clear(record);
	if (json_object_get_type(object) != json_type_object ||
	    !parse_time(member_text(object, "time"), &record->time_ns))
		return false;
	record->event = event_by_name(member_text(object, "event"));
	if (record->event == EVENT_COUNT)
		return false;
	for (int i = 0; i < FIELD_COUNT; i++)
		if (json_object_object_get_ex(object, record_fields[i].name, &value))
			read_member(record, &record_fields[i], value);
	return true;
}

bool lines_parse(struct lines *lines, const char *line, size_t length, struct record *record)
{
	json_object_put(lines->object);
	json_tokener_reset(lines->tokener);
	lines->object = json_tokener_parse_ex(lines->tokener, line, (int)length);
	return lines->object && read_record(lines->object, record);
}

/* Reads the next line. Returns its length, or -1 at the end. */
static ssize_t advance(struct lines *lines)
{
	if (!lines->order)
		return read_line(lines);
	if (lines->next == lines->order_count ||
	    fseeko(lines->file, lines->order[lines->next++].offset, SEEK_SET) != 0)
		return -1;
	return read_line(lines);
}

static bool is_blank(const char *line)
{
	return line[strspn(line, " \t\r\n")] == 0;
}

bool lines_next(struct lines *lines, struct record *record)
{
	ssize_t length;
	while ((length = advance(lines)) >= 0) {
		if (is_blank(lines->line))
			continue;
		if (lines_parse(lines, lines->line, (size_t)length, record)) {
			lines->whole++;
			return true;
		}
		if (lines->line[length - 1] == '\n')
			lines->broken++;
		else
			lines->is_cut = true;
	}
	return false;
}

bool lines_problem(const struct lines *lines, char *text, size_t size)
{
	unsigned long long whole = lines->whole, broken = lines->broken;
	if (lines->error)
		snprintf(text, size, "%s", strerror(lines->error));
	else if (!whole && (broken || lines->is_cut))
		snprintf(text, size, "not a log of bpguard's: none of its lines is a record");
	else if (broken)
		snprintf(text, size, "%llu of %llu lines are no records%s", broken, whole + broken,
			 lines->is_cut ? ", and the last line is cut" : "");
	else if (lines->is_cut)
		snprintf(text, size, "the last line is cut; %llu records before it were read",
			 whole);
	else
		return false;
	return true;
}

bool lines_are_ours(const char *path)
{
	struct stat status;
	struct lines lines = {0};
	struct record record;
	bool ours = false;
	if (stat(path, &status) != 0 || !S_ISREG(status.st_mode) ||
	    !(lines.file = fopen(path, "re")))
		return false;
	lines.tokener = json_tokener_new();
	/* Files of other kinds have lines of any length. */
	lines.room = 65536;
	lines.line = must_grow(NULL, lines.room);
	if (fgets(lines.line, (int)lines.room, lines.file) && *lines.line == '{')
		ours = lines_parse(&lines, lines.line, strlen(lines.line), &record);
	close_parts(&lines);
	return ours;
}
