/* Who broke with whom: what broke, put together by program, peer and causes. */
#ifndef BPGUARD_REPORT_LINKS_H
#define BPGUARD_REPORT_LINKS_H

#include "count/tally.h"

struct link {
	uint32_t program;
	uint32_t peer, local_peer; /* the tally's addresses and local_peers, or NOBODY */
	uint32_t causes;	   /* a bit each: a connection can fail by several */
	bool is_pipe, lost_at_most;
	int32_t silent_ms; /* the longest, or -1 */
	uint64_t failures, connections, lost;
};

struct links {
	struct link *link; /* the most failures first */
	uint32_t count;	   /* how many are to be shown */
	uint32_t total;
};

struct links links_make(const struct tally *tally, uint32_t top);
void links_free(struct links *links);

#endif
