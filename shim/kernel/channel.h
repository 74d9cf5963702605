/* What can still be said of a broken channel: its kind, its two ends, why it broke, what was lost.
 * By system calls that only look. Async-signal-safe. */
#ifndef BPGUARD_CHANNEL_H
#define BPGUARD_CHANNEL_H

#include <stdint.h>

#include "record/record.h"
#include "state/peers.h"

/* The kind of channel behind `fd`, TYPE_UNKNOWN where it is not open; and what was noted of its
 * peer, with a cookie of 0 where nothing was. */
enum bpguard_type channel_type(int fd, struct peer *peer);

/* What tells this socket or pipe from any other, as long as it is open; 0 where that is not known.
 */
uint64_t channel_identity(int fd, enum bpguard_type type, const struct peer *peer);

/* Fills in what the record's fd, type and error lead to, and the note. */
void channel_describe(struct bpguard_record *record, const struct peer *peer);

#endif
