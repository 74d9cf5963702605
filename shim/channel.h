/* What can still be said of a broken channel: its kind, its two ends, why it broke, what was lost.
 * By system calls that only look. Async-signal-safe. */
#ifndef BPGUARD_CHANNEL_H
#define BPGUARD_CHANNEL_H

#include "record.h"

/* The kind of channel behind `fd`; TYPE_UNKNOWN where it is not open. */
enum bpguard_type channel_type(int fd);

/* Fills in what the record's fd, type and error lead to. */
void channel_describe(struct bpguard_record *record);

#endif
