#include "outlets/own_write.h"

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>

#include "base/raw.h"
#include "signal/mask.h"

#ifndef RWF_NOWAIT
#define RWF_NOWAIT 0x00000008 /* Linux 4.14; pipes take it on later kernels only */
#endif

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

static bool would_block(int fd)
{
	struct pollfd asked = {.fd = fd, .events = POLLOUT};
	struct timespec none = {0};
	return RAW5(SYS_ppoll, &asked, 1, &none, NULL, sizeof(uint64_t)) != 1 ||
	       !(asked.revents & POLLOUT);
}

long own_write_at_once(int fd, const void *data, size_t size, mode_t kind)
{
	long result;
	if (kind == S_IFSOCK)
		return RAW6(SYS_sendto, fd, data, size, MSG_NOSIGNAL | MSG_DONTWAIT, NULL, 0);
	if (kind == S_IFREG)
		return own_write(fd, data, size, 0);
	/* Room that is there when it is asked for may be another writer's a moment later. */
	result = own_write(fd, data, size, RWF_NOWAIT);
	if (result != -EOPNOTSUPP && result != -ENOSYS && result != -EINVAL && result != -EPERM)
		return result;
	return would_block(fd) ? -EAGAIN : own_write(fd, data, size, 0);
}
