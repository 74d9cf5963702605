/* A record as the report reads it, wherever it came from: the contract's fields, a row of
 * contract/record.def each.
 *
 * What is not known has the contract's absent value, a text "". Recordings of every version are
 * read: a field that one of them does not have is one that is not known. */
#ifndef BPGUARD_REPORT_RECORD_H
#define BPGUARD_REPORT_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "contract/record.h"

/* A name of a set stays text: who carries it on needs no more. */
#define RECORD_TYPE_TIME int64_t /* ns since 1970 */
#define RECORD_TYPE_EVENT enum record_event
#define RECORD_TYPE_NUMBER int64_t
#define RECORD_TYPE_FLAG int64_t /* true where it is positive */
#define RECORD_TYPE_NAMED const char *
#define RECORD_TYPE_TEXT const char *
#define RECORD_TYPE_STRING const char *
#define RECORD_TYPE_ADDRESS const char *

struct record {
#define FIELD(member, name, kind, of, absent, unit, events, use, meaning) RECORD_TYPE_##kind member;
#include "contract/record.def"
	uint64_t ip; /* the caller's address, in LTTng, which has no `caller`; 0 unknown */
};

enum field_kind {
	KIND_TIME,
	KIND_EVENT,
	KIND_NUMBER,
	KIND_FLAG,
	KIND_NAMED,
	KIND_TEXT,
	KIND_STRING,
	KIND_ADDRESS,
};

enum field_use { USE_CARRIED, USE_COUNTED };

enum field_id {
#define FIELD(member, name, kind, of, absent, unit, events, use, meaning) FIELD_##member,
#include "contract/record.def"
	FIELD_COUNT,
};

struct field {
	const char *name;
	size_t offset; /* in struct record */
	enum field_kind kind;
	enum field_use use;
	unsigned events; /* that may have it: a bit each, 1 << event */
	int64_t absent;	 /* of numbers */
};

extern const struct field record_fields[FIELD_COUNT];

/* Sets every field to its absent value. */
void record_clear(struct record *record);

/* What a field holds: a text, a number, or, for time and event, neither. */
static inline bool field_is_text(const struct field *field)
{
	return field->kind >= KIND_NAMED;
}

static inline bool field_is_number(const struct field *field)
{
	return field->kind == KIND_NUMBER || field->kind == KIND_FLAG;
}

/* A field's place in a record: for texts, and for numbers. */
static inline const char **record_text(struct record *record, const struct field *field)
{
	return (const char **)(void *)((char *)record + field->offset);
}

static inline int64_t *record_number(struct record *record, const struct field *field)
{
	return (int64_t *)(void *)((char *)record + field->offset);
}

/* The contract's names. An event's is without "bpguard:". */
const char *event_name(enum record_event event);
/* EVENT_COUNT where there is no such event. */
enum record_event event_by_name(const char *name);
/* CAUSE_UNKNOWN's is "unknown"; so are names that the contract does not have. */
const char *cause_name(enum record_cause cause);
enum record_cause cause_by_name(const char *name);
const char *action_name(enum record_action action);
enum record_action action_by_name(const char *name);

#endif
