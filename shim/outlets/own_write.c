#include "outlets/own_write.h"

#include <errno.h>
#include <sys/uio.h>
#include <time.h>

#include "base/raw.h"
#include "signal/mask.h"

/* pwritev2(2): the offset comes in two halves. */
static long write_with(int fd, const void *data, size_t size, int flags)
{
	struct iovec part = {(void *)data, size};
	return flags ? RAW6(SYS_pwritev2, fd, &part, 1, -1, -1, flags)
		     : RAW3(SYS_write, fd, data, size);
}

long own_write(int fd, const void *data, size_t size, int flags)
{
	const uint64_t own = SIGPIPE_BIT | UINT64_C(1) << (SIGXFSZ - 1);
	struct timespec none = {0};
	uint64_t before = 0, fresh;
	long result;
	if (raw_filtered && flags)
		return -EOPNOTSUPP;
	if (raw_filtered)
		return raw_syscall(SYS_write, fd, RAW_ARG(data), (long)size, 0, 0, 0);
	RAW2(SYS_rt_sigpending, &before, sizeof(before));
	result = write_with(fd, data, size, flags);
	fresh = own & ~before;
	/* SIGXFSZ: the log has reached RLIMIT_FSIZE. */
	if (result < (long)size && fresh)
		RAW4(SYS_rt_sigtimedwait, &fresh, NULL, &none, sizeof(fresh));
	return result;
}
