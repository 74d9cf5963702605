#include "top/feed.h"

#include <stdio.h>

void feed_report(struct feed *feed, enum feed_state state, const char *error)
{
	pthread_mutex_lock(&feed->counts->lock);
	feed->state = state;
	snprintf(feed->error, sizeof(feed->error), "%s", error);
	pthread_mutex_unlock(&feed->counts->lock);
}
