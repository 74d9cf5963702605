/* sink.bpguard.report: counts what comes, and prints the report at the end.
 *
 * It takes any number of inputs, unmerged, since no figure depends on the order; and where one of
 * them cannot be read to its end it goes on with the others, says so, and reports what there was.
 */
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "count/intake.h"
#include "find/advice.h"
#include "read/memory.h"
#include "show/format.h"
#include "show/output.h"
#include "sink.h"

enum { PROGRESS_AFTER_MS = 1000, PROGRESS_EACH_MS = 200 };

struct input {
	bt_self_component_port_input *port;
	bt_message_iterator *iterator; /* null once it has ended */
};

struct sink {
	struct input *inputs; /* the connected ones, and a free one */
	uint64_t input_count;
	uint64_t current;
	struct tally tally;
	struct intake intake;
	const struct format *format;
	char *output; /* a file's path, or null */
	char *colour; /* auto, always, never */
	int top;
	bool began, printed;
	uint64_t messages;
	int64_t began_ms, progress_ms;
	bool shows_progress;
};

/* --- parameters --- */

static const char *string_param(const bt_value *params, const char *name, const char *otherwise)
{
	const bt_value *value = bt_value_map_borrow_entry_value_const(params, name);
	return value && bt_value_is_string(value) ? bt_value_string_get(value) : otherwise;
}

/* "top=20" is a signed number on babeltrace2's command line. */
static int64_t number_param(const bt_value *params, const char *name, int64_t otherwise)
{
	const bt_value *value = bt_value_map_borrow_entry_value_const(params, name);
	if (value && bt_value_is_signed_integer(value))
		return bt_value_integer_signed_get(value);
	if (value && bt_value_is_unsigned_integer(value))
		return (int64_t)bt_value_integer_unsigned_get(value);
	return otherwise;
}

/* What could not even be opened, as whoever made the graph found. */
static void read_problems(struct sink *sink, const bt_value *params)
{
	const bt_value *list = bt_value_map_borrow_entry_value_const(params, "unread");
	if (!list || !bt_value_is_array(list))
		return;
	for (uint64_t i = 0; i < bt_value_array_get_length(list); i++) {
		const bt_value *item = bt_value_array_borrow_element_by_index_const(list, i);
		if (bt_value_is_string(item))
			tally_problem(&sink->tally, bt_value_string_get(item));
	}
}

static bool read_params(struct sink *sink, const bt_value *params, bt_self_component *self)
{
	const char *format = string_param(params, "format", "text");
	const char *output = string_param(params, "output", NULL);
	sink->format = format_by_name(format);
	if (!sink->format) {
		bt_current_thread_error_append_cause_from_component(
		    self, __FILE__, __LINE__, "takes %s as format, not '%s'", format_names, format);
		return false;
	}
	if (sink->format->is_page && !output && isatty(STDOUT_FILENO)) {
		bt_current_thread_error_append_cause_from_component(
		    self, __FILE__, __LINE__, "%s is not for a terminal: give it a file, by -o",
		    format);
		return false;
	}
	sink->output = output ? must_copy(output) : NULL;
	sink->colour = must_copy(string_param(params, "colour", "auto"));
	sink->top = (int)number_param(params, "top", 0);
	if (sink->top <= 0)
		sink->top = sink->format->top;
	read_problems(sink, params);
	return true;
}

/* --- the component --- */

static struct sink *sink_of(bt_self_component_sink *self)
{
	return bt_self_component_get_data(bt_self_component_sink_as_self_component(self));
}

/* There is always one input free. */
static bool add_input(struct sink *sink, bt_self_component_sink *self)
{
	char name[32];
	snprintf(name, sizeof(name), "in%llu", (unsigned long long)sink->input_count);
	sink->inputs =
	    must_grow(sink->inputs, ((size_t)sink->input_count + 1) * sizeof(*sink->inputs));
	sink->inputs[sink->input_count] = (struct input){0};
	return bt_self_component_sink_add_input_port(self, name, NULL,
						     &sink->inputs[sink->input_count++].port) ==
	       BT_SELF_COMPONENT_ADD_PORT_STATUS_OK;
}

static void free_sink(struct sink *sink)
{
	for (uint64_t i = 0; i < sink->input_count; i++)
		bt_message_iterator_put_ref(sink->inputs[i].iterator);
	free(sink->inputs);
	intake_free(&sink->intake);
	tally_free(&sink->tally);
	free(sink->output);
	free(sink->colour);
	free(sink);
}

bt_component_class_initialize_method_status sink_init(bt_self_component_sink *self,
						      bt_self_component_sink_configuration *config,
						      const bt_value *params, void *data)
{
	struct sink *sink = must_clear(1, sizeof(*sink));
	(void)config, (void)data;
	tally_init(&sink->tally);
	sink->intake.tally = &sink->tally;
	if (!read_params(sink, params, bt_self_component_sink_as_self_component(self)) ||
	    !add_input(sink, self)) {
		free_sink(sink);
		return BT_COMPONENT_CLASS_INITIALIZE_METHOD_STATUS_ERROR;
	}
	sink->shows_progress = isatty(STDERR_FILENO);
	bt_self_component_set_data(bt_self_component_sink_as_self_component(self), sink);
	return BT_COMPONENT_CLASS_INITIALIZE_METHOD_STATUS_OK;
}

bt_component_class_port_connected_method_status
sink_port_connected(bt_self_component_sink *self, bt_self_component_port_input *port,
		    const bt_port_output *other)
{
	(void)port, (void)other;
	return add_input(sink_of(self), self)
		   ? BT_COMPONENT_CLASS_PORT_CONNECTED_METHOD_STATUS_OK
		   : BT_COMPONENT_CLASS_PORT_CONNECTED_METHOD_STATUS_ERROR;
}

/* --- what goes wrong --- */

/* The innermost cause says what it was; the others, through whose hands it went. */
static void take_problem(struct sink *sink, const char *where)
{
	char line[1024];
	const bt_error *error = bt_current_thread_take_error();
	const char *why = "cannot be read";
	if (error && bt_error_get_cause_count(error) > 0)
		why = bt_error_cause_get_message(bt_error_borrow_cause_by_index(error, 0));
	snprintf(line, sizeof(line), "%s%s%s", where, *where ? ": " : "", why);
	if (error)
		bt_error_release(error);
	tally_problem(&sink->tally, line);
	fprintf(stderr, "%sbpguard report: %s\n", sink->shows_progress ? "\r\033[K" : "", line);
}

/* --- progress --- */

static int64_t now_ms(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void show_progress(struct sink *sink)
{
	int64_t now;
	if (!sink->shows_progress)
		return;
	now = now_ms();
	if (now - sink->began_ms < PROGRESS_AFTER_MS || now - sink->progress_ms < PROGRESS_EACH_MS)
		return;
	sink->progress_ms = now;
	fprintf(stderr, "\rbpguard report: %llu events read, input %llu of %llu\033[K",
		(unsigned long long)sink->messages, (unsigned long long)sink->current + 1,
		(unsigned long long)sink->input_count - 1);
}

static void end_progress(struct sink *sink)
{
	if (sink->progress_ms)
		fputs("\r\033[K", stderr);
	sink->progress_ms = 0;
}

/* --- printing --- */

static bool speaks_utf8(void)
{
	static const char *const names[] = {"LC_ALL", "LC_CTYPE", "LANG"};
	for (int i = 0; i < 3; i++) {
		const char *value = getenv(names[i]);
		if (value && *value)
			return strcasestr(value, "UTF-8") || strcasestr(value, "utf8");
	}
	return false;
}

static struct style style_for(const struct sink *sink, FILE *out)
{
	const char *terminal = getenv("TERM"), *none = getenv("NO_COLOR");
	bool wants =
	    isatty(fileno(out)) && terminal && strcmp(terminal, "dumb") != 0 && !(none && *none);
	if (strcmp(sink->colour, "auto") != 0)
		wants = strcmp(sink->colour, "always") == 0;
	return (struct style){.colour = wants, .utf8 = speaks_utf8()};
}

static bool print(struct sink *sink)
{
	struct output output;
	struct findings findings;
	struct style style;
	sink->printed = true;
	end_progress(sink);
	if (!output_open(&output, sink->output)) {
		fprintf(stderr, "bpguard report: %s: %m\n", sink->output);
		return false;
	}
	findings_make(&findings, &sink->tally, sink->top);
	advice_make(&findings);
	style = style_for(sink, output.file);
	sink->format->print(output.file, &findings, &style);
	findings_free(&findings);
	if (output_close(&output))
		return true;
	fprintf(stderr, "bpguard report: %s: %m\n",
		sink->output ? sink->output : "standard output");
	return false;
}

/* --- reading --- */

bt_component_class_sink_graph_is_configured_method_status
sink_graph_is_configured(bt_self_component_sink *self)
{
	struct sink *sink = sink_of(self);
	for (uint64_t i = 0; i < sink->input_count; i++) {
		struct input *input = &sink->inputs[i];
		if (!bt_port_is_connected(bt_port_input_as_port_const(
			bt_self_component_port_input_as_port_input(input->port))))
			continue;
		if (bt_message_iterator_create_from_sink_component(self, input->port,
								   &input->iterator) !=
		    BT_MESSAGE_ITERATOR_CREATE_FROM_SINK_COMPONENT_STATUS_OK) {
			input->iterator = NULL;
			take_problem(sink, "");
		}
	}
	return BT_COMPONENT_CLASS_SINK_GRAPH_IS_CONFIGURED_METHOD_STATUS_OK;
}

static void count(struct sink *sink, bt_message_array_const messages, uint64_t got)
{
	intake_take(&sink->intake, messages, got);
	for (uint64_t i = 0; i < got; i++)
		bt_message_put_ref(messages[i]);
	sink->messages += got;
}

static void end_input(struct input *input)
{
	bt_message_iterator_put_ref(input->iterator);
	input->iterator = NULL;
}

/* Reads one batch. Returns false where there is nothing now, and may be later (lttng-live). */
static bool read_input(struct sink *sink, struct input *input)
{
	bt_message_array_const messages;
	uint64_t got = 0;
	switch (bt_message_iterator_next(input->iterator, &messages, &got)) {
	case BT_MESSAGE_ITERATOR_NEXT_STATUS_OK:
		count(sink, messages, got);
		return true;
	case BT_MESSAGE_ITERATOR_NEXT_STATUS_AGAIN:
		return false;
	case BT_MESSAGE_ITERATOR_NEXT_STATUS_END:
		end_input(input);
		return true;
	default:
		take_problem(sink, "");
		end_input(input);
		return true;
	}
}

/* The next input that has not ended, from the current one on; false where all have. */
static bool choose_input(struct sink *sink)
{
	for (uint64_t tried = 0; tried < sink->input_count; tried++) {
		if (sink->inputs[sink->current].iterator)
			return true;
		sink->current = (sink->current + 1) % sink->input_count;
	}
	return false;
}

/* A partial report is an error's, so that whoever runs the graph exits as after one. */
static bt_component_class_sink_consume_method_status finish(bt_self_component_sink *self)
{
	struct sink *sink = sink_of(self);
	bool written = print(sink);
	if (written && sink->tally.problems.count == 0)
		return BT_COMPONENT_CLASS_SINK_CONSUME_METHOD_STATUS_END;
	bt_current_thread_error_append_cause_from_component(
	    bt_self_component_sink_as_self_component(self), __FILE__, __LINE__, "%s",
	    written ? "the report is partial" : "the report could not be written");
	return BT_COMPONENT_CLASS_SINK_CONSUME_METHOD_STATUS_ERROR;
}

bt_component_class_sink_consume_method_status sink_consume(bt_self_component_sink *self)
{
	struct sink *sink = sink_of(self);
	if (!sink->began)
		sink->began_ms = now_ms();
	sink->began = true;
	for (uint64_t tried = 0; tried < sink->input_count; tried++) {
		if (!choose_input(sink))
			return finish(self);
		if (read_input(sink, &sink->inputs[sink->current])) {
			show_progress(sink);
			return BT_COMPONENT_CLASS_SINK_CONSUME_METHOD_STATUS_OK;
		}
		sink->current = (sink->current + 1) % sink->input_count;
	}
	return BT_COMPONENT_CLASS_SINK_CONSUME_METHOD_STATUS_AGAIN;
}

/* A graph that is ended from outside has its report too: lttng-live has no other end. */
void sink_finalize(bt_self_component_sink *self)
{
	struct sink *sink = sink_of(self);
	if (sink->began && !sink->printed) {
		tally_problem(&sink->tally, "reading was interrupted");
		print(sink);
	}
	free_sink(sink);
}
