/* What libbpguard-lttng.so gives to the shim, which finds it by dlsym and links to none of it. */
#ifndef BPGUARD_CONTRACT_PROVIDER_H
#define BPGUARD_CONTRACT_PROVIDER_H

#include "layout.h"

/* Makes this thread's tracer state, so that later events in it, signal handlers' too, allocate
 * nothing. Cheap where it is there already. */
void bpguard_lttng_init_thread(void);

/* Emits the record as event bpguard:<event>; nothing where no session wants it. May change errno.
 * Async-signal-safe after bpguard_lttng_init_thread(). */
void bpguard_lttng_emit(const struct record *record);

/* close_one(fd), but for the tracer's own fds: those stay open. Returns as close(2); for a
 * tracer's fd -1 with EBADF. Takes the tracer's fd lock. */
int bpguard_lttng_close(int fd, int (*close_one)(int));

#endif
