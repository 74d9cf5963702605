/* Marks of an axis of time. */
#ifndef BPGUARD_REPORT_CLOCK_H
#define BPGUARD_REPORT_CLOCK_H

#include "show/plot.h"

/* Puts marks at round times on a plot whose other axis goes from 0, at `begin` ns since 1970, in
 * steps of `width` ns. */
void clock_ticks(const struct plot *plot, int64_t begin, int64_t width);

/* What the axis shows: "UTC, 2026-11-20", or "UTC, 2026-11-20 to 2026-11-21". */
enum { CLOCK_SPAN = 64 };
void clock_span(const struct plot *plot, int64_t begin, int64_t width, char text[CLOCK_SPAN]);

#endif
