/* Orders that do not depend on who came first, as ids do. */
#ifndef BPGUARD_REPORT_ORDER_H
#define BPGUARD_REPORT_ORDER_H

#include "count/tally.h"

/* The more first; 0 where there are as many. */
static inline int order_by_count(uint64_t a, uint64_t b)
{
	return (a < b) - (a > b);
}

/* Bytes as memcmp has them, and the shorter first. */
int order_by_bytes(const void *a, size_t a_length, const void *b, size_t b_length);

/* Two programs, by their ids: by file, then by host. */
int order_by_program(const struct tally *tally, uint32_t a, uint32_t b);

#endif
