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

static void add_number(struct text *text, const char *name, int64_t value, int64_t absent)
{
	char *begin = text->at;
	if (value < 0 || value == absent)
		return;
	begin_field(text, name);
	text_number(text, value);
	end_field(text, begin);
}

static void add_flag(struct text *text, const char *name, int64_t value, int64_t absent)
{
	char *begin = text->at;
	if (value == absent)
		return;
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
static void add_address(struct text *text, const char *name, const void *address, const char *exe)
{
	char place[256];
	if (address && module_format(address, exe, place, sizeof(place)))
		add_string(text, name, place);
}

/* Each kind of field: how it is added. */
#define ADD_TIME(member, name, of, absent) add_time(&text, record->member);
#define ADD_EVENT(member, name, of, absent)                                                        \
	add_string(&text, name, record_name(SET_EVENT, record->member));
#define ADD_NUMBER(member, name, of, absent) add_number(&text, name, record->member, absent);
#define ADD_FLAG(member, name, of, absent) add_flag(&text, name, record->member, absent);
#define ADD_NAMED(member, name, of, absent)                                                        \
	add_string(&text, name, record_name(SET_##of, record->member));
#define ADD_TEXT(member, name, of, absent) add_string(&text, name, record->member);
#define ADD_STRING(member, name, of, absent) add_string(&text, name, record->member);
#define ADD_ADDRESS(member, name, of, absent) add_address(&text, name, record->member, record->exe);

size_t json_format(const struct record *record, char *line, size_t size)
{
	struct text text = text_in(line, size - 2); /* room for the end whatever was cut */
	text_char(&text, '{');
#define FIELD(member, name, kind, of, absent, unit, events, use, meaning)                          \
	ADD_##kind(member, name, of, absent)
#include "contract/record.def"
	text.end += 2;
	text_string(&text, "}\n");
	return (size_t)(text.at - line);
}
