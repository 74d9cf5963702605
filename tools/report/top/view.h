/* What is shown, taken from the tally at one moment: it stays as it is while the counting goes on.
 */
#ifndef BPGUARD_TOP_VIEW_H
#define BPGUARD_TOP_VIEW_H

#include "count/tally.h"
#include "top/meter.h"

enum pane { PROGRAMS, PEERS, CAUSES, PANES };
enum order { BY_RATE, BY_TOTAL, BY_LOST, BY_NAME };

struct row {
	uint32_t id;
	bool is_local; /* a peer on a UNIX socket: `id` is one of local_peers */
	struct rate rate;
	uint64_t total;
	uint64_t more; /* PROGRAMS: deaths averted; PEERS: connections */
	uint64_t lost;
};

struct view {
	struct row *rows[PANES];
	uint32_t count[PANES];
	struct rate rate; /* of all failures */
	uint64_t failures, averted, killed, lost, suppressed, discarded;
	uint64_t by_cause[CAUSE_COUNT];
	bool lost_at_most, discarded_unknown;
	uint64_t records;
	int64_t first_ns, last_ns;
	int64_t taken_s; /* when, since 1970 */
	struct meter all, programs, addresses, local_peers, causes;
};

/* Takes the tally's figures, `seconds` after the last time; `is_past` as in meter_take. */
void view_take(struct view *view, const struct tally *tally, double seconds, bool is_past);

/* Fills `first` with the rows that come first in this order, no more than `most`. Returns how many.
 */
uint32_t view_first(const struct view *view, const struct tally *tally, enum pane pane,
		    enum order order, const struct row **first, uint32_t most);

/* A row's name, as it was recorded. `text` is used where it is an address. */
const char *view_name(const struct tally *tally, enum pane pane, const struct row *row,
		      char text[64]);

void view_free(struct view *view);

#endif
