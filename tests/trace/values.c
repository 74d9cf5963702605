/* Emits one event for each value of each enumeration, through the provider alone, and says the
 * names that record.c gives them, in the events' order. */
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "contract/provider.h"
#include "record/record.h"

static void (*emit)(const struct record *record);

static void tell(const char *field, const char *name, const struct record *record)
{
	printf("%s %s\n", field, name ? name : "");
	emit(record);
}

#define TELL_ALL(field, set, last)                                                                 \
	do {                                                                                       \
		struct record record;                                                              \
		record_clear(&record);                                                             \
		for (unsigned value = 0; value <= last; value++) {                                 \
			record.field = value;                                                      \
			tell(#field, record_name(set, value), &record);                            \
		}                                                                                  \
	} while (0)

static void tell_errors(void)
{
	static const int errors[] = {0, EPIPE, ECONNRESET, ETIMEDOUT};
	struct record record;
	record_clear(&record);
	for (int i = 0; i < 4; i++) {
		record.error = errors[i];
		tell("errno", record_name(SET_ERROR, errors[i]), &record);
	}
}

/* As long as they can be, and with all that text can hold. */
static void tell_texts(void)
{
	struct record record;
	record_clear(&record);
	memset(record.peer, 'p', sizeof(record.peer) - 1);
	memset(record.argv, 'a', sizeof(record.argv) - 1);
	strcpy(record.comm, "\"x\\\n\x01\xff");
	record.requested = INT64_MAX;
	record.peer_uid = 4294967294;
	record.suppressed = 12;
	tell("requested", "9223372036854775807", &record);
}

static void tell_events(void)
{
	struct record record;
	record_clear(&record);
	record.setting = "BPGUARD_PROTECT";
	record.value = "maybe";
	record.takes = "auto, calls or observe";
	strcpy(record.argv, "program argument");
	for (unsigned event = EVENT_EPIPE; event <= EVENT_SETTING; event++) {
		record.event = event;
		tell("event", record_name(SET_EVENT, event), &record);
	}
}

int main(int count, char **args)
{
	void *provider = count == 2 ? dlopen(args[1], RTLD_NOW | RTLD_LOCAL) : NULL;
	if (!provider || !(*(void **)&emit = dlsym(provider, "bpguard_lttng_emit"))) {
		fprintf(stderr, "%s\n", dlerror());
		return 1;
	}
	TELL_ALL(type, SET_TYPE, TYPE_OTHER);
	TELL_ALL(sigpipe, SET_SIGPIPE_WOULD, SIGPIPE_BLOCKED);
	TELL_ALL(action, SET_ACTION, ACTION_KILLED);
	TELL_ALL(cause, SET_CAUSE, CAUSE_READER_DIED);
	tell_errors();
	tell_texts();
	tell_events();
	return 0;
}
