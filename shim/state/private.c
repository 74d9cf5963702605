#include "state/private.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/resource.h>

#include "base/raw.h"

/* Not lower than what a small limit is usually raised to again: an application may hold higher
 * numbers than its limit, from before it lowered it. Not higher than where the kernel's table of
 * fds, which a fork copies, gets large. The room holds the tracer's fds too. */
enum { LOWEST = 1024, HIGHEST = 65536, ROOM = 128 };

static long first; /* of our numbers; 0 where there are none */
static bool taken; /* by the thread that has raised the limit: the tracer's threads move fds too */
static bool ended;

/* Bounded: a child of a thread that forked meanwhile has nobody who would give it back. */
static bool take(void)
{
	for (int tries = 0; tries < 1000; tries++) {
		if (!__atomic_exchange_n(&taken, true, __ATOMIC_ACQUIRE))
			return true;
		RAW0(SYS_sched_yield);
	}
	return false;
}

static void give_back(void)
{
	__atomic_store_n(&taken, false, __ATOMIC_RELEASE);
}

static long copy_above(int fd)
{
	struct rlimit64 limit, raised;
	long from, copy;
	if (RAW4(SYS_prlimit64, 0, RLIMIT_NOFILE, NULL, &limit) != 0 || limit.rlim_cur > HIGHEST)
		return -1;
	from = limit.rlim_cur > LOWEST ? (long)limit.rlim_cur : LOWEST;
	raised = (struct rlimit64){(rlim_t)from + ROOM, limit.rlim_max};
	if (raised.rlim_cur > raised.rlim_max ||
	    RAW4(SYS_prlimit64, 0, RLIMIT_NOFILE, &raised, NULL) != 0)
		return -1;
	copy = RAW3(SYS_fcntl, fd, F_DUPFD_CLOEXEC, from);
	RAW4(SYS_prlimit64, 0, RLIMIT_NOFILE, &limit, NULL);
	__atomic_store_n(&first, from, __ATOMIC_RELAXED);
	return copy;
}

int private_move(int fd)
{
	long copy;
	if (__atomic_load_n(&ended, __ATOMIC_RELAXED) || !take())
		return -1;
	copy = copy_above(fd);
	give_back();
	if (copy < 0)
		return -1;
	RAW1(SYS_close, fd);
	return (int)copy;
}

void private_end(void)
{
	bool mine = take();
	__atomic_store_n(&ended, true, __ATOMIC_RELAXED);
	if (mine)
		give_back();
}

int64_t private_count(int64_t limit)
{
	long from = __atomic_load_n(&first, __ATOMIC_RELAXED);
	int64_t count = 0;
	for (long fd = from; from && fd < from + ROOM; fd++)
		count += fd >= limit && RAW2(SYS_fcntl, fd, F_GETFD) >= 0;
	return count;
}
