#include "record/record.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

#define EVENT(constant, name, meaning) [EVENT_##constant] = name,
static const char *const events[] = {
#include "contract/record.def"
};
#define TYPE(constant, name, meaning) [TYPE_##constant] = name,
static const char *const types[] = {
#include "contract/record.def"
};
#define ERROR(constant, name, meaning) [constant] = name,
static const char *const errors[] = {
#include "contract/record.def"
};
#define SIGPIPE_WOULD(constant, name, meaning) [SIGPIPE_##constant] = name,
static const char *const sigpipes[] = {
#include "contract/record.def"
};
#define ACTION(constant, name, meaning) [ACTION_##constant] = name,
static const char *const actions[] = {
#include "contract/record.def"
};
#define CAUSE(constant, name, meaning) [CAUSE_##constant] = name,
static const char *const causes[] = {
#include "contract/record.def"
};
#define TCP_STATE(constant, name, meaning) [constant] = name,
static const char *const tcp_states[] = {
#include "contract/record.def"
};

#define SET(names)                                                                                 \
	{                                                                                          \
		names, sizeof(names) / sizeof((names)[0])                                          \
	}
static const struct {
	const char *const *names;
	size_t count;
} sets[] = {
    [SET_EVENT] = SET(events),		 [SET_TYPE] = SET(types),     [SET_ERROR] = SET(errors),
    [SET_SIGPIPE_WOULD] = SET(sigpipes), [SET_ACTION] = SET(actions), [SET_CAUSE] = SET(causes),
    [SET_TCP_STATE] = SET(tcp_states),
};

const char *record_name(enum record_set set, uint32_t value)
{
	return value < sets[set].count ? sets[set].names[value] : NULL;
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
