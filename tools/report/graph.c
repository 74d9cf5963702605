#include "graph.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "fail.h"
#include "read/error.h"
#include "read/memory.h"

/* Ends the program with what babeltrace2 says where it was not done. */
static void require(bool done, const char *what)
{
	char why[1024];
	if (done)
		return;
	error_take(why, sizeof(why), "babeltrace2 does not say why");
	fail(what, why);
}

static const char *next_name(struct graph *graph, char name[32])
{
	snprintf(name, 32, "input-%u", ++graph->names);
	return name;
}

/* --- plugins --- */

/* Beside this program, as built, or where make install puts it; moved or not. */
static const char *plugin_file(void)
{
	static const char *const places[] = {
	    "babeltrace-plugin-bpguard.so",
	    "../../lib/babeltrace2/plugins/babeltrace-plugin-bpguard.so",
	};
	static char path[PATH_MAX];
	char self[PATH_MAX];
	ssize_t length = readlink("/proc/self/exe", self, sizeof(self) - 1);
	if (length < 0)
		fail("/proc/self/exe", strerror(errno));
	self[length] = 0;
	*strrchr(self, '/') = 0;
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		snprintf(path, sizeof(path), "%.*s/%s", PATH_MAX / 2, self, places[i]);
		if (access(path, R_OK) == 0)
			return path;
	}
	snprintf(path, sizeof(path), BPGUARD_PLUGINDIR "/%s", places[0]);
	if (access(path, R_OK) == 0)
		return path;
	fail(path, "not there; run make, or make install");
}

static const bt_plugin *find_plugin(const char *name)
{
	const bt_plugin *plugin = NULL;
	if (bt_plugin_find(name, BT_TRUE, BT_TRUE, BT_TRUE, BT_TRUE, BT_FALSE, &plugin) !=
	    BT_PLUGIN_FIND_STATUS_OK)
		fail(name, "babeltrace2's plugin of this name is not installed");
	return plugin;
}

static void find_classes(struct graph *graph)
{
	const char *file = plugin_file();
	const bt_plugin *ours;
	require(bt_plugin_find_all_from_file(file, BT_TRUE, &graph->ours) ==
		    BT_PLUGIN_FIND_ALL_FROM_FILE_STATUS_OK,
		file);
	ours = bt_plugin_set_borrow_plugin_by_index_const(graph->ours, 0);
	graph->log = bt_plugin_borrow_source_component_class_by_name_const(ours, "log");
	graph->report = bt_plugin_borrow_sink_component_class_by_name_const(ours, "report");
	graph->ctf =
	    bt_plugin_borrow_source_component_class_by_name_const(find_plugin("ctf"), "fs");
	graph->trimmer =
	    bt_plugin_borrow_filter_component_class_by_name_const(find_plugin("utils"), "trimmer");
	if (!graph->ctf || !graph->trimmer)
		fail("babeltrace2", "its component classes ctf.fs and utils.trimmer are not there");
}

void graph_open(struct graph *graph)
{
	*graph = (struct graph){.graph = bt_graph_create(0), .unread = bt_value_array_create()};
	require(graph->graph && graph->unread, "babeltrace2");
	find_classes(graph);
}

void graph_close(struct graph *graph)
{
	bt_graph_put_ref(graph->graph);
	free(graph->sources);
}

/* --- sources --- */

static bt_value *params_for(const char *path, const char *host)
{
	bt_value *params = bt_value_map_create(), *inputs;
	if (!params ||
	    bt_value_map_insert_empty_array_entry(params, "inputs", &inputs) !=
		BT_VALUE_MAP_INSERT_ENTRY_STATUS_OK ||
	    bt_value_array_append_string_element(inputs, path) !=
		BT_VALUE_ARRAY_APPEND_ELEMENT_STATUS_OK)
		fail("memory", "none left");
	if (host)
		bt_value_map_insert_string_entry(params, "host", host);
	return params;
}

/* A graph is of no use any more where a component could not be made: hence one to try in. */
static bool can_add(const bt_component_class_source *class, const bt_value *params)
{
	bt_graph *trial = bt_graph_create(0);
	bool can =
	    bt_graph_add_source_component(trial, class, "trial", params, BT_LOGGING_LEVEL_NONE,
					  NULL) == BT_GRAPH_ADD_COMPONENT_STATUS_OK;
	bt_graph_put_ref(trial);
	return can;
}

/* Returns false, with the thread's error set, where there is no such trace or log. */
static bool try_source(struct graph *graph, const bt_component_class_source *class,
		       const char *path, const char *host)
{
	bt_value *params = params_for(path, host);
	const bt_component_source *source;
	char name[32];
	bool added = can_add(class, params) &&
		     bt_graph_add_source_component(graph->graph, class, next_name(graph, name),
						   params, BT_LOGGING_LEVEL_NONE,
						   &source) == BT_GRAPH_ADD_COMPONENT_STATUS_OK;
	bt_value_put_ref(params);
	if (!added)
		return false;
	graph->sources = must_grow(graph->sources,
				   (graph->source_count + 1) * sizeof(const bt_component_source *));
	graph->sources[graph->source_count++] = source;
	return true;
}

bool graph_add_log(struct graph *graph, const char *path, const char *host)
{
	return try_source(graph, graph->log, path, host);
}

bool graph_add_trace(struct graph *graph, const char *path)
{
	return try_source(graph, graph->ctf, path, NULL);
}

void graph_unread(struct graph *graph, const char *path, const char *why)
{
	char line[PATH_MAX + 1024];
	snprintf(line, sizeof(line), "%s: %s", path, why);
	fprintf(stderr, "bpguard report: %s\n", line);
	bt_value_array_append_string_element(graph->unread, line);
}

/* --- the sink, and what lies between --- */

static const bt_component_sink *add_sink(struct graph *graph, const struct options *options)
{
	bt_value *params = bt_value_map_create();
	const bt_component_sink *sink;
	if (options->format)
		bt_value_map_insert_string_entry(params, "format", options->format);
	if (options->colour)
		bt_value_map_insert_string_entry(params, "colour", options->colour);
	if (options->output)
		bt_value_map_insert_string_entry(params, "output", options->output);
	if (options->top)
		bt_value_map_insert_signed_integer_entry(params, "top", options->top);
	bt_value_map_insert_entry(params, "unread", graph->unread);
	require(bt_graph_add_sink_component(graph->graph, graph->report, "report", params,
					    BT_LOGGING_LEVEL_NONE,
					    &sink) == BT_GRAPH_ADD_COMPONENT_STATUS_OK,
		"--format");
	bt_value_put_ref(params);
	return sink;
}

static const bt_port_output *trim(struct graph *graph, const struct options *options,
				  const bt_port_output *port)
{
	const bt_component_filter *filter;
	bt_value *params;
	char name[32];
	if (!options->begin && !options->end)
		return port;
	params = bt_value_map_create();
	if (options->begin)
		bt_value_map_insert_string_entry(params, "begin", options->begin);
	if (options->end)
		bt_value_map_insert_string_entry(params, "end", options->end);
	require(bt_graph_add_filter_component(graph->graph, graph->trimmer, next_name(graph, name),
					      params, BT_LOGGING_LEVEL_NONE,
					      &filter) == BT_GRAPH_ADD_COMPONENT_STATUS_OK,
		"--begin, --end");
	bt_value_put_ref(params);
	require(
	    bt_graph_connect_ports(graph->graph, port,
				   bt_component_filter_borrow_input_port_by_index_const(filter, 0),
				   NULL) == BT_GRAPH_CONNECT_PORTS_STATUS_OK,
	    "--begin, --end");
	return bt_component_filter_borrow_output_port_by_index_const(filter, 0);
}

/* The sink's last input is free. */
static void connect_source(struct graph *graph, const struct options *options,
			   const bt_component_source *source, const bt_component_sink *sink)
{
	uint64_t ports = bt_component_source_get_output_port_count(source);
	for (uint64_t i = 0; i < ports; i++) {
		const bt_port_output *port =
		    trim(graph, options,
			 bt_component_source_borrow_output_port_by_index_const(source, i));
		uint64_t last = bt_component_sink_get_input_port_count(sink) - 1;
		require(bt_graph_connect_ports(
			    graph->graph, port,
			    bt_component_sink_borrow_input_port_by_index_const(sink, last),
			    NULL) == BT_GRAPH_CONNECT_PORTS_STATUS_OK,
			"the graph");
	}
}

void graph_connect(struct graph *graph, const struct options *options)
{
	const bt_component_sink *sink = add_sink(graph, options);
	for (size_t i = 0; i < graph->source_count; i++)
		connect_source(graph, options, graph->sources[i], sink);
}

/* --- running --- */

/* Whether the sink made it: then it has said already what went wrong. */
static bool is_reported(const bt_error *error)
{
	const bt_error_cause *cause;
	if (!error || !bt_error_get_cause_count(error))
		return false;
	cause = bt_error_borrow_cause_by_index(error, 0);
	return bt_error_cause_get_actor_type(cause) == BT_ERROR_CAUSE_ACTOR_TYPE_COMPONENT &&
	       bt_error_cause_component_actor_get_component_class_type(cause) ==
		   BT_COMPONENT_CLASS_TYPE_SINK;
}

int graph_run(struct graph *graph)
{
	const bt_error *error;
	bt_graph_run_status status;
	while ((status = bt_graph_run(graph->graph)) == BT_GRAPH_RUN_STATUS_AGAIN)
		nanosleep(&(struct timespec){.tv_nsec = 100000000}, NULL);
	if (status == BT_GRAPH_RUN_STATUS_OK)
		return 0;
	error = bt_current_thread_take_error();
	if (!is_reported(error))
		fputs("bpguard report: reading failed\n", stderr);
	if (error)
		bt_error_release(error);
	return 1;
}
