/* source.bpguard.log: JSON lines as events of the same names and fields that LTTng's have, so that
 * what reads a trace reads them too. Fields that LTTng writes as enumerations are strings here. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "read/lines.h"
#include "read/log.h"
#include "read/memory.h"
#include "read/record.h"

struct log_input {
	char *path;
	struct log *log;
};

/* The component: a port for each file. */
struct log {
	char *host; /* null where it is not known */
	struct log_input *inputs;
	uint64_t count;
};

/* --- the component --- */

static void free_log(struct log *log)
{
	for (uint64_t i = 0; i < log->count; i++)
		free(log->inputs[i].path);
	free(log->inputs);
	free(log->host);
	free(log);
}

static bool add_inputs(struct log *log, bt_self_component_source *self, const bt_value *paths)
{
	uint64_t count = bt_value_array_get_length(paths);
	log->inputs = must_clear((size_t)count, sizeof(*log->inputs));
	for (uint64_t i = 0; i < count; i++) {
		const bt_value *path = bt_value_array_borrow_element_by_index_const(paths, i);
		char name[32];
		if (!bt_value_is_string(path))
			return false;
		log->inputs[i] = (struct log_input){must_copy(bt_value_string_get(path)), log};
		log->count++;
		snprintf(name, sizeof(name), "out%" PRIu64, i);
		if (bt_self_component_source_add_output_port(self, name, &log->inputs[i], NULL) !=
		    BT_SELF_COMPONENT_ADD_PORT_STATUS_OK)
			return false;
	}
	return count > 0;
}

bt_component_class_initialize_method_status log_init(bt_self_component_source *self,
						     bt_self_component_source_configuration *config,
						     const bt_value *params, void *data)
{
	const bt_value *paths = bt_value_map_borrow_entry_value_const(params, "inputs");
	const bt_value *host = bt_value_map_borrow_entry_value_const(params, "host");
	struct log *log = must_clear(1, sizeof(*log));
	(void)config, (void)data;
	if (host && bt_value_is_string(host))
		log->host = must_copy(bt_value_string_get(host));
	if (!paths || !bt_value_is_array(paths) || !add_inputs(log, self, paths)) {
		bt_current_thread_error_append_cause_from_component(
		    bt_self_component_source_as_self_component(self), __FILE__, __LINE__,
		    "inputs: takes an array of one file or more");
		free_log(log);
		return BT_COMPONENT_CLASS_INITIALIZE_METHOD_STATUS_ERROR;
	}
	bt_self_component_set_data(bt_self_component_source_as_self_component(self), log);
	return BT_COMPONENT_CLASS_INITIALIZE_METHOD_STATUS_OK;
}

void log_finalize(bt_self_component_source *self)
{
	free_log(bt_self_component_get_data(bt_self_component_source_as_self_component(self)));
}

/* How sure babeltrace2 may be, given a path alone, that it is a log of ours: see its man page
 * babeltrace2-query-babeltrace.support-info(7). */
bt_component_class_query_method_status log_query(bt_self_component_class_source *self,
						 bt_private_query_executor *executor,
						 const char *object, const bt_value *params,
						 void *data, const bt_value **result)
{
	const bt_value *type, *input;
	(void)self, (void)executor, (void)data;
	if (strcmp(object, "babeltrace.support-info") != 0)
		return BT_COMPONENT_CLASS_QUERY_METHOD_STATUS_UNKNOWN_OBJECT;
	type = bt_value_map_borrow_entry_value_const(params, "type");
	input = bt_value_map_borrow_entry_value_const(params, "input");
	*result = bt_value_real_create_init(strcmp(bt_value_string_get(type), "file") == 0 &&
						    lines_are_ours(bt_value_string_get(input))
						? 0.75
						: 0);
	return *result ? BT_COMPONENT_CLASS_QUERY_METHOD_STATUS_OK
		       : BT_COMPONENT_CLASS_QUERY_METHOD_STATUS_MEMORY_ERROR;
}

/* --- classes --- */

/* An event class's fields: those that its records may have. What was suppressed before is in
 * whatever comes next. */
static bool has_field(enum record_event event, enum field_id id)
{
	const struct field *field = &record_fields[id];
	return (field_is_text(field) || field_is_number(field)) &&
	       (field->events & 1u << event || id == FIELD_suppressed);
}

static bt_field_class *make_field_class(bt_trace_class *trace_class, const struct field *field)
{
	return field_is_text(field) ? bt_field_class_string_create(trace_class)
				    : bt_field_class_integer_signed_create(trace_class);
}

static void add_payload(bt_trace_class *trace_class, bt_event_class *event_class,
			enum record_event event)
{
	bt_field_class *payload = bt_field_class_structure_create(trace_class);
	for (int i = 0; i < FIELD_COUNT; i++) {
		bt_field_class *member;
		if (!has_field(event, (enum field_id)i))
			continue;
		member = make_field_class(trace_class, &record_fields[i]);
		bt_field_class_structure_append_member(payload, record_fields[i].name, member);
		bt_field_class_put_ref(member);
	}
	bt_event_class_set_payload_field_class(event_class, payload);
	bt_field_class_put_ref(payload);
}

/* --- the iterator --- */

struct reading {
	struct log_input *input;
	struct lines *lines;
	bt_trace *trace;
	bt_stream *stream;
	bt_event_class *event_classes[EVENT_COUNT]; /* the stream class holds them */
	enum { BEGINS, GOES_ON, ENDED } state;
};

static bt_stream_class *make_classes(struct reading *reading, bt_trace_class *trace_class,
				     bt_self_component *self)
{
	bt_stream_class *stream_class = bt_stream_class_create(trace_class);
	bt_clock_class *clock = bt_clock_class_create(self);
	bt_clock_class_set_name(clock, "bpguard_log");
	bt_clock_class_set_description(clock, "CLOCK_REALTIME, as the records tell it");
	bt_stream_class_set_default_clock_class(stream_class, clock);
	bt_clock_class_put_ref(clock);
	for (int i = 0; i < EVENT_COUNT; i++) {
		char name[32];
		snprintf(name, sizeof(name), "bpguard:%s", event_name((enum record_event)i));
		reading->event_classes[i] = bt_event_class_create(stream_class);
		bt_event_class_set_name(reading->event_classes[i], name);
		add_payload(trace_class, reading->event_classes[i], (enum record_event)i);
		bt_event_class_put_ref(reading->event_classes[i]);
	}
	return stream_class;
}

static void make_stream(struct reading *reading, bt_self_component *self)
{
	bt_trace_class *trace_class = bt_trace_class_create(self);
	bt_stream_class *stream_class = make_classes(reading, trace_class, self);
	reading->trace = bt_trace_create(trace_class);
	bt_trace_set_environment_entry_string(reading->trace, "tracer_name", "bpguard");
	if (reading->input->log->host)
		bt_trace_set_environment_entry_string(reading->trace, "hostname",
						      reading->input->log->host);
	reading->stream = bt_stream_create(stream_class, reading->trace);
	bt_stream_class_put_ref(stream_class);
	bt_trace_class_put_ref(trace_class);
}

bt_message_iterator_class_initialize_method_status
log_iterator_init(bt_self_message_iterator *self, bt_self_message_iterator_configuration *config,
		  bt_self_component_port_output *port)
{
	struct reading *reading = must_clear(1, sizeof(*reading));
	/* --begin: babeltrace2 seeks a time by the beginning, and reads on. */
	bt_self_message_iterator_configuration_set_can_seek_forward(config, BT_TRUE);
	reading->input = bt_self_component_port_get_data(
	    bt_self_component_port_output_as_self_component_port(port));
	reading->lines = lines_open(reading->input->path);
	if (!reading->lines) {
		bt_current_thread_error_append_cause_from_message_iterator(
		    self, __FILE__, __LINE__, "%s: %s", reading->input->path, strerror(errno));
		free(reading);
		return BT_MESSAGE_ITERATOR_CLASS_INITIALIZE_METHOD_STATUS_ERROR;
	}
	make_stream(reading, bt_self_message_iterator_borrow_component(self));
	bt_self_message_iterator_set_data(self, reading);
	return BT_MESSAGE_ITERATOR_CLASS_INITIALIZE_METHOD_STATUS_OK;
}

void log_iterator_finalize(bt_self_message_iterator *self)
{
	struct reading *reading = bt_self_message_iterator_get_data(self);
	bt_stream_put_ref(reading->stream);
	bt_trace_put_ref(reading->trace);
	lines_close(reading->lines);
	free(reading);
}

static void fill(bt_field *payload, enum record_event event, struct record *record)
{
	uint64_t at = 0;
	for (int i = 0; i < FIELD_COUNT; i++) {
		const struct field *field = &record_fields[i];
		bt_field *member;
		if (!has_field(event, (enum field_id)i))
			continue;
		member = bt_field_structure_borrow_member_field_by_index(payload, at++);
		if (field_is_text(field))
			bt_field_string_set_value(member, *record_text(record, field));
		else
			bt_field_integer_signed_set_value(member, *record_number(record, field));
	}
}

static bt_message *event_message(bt_self_message_iterator *self, struct reading *reading,
				 struct record *record)
{
	uint64_t time = record->time_ns > 0 ? (uint64_t)record->time_ns : 0;
	bt_message *message = bt_message_event_create_with_default_clock_snapshot(
	    self, reading->event_classes[record->event], reading->stream, time);
	fill(bt_event_borrow_payload_field(bt_message_event_borrow_event(message)), record->event,
	     record);
	return message;
}

/* The next message, or null after the last. */
static bt_message *next_message(bt_self_message_iterator *self, struct reading *reading)
{
	struct record record;
	if (reading->state == ENDED)
		return NULL;
	if (reading->state == BEGINS) {
		reading->state = GOES_ON;
		return bt_message_stream_beginning_create(self, reading->stream);
	}
	if (lines_next(reading->lines, &record))
		return event_message(self, reading, &record);
	reading->state = ENDED;
	return bt_message_stream_end_create(self, reading->stream);
}

/* What could not be read is reported last, when everything else has been. */
static bt_message_iterator_class_next_method_status end(bt_self_message_iterator *self,
							struct reading *reading)
{
	char why[256];
	if (!lines_problem(reading->lines, why, sizeof(why)))
		return BT_MESSAGE_ITERATOR_CLASS_NEXT_METHOD_STATUS_END;
	bt_current_thread_error_append_cause_from_message_iterator(
	    self, __FILE__, __LINE__, "%s: %s", reading->input->path, why);
	return BT_MESSAGE_ITERATOR_CLASS_NEXT_METHOD_STATUS_ERROR;
}

bt_message_iterator_class_next_method_status log_next(bt_self_message_iterator *self,
						      bt_message_array_const messages,
						      uint64_t capacity, uint64_t *count)
{
	struct reading *reading = bt_self_message_iterator_get_data(self);
	uint64_t made = 0;
	while (made < capacity) {
		const bt_message *message = next_message(self, reading);
		if (!message)
			break;
		messages[made++] = message;
	}
	*count = made;
	return made ? BT_MESSAGE_ITERATOR_CLASS_NEXT_METHOD_STATUS_OK : end(self, reading);
}

bt_message_iterator_class_seek_beginning_method_status
log_seek_beginning(bt_self_message_iterator *self)
{
	struct reading *reading = bt_self_message_iterator_get_data(self);
	lines_rewind(reading->lines);
	reading->state = BEGINS;
	return BT_MESSAGE_ITERATOR_CLASS_SEEK_BEGINNING_METHOD_STATUS_OK;
}

bt_message_iterator_class_can_seek_beginning_method_status
log_can_seek_beginning(bt_self_message_iterator *self, bt_bool *can)
{
	(void)self;
	*can = BT_TRUE;
	return BT_MESSAGE_ITERATOR_CLASS_CAN_SEEK_BEGINNING_METHOD_STATUS_OK;
}
