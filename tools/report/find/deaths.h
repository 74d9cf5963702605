/* Children that had died, and the failures on the pipes that they may have read. */
#ifndef BPGUARD_REPORT_DEATHS_H
#define BPGUARD_REPORT_DEATHS_H

#include "count/tally.h"

/* Those of one program that ended one way. */
struct dead {
	uint32_t program, status; /* names */
	bool was_reader;	  /* each is known to be the one that read the pipe */
	uint64_t children;
	uint64_t failures; /* on their pipes */
};

struct deaths {
	struct dead *dead; /* what is known to have been the reader first, then by count */
	uint32_t count;
};

struct deaths deaths_make(const struct tally *tally);
void deaths_free(struct deaths *deaths);

#endif
