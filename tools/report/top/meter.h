/* Rates of counters that are looked at now and then. Each rate is an average whose weights fade
 * with age, as those of a load average do: over about NOW_SECONDS, and over about a minute. */
#ifndef BPGUARD_TOP_METER_H
#define BPGUARD_TOP_METER_H

#include <stdbool.h>
#include <stdint.h>

#define NOW_SECONDS 3.0

struct rate {
	double now, minute; /* a second */
};

struct meter {
	uint32_t count;
	struct meter_counter {
		uint64_t before;
		struct rate rate;
	} * counter;
	struct rate weight; /* of all that was seen, 0 to 1 */
};

/* Takes the counters' values, `of(context, id)` for each id below `count`, `seconds` after the last
 * time. Ids may become more and counters grow. With `is_past` they only set what later ones are
 * compared with: what was counted until then did not happen now. */
void meter_take(struct meter *meter, uint32_t count,
		uint64_t (*of)(const void *context, uint32_t id), const void *context,
		double seconds, bool is_past);

struct rate meter_rate(const struct meter *meter, uint32_t id);

void meter_free(struct meter *meter);

#endif
