/* Where records come from while they are made: a log that grows, or a relay daemon. Each feed has a
 * thread of its own, so that a host that does not answer holds up nobody; the tally that they all
 * count in is locked. */
#ifndef BPGUARD_TOP_FEED_H
#define BPGUARD_TOP_FEED_H

#include <babeltrace2/babeltrace.h>
#include <pthread.h>
#include <stdbool.h>

#include "count/tally.h"

struct counts {
	pthread_mutex_t lock; /* of all that follows, and of every feed's state and error */
	struct tally tally;
};

enum feed_state {
	READS_PAST,	/* what was there before: no rates come of it */
	WAITS,		/* for a session, or for a file to come back */
	WAITS_FOR_MORE, /* for other sessions: those that there were have ended */
	FOLLOWS,
	ENDED,
};

struct feed {
	struct counts *counts;
	const char *name; /* as it was given */
	enum feed_state state;
	char error[256]; /* what is wrong now, or "" */
	void (*run)(struct feed *feed);
	union {
		struct follower *follower;
		struct relay *relay;
	};
};

/* A file's, with the name of the host that it was written on, or null. Ends the program by `refuse`
 * where it cannot be read. */
void follow_open(struct feed *feed, const char *path, const char *host);

/* A relay daemon's: net://HOST[:PORT], all sessions of bpguard's;
 * net://HOST[:PORT]/host/NAME/SESSION, that one. Ends the program by `refuse` where nobody answers.
 */
void live_open(struct feed *feed, const char *url);

/* Sets the state, and what is wrong. For a feed's own thread, without the lock. */
void feed_report(struct feed *feed, enum feed_state state, const char *error);

#endif
