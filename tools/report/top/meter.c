#include "top/meter.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "read/memory.h"
#include "read/table.h"

static void make_room(struct meter *meter, uint32_t count)
{
	if (count <= meter->count)
		return;
	meter->counter = must_grow(meter->counter, count * sizeof(*meter->counter));
	memset(meter->counter + meter->count, 0, (count - meter->count) * sizeof(*meter->counter));
	meter->count = count;
}

static void approach(double *average, double value, double share)
{
	*average += (value - *average) * share;
}

void meter_take(struct meter *meter, uint32_t count,
		uint64_t (*of)(const void *context, uint32_t id), const void *context,
		double seconds, bool is_past)
{
	double now = 1 - exp(-seconds / NOW_SECONDS), minute = 1 - exp(-seconds / 60);
	make_room(meter, count);
	for (uint32_t id = 0; id < count; id++) {
		struct meter_counter *counter = &meter->counter[id];
		uint64_t value = of(context, id);
		double rate = (double)(value - counter->before) / seconds;
		counter->before = value;
		if (is_past)
			continue;
		approach(&counter->rate.now, rate, now);
		approach(&counter->rate.minute, rate, minute);
	}
	if (is_past)
		return;
	approach(&meter->weight.now, 1, now);
	approach(&meter->weight.minute, 1, minute);
}

/* What has faded is gone. */
static double settled(double average, double weight)
{
	double rate = average / weight;
	return rate < 0.005 ? 0 : rate;
}

/* What lies before the first look weighs nothing: else each rate would begin too low. */
struct rate meter_rate(const struct meter *meter, uint32_t id)
{
	struct rate rate;
	if (id >= meter->count || meter->weight.now <= 0)
		return (struct rate){0, 0};
	rate = meter->counter[id].rate;
	return (struct rate){settled(rate.now, meter->weight.now),
			     settled(rate.minute, meter->weight.minute)};
}

void meter_free(struct meter *meter)
{
	free(meter->counter);
	*meter = (struct meter){0};
}
