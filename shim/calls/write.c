/* write and writev and their kin. */
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "call.h"
#include "writes.h"

ssize_t __write(int fd, const void *data, size_t size);

#ifndef RWF_NOSIGNAL
#define RWF_NOSIGNAL 0x00000100 /* Linux 6.18 */
#endif

COLD static ssize_t shielded_write(struct attempt *attempt, const void *data, void *caller)
{
	struct iovec part = {(void *)data, attempt->requested};
	struct masked_call window;
	ssize_t result;
	if (guard_write_quietly(attempt->fd, &part, 1, -1, 0, false, &result))
		return call_end_quiet(attempt, result, caller);
	guard_mask(&window);
	result = next.write(attempt->fd, data, attempt->requested);
	return call_end_masked(attempt, &window, result, caller);
}

EXPORT ssize_t write(int fd, const void *data, size_t size)
{
	struct attempt attempt;
	ssize_t result;
	attempt_begin(&attempt, CALL_write, SYS_write, fd, size);
	if (RARELY(guard.shielding))
		return shielded_write(&attempt, data, CALLER);
	result = next.write(fd, data, size);
	return CALL_END(attempt, result, WAY_PLAIN);
}

EXPORT ssize_t __write(int fd, const void *data, size_t size)
{
	struct attempt attempt;
	ssize_t result;
	attempt_begin(&attempt, CALL___write, SYS_write, fd, size);
	if (RARELY(guard.shielding))
		return shielded_write(&attempt, data, CALLER);
	result = next.__write(fd, data, size);
	return CALL_END(attempt, result, WAY_PLAIN);
}

/* A vector's sum is of use only to a failure: until then the count of parts stands for it. */
COLD static void sum_up(struct attempt *attempt, const struct iovec *parts, int count)
{
	attempt->requested = writes_iovec(parts, count > 0 ? (size_t)count : 0);
}

COLD static ssize_t shielded_writev(struct attempt *attempt, const struct iovec *parts, int count,
				    void *caller)
{
	struct masked_call window;
	ssize_t result;
	sum_up(attempt, parts, count);
	if (guard_write_quietly(attempt->fd, parts, count, -1, 0, false, &result))
		return call_end_quiet(attempt, result, caller);
	guard_mask(&window);
	result = next.writev(attempt->fd, parts, count);
	return call_end_masked(attempt, &window, result, caller);
}

EXPORT ssize_t writev(int fd, const struct iovec *parts, int count)
{
	struct attempt attempt;
	ssize_t result;
	attempt_begin(&attempt, CALL_writev, SYS_writev, fd, 0);
	if (RARELY(guard.shielding))
		return shielded_writev(&attempt, parts, count, CALLER);
	result = next.writev(fd, parts, count);
	if (RARELY(result < 0))
		sum_up(&attempt, parts, count);
	return CALL_END(attempt, result, WAY_PLAIN);
}

COLD static ssize_t shielded_pwritev2(struct attempt *attempt, const struct iovec *parts, int count,
				      off_t offset, int flags, void *caller)
{
	struct masked_call window;
	ssize_t result;
	sum_up(attempt, parts, count);
	if (guard_write_quietly(attempt->fd, parts, count, offset, flags, false, &result))
		return call_end_quiet(attempt, result, caller);
	guard_mask(&window);
	result = next.pwritev2(attempt->fd, parts, count, offset, flags);
	return call_end_masked(attempt, &window, result, caller);
}

ALWAYS_INLINE ssize_t pwritev2_as(enum call call, int fd, const struct iovec *parts, int count,
				  off_t offset, int flags, void *caller)
{
	struct attempt attempt;
	ssize_t result;
	attempt_begin(&attempt, call, SYS_pwritev2, fd, 0);
	if (RARELY(guard.shielding))
		return shielded_pwritev2(&attempt, parts, count, offset, flags, caller);
	result = next.pwritev2(fd, parts, count, offset, flags);
	if (RARELY(result < 0))
		sum_up(&attempt, parts, count);
	return CALL_END(attempt, result, flags & RWF_NOSIGNAL ? WAY_QUIET : WAY_PLAIN);
}

EXPORT ssize_t pwritev2(int fd, const struct iovec *parts, int count, off_t offset, int flags)
{
	return pwritev2_as(CALL_pwritev2, fd, parts, count, offset, flags, CALLER);
}

EXPORT ssize_t pwritev64v2(int fd, const struct iovec *parts, int count, off64_t offset, int flags)
{
	return pwritev2_as(CALL_pwritev64v2, fd, parts, count, offset, flags, CALLER);
}
