/* Failures in a row on one open socket or pipe, counted by what it is and not by its fd's number: a
 * server whose connections fail once each and take turns at fd 7 has no streak. A program that
 * never looks at errors has. Async-signal-safe. */
#ifndef BPGUARD_STREAKS_H
#define BPGUARD_STREAKS_H

#include <stdbool.h>
#include <stdint.h>

/* Whether anybody wants failures counted: a verdict may come of it. */
bool streaks_have_verdict(void);

/* Counts a failure on the socket or pipe of that identity (channel_identity()). Returns the
 * how-manieth in a row it is, or -1 where that is not known. Some 8,000 are remembered; of those
 * that failed the longest time ago, one is forgotten for a new one. */
int64_t streaks_count(uint64_t identity);

/* The verdict on the `streak`th failure, by BPGUARD_RUNAWAY: whether it is the one to tell of, to
 * end the process by, or how long it is to make the caller wait, in milliseconds. */
bool streaks_is_told(int64_t streak);
bool streaks_is_deadly(int64_t streak);
unsigned streaks_pause_ms(int64_t streak);

#endif
