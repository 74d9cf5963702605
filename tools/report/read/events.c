#include "read/events.h"

#include "read/layout.h"

static const struct layout *layout_of(struct events *events, const bt_event_class *class)
{
	uintptr_t key = (uintptr_t) class;
	struct layout **stored;
	bool fresh;
	uint32_t id;
	if (events->last && events->last->class == class)
		return events->last;
	if (!events->layouts.value_size)
		events->layouts = table_of(sizeof(struct layout *));
	id = table_put(&events->layouts, &key, sizeof(key), &fresh);
	stored = table_value(&events->layouts, id);
	if (fresh)
		*stored = layout_make(class);
	return events->last = *stored;
}

void events_free(struct events *events)
{
	for (uint32_t id = 0; id < events->layouts.count; id++)
		layout_free(*(struct layout **)table_value(&events->layouts, id));
	table_free(&events->layouts);
	*events = (struct events){0};
}

/* --- a field --- */

static const bt_field *member(const bt_field *structure, uint64_t index)
{
	return bt_field_structure_borrow_member_field_by_index_const(structure, index);
}

static const char *read_label(const struct step *step, int64_t value)
{
	if (value >= 0 && value < NAMES && step->names[value])
		return step->names[value];
	for (int i = 0; i < step->label_count; i++)
		if (step->labels[i].value == value)
			return step->labels[i].name;
	return "";
}

/* Babeltrace 2.0.4 leaves in an empty string what the field held before. */
static const char *read_string(const bt_field *field)
{
	return bt_field_string_get_length(field) ? bt_field_string_get_value(field) : "";
}

static void read_step(struct record *record, const struct step *step, const bt_field *field)
{
	void *to = (char *)record + step->offset;
	switch (step->how) {
	case HOW_STRING:
		*(const char **)to = read_string(field);
		break;
	case HOW_SIGNED:
		*(int64_t *)to = bt_field_integer_signed_get_value(field);
		break;
	case HOW_UNSIGNED:
		*(uint64_t *)to = bt_field_integer_unsigned_get_value(field);
		break;
	case HOW_SIGNED_NAME:
		*(const char **)to = read_label(step, bt_field_integer_signed_get_value(field));
		break;
	case HOW_UNSIGNED_NAME:
		*(const char **)to =
		    read_label(step, (int64_t)bt_field_integer_unsigned_get_value(field));
		break;
	}
}

/* --- an event --- */

static void read_mapped_file(const struct layout *layout, const bt_event *event,
			     struct mapped_file *file)
{
	const bt_field *payload = bt_event_borrow_payload_field_const(event);
	const bt_field *context = bt_event_borrow_common_context_field_const(event);
	*file = (struct mapped_file){
	    .path = read_string(member(payload, layout->path)),
	    .pid = bt_field_integer_signed_get_value(member(context, layout->vpid)),
	    .base = bt_field_integer_unsigned_get_value(member(payload, layout->base)),
	    .size = bt_field_integer_unsigned_get_value(member(payload, layout->size)),
	    .is_fixed = !bt_field_integer_unsigned_get_value(member(payload, layout->is_pic)),
	};
}

static int64_t time_of(const struct layout *layout, const bt_message *message)
{
	int64_t ns = 0;
	if (layout->has_clock && bt_clock_snapshot_get_ns_from_origin(
				     bt_message_event_borrow_default_clock_snapshot_const(message),
				     &ns) != BT_CLOCK_SNAPSHOT_GET_NS_FROM_ORIGIN_STATUS_OK)
		bt_current_thread_clear_error();
	return ns;
}

static bool is_wanted(enum when when, const struct record *record)
{
	switch (when) {
	case WHEN_NO_EXE:
		return !*record->exe;
	case WHEN_NO_ADDRESS:
		return *record->peer < '0' || *record->peer > '9';
	case WHEN_LOST:
		return record->lost > 0;
	case WHEN_CHILD_DIED:
		return *record->child_status;
	default:
		return true;
	}
}

static void read_record(const struct layout *layout, const bt_message *message,
			const bt_event *event, struct record *record)
{
	const bt_field *payload = bt_event_borrow_payload_field_const(event);
	record_clear(record);
	record->event = layout->event;
	record->time_ns = time_of(layout, message);
	for (int i = 0; i < layout->count; i++) {
		const struct step *step = &layout->step[i];
		if (step->when == WHEN_ALWAYS || is_wanted(step->when, record))
			read_step(record, step, member(payload, step->index));
	}
}

enum content events_read(struct events *events, const bt_message *message, struct record *record,
			 struct mapped_file *file)
{
	const bt_event *event = bt_message_event_borrow_event_const(message);
	const struct layout *layout = layout_of(events, bt_event_borrow_class_const(event));
	if (layout->content == CONTENT_MAPPED_FILE)
		read_mapped_file(layout, event, file);
	else if (layout->content == CONTENT_RECORD)
		read_record(layout, message, event, record);
	return layout->content;
}

/* --- a stream --- */

const bt_stream *events_stream(const bt_message *message)
{
	switch (bt_message_get_type(message)) {
	case BT_MESSAGE_TYPE_EVENT:
		return bt_event_borrow_stream_const(bt_message_event_borrow_event_const(message));
	case BT_MESSAGE_TYPE_DISCARDED_EVENTS:
		return bt_message_discarded_events_borrow_stream_const(message);
	default:
		return bt_message_discarded_packets_borrow_stream_const(message);
	}
}

const char *events_host(const bt_stream *stream)
{
	const bt_value *host = bt_trace_borrow_environment_entry_value_by_name_const(
	    bt_stream_borrow_trace_const(stream), "hostname");
	return host && bt_value_is_string(host) ? bt_value_string_get(host) : "";
}

int64_t events_discarded(const bt_message *message)
{
	uint64_t count;
	if (bt_message_get_type(message) == BT_MESSAGE_TYPE_DISCARDED_PACKETS ||
	    bt_message_discarded_events_get_count(message, &count) !=
		BT_PROPERTY_AVAILABILITY_AVAILABLE)
		return -1;
	return (int64_t)count;
}
