#include "state/service.h"

#include <sys/resource.h>

#include "base/clock.h"
#include "base/raw.h"
#include "state/lineage.h"
#include "state/settings.h"

struct identity service_connection;

/* Failed writes to it, and when the first one was; 0: none yet. */
static int64_t failures, broken_since_ms;

/* Rounds of a loop that runs other programs, and what those had used when it failed last. */
static int64_t rounds, used_by_programs;

void service_start(void)
{
	struct stat64 in, out;
	if (settings.children == CHILDREN_PIPELINES && fd_file(0, &in) && fd_file(1, &out) &&
	    S_ISSOCK(out.st_mode) && in.st_dev == out.st_dev && in.st_ino == out.st_ino &&
	    !fd_is_between_commands(1, &out))
		service_connection = (struct identity){out.st_dev, out.st_ino};
}

/* Whether the failure is of that connection: it may have other numbers by now. */
static bool is_connection(int fd)
{
	struct stat64 file;
	bool is_told = fd >= 0;
	return fd_file(is_told ? fd : 1, &file) && fd_is_same(&service_connection, &file) &&
	       (is_told || fd_is_broken(1));
}

/* When it failed first. A clock that stands at 0 would mean not yet. */
static int64_t note_first(int64_t now_ms)
{
	int64_t none = 0;
	bool is_first = __atomic_compare_exchange_n(&broken_since_ms, &none, now_ms, false,
						    __ATOMIC_RELAXED, __ATOMIC_RELAXED);
	return is_first ? now_ms : none;
}

/* getrusage(2), RUSAGE_CHILDREN: grows with each child that is waited for, since none runs without
 * a page fault. */
static int64_t count_rounds(void)
{
	struct rusage children = {0};
	int64_t used;
	RAW2(SYS_getrusage, RUSAGE_CHILDREN, &children);
	used = (int64_t)children.ru_minflt + children.ru_majflt;
	if (__atomic_exchange_n(&used_by_programs, used, __ATOMIC_RELAXED) == used)
		return __atomic_load_n(&rounds, __ATOMIC_RELAXED);
	return __atomic_add_fetch(&rounds, 1, __ATOMIC_RELAXED);
}

struct aftermath service_count_failure(int fd)
{
	int64_t now_ms = clock_now_ms() | 1;
	if (!is_connection(fd) || lineage_is_server())
		return (struct aftermath){0};
	return (struct aftermath){
	    .failures = __atomic_add_fetch(&failures, 1, __ATOMIC_RELAXED),
	    .ms = now_ms - note_first(now_ms),
	    .rounds = count_rounds(),
	};
}
