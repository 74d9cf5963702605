/* Where in the code calls failed, as far as it is known while reading. */
#ifndef BPGUARD_REPORT_CALLERS_H
#define BPGUARD_REPORT_CALLERS_H

#include "count/tally.h"

/* Counts a failure for the place that its call was made from. */
void callers_count(struct tally *tally, const struct writer *writer, enum record_cause cause,
		   const struct record *record);

#endif
