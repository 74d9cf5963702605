#include "inputs.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "read/error.h"
#include "read/memory.h"
#include "read/recording.h"
#include "read/salvage.h"

static void join(char path[PATH_MAX], const char *directory, const char *name)
{
	if (snprintf(path, PATH_MAX, "%s/%s", directory, name) >= PATH_MAX)
		*path = 0;
}

/* --- what can be saved of a broken trace --- */

static bool add_salvaged(void *inputs, const char *directory)
{
	bool added = graph_add_trace(((struct inputs *)inputs)->graph, directory);
	bt_current_thread_clear_error();
	return added;
}

static void report_salvaged(void *inputs, const char *path, const char *why)
{
	graph_unread(((struct inputs *)inputs)->graph, path, why);
}

/* The streams of a broken trace, one by one. */
static bool salvage(struct inputs *inputs, const char *trace)
{
	const struct salvage salvage = {inputs, add_salvaged, report_salvaged};
	const char *temporary = getenv("TMPDIR");
	if (!*inputs->place) {
		join(inputs->place, temporary && *temporary ? temporary : "/tmp",
		     "bpguard-report.XXXXXX");
		if (!mkdtemp(inputs->place)) {
			*inputs->place = 0;
			return false;
		}
	}
	return salvage_streams(trace, inputs->place, &salvage);
}

/* --- logs and traces --- */

static void add_log(struct inputs *inputs, const char *path, const char *host)
{
	char why[1024];
	inputs->found = true;
	if (graph_add_log(inputs->graph, path, host))
		return;
	error_take(why, sizeof(why), "cannot be read");
	graph_unread(inputs->graph, path, why);
}

static void add_trace(struct inputs *inputs, const char *path)
{
	char why[1024];
	inputs->found = true;
	if (graph_add_trace(inputs->graph, path))
		return;
	error_take(why, sizeof(why), "cannot be read");
	if (!salvage(inputs, path))
		graph_unread(inputs->graph, path, why);
}

/* --- what there is to read --- */

static bool is_there(const char *directory, const char *name)
{
	char path[PATH_MAX];
	join(path, directory, name);
	return access(path, F_OK) == 0;
}

static void find_in(struct inputs *inputs, const char *directory);

static bool ends_in(const char *name, const char *end)
{
	size_t length = strlen(name), tail = strlen(end);
	return length >= tail && strcmp(name + length - tail, end) == 0;
}

static void find_entry(struct inputs *inputs, const char *directory, const char *name)
{
	char path[PATH_MAX];
	struct stat status;
	join(path, directory, name);
	if (lstat(path, &status) != 0)
		return;
	if (S_ISDIR(status.st_mode)) {
		find_in(inputs, path);
	} else if (S_ISREG(status.st_mode) && ends_in(name, ".jsonl")) {
		char *host = recording_says(directory, "host ");
		add_log(inputs, path, host);
		free(host);
	}
}

/* A directory with a file `metadata` is a CTF trace; others are looked through. */
static void find_in(struct inputs *inputs, const char *directory)
{
	struct dirent **entries;
	int count;
	if (is_there(directory, "metadata")) {
		add_trace(inputs, directory);
		return;
	}
	count = scandir(directory, &entries, NULL, alphasort);
	if (count < 0) {
		graph_unread(inputs->graph, directory, strerror(errno));
		inputs->found = true;
		return;
	}
	for (int i = 0; i < count; i++) {
		if (strcmp(entries[i]->d_name, ".") != 0 && strcmp(entries[i]->d_name, "..") != 0)
			find_entry(inputs, directory, entries[i]->d_name);
		free(entries[i]);
	}
	free(entries);
}

void inputs_find(struct inputs *inputs, const char *path)
{
	struct stat status;
	inputs->found = false;
	if (stat(path, &status) != 0)
		graph_unread(inputs->graph, path, strerror(errno));
	else if (!S_ISDIR(status.st_mode))
		add_log(inputs, path, NULL);
	else {
		find_in(inputs, path);
		/* A recording of nothing is one. */
		if (!inputs->found && !is_there(path, "bpguard.recording"))
			graph_unread(inputs->graph, path, "no recording, trace or log in it");
	}
}

void inputs_end(struct inputs *inputs)
{
	if (*inputs->place)
		salvage_remove(inputs->place);
}
