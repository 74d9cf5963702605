#include "record.h"

#include <string.h>

const struct field record_fields[FIELD_COUNT] = {
#define FIELD(member, name, kind, use)                                                             \
	[FIELD_##member] = {name, offsetof(struct record, member), kind, use},
#include "fields.def"
#undef FIELD
};

static const char *const events[EVENT_COUNT] = {
    "epipe", "reset", "timeout", "runaway", "attach", "detach", "setting",
};

static const char *const causes[CAUSE_COUNT] = {
    "unknown",	       "peer-closed", "peer-reset",  "peer-gone",   "local-shutdown",
    "never-connected", "timed-out",   "reader-gone", "reader-died",
};

static const char *const actions[ACTION_COUNT] = {
    "unknown", "none", "nosignal", "masked", "backstop", "killed",
};

static struct record make_absent(void)
{
	struct record record = {0};
	for (int i = 0; i < FIELD_COUNT; i++) {
		const struct field *field = &record_fields[i];
		if (field->kind == NUMBER)
			*record_number(&record, field) = -1;
		else if (field->kind != FLAG)
			*record_text(&record, field) = "";
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

const char *event_name(enum event event)
{
	return events[event];
}

enum event event_by_name(const char *name)
{
	int i = 0;
	while (i < EVENT_COUNT && strcmp(name, events[i]) != 0)
		i++;
	return (enum event)i;
}

const char *cause_name(enum cause cause)
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

enum cause cause_by_name(const char *name)
{
	return (enum cause)by_name(name, causes, CAUSE_COUNT);
}

const char *action_name(enum action action)
{
	return actions[action];
}

enum action action_by_name(const char *name)
{
	return (enum action)by_name(name, actions, ACTION_COUNT);
}
