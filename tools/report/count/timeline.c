#include "count/timeline.h"

#include <string.h>

int64_t timeline_width_ns(int width)
{
	static const int64_t ms[] = {1,	    10,	    100,     1000,     10000,
				     60000, 600000, 3600000, 21600000, 86400000};
	const int known = sizeof(ms) / sizeof(ms[0]);
	int64_t ns = ms[width < known ? width : known - 1] * 1000000;
	for (; width >= known; width--)
		ns *= 10;
	return ns;
}

/* Rounded down, for times before 1970 too. */
static int64_t step_of(int64_t value, int64_t width)
{
	return value / width - (value % width < 0);
}

static void widen(struct timeline *timeline)
{
	int64_t factor =
	    timeline_width_ns(timeline->width + 1) / timeline_width_ns(timeline->width);
	int64_t first = step_of(timeline->first, factor);
	int64_t last = step_of(timeline->first + timeline->count - 1, factor);
	for (int i = 0; i < timeline->count; i++) {
		int64_t to = step_of(timeline->first + i, factor) - first;
		uint64_t here = timeline->step[i];
		timeline->step[i] = 0;
		timeline->step[to] += here;
	}
	timeline->width++;
	timeline->first = first;
	timeline->count = (int)(last - first + 1);
}

static void extend(struct timeline *timeline, int64_t first, int64_t last)
{
	int64_t before = timeline->count ? timeline->first - first : 0;
	int count = (int)(last - first + 1);
	memmove(timeline->step + before, timeline->step,
		(size_t)timeline->count * sizeof(timeline->step[0]));
	memset(timeline->step, 0, (size_t)before * sizeof(timeline->step[0]));
	for (int i = (int)before + timeline->count; i < count; i++)
		timeline->step[i] = 0;
	timeline->first = first;
	timeline->count = count;
}

/* Counts at a time that is a step's beginning or within it. */
static void add(struct timeline *timeline, int64_t time_ns, uint64_t count)
{
	for (;; widen(timeline)) {
		int64_t step = step_of(time_ns, timeline_width_ns(timeline->width));
		int64_t first = timeline->count ? timeline->first : step;
		int64_t last = timeline->count ? first + timeline->count - 1 : step;
		if (step < first)
			first = step;
		if (step > last)
			last = step;
		if (last - first >= TIMELINE_STEPS)
			continue;
		if (!timeline->count || first != timeline->first ||
		    last - first + 1 != timeline->count)
			extend(timeline, first, last);
		timeline->step[step - first] += count;
		return;
	}
}

void timeline_add(struct timeline *timeline, int64_t time_ns)
{
	add(timeline, time_ns, 1);
}

static void widen_to(struct timeline *timeline, int width)
{
	while (timeline->width < width)
		widen(timeline);
}

void timeline_add_all(struct timeline *timeline, const struct timeline *other)
{
	int64_t width = timeline_width_ns(other->width);
	widen_to(timeline, other->width);
	for (int i = 0; i < other->count; i++)
		if (other->step[i])
			add(timeline, (other->first + i) * width, other->step[i]);
}

void timeline_coarsen(struct timeline *timeline, int most)
{
	while (timeline->count > most)
		widen(timeline);
}

void timeline_align(struct timeline *timeline, const struct timeline *whole)
{
	struct timeline aligned = {.width = whole->width};
	widen_to(timeline, whole->width);
	extend(&aligned, whole->first, whole->first + whole->count - 1);
	for (int i = 0; i < timeline->count; i++)
		aligned.step[timeline->first + i - whole->first] = timeline->step[i];
	*timeline = aligned;
}
