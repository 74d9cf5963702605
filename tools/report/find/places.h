/* Places in the code: addresses as module and offset, and for the few that are shown, function and
 * source line. */
#ifndef BPGUARD_REPORT_PLACES_H
#define BPGUARD_REPORT_PLACES_H

#include "count/tally.h"

struct spot {
	uint32_t program;
	const char *call;
	const char *module; /* "" where it is not known; lasts as long as `modules` */
	uint64_t offset;
	uint32_t module_id;
	bool is_local; /* the module may be a file of this machine's */
	uint64_t failures;
	uint64_t by_cause[CAUSE_COUNT];
	int64_t longest_streak;
	char *function, *source; /* or null */
};

struct places {
	struct table modules; /* their paths */
	struct table spots;   /* struct spot */
};

/* Finds the modules that addresses lie in. */
void places_make(struct places *places, const struct tally *tally);
void places_free(struct places *places);

/* Asks addr2line(1), where it is installed, for function and source line. A file that has changed
 * since the recording, or lies on another host, is not asked. */
void places_name(struct spot *spot, const struct tally *tally);

#endif
