#include "state/program.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/directory.h"
#include "base/raw.h"
#include "state/arguments.h"
#include "state/private.h"

static char exe[512];

void program_start(void)
{
	long length = RAW4(SYS_readlinkat, AT_FDCWD, "/proc/self/exe", exe, sizeof(exe) - 1);
	exe[length > 0 ? length : 0] = '\0';
	arguments_start(exe);
}

const char *program_exe(void)
{
	return exe;
}

static bool count_entry(const char *name, long directory, void *count)
{
	(void)directory;
	*(int64_t *)count += name[0] != '.';
	return true;
}

/* Open fds: the size that /proc/self/fd has since Linux 6.2 (proc(5)), else its entries, counted
 * only where a high number says that there may be many: the kernel gives the lowest. */
static int64_t count_fds(int fd, int64_t limit)
{
	struct stat64 directory;
	int64_t count = 0;
	if (raw_stat("/proc/self/fd", &directory, 0) != 0)
		return 0;
	if (directory.st_size > 0)
		return directory.st_size;
	if (fd > limit / 2)
		directory_each("/proc/self/fd", count_entry, &count);
	return count;
}

static int64_t ask_fds_left(int fd)
{
	struct rlimit64 limit;
	int64_t most, left;
	if (RAW4(SYS_prlimit64, 0, RLIMIT_NOFILE, NULL, &limit) != 0)
		return -1;
	most = limit.rlim_cur > INT32_MAX ? INT32_MAX : (int64_t)limit.rlim_cur;
	left = most - count_fds(fd, most);
	if (left * 10 >= most)
		return -1;
	left += private_count(most);
	if (left * 10 >= most)
		return -1;
	return left > 0 ? left : 0;
}

/* Asked once a tick of the coarse clock: of all that a failure asks for it costs the most. */
int64_t program_fds_left(int fd)
{
	static int64_t asked_at_ms, left = -1;
	int64_t now_ms = clock_now_ms();
	if (__atomic_exchange_n(&asked_at_ms, now_ms, __ATOMIC_RELAXED) != now_ms)
		__atomic_store_n(&left, ask_fds_left(fd), __ATOMIC_RELAXED);
	return __atomic_load_n(&left, __ATOMIC_RELAXED);
}

bool program_may_open_little(void)
{
	enum { LITTLE = 16 };
	struct rlimit64 limit;
	return RAW4(SYS_prlimit64, 0, RLIMIT_NOFILE, NULL, &limit) == 0 && limit.rlim_max < LITTLE;
}
