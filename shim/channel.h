/* What can still be said of a broken channel: its kind, its two ends, why it broke, what was lost.
 * By system calls that only look. Async-signal-safe. */
#ifndef BPGUARD_CHANNEL_H
#define BPGUARD_CHANNEL_H

#include "peers.h"
#include "record.h"

/* The kind of channel behind `fd`, TYPE_UNKNOWN where it is not open; and what was noted of its
 * peer, with a cookie of 0 where nothing was. */
enum bpguard_type channel_type(int fd, struct peer *peer);

/* Fills in what the record's fd, type and error lead to, and the note. */
void channel_describe(struct bpguard_record *record, const struct peer *peer);

#endif
