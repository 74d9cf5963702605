/* Counts what babeltrace's messages hold: records, files that processes had mapped, and what the
 * tracer discarded. Messages of other kinds, and events of others, are passed by. */
#ifndef BPGUARD_REPORT_INTAKE_H
#define BPGUARD_REPORT_INTAKE_H

#include <babeltrace2/babeltrace.h>

#include "count/tally.h"
#include "read/events.h"

struct intake {
	struct tally *tally;
	struct events events;
	const bt_stream *stream; /* the last one, and the tally's id of its host */
	uint32_t host;
};

/* Counts messages into intake->tally. They stay the caller's. */
void intake_take(struct intake *intake, bt_message_array_const messages, uint64_t count);

/* The tally stays as it is. */
void intake_free(struct intake *intake);

#endif
