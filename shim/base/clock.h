/* The clock that intervals are measured by. Async-signal-safe. */
#ifndef BPGUARD_CLOCK_H
#define BPGUARD_CLOCK_H

#include <stdint.h>
#include <time.h>

#include "base/raw.h"

/* Milliseconds, CLOCK_MONOTONIC_COARSE: no system call on any machine (vdso(7)), exact to a tick of
 * 1 to 10 ms. */
static inline int64_t clock_now_ms(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Milliseconds, CLOCK_BOOTTIME, by which /proc tells when a process began. Not for calls that
 * succeed: a system call. 0 where none is to be made. */
static inline int64_t clock_boot_ms(void)
{
	struct timespec now = {0};
	if (!raw_filtered)
		clock_gettime(CLOCK_BOOTTIME, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

#endif
