/* bpguard-report: what `bpguard report` runs.
 *
 * A program of its own instead of a command line for babeltrace2(1): what cannot be opened is left
 * out, reported in one line, and the rest is reported all the same. */
#include <getopt.h>
#include <stdio.h>
#include <sys/resource.h>

#include "graph.h"
#include "inputs.h"
#include "options.h"

/* Each data stream of a trace is a file of its own, open all the time. */
static void allow_many_files(void)
{
	struct rlimit limit;
	if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
		return;
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
}

int main(int count, char **words)
{
	struct options options = options_read(count, words);
	struct graph graph;
	struct inputs inputs = {.graph = &graph};
	int status;
	allow_many_files();
	graph_open(&graph);
	if (optind == count)
		inputs_find(&inputs, "bpguard.data");
	for (; optind < count; optind++)
		inputs_find(&inputs, words[optind]);
	graph_connect(&graph, &options);
	status = graph_run(&graph);
	graph_close(&graph);
	inputs_end(&inputs);
	return status;
}
