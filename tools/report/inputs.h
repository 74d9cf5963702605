/* What there is to read: recordings, traces and logs, found by the paths of the command line. */
#ifndef BPGUARD_REPORT_INPUTS_H
#define BPGUARD_REPORT_INPUTS_H

#include <limits.h>
#include <stdbool.h>

#include "graph.h"

/* All zeros but the graph to begin with. */
struct inputs {
	struct graph *graph;
	bool found;	      /* something of the path at hand */
	char place[PATH_MAX]; /* where broken traces are laid out anew; "" so far */
};

/* Adds to the graph what a path leads to: a directory that is a trace, or is looked through; a file
 * is a log. What cannot be opened is said and left out, by graph_unread. */
void inputs_find(struct inputs *inputs, const char *path);

/* Removes what was laid out anew, once the graph is closed. */
void inputs_end(struct inputs *inputs);

#endif
