#include "read/layout.h"

#include <stdlib.h>
#include <string.h>

#include "read/memory.h"

/* --- fields of an event class --- */

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
	bool is_signed = step->how == HOW_SIGNED_NAME;
	uint64_t count = bt_field_class_enumeration_get_mapping_count(class);
	step->labels = must_clear((size_t)count, sizeof(*step->labels));
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
	switch (kind) {
	case KIND_NUMBER:
	case KIND_FLAG:
		return is(type, BT_FIELD_CLASS_TYPE_INTEGER);
	case KIND_NAMED:
		return is(type, BT_FIELD_CLASS_TYPE_STRING) ||
		       is(type, BT_FIELD_CLASS_TYPE_ENUMERATION);
	default:
		return is(type, BT_FIELD_CLASS_TYPE_STRING);
	}
}

static enum how how_of(bt_field_class_type type)
{
	bool is_signed = is(type, BT_FIELD_CLASS_TYPE_SIGNED_INTEGER);
	if (is(type, BT_FIELD_CLASS_TYPE_STRING))
		return HOW_STRING;
	if (is(type, BT_FIELD_CLASS_TYPE_ENUMERATION))
		return is_signed ? HOW_SIGNED_NAME : HOW_UNSIGNED_NAME;
	return is_signed ? HOW_SIGNED : HOW_UNSIGNED;
}

/* --- steps --- */

static enum when when_of(enum field_id field)
{
	switch (field) {
	case FIELD_comm:
		return WHEN_NO_EXE;
	case FIELD_fd:
	case FIELD_peer_pid:
	case FIELD_peer_comm:
		return WHEN_NO_ADDRESS;
	case FIELD_lost_at_most:
		return WHEN_LOST;
	case FIELD_child_pid:
		return WHEN_CHILD_DIED;
	default:
		return WHEN_ALWAYS;
	}
}

static void add_step(struct layout *layout, const bt_field_class *payload, const char *name,
		     enum field_kind kind, struct step step)
{
	struct step *added = &layout->step[layout->count];
	bt_field_class_type type;
	*added = step;
	if (!has_member(payload, name, &added->index, &type) || !fits(kind, type))
		return;
	added->how = how_of(type);
	if (is(type, BT_FIELD_CLASS_TYPE_ENUMERATION))
		read_labels(added, member_class(payload, added->index));
	layout->count++;
}

/* Time and event are not among the fields of a payload. */
static void add_steps(struct layout *layout, const bt_field_class *payload, bool always)
{
	for (int i = 0; i < FIELD_COUNT; i++) {
		const struct field *field = &record_fields[i];
		enum when when = when_of((enum field_id)i);
		if (field->use == USE_COUNTED && (field_is_text(field) || field_is_number(field)) &&
		    (when == WHEN_ALWAYS) == always)
			add_step(layout, payload, field->name, field->kind,
				 (struct step){.when = when, .offset = field->offset});
	}
}

/* What decides about others comes first. */
static void lay_out_record(struct layout *layout, const bt_field_class *payload)
{
	layout->content = CONTENT_RECORD;
	add_step(layout, payload, "ip", KIND_NUMBER,
		 (struct step){.offset = offsetof(struct record, ip)});
	add_steps(layout, payload, true);
	add_steps(layout, payload, false);
}

/* lttng-ust(3), "LTTng-UST state dump". */
static void lay_out_mapped_file(struct layout *layout, const bt_field_class *payload,
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
		layout->content = CONTENT_MAPPED_FILE;
}

static void lay_out(struct layout *layout, const char *name, const bt_field_class *payload,
		    const bt_stream_class *stream_class)
{
	if (strncmp(name, "bpguard:", 8) == 0) {
		layout->event = event_by_name(name + 8);
		if (layout->event < EVENT_COUNT)
			lay_out_record(layout, payload);
	} else if (strcmp(name, "lttng_ust_statedump:bin_info") == 0) {
		lay_out_mapped_file(
		    layout, payload,
		    bt_stream_class_borrow_event_common_context_field_class_const(stream_class));
	}
}

struct layout *layout_make(const bt_event_class *class)
{
	struct layout *layout = must_clear(1, sizeof(*layout));
	const bt_stream_class *stream_class = bt_event_class_borrow_stream_class_const(class);
	const char *name = bt_event_class_get_name(class);
	const bt_field_class *payload = bt_event_class_borrow_payload_field_class_const(class);
	layout->class = class;
	bt_event_class_get_ref(class); /* so that its address is no other's */
	layout->has_clock = bt_stream_class_borrow_default_clock_class_const(stream_class);
	if (name && payload)
		lay_out(layout, name, payload, stream_class);
	return layout;
}

void layout_free(struct layout *layout)
{
	for (int step = 0; step < layout->count; step++)
		free(layout->step[step].labels);
	bt_event_class_put_ref(layout->class);
	free(layout);
}
