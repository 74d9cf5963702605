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
	struct inflight call;
	ssize_t result;
	inflight_begin(&call, CALL_write, SYS_write, fd, size);
	result = dispatch.write(fd, data, size);
	return CALL_END(call, result);
}

#ifdef __GLIBC__
EXPORT ssize_t __write(int fd, const void *data, size_t size)
{
	struct inflight call;
	ssize_t result;
	inflight_begin(&call, CALL___write, SYS_write, fd, size);
	result = dispatch.__write(fd, data, size);
	return CALL_END(call, result);
}
#endif

COLD static void sum_up(struct inflight *call, const struct iovec *parts, int count)
{
	if (call_broke() && count > 0)
		call->requested = writes_iovec(parts, (size_t)count);
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
	struct inflight call;
	ssize_t result;
	inflight_begin(&call, CALL_writev, SYS_writev, fd, 0);
	result = dispatch.writev(fd, parts, count);
	if (RARELY(result < 0)) {
		sum_up(&call, parts, count);
		appease_tracer();
	}
	return CALL_END(call, result);
}

/* The application itself may have asked for no signal. */
ALWAYS_INLINE void note_flags(struct inflight *call, int flags)
{
	if (flags & RWF_NOSIGNAL)
		call->method = METHOD_QUIET;
}

EXPORT ssize_t pwritev2(int fd, const struct iovec *parts, int count, off_t offset, int flags)
{
	struct inflight call;
	ssize_t result;
	inflight_begin(&call, CALL_pwritev2, SYS_pwritev2, fd, 0);
	result = dispatch.pwritev2(fd, parts, count, offset, flags);
	if (RARELY(result < 0)) {
		sum_up(&call, parts, count);
		note_flags(&call, flags);
	}
	return CALL_END(call, result);
}

EXPORT ssize_t pwritev64v2(int fd, const struct iovec *parts, int count, off64_t offset, int flags)
{
	struct inflight call;
	ssize_t result;
	inflight_begin(&call, CALL_pwritev64v2, SYS_pwritev2, fd, 0);
	result = dispatch.pwritev64v2(fd, parts, count, offset, flags);
	if (RARELY(result < 0)) {
		sum_up(&call, parts, count);
		note_flags(&call, flags);
	}
	return CALL_END(call, result);
}
