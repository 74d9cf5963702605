/* Babeltrace2's graph: a source for each trace and each log, sink.bpguard.report behind them all,
 * without a muxer, since the report does not depend on the order of what it counts. */
#ifndef BPGUARD_REPORT_GRAPH_H
#define BPGUARD_REPORT_GRAPH_H

#include <babeltrace2/babeltrace.h>

#include <stdbool.h>
#include <stddef.h>

#include "options.h"

struct graph {
	bt_graph *graph;
	const bt_plugin_set *ours; /* holds the classes */
	const bt_component_class_source *log, *ctf;
	const bt_component_class_filter *trimmer;
	const bt_component_class_sink *report;
	const bt_component_source **sources;
	size_t source_count;
	unsigned names;	  /* components so far */
	bt_value *unread; /* what could not be opened, a line each */
};

/* Ends the program where babeltrace2 or its plugins are not there. */
void graph_open(struct graph *graph);
void graph_close(struct graph *graph);

/* Adds a source. Returns false, with babeltrace2's error of this thread set, where there is no such
 * log or trace. `host` may be null. */
bool graph_add_log(struct graph *graph, const char *path, const char *host);
bool graph_add_trace(struct graph *graph, const char *path);

/* Says, now and in the report, that something cannot be read. */
void graph_unread(struct graph *graph, const char *path, const char *why);

/* Adds the sink behind all sources. Ends the program for options that babeltrace2 does not take. */
void graph_connect(struct graph *graph, const struct options *options);

/* Reads and reports. Returns the exit status: 1 where not all could be read, or the report not be
 * written. */
int graph_run(struct graph *graph);

#endif
