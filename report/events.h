/* Babeltrace's events as records. Where a field stands in an event is looked up once for each event
 * class; strings are borrowed from the event. */
#ifndef BPGUARD_REPORT_EVENTS_H
#define BPGUARD_REPORT_EVENTS_H

#include <babeltrace2/babeltrace.h>

#include "record.h"
#include "tally.h"

struct layout;

struct events {
	struct layout **layouts; /* by event class: open addressing */
	uint32_t slots, count;
	struct layout *last;
	const bt_stream *stream; /* the one that `host` was asked for */
	uint32_t host;
};

void events_free(struct events *events);

/* Reads an event: a record of bpguard's, or a module that the tracer found in a process, which is
 * counted at once. Events of others are passed by. Returns whether it was a record. */
bool events_read(struct events *events, const bt_message *message, struct tally *tally,
		 struct sighting *sighting);

/* Counts what the tracer says that it dropped. */
void events_discarded(struct events *events, const bt_message *message, struct tally *tally);

#endif
