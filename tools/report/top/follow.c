/* A log that grows. It is read from its beginning; when another file has taken its place, that one
 * from its beginning; when it has become shorter, it too. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "read/lines.h"
#include "read/memory.h"
#include "top/feed.h"
#include "top/refuse.h"

enum {
	CHUNK = 32768,
	LINE_MOST = 1 << 20, /* what is longer is no record */
	LOOK_MS = 200,	     /* how often there may be something new */
	QUIET_LOOKS = 5,     /* without anything new, before a file that was moved away is left */
};

struct follower {
	const char *path;
	int fd;
	dev_t device;
	ino_t inode;
	off_t offset;
	uint32_t host;
	struct lines *parser;
	char *line; /* what is there of the line that is not yet ended */
	size_t length;
	bool skips; /* the rest of a line that was too long */
	uint64_t whole, broken;
	int quiet; /* looks that found nothing new */
};

static bool open_file(struct follower *follower)
{
	struct stat status;
	/* A pipe's writer need not be there yet. */
	follower->fd = open(follower->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (follower->fd < 0 || fstat(follower->fd, &status) != 0)
		return false;
	follower->device = status.st_dev;
	follower->inode = status.st_ino;
	follower->offset = 0;
	follower->length = 0;
	follower->skips = false;
	follower->quiet = 0;
	return true;
}

/* --- lines --- */

static void count_line(struct feed *feed, const char *line, size_t length)
{
	struct follower *follower = feed->follower;
	struct sighting sighting = {.host = follower->host};
	if (line[strspn(line, " \t\r")] == 0)
		return;
	if (lines_parse(follower->parser, line, length, &sighting.record)) {
		follower->whole++;
		tally_add(&feed->counts->tally, &sighting, 1);
	} else {
		follower->broken++;
	}
}

static void end_line(struct feed *feed)
{
	struct follower *follower = feed->follower;
	follower->line[follower->length] = 0;
	if (!follower->skips)
		count_line(feed, follower->line, follower->length);
	else
		follower->broken++;
	follower->length = 0;
	follower->skips = false;
}

static void add(struct follower *follower, const char *bytes, size_t length)
{
	if (length > LINE_MOST - 1 - follower->length)
		follower->skips = true;
	if (follower->skips)
		return;
	memcpy(follower->line + follower->length, bytes, length);
	follower->length += length;
}

static void take(struct feed *feed, const char *bytes, size_t length)
{
	const char *end = bytes + length;
	while (bytes < end) {
		const char *newline = memchr(bytes, '\n', (size_t)(end - bytes));
		const char *stop = newline ? newline : end;
		add(feed->follower, bytes, (size_t)(stop - bytes));
		if (newline)
			end_line(feed);
		bytes = newline ? newline + 1 : end;
	}
}

/* --- the file --- */

/* Reads what there is. Returns false where there is nothing. */
static bool read_some(struct feed *feed)
{
	struct follower *follower = feed->follower;
	char bytes[CHUNK];
	ssize_t got = read(follower->fd, bytes, sizeof(bytes));
	if (got <= 0)
		return false;
	follower->offset += got;
	follower->quiet = 0;
	pthread_mutex_lock(&feed->counts->lock);
	take(feed, bytes, (size_t)got);
	pthread_mutex_unlock(&feed->counts->lock);
	return true;
}

static void start_over(struct follower *follower)
{
	if (lseek(follower->fd, 0, SEEK_SET) == 0)
		follower->offset = 0;
	follower->length = 0;
	follower->skips = false;
}

/* A writer may have the file open for a while after it was moved away. Returns whether the path is
 * there. */
static bool look_at_path(struct follower *follower)
{
	struct stat status;
	if (stat(follower->path, &status) != 0)
		return false;
	if (status.st_dev == follower->device && status.st_ino == follower->inode) {
		if (S_ISREG(status.st_mode) && status.st_size < follower->offset)
			start_over(follower);
	} else if (++follower->quiet > QUIET_LOOKS) {
		int old = follower->fd;
		if (open_file(follower))
			close(old);
		else
			follower->fd = old;
	}
	return true;
}

static void report(struct feed *feed, bool is_there)
{
	const struct follower *follower = feed->follower;
	char text[128] = "";
	if (!is_there)
		snprintf(text, sizeof(text), "the file is gone; waiting for a new one");
	else if (follower->broken && !follower->whole)
		snprintf(text, sizeof(text), "not a log of bpguard's: no line of it is a record");
	else if (follower->broken)
		snprintf(text, sizeof(text), "%llu lines are no records",
			 (unsigned long long)follower->broken);
	feed_report(feed, is_there ? FOLLOWS : WAITS, text);
}

static void run(struct feed *feed)
{
	for (;;) {
		while (read_some(feed))
			;
		report(feed, look_at_path(feed->follower));
		nanosleep(&(struct timespec){.tv_nsec = LOOK_MS * 1000000L}, NULL);
	}
}

void follow_open(struct feed *feed, const char *path, const char *host)
{
	struct follower *follower = must_clear(1, sizeof(*follower));
	struct stat status;
	follower->path = path;
	if (!open_file(follower))
		refuse(path, strerror(errno));
	if (fstat(follower->fd, &status) == 0 && S_ISDIR(status.st_mode))
		refuse(path, strerror(EISDIR));
	follower->parser = lines_alone();
	follower->line = must_grow(NULL, LINE_MOST);
	follower->host = tally_host(&feed->counts->tally, host ? host : "");
	feed->follower = follower;
	feed->state = READS_PAST;
	feed->run = run;
}
