/* A record's absent values, and the names of what its fields hold. Nothing in it is ever guessed.
 */
#ifndef BPGUARD_RECORD_H
#define BPGUARD_RECORD_H

#include "contract/layout.h"

/* The contract's sets of names, by their rows. */
enum record_set {
	SET_EVENT,
	SET_TYPE,
	SET_ERROR,
	SET_SIGPIPE_WOULD,
	SET_ACTION,
	SET_CAUSE,
	SET_TCP_STATE,
};

/* Sets every field to its absent value. Async-signal-safe. */
void record_clear(struct record *record);

/* A value's name in its set, NULL where the value is absent. Async-signal-safe. */
const char *record_name(enum record_set set, uint32_t value);

#endif
