/* Who wrote a record: its program and its process. */
#ifndef BPGUARD_REPORT_WRITERS_H
#define BPGUARD_REPORT_WRITERS_H

#include "count/tally.h"

/* The tally's ids, new ones where the program or the process is. */
struct writer writer_find(struct tally *tally, uint32_t host, const struct record *record);

#endif
