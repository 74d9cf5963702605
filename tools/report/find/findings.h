/* What follows from the counts: what is most, and what belongs together. Every output format shows
 * these, and computes nothing of its own. */
#ifndef BPGUARD_REPORT_FINDINGS_H
#define BPGUARD_REPORT_FINDINGS_H

#include "count/silence.h"
#include "count/tally.h"
#include "find/deaths.h"
#include "find/lists.h"
#include "find/networks.h"
#include "find/places.h"

/* What is known of a program by its connections. */
struct program_ends {
	uint64_t connections, lost;
};

struct advice {
	const char *kind; /* one of those that bpguard-report(5) lists */
	char *text;	  /* what to do */
	char *evidence;	  /* the counts that say so */
};

enum { ADVICE_MOST = 64, TIMELINE_ROWS = 24, PLOT_STEPS = 200, LOST_STEPS = 10 };

struct findings {
	const struct tally *tally;
	uint32_t top;		     /* rows of a list */
	uint64_t connections, pipes; /* that broke */
	uint64_t lost;		     /* bytes */
	uint64_t lossy;		     /* connections that lost some */
	bool lost_at_most;
	struct list hosts, programs, processes, addresses, local_peers;
	struct list spots; /* of places.spots */
	struct places places;
	struct program_ends *ends; /* by program */
	struct networks networks;
	struct deaths deaths;
	struct silence *silences; /* sorted; one for each connection where it is known */
	uint32_t silence_count;
	uint64_t silence_steps[SILENCE_STEPS];
	struct cluster clusters[CLUSTERS];
	int cluster_count;
	struct timeline timeline;	   /* no more than TIMELINE_ROWS steps */
	struct timeline *by_cause;	   /* each has the same steps, no more than PLOT_STEPS */
	uint64_t lost_steps[LOST_STEPS];   /* connections that lost so much */
	struct advice advice[ADVICE_MOST]; /* find/advice.h */
	int advice_count;
};

/* Where a step of `lost_steps` begins, in bytes; the last has no end. */
uint64_t findings_lost_step(int step);

/* Shows `top` rows of each list; there is no advice yet. The tally must stay as it is until
 * findings_free. */
void findings_make(struct findings *findings, const struct tally *tally, int top);
void findings_free(struct findings *findings);

/* How many different addresses a cluster's connections came from. */
uint32_t findings_cluster_addresses(const struct findings *findings, const struct cluster *cluster);

#endif
