#include "count/intake.h"

static uint32_t host_of(struct intake *intake, const bt_stream *stream)
{
	if (intake->stream == stream)
		return intake->host;
	intake->host = tally_host(intake->tally, events_host(stream));
	bt_stream_put_ref(intake->stream);
	bt_stream_get_ref(stream); /* so that its address is no other's */
	intake->stream = stream;
	return intake->host;
}

/* Returns whether it was a record, which is still to be counted. */
static bool take_event(struct intake *intake, const bt_message *message, struct sighting *sighting)
{
	struct mapped_file file;
	enum content content = events_read(&intake->events, message, &sighting->record, &file);
	if (content == CONTENT_FOREIGN)
		return false;
	sighting->host = host_of(intake, events_stream(message));
	if (content == CONTENT_MAPPED_FILE)
		tally_mapping(intake->tally, sighting->host, &file);
	return content == CONTENT_RECORD;
}

static bool take(struct intake *intake, const bt_message *message, struct sighting *sighting)
{
	switch (bt_message_get_type(message)) {
	case BT_MESSAGE_TYPE_EVENT:
		return take_event(intake, message, sighting);
	case BT_MESSAGE_TYPE_DISCARDED_EVENTS:
	case BT_MESSAGE_TYPE_DISCARDED_PACKETS:
		tally_discarded(intake->tally, host_of(intake, events_stream(message)),
				events_discarded(message));
		return false;
	default:
		return false;
	}
}

/* Records borrow their strings from the messages. */
void intake_take(struct intake *intake, bt_message_array_const messages, uint64_t count)
{
	struct sighting sightings[TALLY_MOST];
	int records = 0;
	for (uint64_t i = 0; i < count; i++) {
		records += take(intake, messages[i], &sightings[records]);
		if (records < TALLY_MOST)
			continue;
		tally_add(intake->tally, sightings, records);
		records = 0;
	}
	tally_add(intake->tally, sightings, records);
}

void intake_free(struct intake *intake)
{
	events_free(&intake->events);
	bt_stream_put_ref(intake->stream);
	intake->stream = NULL;
}
