/* Failures over time, in a bounded number of steps whose width grows with the time they span. It
 * depends on the times alone, not on the order they come in. */
#ifndef BPGUARD_REPORT_TIMELINE_H
#define BPGUARD_REPORT_TIMELINE_H

#include <stdint.h>

enum { TIMELINE_STEPS = 1024 };

struct timeline {
	int width;     /* which of the widths: see timeline_width_ns */
	int64_t first; /* the first step's number, counted from 1970 in steps */
	int count;     /* 0: nothing yet */
	uint64_t step[TIMELINE_STEPS];
};

void timeline_add(struct timeline *timeline, int64_t time_ns);

/* A step's width: 1, 10, 100 ms, 1, 10 s, 1, 10 min, 1, 6 h, 1 day, 10 days and so on by tens. Each
 * is a multiple of the one before. */
int64_t timeline_width_ns(int width);

/* Adds what another one has counted: the same as all its times. */
void timeline_add_all(struct timeline *timeline, const struct timeline *other);

/* Makes the steps wider until there are no more than `most`, at least 2. */
void timeline_coarsen(struct timeline *timeline, int most);

/* Gives it the steps of `whole`, which holds all its times and is no finer. */
void timeline_align(struct timeline *timeline, const struct timeline *whole);

#endif
