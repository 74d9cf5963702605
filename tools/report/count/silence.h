/* How long peers had been silent before they closed: a timeout shows as a tight cluster, downloads
 * scatter. */
#ifndef BPGUARD_REPORT_SILENCE_H
#define BPGUARD_REPORT_SILENCE_H

#include <stdint.h>

enum { SILENCE_STEPS = 13, CLUSTERS = 5 };

/* One connection's. */
struct silence {
	int32_t ms;
	uint32_t peer; /* an id of the tally's addresses, or NOBODY */
};

/* A default that somebody ships. */
struct known_timeout {
	int32_t seconds;
	const char *whose;
	const char *source;
};

struct cluster {
	uint32_t first, count; /* among the sorted silences */
	int32_t least_ms, median_ms, most_ms;
	const struct known_timeout *known; /* null: no default that is known here */
};

/* Where a histogram's step begins; step SILENCE_STEPS has no end and is none. */
int32_t silence_step_ms(int step);

/* Sorts the silences by time, counts them by step, and finds the clusters, the largest first.
 * Returns how many.
 *
 * A cluster is three connections or more, silent for a second or longer, within 2 % and 20 ms of
 * one another, where so many so close would be an accident of less than one in two hundred if they
 * were spread as evenly as what lies between half and twice that time, and four times as many as
 * that would make. */
int silence_find(struct silence *silences, uint32_t count, uint64_t steps[SILENCE_STEPS],
		 struct cluster clusters[CLUSTERS]);

#endif
