#include "record/record.h"

#include <errno.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const char *const events[] = {
#define EVENT(constant, name, meaning) [EVENT_##constant] = name,
#include "contract/record.def"
};

static const char *const types[] = {
#define TYPE(constant, name, meaning) [TYPE_##constant] = name,
#include "contract/record.def"
};

static const char *const sigpipes[] = {
#define SIGPIPE_WOULD(constant, name, meaning) [SIGPIPE_##constant] = name,
#include "contract/record.def"
};

static const char *const actions[] = {
#define ACTION(constant, name, meaning) [ACTION_##constant] = name,
#include "contract/record.def"
};

static const char *const causes[] = {
#define CAUSE(constant, name, meaning) [CAUSE_##constant] = name,
#include "contract/record.def"
};

static const char *const tcp_states[] = {
#define TCP_STATE(constant, name, meaning) [constant] = name,
#include "contract/record.def"
};

static const char *name_of(const char *const *names, size_t count, int value)
{
	return value >= 0 && (size_t)value < count ? names[value] : NULL;
}

const char *record_event_name(int event)
{
	return name_of(events, COUNT(events), event);
}

const char *record_type_name(int type)
{
	return name_of(types, COUNT(types), type);
}

const char *record_sigpipe_name(int sigpipe)
{
	return name_of(sigpipes, COUNT(sigpipes), sigpipe);
}

const char *record_action_name(int action)
{
	return name_of(actions, COUNT(actions), action);
}

const char *record_cause_name(int cause)
{
	return name_of(causes, COUNT(causes), cause);
}

const char *record_tcp_state_name(int state)
{
	return name_of(tcp_states, COUNT(tcp_states), state);
}

const char *record_errno_name(int error)
{
	switch (error) {
#define ERROR(constant, name, meaning)                                                             \
	case constant:                                                                             \
		return name;
#include "contract/record.def"
	default:
		return NULL;
	}
}

/* Texts begin with their NUL, strings are NULL. */
#define CLEAR_TIME(member, absent) record->member = absent;
#define CLEAR_EVENT(member, absent) record->member = absent;
#define CLEAR_NUMBER(member, absent) record->member = absent;
#define CLEAR_FLAG(member, absent) record->member = absent;
#define CLEAR_NAMED(member, absent) record->member = absent;
#define CLEAR_TEXT(member, absent)
#define CLEAR_STRING(member, absent)
#define CLEAR_ADDRESS(member, absent)

void record_clear(struct record *record)
{
	memset(record, 0, sizeof(*record));
#define FIELD(member, name, kind, of, absent, unit, events, use, meaning)                          \
	CLEAR_##kind(member, absent)
#include "contract/record.def"
}
