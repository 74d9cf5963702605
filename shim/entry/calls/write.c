/* write and writev and their kin. */
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "entry/calls/call.h"
#include "kernel/writes.h"

ssize_t __write(int fd, const void *data, size_t size);

#ifndef RWF_NOSIGNAL
#define RWF_NOSIGNAL 0x00000100 /* Linux 6.18 */
#endif

EXPORT ssize_t write(int fd, const void *data, size_t size)
{
	struct attempt attempt;
	ssize_t result;
	attempt_begin(&attempt, WHAT(write, SYS_write), fd, size);
	result = through.write(fd, data, size);
	return CALL_END(attempt, result);
}

#ifdef __GLIBC__
EXPORT ssize_t __write(int fd, const void *data, size_t size)
{
	struct attempt attempt;
	ssize_t result;
	attempt_begin(&attempt, WHAT(__write, SYS_write), fd, size);
	result = through.__write(fd, data, size);
	return CALL_END(attempt, result);
}
#endif

COLD static void sum_up(struct attempt *attempt, const struct iovec *parts, int count)
{
	if (call_broke() && count > 0)
		attempt->requested = writes_iovec(parts, (size_t)count);
}

/* The tracer tells a trigger's session daemon by writev, and aborts its host where that fails for
 * another reason than want of room (lttng_event_notifier_notification_send): the daemon is gone. */
COLD static void appease_tracer(void)
{
	if (thread.inside && errno == EPIPE)
		errno = EAGAIN;
}

EXPORT ssize_t writev(int fd, const struct iovec *parts, int count)
{
	struct attempt attempt;
	ssize_t result;
	attempt_begin(&attempt, WHAT(writev, SYS_writev), fd, 0);
	result = through.writev(fd, parts, count);
	if (RARELY(result < 0)) {
		sum_up(&attempt, parts, count);
		appease_tracer();
	}
	return CALL_END(attempt, result);
}

/* The application itself may have asked for no signal. */
ALWAYS_INLINE void note_flags(int flags)
{
	if (flags & RWF_NOSIGNAL)
		thread.way = WAY_QUIET;
}

EXPORT ssize_t pwritev2(int fd, const struct iovec *parts, int count, off_t offset, int flags)
{
	struct attempt attempt;
	ssize_t result;
	attempt_begin(&attempt, WHAT(pwritev2, SYS_pwritev2), fd, 0);
	result = through.pwritev2(fd, parts, count, offset, flags);
	if (RARELY(result < 0)) {
		sum_up(&attempt, parts, count);
		note_flags(flags);
	}
	return CALL_END(attempt, result);
}

EXPORT ssize_t pwritev64v2(int fd, const struct iovec *parts, int count, off64_t offset, int flags)
{
	struct attempt attempt;
	ssize_t result;
	attempt_begin(&attempt, WHAT(pwritev64v2, SYS_pwritev2), fd, 0);
	result = through.pwritev64v2(fd, parts, count, offset, flags);
	if (RARELY(result < 0)) {
		sum_up(&attempt, parts, count);
		note_flags(flags);
	}
	return CALL_END(attempt, result);
}
