/* All that is followed, and what it has counted. */
#ifndef BPGUARD_TOP_FEEDS_H
#define BPGUARD_TOP_FEEDS_H

#include "top/feed.h"

/* tally_init and the lock are the caller's. All feeds are added before they are started. */
struct feeds {
	struct counts counts;
	struct feed *feed;
	int count;
};

/* Adds what a word of the command line names: a relay daemon's address, a recording, a log. Ends
 * the program by `refuse` where it cannot be followed. */
void feeds_add(struct feeds *feeds, const char *word);

/* The recording here, or the relay daemon of this machine. */
void feeds_add_default(struct feeds *feeds);

/* Starts a thread for each. Returns 0, or an error's number. */
int feeds_start(struct feeds *feeds);

/* With the lock held. */
bool feeds_any_in(const struct feeds *feeds, enum feed_state state);
bool feeds_all_ended(const struct feeds *feeds);

#endif
