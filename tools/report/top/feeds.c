#include "top/feeds.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "read/memory.h"
#include "read/recording.h"
#include "top/refuse.h"

/* --- what to follow --- */

static void add_feed(struct feeds *feeds, const char *name)
{
	feeds->feed = must_grow(feeds->feed, ((size_t)feeds->count + 1) * sizeof(struct feed));
	feeds->feed[feeds->count++] = (struct feed){.counts = &feeds->counts, .name = name};
}

static struct feed *last_feed(const struct feeds *feeds)
{
	return &feeds->feed[feeds->count - 1];
}

static bool is_url(const char *word)
{
	return strncmp(word, "net://", 6) == 0 || strncmp(word, "net4://", 7) == 0;
}

static char *join(const char *directory, const char *name)
{
	char *path;
	if (asprintf(&path, "%s/%s", directory, name) < 0)
		refuse("memory", "none left");
	return path;
}

/* A recording: by its live session, or its log. */
static void add_recording(struct feeds *feeds, const char *directory)
{
	char *url = recording_says(directory, "live ");
	char *log = join(directory, "bpguard.jsonl");
	if (url) {
		last_feed(feeds)->name = url;
		live_open(last_feed(feeds), url);
	} else if (access(log, F_OK) == 0) {
		follow_open(last_feed(feeds), log, recording_says(directory, "host "));
	} else {
		char *mark = join(directory, "bpguard.recording");
		refuse(directory, access(mark, F_OK) == 0
				      ? "its LTTng session is not live; record with --live, or see "
					"bpguard report"
				      : "no recording");
	}
}

void feeds_add(struct feeds *feeds, const char *word)
{
	struct stat status;
	add_feed(feeds, word);
	if (is_url(word))
		live_open(last_feed(feeds), word);
	else if (stat(word, &status) != 0)
		refuse(word, strerror(errno));
	else if (S_ISDIR(status.st_mode))
		add_recording(feeds, word);
	else
		follow_open(last_feed(feeds), word, NULL);
}

void feeds_add_default(struct feeds *feeds)
{
	bool is_there = access("bpguard.data/bpguard.recording", F_OK) == 0;
	feeds_add(feeds, is_there ? "bpguard.data" : "net://127.0.0.1");
}

/* --- their threads --- */

static void *run_feed(void *feed)
{
	((struct feed *)feed)->run(feed);
	return NULL;
}

/* Signals are for the main thread. */
int feeds_start(struct feeds *feeds)
{
	pthread_t thread;
	int error;
	for (int i = 0; i < feeds->count; i++)
		if ((error = pthread_create(&thread, NULL, run_feed, &feeds->feed[i])) != 0)
			return error;
	return 0;
}

bool feeds_any_in(const struct feeds *feeds, enum feed_state state)
{
	for (int i = 0; i < feeds->count; i++)
		if (feeds->feed[i].state == state)
			return true;
	return false;
}

bool feeds_all_ended(const struct feeds *feeds)
{
	for (int i = 0; i < feeds->count; i++)
		if (feeds->feed[i].state != ENDED)
			return false;
	return true;
}
