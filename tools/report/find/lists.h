/* Lists of what failed, the most failures first. */
#ifndef BPGUARD_REPORT_LISTS_H
#define BPGUARD_REPORT_LISTS_H

#include "count/tally.h"

/* Ids of a table of the tally's, or of places.spots. */
struct list {
	uint32_t *id;
	uint32_t count;	 /* how many are to be shown */
	uint32_t sorted; /* how many are in `id`: at least as many as that, or 100 */
	uint32_t total;	 /* how many there are */
};

/* Each shows `top`; of hosts and programs all are in order. list->id is the caller's to free. */
struct list list_hosts(const struct tally *tally);
struct list list_programs(const struct tally *tally, uint32_t top);
struct list list_processes(const struct tally *tally, uint32_t top);
struct list list_addresses(const struct tally *tally, uint32_t top);
struct list list_local_peers(const struct tally *tally, uint32_t top);

/* Of struct spot (find/places.h). */
struct list list_spots(const struct tally *tally, const struct table *spots, uint32_t top);

#endif
