#include "events.h"

#include <stdlib.h>
#include <string.h>

enum what { FOREIGN, RECORD, MODULE };

/* One of a set of names, by its number. */
struct label {
	int64_t value;
	const char *name;
};

/* A few fields say something in some records only. */
enum when { ALWAYS, FILELESS, NAMELESS, LOSING, BEREFT };

/* The contract's sets of names are small, and LTTng's numbers for them too. */
enum { NAMES = 16 };

enum how { STRING, SIGNED, UNSIGNED, SIGNED_NAME, UNSIGNED_NAME };

/* A field that is read from each event. */
struct step {
	enum when when;
	enum how how;
	uint64_t index; /* in the payload */
	size_t offset;	/* in struct record */
	const char *names[NAMES];
	struct label *labels; /* the others */
	int label_count;
};

struct layout {
	const bt_event_class *class;
	enum what what;
	enum event event;
	bool has_clock;
	int count;
	struct step step[FIELD_COUNT + 1];
	uint64_t base, size, path, is_pic; /* of a module: places in the payload */
	uint64_t vpid;			   /* its place in the common context */
};

/* --- an event class's layout, once --- */

static bool has_member(const bt_field_class *structure, const char *name, uint64_t *index,
		       bt_field_class_type *type)
{
	uint64_t count = bt_field_class_structure_get_member_count(structure);
	for (uint64_t i = 0; i < count; i++) {
		const bt_field_class_structure_member *member =
		    bt_field_class_structure_borrow_member_by_index_const(structure, i);
		if (strcmp(bt_field_class_structure_member_get_name(member), name) != 0)
			continue;
		*index = i;
		*type = bt_field_class_get_type(
		    bt_field_class_structure_member_borrow_field_class_const(member));
		return true;
	}
	return false;
}

static bool is(bt_field_class_type type, bt_field_class_type what)
{
	return bt_field_class_type_is(type, what);
}

static const bt_field_class *member_class(const bt_field_class *structure, uint64_t index)
{
	return bt_field_class_structure_member_borrow_field_class_const(
	    bt_field_class_structure_borrow_member_by_index_const(structure, index));
}

static int64_t signed_lowest(const bt_field_class *class, uint64_t i)
{
	const bt_integer_range_set_signed *ranges =
	    bt_field_class_enumeration_signed_mapping_borrow_ranges_const(
		bt_field_class_enumeration_signed_borrow_mapping_by_index_const(class, i));
	return bt_integer_range_signed_get_lower(
	    bt_integer_range_set_signed_borrow_range_by_index_const(ranges, 0));
}

static int64_t unsigned_lowest(const bt_field_class *class, uint64_t i)
{
	const bt_integer_range_set_unsigned *ranges =
	    bt_field_class_enumeration_unsigned_mapping_borrow_ranges_const(
		bt_field_class_enumeration_unsigned_borrow_mapping_by_index_const(class, i));
	return (int64_t)bt_integer_range_unsigned_get_lower(
	    bt_integer_range_set_unsigned_borrow_range_by_index_const(ranges, 0));
}

static const bt_field_class_enumeration_mapping *mapping(const bt_field_class *class,
							 bool is_signed, uint64_t i)
{
	return is_signed
		   ? bt_field_class_enumeration_signed_mapping_as_mapping_const(
			 bt_field_class_enumeration_signed_borrow_mapping_by_index_const(class, i))
		   : bt_field_class_enumeration_unsigned_mapping_as_mapping_const(
			 bt_field_class_enumeration_unsigned_borrow_mapping_by_index_const(class,
											   i));
}

/* Each name of ours stands for one number. */
static void read_labels(struct step *step, const bt_field_class *class)
{
	bool is_signed = step->how == SIGNED_NAME;
	uint64_t count = bt_field_class_enumeration_get_mapping_count(class);
	step->labels = must_clear(count, sizeof(*step->labels));
	step->label_count = (int)count;
	for (uint64_t i = 0; i < count; i++) {
		step->labels[i].value =
		    is_signed ? signed_lowest(class, i) : unsigned_lowest(class, i);
		step->labels[i].name =
		    bt_field_class_enumeration_mapping_get_label(mapping(class, is_signed, i));
		if (step->labels[i].value >= 0 && step->labels[i].value < NAMES)
			step->names[step->labels[i].value] = step->labels[i].name;
	}
}

/* Whether a field of this type can be read as what the contract says that it is. */
static bool fits(enum field_kind kind, bt_field_class_type type)
{
	if (kind == TEXT)
		return is(type, BT_FIELD_CLASS_TYPE_STRING);
	if (kind == NAMED)
		return is(type, BT_FIELD_CLASS_TYPE_STRING) ||
		       is(type, BT_FIELD_CLASS_TYPE_ENUMERATION);
	return is(type, BT_FIELD_CLASS_TYPE_INTEGER);
}

static enum when when_of(int field)
{
	switch (field) {
	case FIELD_comm:
		return FILELESS;
	case FIELD_fd:
	case FIELD_peer_pid:
	case FIELD_peer_comm:
		return NAMELESS;
	case FIELD_lost_at_most:
		return LOSING;
	case FIELD_child_pid:
		return BEREFT;
	default:
		return ALWAYS;
	}
}

static enum how how_of(bt_field_class_type type)
{
	bool is_signed = is(type, BT_FIELD_CLASS_TYPE_SIGNED_INTEGER);
	if (is(type, BT_FIELD_CLASS_TYPE_STRING))
		return STRING;
	if (is(type, BT_FIELD_CLASS_TYPE_ENUMERATION))
		return is_signed ? SIGNED_NAME : UNSIGNED_NAME;
	return is_signed ? SIGNED : UNSIGNED;
}

/* Without a field: the caller's address. */
static void add_step(struct layout *layout, const bt_field_class *payload, const char *name,
		     enum field_kind kind, const struct field *field)
{
	struct step *step = &layout->step[layout->count];
	bt_field_class_type type;
	*step = (struct step){.offset = field ? field->offset : offsetof(struct record, ip)};
	if (field)
		step->when = when_of((int)(field - record_fields));
	if (!has_member(payload, name, &step->index, &type) || !fits(kind, type))
		return;
	step->how = how_of(type);
	if (is(type, BT_FIELD_CLASS_TYPE_ENUMERATION))
		read_labels(step, member_class(payload, step->index));
	layout->count++;
}

static void add_steps(struct layout *layout, const bt_field_class *payload, bool always)
{
	for (int i = 0; i < FIELD_COUNT; i++)
		if (record_fields[i].use == COUNTED && (when_of(i) == ALWAYS) == always)
			add_step(layout, payload, record_fields[i].name, record_fields[i].kind,
				 &record_fields[i]);
}

/* What decides about others comes first. */
static void lay_out_record(struct layout *layout, const bt_field_class *payload)
{
	layout->what = RECORD;
	add_step(layout, payload, "ip", NUMBER, NULL);
	add_steps(layout, payload, true);
	add_steps(layout, payload, false);
}

/* lttng-ust(3), "LTTng-UST state dump". */
static void lay_out_module(struct layout *layout, const bt_field_class *payload,
			   const bt_field_class *context)
{
	bt_field_class_type base, size, path, is_pic, vpid;
	if (context && has_member(payload, "baddr", &layout->base, &base) &&
	    has_member(payload, "memsz", &layout->size, &size) &&
	    has_member(payload, "path", &layout->path, &path) &&
	    has_member(payload, "is_pic", &layout->is_pic, &is_pic) &&
	    has_member(context, "vpid", &layout->vpid, &vpid) &&
	    is(base, BT_FIELD_CLASS_TYPE_UNSIGNED_INTEGER) &&
	    is(size, BT_FIELD_CLASS_TYPE_UNSIGNED_INTEGER) &&
	    is(path, BT_FIELD_CLASS_TYPE_STRING) &&
	    is(is_pic, BT_FIELD_CLASS_TYPE_UNSIGNED_INTEGER) &&
	    is(vpid, BT_FIELD_CLASS_TYPE_SIGNED_INTEGER))
		layout->what = MODULE;
}

static struct layout *lay_out(const bt_event_class *class)
{
	struct layout *layout = must_clear(1, sizeof(*layout));
	const char *name = bt_event_class_get_name(class);
	const bt_field_class *payload = bt_event_class_borrow_payload_field_class_const(class);
	layout->class = class;
	bt_event_class_get_ref(class); /* so that its address is no other's */
	layout->has_clock = bt_stream_class_borrow_default_clock_class_const(
	    bt_event_class_borrow_stream_class_const(class));
	if (!name || !payload)
		return layout;
	if (strncmp(name, "bpguard:", 8) == 0) {
		layout->event = event_by_name(name + 8);
		if (layout->event < EVENT_COUNT)
			lay_out_record(layout, payload);
	} else if (strcmp(name, "lttng_ust_statedump:bin_info") == 0) {
		lay_out_module(layout, payload,
			       bt_stream_class_borrow_event_common_context_field_class_const(
				   bt_event_class_borrow_stream_class_const(class)));
	}
	return layout;
}

static struct layout **find(const struct events *events, const bt_event_class *class)
{
	uint32_t at = (uint32_t)((uintptr_t) class >> 4) & (events->slots - 1);
	while (events->layouts[at] && events->layouts[at]->class != class)
		at = (at + 1) & (events->slots - 1);
	return &events->layouts[at];
}

static void spread(struct events *events)
{
	struct layout **old = events->layouts;
	uint32_t slots = events->slots;
	events->slots = slots ? slots * 2 : 64;
	events->layouts = must_clear(events->slots, sizeof(struct layout *));
	for (uint32_t i = 0; i < slots; i++)
		if (old[i])
			*find(events, old[i]->class) = old[i];
	free(old);
}

static const struct layout *layout_of(struct events *events, const bt_event_class *class)
{
	struct layout **slot;
	if (events->last && events->last->class == class)
		return events->last;
	if (events->count * 2 >= events->slots)
		spread(events);
	slot = find(events, class);
	if (!*slot) {
		*slot = lay_out(class);
		events->count++;
	}
	return events->last = *slot;
}

void events_free(struct events *events)
{
	for (uint32_t i = 0; i < events->slots; i++) {
		struct layout *layout = events->layouts[i];
		if (!layout)
			continue;
		for (int step = 0; step < layout->count; step++)
			free(layout->step[step].labels);
		bt_event_class_put_ref(layout->class);
		free(layout);
	}
	free(events->layouts);
	bt_stream_put_ref(events->stream);
	*events = (struct events){0};
}

/* --- an event --- */

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
	case STRING:
		*(const char **)to = read_string(field);
		break;
	case SIGNED:
		*(int64_t *)to = bt_field_integer_signed_get_value(field);
		break;
	case UNSIGNED:
		*(uint64_t *)to = bt_field_integer_unsigned_get_value(field);
		break;
	case SIGNED_NAME:
		*(const char **)to = read_label(step, bt_field_integer_signed_get_value(field));
		break;
	case UNSIGNED_NAME:
		*(const char **)to =
		    read_label(step, (int64_t)bt_field_integer_unsigned_get_value(field));
		break;
	}
}

static void count_module(const struct layout *layout, const bt_event *event, uint32_t host,
			 struct tally *tally)
{
	const bt_field *payload = bt_event_borrow_payload_field_const(event);
	const bt_field *context = bt_event_borrow_common_context_field_const(event);
	struct module module = {
	    .host = host,
	    .pid = bt_field_integer_signed_get_value(member(context, layout->vpid)),
	    .base = bt_field_integer_unsigned_get_value(member(payload, layout->base)),
	    .size = bt_field_integer_unsigned_get_value(member(payload, layout->size)),
	    .is_fixed = !bt_field_integer_unsigned_get_value(member(payload, layout->is_pic)),
	};
	tally_module(tally, &module, read_string(member(payload, layout->path)));
}

/* By the environment of its trace. */
static uint32_t host_of(struct events *events, const bt_stream *stream, struct tally *tally)
{
	const bt_value *host;
	if (events->stream == stream)
		return events->host;
	host = bt_trace_borrow_environment_entry_value_by_name_const(
	    bt_stream_borrow_trace_const(stream), "hostname");
	events->host =
	    tally_host(tally, host && bt_value_is_string(host) ? bt_value_string_get(host) : "");
	bt_stream_put_ref(events->stream);
	bt_stream_get_ref(stream); /* so that its address is no other's */
	events->stream = stream;
	return events->host;
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
	case FILELESS:
		return !*record->exe;
	case NAMELESS:
		return *record->peer < '0' || *record->peer > '9';
	case LOSING:
		return record->lost > 0;
	case BEREFT:
		return *record->child_status;
	default:
		return true;
	}
}

static void read_record(const struct layout *layout, const bt_message *message,
			struct record *record)
{
	const bt_event *event = bt_message_event_borrow_event_const(message);
	const bt_field *payload = bt_event_borrow_payload_field_const(event);
	record_clear(record);
	record->event = layout->event;
	record->time_ns = time_of(layout, message);
	for (int i = 0; i < layout->count; i++) {
		const struct step *step = &layout->step[i];
		if (step->when == ALWAYS || is_wanted(step->when, record))
			read_step(record, step, member(payload, step->index));
	}
}

bool events_read(struct events *events, const bt_message *message, struct tally *tally,
		 struct sighting *sighting)
{
	const bt_event *event = bt_message_event_borrow_event_const(message);
	const struct layout *layout = layout_of(events, bt_event_borrow_class_const(event));
	if (layout->what == FOREIGN)
		return false;
	sighting->host = host_of(events, bt_event_borrow_stream_const(event), tally);
	if (layout->what == MODULE)
		count_module(layout, event, sighting->host, tally);
	else
		read_record(layout, message, &sighting->record);
	return layout->what == RECORD;
}

/* How many events a lost packet held nobody knows. */
void events_discarded(struct events *events, const bt_message *message, struct tally *tally)
{
	const bt_stream *stream;
	uint64_t count;
	if (bt_message_get_type(message) == BT_MESSAGE_TYPE_DISCARDED_PACKETS) {
		stream = bt_message_discarded_packets_borrow_stream_const(message);
		tally_discarded(tally, host_of(events, stream, tally), -1);
		return;
	}
	stream = bt_message_discarded_events_borrow_stream_const(message);
	if (bt_message_discarded_events_get_count(message, &count) ==
	    BT_PROPERTY_AVAILABILITY_AVAILABLE)
		tally_discarded(tally, host_of(events, stream, tally), (int64_t)count);
	else
		tally_discarded(tally, host_of(events, stream, tally), -1);
}
