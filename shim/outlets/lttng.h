/* Outlet: LTTng-UST. The provider is a library of its own, loaded only when tracing is wanted,
 * so that the shim itself needs nothing but libc. */
#ifndef BPGUARD_LTTNG_H
#define BPGUARD_LTTNG_H

#include <stdbool.h>

#include "base/raw.h"
#include "record/record.h"
#include "state/next.h"

/* Loads the provider that lies beside the shim where BPGUARD_LTTNG says `on`, and only there: it
 * brings threads into the host, and wraps its fork. Called once, from the constructor; not
 * async-signal-safe (dlopen). Errors: none are let out, lttng_is_on() then stays false. */
void lttng_start(void);

/* Whether the tracer is loaded. Async-signal-safe. */
extern HIDDEN bool lttng_loaded;
static inline bool lttng_is_on(void)
{
	return lttng_loaded;
}

/* Whether records go to it: not once the host is under a seccomp filter of its own,
 * since the tracer wakes its readers up by system calls. */
static inline bool lttng_is_tracing(void)
{
	return lttng_loaded && !raw_filtered;
}

/* Hands a record to the tracer; nothing where it is off, or where this is the thread's first and
 * there is no memory for it. Keeps errno. Async-signal-safe as far as
 * liblttng-ust is (lttng_ust_init_thread(3) comes before a thread's first event). */
void lttng_emit(const struct record *record);

/* Closes every open fd from first to last but the tracer's own, which it would abort without
 * (liblttng-ust-fd covers close and fclose only). Returns 0, or -1 with errno. `close_one` is the
 * real close. Only where lttng_is_on(). Async-signal-safe but for the tracer's fd lock. */
int lttng_close_range(unsigned int first, unsigned int last, int (*close_one)(int));

/* Whether the code at `code` is liblttng-ust's: true on the tracer's own threads for the calls that
 * it makes, before lttng_start() too. Async-signal-safe once that has run. */
bool lttng_is_tracer(const void *code);

/* Moves an fd that the tracer just got out of the low numbers, which applications choose freely:
 * after a dup2(2) onto the tracer's socket, its listener would read the application's data. Returns
 * the new fd, CLOEXEC, or `fd` itself where there is no room above. Keeps errno.
 * Async-signal-safe. */
int lttng_lift(int fd);

#endif
