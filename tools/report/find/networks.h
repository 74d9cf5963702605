/* Peers' addresses by the networks that they lie in: /24 and /64. */
#ifndef BPGUARD_REPORT_NETWORKS_H
#define BPGUARD_REPORT_NETWORKS_H

#include "count/tally.h"

struct network {
	unsigned char bytes[16];
	size_t length; /* of the addresses in it */
	uint64_t addresses, connections, failures;
};

struct networks {
	struct network *network; /* the most failures first */
	uint32_t count;		 /* how many are to be shown */
	uint32_t total;
};

/* Of the tally's addresses; shows `top`. networks.network is the caller's to free. */
struct networks networks_make(const struct table *addresses, uint32_t top);

#endif
