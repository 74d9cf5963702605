/* What can be read of a CTF trace that babeltrace2 refuses as a whole, because one of its streams
 * is broken or ends in the middle of a packet: each stream as a trace of its own. */
#ifndef BPGUARD_REPORT_SALVAGE_H
#define BPGUARD_REPORT_SALVAGE_H

#include <stdbool.h>

struct salvage {
	void *context;
	/* Whether a directory can be read as a trace; if so, it is going to be. */
	bool (*add)(void *context, const char *directory);
	/* That something of `path` cannot be read. */
	void (*report)(void *context, const char *path, const char *why);
};

/* Lays the streams out in directories under `place`, as links; of one that is cut, a copy of its
 * whole packets. Returns false, having reported nothing, where the trace's metadata is what is
 * broken.
 */
bool salvage_streams(const char *trace, const char *place, const struct salvage *salvage);

/* Removes `place` with all in it. */
void salvage_remove(const char *place);

#endif
