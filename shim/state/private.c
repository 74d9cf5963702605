#include "state/private.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/resource.h>

#include "base/raw.h"

/* LOWEST is what a small limit is usually raised to again: an application may hold higher numbers
 * than its limit, from before it lowered it. GAP: programs look at the number that is their limit.
 * The room holds the tracer's fds too. A fork copies the kernel's table of fds up to the highest
 * one: above a limit higher than HIGHEST that would be felt, and below it from MOST_BELOW on. */
enum { LOWEST = 1024, GAP = 32, ROOM = 128, HIGHEST = 1024, MOST_BELOW = 512 };

static long first;	  /* of our numbers; 0 where there are none */
static bool taken;	  /* by the thread that has raised the limit */
static unsigned spawning; /* threads whose child is about to inherit the limit */

/* Bounded: a child of a thread that forked meanwhile has nobody who would give it back. */
static bool take(void)
{
	for (int tries = 0; tries < 1000; tries++) {
		if (!__atomic_exchange_n(&taken, true, __ATOMIC_SEQ_CST))
			return true;
		RAW0(SYS_sched_yield);
	}
	return false;
}

static void give_back(void)
{
	__atomic_store_n(&taken, false, __ATOMIC_RELEASE);
}

/* The limit raised for a moment, by whoever has taken it; `from` is the first of our numbers. */
static struct {
	struct rlimit64 before, raised;
	long from;
} raise;

/* Not above a limit that is higher than `highest`. */
static bool begin_raise(rlim64_t highest)
{
	struct rlimit64 limit;
	if (RAW4(SYS_prlimit64, 0, RLIMIT_NOFILE, NULL, &limit) != 0 || limit.rlim_cur > highest ||
	    !take())
		return false;
	if (__atomic_load_n(&spawning, __ATOMIC_SEQ_CST)) {
		give_back();
		return false;
	}
	raise.from = GAP + (limit.rlim_cur > LOWEST ? (long)limit.rlim_cur : LOWEST);
	raise.raised = (struct rlimit64){(rlim64_t)raise.from + ROOM, limit.rlim_max};
	if (raise.raised.rlim_cur <= limit.rlim_max &&
	    RAW4(SYS_prlimit64, 0, RLIMIT_NOFILE, &raise.raised, &raise.before) == 0)
		return true;
	give_back();
	return false;
}

/* Puts the limit back; one that the application has set since is the one that counts. */
static void end_raise(void)
{
	struct rlimit64 found;
	if (RAW4(SYS_prlimit64, 0, RLIMIT_NOFILE, &raise.before, &found) == 0 &&
	    (found.rlim_cur != raise.raised.rlim_cur || found.rlim_max != raise.raised.rlim_max))
		RAW4(SYS_prlimit64, 0, RLIMIT_NOFILE, &found, NULL);
	__atomic_store_n(&first, raise.from, __ATOMIC_RELAXED);
	give_back();
}

/* Bounded, as take() is. */
void private_before_spawn(void)
{
	__atomic_add_fetch(&spawning, 1, __ATOMIC_SEQ_CST);
	for (int i = 0; i < 1000 && __atomic_load_n(&taken, __ATOMIC_SEQ_CST); i++)
		RAW0(SYS_sched_yield);
}

/* A child forked in between counts none: it has not begun what it ends. */
void private_after_spawn(void)
{
	unsigned seen = __atomic_load_n(&spawning, __ATOMIC_SEQ_CST);
	while (seen && !__atomic_compare_exchange_n(&spawning, &seen, seen - 1, false,
						    __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
		;
}

/* It was made in that moment where it has the raised limit, and who made it has not, by now. */
void private_before_exec(long parent)
{
	struct rlimit64 own, parents;
	if (raise.raised.rlim_cur && parent != RAW0(SYS_getpid) &&
	    RAW4(SYS_prlimit64, 0, RLIMIT_NOFILE, NULL, &own) == 0 &&
	    own.rlim_cur == raise.raised.rlim_cur &&
	    (taken || (RAW4(SYS_prlimit64, parent, RLIMIT_NOFILE, NULL, &parents) == 0 &&
		       parents.rlim_cur == raise.before.rlim_cur)))
		RAW4(SYS_prlimit64, 0, RLIMIT_NOFILE, &raise.before, NULL);
}

void private_forked(void)
{
	struct rlimit64 limit;
	spawning = 0;
	if (taken && RAW4(SYS_prlimit64, 0, RLIMIT_NOFILE, NULL, &limit) == 0 &&
	    limit.rlim_cur == raise.raised.rlim_cur)
		RAW4(SYS_prlimit64, 0, RLIMIT_NOFILE, &raise.before, NULL);
	give_back();
}

/* Takes the copy, if there is one, in the fd's place. */
static int replace(int fd, long copy)
{
	if (copy < 0)
		return -1;
	RAW1(SYS_close, fd);
	return (int)copy;
}

int private_move_above(int fd)
{
	long copy;
	if (!begin_raise(HIGHEST))
		return -1;
	copy = RAW3(SYS_fcntl, fd, F_DUPFD_CLOEXEC, raise.from);
	end_raise();
	return replace(fd, copy);
}

int private_open(int (*open_it)(void))
{
	int fd = open_it();
	if (fd != -EMFILE || !begin_raise(INT32_MAX))
		return fd;
	fd = open_it();
	end_raise();
	return fd;
}

/* To the highest free number, about: F_DUPFD gives the lowest one from its argument on. */
static long copy_below(int fd)
{
	struct rlimit64 limit;
	long copy = -1, most;
	if (RAW4(SYS_prlimit64, 0, RLIMIT_NOFILE, NULL, &limit) != 0)
		return -1;
	most = limit.rlim_cur < MOST_BELOW ? (long)limit.rlim_cur : MOST_BELOW;
	for (long below = 1; copy < 0 && most - below > fd; below += 1 + below / 4)
		copy = RAW3(SYS_fcntl, fd, F_DUPFD_CLOEXEC, most - below);
	return copy;
}

int private_move(int fd)
{
	int moved = private_move_above(fd);
	if (moved < 0)
		moved = replace(fd, copy_below(fd));
	return moved < 0 ? fd : moved;
}

int64_t private_count(int64_t limit)
{
	long from = __atomic_load_n(&first, __ATOMIC_RELAXED);
	int64_t count = 0;
	for (long fd = from; from && fd < from + ROOM; fd++)
		count += fd >= limit && RAW2(SYS_fcntl, fd, F_GETFD) >= 0;
	return count;
}
