/* The one place where lttng's macros become code: the tracepoints, the probes behind them, and the
 * three functions that the shim asks for by name. */
#include "contract/provider.h"

#include <errno.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define LTTNG_UST_TRACEPOINT_DEFINE /* read by tracepoint.h as by events.h */
#define LTTNG_UST_TRACEPOINT_HIDDEN_DEFINITION
#define LTTNG_UST_TRACEPOINT_PROVIDER_HIDDEN_DEFINITION
#include <lttng/tracepoint.h>
#include <lttng/ust-events.h>
#include <lttng/ust-thread.h>

/* From liblttng-ust-common; its header, lttng/ust-fd.h, is not installed by every version. */
int lttng_ust_safe_close_fd(int fd, int (*close_one)(int));

#define EXPORT __attribute__((visibility("default")))

static inline const char *text(const char *string)
{
	return string ? string : "";
}

/* Which recordings this process belongs to, as /NAME/ each: what their sessions filter by, so that
 * two at once do not record each other's programs. A copy, since hosts write over their environment
 * (setproctitle). Too long a list, of recordings within recordings, belongs to none. */
static char recordings[512];

__attribute__((constructor)) static void note_recordings(void)
{
	const char *value = secure_getenv("BPGUARD_RECORDING");
	if (value && strlen(value) < sizeof(recordings))
		strcpy(recordings, value);
}

/* One of the fields is named errno. What lttng's headers use of the macro lies in inline functions,
 * included above. */
#pragma push_macro("errno")
#undef errno

/* The code that made the failing call stands in the record; ours would tell nobody anything. */
#define LTTNG_UST_TP_IP_PARAM record->caller

/* lttng's macros, not ours, would not pass the tree's warnings. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wsign-conversion"
#pragma GCC diagnostic ignored "-Wshadow"
#define LTTNG_UST_TRACEPOINT_CREATE_PROBES
#include "events.h"
#pragma GCC diagnostic pop

#pragma pop_macro("errno")

static void trace(const struct record *record)
{
	switch (record->event) {
	case EVENT_EPIPE:
		lttng_ust_tracepoint(bpguard, epipe, record);
		break;
	case EVENT_RESET:
		lttng_ust_tracepoint(bpguard, reset, record);
		break;
	case EVENT_TIMEOUT:
		lttng_ust_tracepoint(bpguard, timeout, record);
		break;
	case EVENT_RUNAWAY:
		lttng_ust_tracepoint(bpguard, runaway, record);
		break;
	case EVENT_CHILD:
		lttng_ust_tracepoint(bpguard, child, record);
		break;
	case EVENT_ATTACH:
		lttng_ust_tracepoint(bpguard, attach, record);
		break;
	case EVENT_DETACH:
		lttng_ust_tracepoint(bpguard, detach, record);
		break;
	case EVENT_SETTING:
		lttng_ust_tracepoint(bpguard, setting, record);
		break;
	case EVENT_COUNT:
		break;
	}
}

EXPORT void bpguard_lttng_init_thread(void)
{
	lttng_ust_init_thread();
}

/* An event holds the tracer's read lock and a reserved place in its buffer. A handler that jumped
 * out of it, or a cancellation at the tracer's own write(2), would leave both behind: the next
 * change to any session would wait for that lock for ever. The shim has blocked every signal. */
EXPORT void bpguard_lttng_emit(const struct record *record)
{
	int cancel;
	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancel);
	trace(record);
	pthread_setcancelstate(cancel, NULL);
}

EXPORT int bpguard_lttng_close(int fd, int (*close_one)(int))
{
	return lttng_ust_safe_close_fd(fd, close_one);
}
