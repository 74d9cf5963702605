#include "records.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct reader {
	const unsigned char *at;
	const char *fault;
};

static bool refuse(struct reader *r, const char *fault)
{
	if (!r->fault)
		r->fault = fault;
	return false;
}

static bool expect(struct reader *r, unsigned char byte)
{
	if (*r->at != byte)
		return refuse(r, "not the punctuation of one flat object");
	r->at++;
	return true;
}

static size_t put_utf8(char *out, unsigned code)
{
	if (code < 0x80) {
		out[0] = (char)code;
		return 1;
	}
	if (code < 0x800) {
		out[0] = (char)(0xc0 | code >> 6);
		out[1] = (char)(0x80 | (code & 0x3f));
		return 2;
	}
	out[0] = (char)(0xe0 | code >> 12);
	out[1] = (char)(0x80 | (code >> 6 & 0x3f));
	out[2] = (char)(0x80 | (code & 0x3f));
	return 3;
}

/* Bytes of one well-formed UTF-8 character, 0 where it is none: overlong forms, surrogates and
 * what lies beyond U+10FFFF are not. */
static size_t utf8_length(const unsigned char *at)
{
	size_t length = at[0] < 0x80	? 1
			: at[0] < 0xc2	? 0
			: at[0] < 0xe0	? 2
			: at[0] < 0xf0	? 3
			: at[0] <= 0xf4 ? 4
					: 0;

	for (size_t i = 1; i < length; i++)
		if ((at[i] & 0xc0) != 0x80)
			return 0;
	if ((at[0] == 0xe0 && at[1] < 0xa0) || (at[0] == 0xed && at[1] > 0x9f) ||
	    (at[0] == 0xf0 && at[1] < 0x90) || (at[0] == 0xf4 && at[1] > 0x8f))
		return 0;
	return length;
}

static bool escape(struct reader *r, char *out, size_t *length)
{
	static const char plain[] = "\"\\/bfnrt", meant[] = "\"\\/\b\f\n\r\t";
	const char *known = *r->at ? strchr(plain, *r->at) : 0;
	char hex[5] = "";

	if (known) {
		r->at++;
		out[0] = meant[known - plain];
		*length = 1;
		return true;
	}
	if (*r->at != 'u')
		return refuse(r, "an escape that JSON does not know");
	strncpy(hex, (const char *)r->at + 1, 4);
	if (strspn(hex, "0123456789abcdefABCDEF") != 4)
		return refuse(r, "an escape without four hex digits");
	r->at += 5;
	*length = put_utf8(out, (unsigned)strtoul(hex, 0, 16));
	return true;
}

static char *string(struct reader *r)
{
	char *text = malloc(strlen((const char *)r->at) + 1), *out = text;
	size_t length;

	if (!expect(r, '"'))
		return text;
	while (*r->at != '"') {
		if (*r->at == '\\') {
			r->at++;
			if (!escape(r, out, &length))
				break;
			out += length;
			continue;
		}
		length = *r->at < 0x20 ? 0 : utf8_length(r->at);
		if (!length) {
			refuse(r, "a bare control character, broken UTF-8 or no end in a string");
			break;
		}
		memcpy(out, r->at, length);
		out += length;
		r->at += length;
	}
	*out = 0;
	if (!r->fault)
		r->at++;
	return text;
}

static bool is_number(const char *text)
{
	size_t minus = text[0] == '-', digits = strspn(text + minus, "0123456789");

	return digits && !text[minus + digits] && (digits == 1 || text[minus] != '0');
}

static char *word(struct reader *r)
{
	size_t length = strcspn((const char *)r->at, ",}");
	char *text = strndup((const char *)r->at, length);

	r->at += length;
	if (!is_number(text) && strcmp(text, "true") != 0 && strcmp(text, "false") != 0)
		refuse(r, "a value that is no string, no whole number, true or false");
	return text;
}

static void object(struct reader *r, struct line *line)
{
	expect(r, '{');
	while (!r->fault && line->count < 64) {
		struct field *field = &line->fields[line->count];

		field->key = string(r);
		expect(r, ':');
		field->quoted = *r->at == '"';
		field->value = field->quoted ? string(r) : word(r);
		for (size_t i = 0; i < line->count; i++)
			if (strcmp(line->fields[i].key, field->key) == 0)
				refuse(r, "a field twice");
		line->count++;
		if (*r->at != ',')
			break;
		r->at++;
	}
	expect(r, '}');
	if (!r->fault && *r->at)
		refuse(r, "something behind the object");
}

static char *read_all(const char *path)
{
	struct stat info;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	char *text = calloc(1, 1);
	ssize_t length;

	if (fd < 0)
		return text;
	if (fstat(fd, &info) == 0)
		text = realloc(text, (size_t)info.st_size + 1);
	length = read(fd, text, (size_t)info.st_size);
	text[length > 0 ? length : 0] = 0;
	close(fd);
	return text;
}

static void add_line(struct log *log, char *text)
{
	struct reader reader = {(unsigned char *)text, 0};
	struct line *line;

	log->lines = realloc(log->lines, (log->count + 1) * sizeof *log->lines);
	line = &log->lines[log->count++];
	memset(line, 0, sizeof *line);
	line->text = text;
	object(&reader, line);
	if (!log->fault)
		log->fault = reader.fault;
}

struct log log_read(const char *path)
{
	struct log log = {.text = read_all(path)};
	char *copy = strdup(log.text);

	for (char *at = copy, *end; *at; at = end + 1) {
		end = strchr(at, '\n');
		if (!end) {
			log.fault = "a last line without an end";
			break;
		}
		*end = 0;
		add_line(&log, at);
	}
	return log;
}

struct log log_read_damaged(const char *path)
{
	struct log log = {.text = read_all(path)};
	char *copy = strdup(log.text), *rest = copy;

	for (char *at; (at = strsep(&rest, "\n"));) {
		log.empty += !*at && rest;
		if (!*at)
			continue;
		log.fault = 0;
		add_line(&log, at);
		if (log.fault || !rest) {
			log.count--;
			log.torn++;
		}
	}
	log.fault = 0;
	return log;
}

const char *line_value(const struct line *line, const char *key)
{
	for (size_t i = 0; line && i < line->count; i++)
		if (strcmp(line->fields[i].key, key) == 0)
			return line->fields[i].value;
	return 0;
}

long long line_number(const struct line *line, const char *key)
{
	const char *value = line_value(line, key);

	return value ? strtoll(value, 0, 10) : -1;
}

const char *line_text(const struct line *line)
{
	return line ? line->text : "(no line)";
}

bool line_is(const struct line *line, const char *key, const char *expected)
{
	const char *value = line_value(line, key);

	if (!value || !expected)
		return line && !value && !expected;
	return strcmp(value, expected) == 0;
}

const struct line *log_line(const struct log *log, const char *event, size_t i)
{
	for (size_t at = 0; at < log->count; at++)
		if (line_is(&log->lines[at], "event", event) && i-- == 0)
			return &log->lines[at];
	return 0;
}

size_t log_count(const struct log *log, const char *event)
{
	size_t count = 0;

	for (size_t at = 0; at < log->count; at++)
		count += line_is(&log->lines[at], "event", event);
	return count;
}
