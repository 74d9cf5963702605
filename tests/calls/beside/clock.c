/* A clock that the test moves, where libc's coarse one was. It stands still until then. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stddef.h>
#include <time.h>

static long now_ms = 1000000;

void clock_move(long ms);
void clock_move(long ms)
{
	now_ms += ms;
}

int clock_gettime(clockid_t clock, struct timespec *now)
{
	static int (*real)(clockid_t, struct timespec *);

	if (clock == CLOCK_MONOTONIC_COARSE) {
		*now = (struct timespec){now_ms / 1000, now_ms % 1000 * 1000000};
		return 0;
	}
	if (!real)
		*(void **)&real = dlsym(RTLD_NEXT, "clock_gettime");
	return real(clock, now);
}
