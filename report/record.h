/* A record as this room reads it: the contract's fields, wherever they came from.
 * What is not known is "" or -1, a flag 0. */
#ifndef BPGUARD_REPORT_RECORD_H
#define BPGUARD_REPORT_RECORD_H

#include <stddef.h>
#include <stdint.h>

enum event {
	EVENT_EPIPE,
	EVENT_RESET,
	EVENT_TIMEOUT,
	EVENT_RUNAWAY,
	EVENT_ATTACH,
	EVENT_DETACH,
	EVENT_SETTING,
	EVENT_COUNT,
};

enum cause {
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

enum action {
	ACTION_UNKNOWN,
	ACTION_NONE,
	ACTION_NOSIGNAL,
	ACTION_MASKED,
	ACTION_BACKSTOP,
	ACTION_KILLED,
	ACTION_COUNT,
};

#define FIELD_TYPE_TEXT const char *
#define FIELD_TYPE_NAMED const char *
#define FIELD_TYPE_NUMBER int64_t
#define FIELD_TYPE_FLAG int64_t

struct record {
	enum event event;
	int64_t time_ns; /* since 1970 */
	uint64_t ip;	 /* the caller's address where `caller` is not there: in LTTng; 0 unknown */
#define FIELD(member, name, kind, use) FIELD_TYPE_##kind member;
#include "fields.def"
#undef FIELD
};

enum field_kind { TEXT, NUMBER, FLAG, NAMED };
enum field_use { CARRIED, COUNTED };

enum field_id {
#define FIELD(member, name, kind, use) FIELD_##member,
#include "fields.def"
#undef FIELD
	FIELD_COUNT,
};

struct field {
	const char *name;
	size_t offset; /* in struct record */
	enum field_kind kind;
	enum field_use use;
};

extern const struct field record_fields[FIELD_COUNT];

/* Sets every field to its absent value. */
void record_clear(struct record *record);

/* A field's place in a record. */
static inline const char **record_text(struct record *record, const struct field *field)
{
	return (const char **)(void *)((char *)record + field->offset);
}

static inline int64_t *record_number(struct record *record, const struct field *field)
{
	return (int64_t *)(void *)((char *)record + field->offset);
}

/* The contract's names. An event's is without "bpguard:". */
const char *event_name(enum event event);
/* EVENT_COUNT where there is no such event. */
enum event event_by_name(const char *name);
/* CAUSE_UNKNOWN's is "unknown". */
const char *cause_name(enum cause cause);
enum cause cause_by_name(const char *name);
const char *action_name(enum action action); /* as with causes */
enum action action_by_name(const char *name);

#endif
