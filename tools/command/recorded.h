/* What a recording has in it: traces as babeltrace2(1) shows them, or lines of JSON. */
#ifndef BPGUARD_RECORDED_H
#define BPGUARD_RECORDED_H

#include <stdbool.h>

/* How often each event is in a trace, or in a file of JSON lines: "5 epipe, 1 attach", the most
 * frequent first, or "no events". */
const char *recorded_in_trace(const char *directory);
const char *recorded_in_lines(const char *file);

/* Whether a trace tells of anything that broke. */
bool recorded_failure(const char *directory);

/* When a trace begins: "2026-01-31 12:00:00 UTC"; "" where it is empty. */
const char *recorded_since(const char *directory);

/* Whether the trace `whole` has all that the trace `part` has. */
bool recorded_covers(const char *whole, const char *part);

/* Whether babeltrace2 is there to read with. */
bool recorded_readable(void);

#endif
