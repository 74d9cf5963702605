/* bpguard-report: what `bpguard report` runs. Builds babeltrace2's graph: a source for each trace
 * and each log that it finds, sink.bpguard.report behind them all, without a muxer, since the
 * report does not depend on the order of what it counts.
 *
 * A program of its own instead of a command line for babeltrace2(1): what cannot be opened is left
 * out, told in one line, and the rest is reported all the same. */
#include <babeltrace2/babeltrace.h>

#include <dirent.h>
#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "read/error.h"
#include "read/salvage.h"

struct options {
	const char *output, *format, *begin, *end, *colour;
	long top;
};

struct session {
	const struct options *options;
	bt_graph *graph;
	const bt_plugin_set *ours; /* holds the classes */
	const bt_component_class_source *log, *ctf;
	const bt_component_class_filter *trimmer;
	const bt_component_class_sink *report;
	const bt_component_source **sources;
	size_t source_count;
	unsigned names;	      /* components so far */
	bt_value *unread;     /* what could not be opened, a line each */
	bool found;	      /* something of the argument at hand */
	char place[PATH_MAX]; /* where broken traces are laid out anew; "" so far */
};

__attribute__((noreturn)) static void fail(const char *what, const char *why)
{
	fprintf(stderr, "bpguard report: %s: %s\n", what, why);
	exit(125);
}

static void join(char path[PATH_MAX], const char *directory, const char *name)
{
	if (snprintf(path, PATH_MAX, "%s/%s", directory, name) >= PATH_MAX)
		*path = 0;
}

/* --- errors --- */

static void note_unread(struct session *session, const char *path, const char *why)
{
	char line[PATH_MAX + 1024];
	snprintf(line, sizeof(line), "%s: %s", path, why);
	fprintf(stderr, "bpguard report: %s\n", line);
	bt_value_array_append_string_element(session->unread, line);
}

/* --- components --- */

static const char *next_name(struct session *session, char name[32])
{
	snprintf(name, 32, "input-%u", ++session->names);
	return name;
}

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
static bool try_source(struct session *session, const bt_component_class_source *class,
		       const char *path, const char *host)
{
	bt_value *params = params_for(path, host);
	const bt_component_source *source;
	char name[32];
	bool added = can_add(class, params) &&
		     bt_graph_add_source_component(session->graph, class, next_name(session, name),
						   params, BT_LOGGING_LEVEL_NONE,
						   &source) == BT_GRAPH_ADD_COMPONENT_STATUS_OK;
	bt_value_put_ref(params);
	if (!added)
		return false;
	session->sources = realloc(session->sources, (session->source_count + 1) *
							 sizeof(const bt_component_source *));
	if (!session->sources)
		fail("memory", "none left");
	session->sources[session->source_count++] = source;
	return true;
}

static bool add_salvaged(void *session, const char *directory)
{
	bool added = try_source(session, ((struct session *)session)->ctf, directory, NULL);
	bt_current_thread_clear_error();
	return added;
}

static void tell_salvaged(void *session, const char *path, const char *why)
{
	note_unread(session, path, why);
}

/* The streams of a broken trace, one by one. */
static bool salvage(struct session *session, const char *trace)
{
	const struct salvage salvage = {session, add_salvaged, tell_salvaged};
	const char *temporary = getenv("TMPDIR");
	if (!*session->place) {
		join(session->place, temporary && *temporary ? temporary : "/tmp",
		     "bpguard-report.XXXXXX");
		if (!mkdtemp(session->place)) {
			*session->place = 0;
			return false;
		}
	}
	return salvage_streams(trace, session->place, &salvage);
}

static void add_source(struct session *session, const bt_component_class_source *class,
		       const char *path, const char *host)
{
	char why[1024];
	session->found = true;
	if (try_source(session, class, path, host))
		return;
	error_take(why, sizeof(why), "cannot be read");
	if (class != session->ctf || !salvage(session, path))
		note_unread(session, path, why);
}

/* --- what there is to read --- */

static bool is_there(const char *directory, const char *name)
{
	char path[PATH_MAX];
	join(path, directory, name);
	return access(path, F_OK) == 0;
}

/* The host that a recording was made on, from its file bpguard.recording. Null where it does not
 * say. */
static char *host_of(const char *directory)
{
	char path[PATH_MAX], line[512], *host = NULL;
	FILE *file;
	join(path, directory, "bpguard.recording");
	file = fopen(path, "re");
	while (file && !host && fgets(line, sizeof(line), file)) {
		line[strcspn(line, "\n")] = 0;
		if (strncmp(line, "host ", 5) == 0 && line[5])
			host = strdup(line + 5);
	}
	if (file)
		fclose(file);
	return host;
}

static void find_in(struct session *session, const char *directory);

static bool ends_in(const char *name, const char *end)
{
	size_t length = strlen(name), tail = strlen(end);
	return length >= tail && strcmp(name + length - tail, end) == 0;
}

static void find_entry(struct session *session, const char *directory, const char *name)
{
	char path[PATH_MAX];
	struct stat status;
	join(path, directory, name);
	if (lstat(path, &status) != 0)
		return;
	if (S_ISDIR(status.st_mode)) {
		find_in(session, path);
	} else if (S_ISREG(status.st_mode) && ends_in(name, ".jsonl")) {
		char *host = host_of(directory);
		add_source(session, session->log, path, host);
		free(host);
	}
}

/* A directory with a file `metadata` is a CTF trace; others are looked through. */
static void find_in(struct session *session, const char *directory)
{
	struct dirent **entries;
	int count;
	if (is_there(directory, "metadata")) {
		add_source(session, session->ctf, directory, NULL);
		return;
	}
	count = scandir(directory, &entries, NULL, alphasort);
	if (count < 0) {
		note_unread(session, directory, strerror(errno));
		session->found = true;
		return;
	}
	for (int i = 0; i < count; i++) {
		if (strcmp(entries[i]->d_name, ".") != 0 && strcmp(entries[i]->d_name, "..") != 0)
			find_entry(session, directory, entries[i]->d_name);
		free(entries[i]);
	}
	free(entries);
}

static void find(struct session *session, const char *path)
{
	struct stat status;
	session->found = false;
	if (stat(path, &status) != 0)
		note_unread(session, path, strerror(errno));
	else if (!S_ISDIR(status.st_mode))
		add_source(session, session->log, path, NULL);
	else {
		find_in(session, path);
		/* A recording of nothing is one. */
		if (!session->found && !is_there(path, "bpguard.recording"))
			note_unread(session, path, "no recording, trace or log in it");
	}
}

/* --- the graph --- */

static void require(bool done, const char *what)
{
	char why[1024];
	if (done)
		return;
	error_take(why, sizeof(why), "babeltrace2 does not say why");
	fail(what, why);
}

static const bt_component_sink *add_sink(struct session *session)
{
	const struct options *options = session->options;
	bt_value *params = bt_value_map_create();
	const bt_component_sink *sink;
	bt_value_map_insert_string_entry(params, "format", options->format);
	bt_value_map_insert_string_entry(params, "colour", options->colour);
	if (options->output)
		bt_value_map_insert_string_entry(params, "output", options->output);
	if (options->top)
		bt_value_map_insert_signed_integer_entry(params, "top", options->top);
	bt_value_map_insert_entry(params, "unread", session->unread);
	require(bt_graph_add_sink_component(session->graph, session->report, "report", params,
					    BT_LOGGING_LEVEL_NONE,
					    &sink) == BT_GRAPH_ADD_COMPONENT_STATUS_OK,
		"report");
	bt_value_put_ref(params);
	return sink;
}

static const bt_port_output *trim(struct session *session, const bt_port_output *port)
{
	const struct options *options = session->options;
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
	require(bt_graph_add_filter_component(
		    session->graph, session->trimmer, next_name(session, name), params,
		    BT_LOGGING_LEVEL_NONE, &filter) == BT_GRAPH_ADD_COMPONENT_STATUS_OK,
		"--begin, --end");
	bt_value_put_ref(params);
	require(
	    bt_graph_connect_ports(session->graph, port,
				   bt_component_filter_borrow_input_port_by_index_const(filter, 0),
				   NULL) == BT_GRAPH_CONNECT_PORTS_STATUS_OK,
	    "--begin, --end");
	return bt_component_filter_borrow_output_port_by_index_const(filter, 0);
}

/* The sink's last input is free. */
static void connect_source(struct session *session, const bt_component_source *source,
			   const bt_component_sink *sink)
{
	uint64_t ports = bt_component_source_get_output_port_count(source);
	for (uint64_t i = 0; i < ports; i++) {
		const bt_port_output *port =
		    trim(session, bt_component_source_borrow_output_port_by_index_const(source, i));
		uint64_t last = bt_component_sink_get_input_port_count(sink) - 1;
		require(bt_graph_connect_ports(
			    session->graph, port,
			    bt_component_sink_borrow_input_port_by_index_const(sink, last),
			    NULL) == BT_GRAPH_CONNECT_PORTS_STATUS_OK,
			"the graph");
	}
}

/* Whether the sink made it: then it has said already what went wrong. */
static bool is_told(const bt_error *error)
{
	const bt_error_cause *cause;
	if (!error || !bt_error_get_cause_count(error))
		return false;
	cause = bt_error_borrow_cause_by_index(error, 0);
	return bt_error_cause_get_actor_type(cause) == BT_ERROR_CAUSE_ACTOR_TYPE_COMPONENT &&
	       bt_error_cause_component_actor_get_component_class_type(cause) ==
		   BT_COMPONENT_CLASS_TYPE_SINK;
}

static int run(struct session *session)
{
	const bt_error *error;
	bt_graph_run_status status;
	while ((status = bt_graph_run(session->graph)) == BT_GRAPH_RUN_STATUS_AGAIN)
		nanosleep(&(struct timespec){.tv_nsec = 100000000}, NULL);
	if (status == BT_GRAPH_RUN_STATUS_OK)
		return 0;
	error = bt_current_thread_take_error();
	if (!is_told(error))
		fputs("bpguard report: reading failed\n", stderr);
	if (error)
		bt_error_release(error);
	return 1;
}

/* --- plugins --- */

/* Beside this program, as built, or where make install puts it. */
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
		join(path, self, places[i]);
		if (access(path, R_OK) == 0)
			return path;
	}
	join(path, self, places[0]);
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

static void find_classes(struct session *session)
{
	const char *file = plugin_file();
	const bt_plugin *ours;
	require(bt_plugin_find_all_from_file(file, BT_TRUE, &session->ours) ==
		    BT_PLUGIN_FIND_ALL_FROM_FILE_STATUS_OK,
		file);
	ours = bt_plugin_set_borrow_plugin_by_index_const(session->ours, 0);
	session->log = bt_plugin_borrow_source_component_class_by_name_const(ours, "log");
	session->report = bt_plugin_borrow_sink_component_class_by_name_const(ours, "report");
	session->ctf =
	    bt_plugin_borrow_source_component_class_by_name_const(find_plugin("ctf"), "fs");
	session->trimmer =
	    bt_plugin_borrow_filter_component_class_by_name_const(find_plugin("utils"), "trimmer");
	if (!session->ctf || !session->trimmer)
		fail("babeltrace2", "its component classes ctf.fs and utils.trimmer are not there");
}

/* --- the command line --- */

static const char usage[] =
    "usage: bpguard report [-o FILE] [--format text|json|html|prometheus]\n"
    "                      [--begin TIME] [--end TIME] [--top N] [--colour auto|always|never]\n"
    "                      [DIR|FILE...]\n";

static void require_one_of(const char *option, const char *value, const char *const *values)
{
	for (; *values; values++)
		if (strcmp(*values, value) == 0)
			return;
	fail(option, "no such value; see bpguard report --help");
}

static void read_option(struct options *options, int option)
{
	char *end;
	switch (option) {
	case 'o':
		options->output = optarg;
		break;
	case 'f':
		options->format = optarg;
		break;
	case 'b':
		options->begin = optarg;
		break;
	case 'e':
		options->end = optarg;
		break;
	case 'c':
		options->colour = optarg;
		break;
	case 't':
		options->top = strtol(optarg, &end, 10);
		if (*end || options->top < 1 || options->top > 1000000)
			fail("--top", "takes a number, 1 to 1000000");
		break;
	case 'h':
		fputs(usage, stdout);
		exit(0);
	default:
		fputs(usage, stderr);
		exit(125);
	}
}

static struct options read_options(int count, char **words)
{
	static const struct option known[] = {
	    {"output", required_argument, NULL, 'o'},
	    {"format", required_argument, NULL, 'f'},
	    {"begin", required_argument, NULL, 'b'},
	    {"end", required_argument, NULL, 'e'},
	    {"colour", required_argument, NULL, 'c'},
	    {"color", required_argument, NULL, 'c'},
	    {"top", required_argument, NULL, 't'},
	    {"help", no_argument, NULL, 'h'},
	    {NULL, 0, NULL, 0},
	};
	struct options options = {.format = "text", .colour = "auto"};
	int option;
	while ((option = getopt_long(count, words, "o:h", known, NULL)) != -1)
		read_option(&options, option);
	require_one_of("--colour", options.colour,
		       (const char *const[]){"auto", "always", "never", NULL});
	return options;
}

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
	struct options options = read_options(count, words);
	struct session session = {.options = &options, .unread = bt_value_array_create()};
	const bt_component_sink *sink;
	int status;
	allow_many_files();
	session.graph = bt_graph_create(0);
	find_classes(&session);
	if (optind == count)
		find(&session, "bpguard.data");
	for (; optind < count; optind++)
		find(&session, words[optind]);
	sink = add_sink(&session);
	for (size_t i = 0; i < session.source_count; i++)
		connect_source(&session, session.sources[i], sink);
	status = run(&session);
	bt_graph_put_ref(session.graph);
	if (*session.place)
		salvage_remove(session.place);
	return status;
}
