/* Babeltrace's events as records. Strings are borrowed from the event. */
#ifndef BPGUARD_REPORT_EVENTS_H
#define BPGUARD_REPORT_EVENTS_H

#include <babeltrace2/babeltrace.h>

#include "read/layout.h"
#include "read/record.h"
#include "read/table.h"

/* All zeros to begin with. */
struct events {
	struct table layouts; /* struct layout *, by the address of the event class */
	const struct layout *last;
};

/* A file that a process had mapped, as the tracer found: what turns an address in its code into a
 * module and an offset. */
struct mapped_file {
	const char *path;
	int64_t pid;
	uint64_t base, size;
	bool is_fixed; /* linked for its address: offsets are addresses */
};

void events_free(struct events *events);

/* Reads a message of type BT_MESSAGE_TYPE_EVENT: fills in `record`, or `file`, as it returns. */
enum content events_read(struct events *events, const bt_message *message, struct record *record,
			 struct mapped_file *file);

/* The stream of a message that holds an event or says that some were discarded. */
const bt_stream *events_stream(const bt_message *message);

/* The host that a stream was recorded on, by the environment of its trace; "" where that does not
 * say. */
const char *events_host(const bt_stream *stream);

/* How many events were discarded, by a message that says so; -1 where nobody knows: how many events
 * a lost packet held nobody does. */
int64_t events_discarded(const bt_message *message);

#endif
