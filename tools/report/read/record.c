#include "read/record.h"

#include <string.h>

/* The contract's words for sets of events. */
enum {
	IN_FAILURE = 1 << EVENT_EPIPE | 1 << EVENT_RESET | 1 << EVENT_TIMEOUT | 1 << EVENT_RUNAWAY |
		     1 << EVENT_CHILD,
	IN_PROGRAM = 1 << EVENT_ATTACH | 1 << EVENT_DETACH,
	IN_SETTING = 1 << EVENT_SETTING,
	IN_FAILURE_PROGRAM = IN_FAILURE | IN_PROGRAM,
	IN_FAILURE_SETTING = IN_FAILURE | IN_SETTING,
	IN_ALL = IN_FAILURE | IN_PROGRAM | IN_SETTING,
};

#define ABSENT_TIME(value) value
#define ABSENT_EVENT(value) value
#define ABSENT_NUMBER(value) value
#define ABSENT_FLAG(value) value
#define ABSENT_NAMED(value) 0
#define ABSENT_TEXT(value) 0
#define ABSENT_STRING(value) 0
#define ABSENT_ADDRESS(value) 0

const struct field record_fields[FIELD_COUNT] = {
#define FIELD(member, name, kind, of, absent, unit, events, use, meaning)                          \
	[FIELD_##member] = {                                                                       \
	    name,	 offsetof(struct record, member), KIND_##kind, USE_##use,                  \
	    IN_##events, ABSENT_##kind(absent),                                                    \
	},
#include "contract/record.def"
};

static const char *const events[EVENT_COUNT] = {
#define EVENT(constant, name, meaning) [EVENT_##constant] = name,
#include "contract/record.def"
};

static const char *const causes[CAUSE_COUNT] = {
    [CAUSE_UNKNOWN] = "unknown",
#define CAUSE(constant, name, meaning) [CAUSE_##constant] = name,
#include "contract/record.def"
};

static const char *const actions[ACTION_COUNT] = {
    [ACTION_UNKNOWN] = "unknown",
#define ACTION(constant, name, meaning) [ACTION_##constant] = name,
#include "contract/record.def"
};

static struct record make_absent(void)
{
	struct record record = {0};
	for (int i = 0; i < FIELD_COUNT; i++) {
		const struct field *field = &record_fields[i];
		if (field_is_text(field))
			*record_text(&record, field) = "";
		else if (field_is_number(field))
			*record_number(&record, field) = field->absent;
	}
	return record;
}

void record_clear(struct record *record)
{
	static struct record absent;
	if (!absent.comm)
		absent = make_absent();
	*record = absent;
}

const char *event_name(enum record_event event)
{
	return events[event];
}

enum record_event event_by_name(const char *name)
{
	int i = 0;
	while (i < EVENT_COUNT && strcmp(name, events[i]) != 0)
		i++;
	return (enum record_event)i;
}

const char *cause_name(enum record_cause cause)
{
	return causes[cause];
}

/* The first name is that of what is not known. */
static int by_name(const char *name, const char *const *names, int count)
{
	if (*name)
		for (int i = 1; i < count; i++)
			if (strcmp(name, names[i]) == 0)
				return i;
	return 0;
}

enum record_cause cause_by_name(const char *name)
{
	return (enum record_cause)by_name(name, causes, CAUSE_COUNT);
}

const char *action_name(enum record_action action)
{
	return actions[action];
}

enum record_action action_by_name(const char *name)
{
	return (enum record_action)by_name(name, actions, ACTION_COUNT);
}
