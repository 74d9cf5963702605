/* sendfile, splice, tee, vmsplice: no flag keeps their signal back. */
#include <fcntl.h>
#include <sys/sendfile.h>
#include <sys/syscall.h>
#include <sys/uio.h>

#include "call.h"
#include "writes.h"

COLD static ssize_t shielded_sendfile(struct attempt *attempt, int from, off_t *offset, void *caller)
{
	struct masked_call window;
	ssize_t result;
	guard_mask(&window);
	result = next.sendfile(attempt->fd, from, offset, attempt->requested);
	return call_end_masked(attempt, &window, result, caller);
}

EXPORT ssize_t sendfile(int to, int from, off_t *offset, size_t size)
{
	struct attempt attempt;
	ssize_t result;
	attempt_begin(&attempt, CALL_sendfile, SYS_sendfile, to, size);
	if (RARELY(guard.shielding))
		return shielded_sendfile(&attempt, from, offset, CALLER);
	result = next.sendfile(to, from, offset, size);
	return CALL_END(attempt, result, WAY_PLAIN);
}

EXPORT ssize_t sendfile64(int to, int from, off64_t *offset, size_t size)
{
	struct attempt attempt;
	ssize_t result;
	attempt_begin(&attempt, CALL_sendfile64, SYS_sendfile, to, size);
	if (RARELY(guard.shielding))
		return shielded_sendfile(&attempt, from, offset, CALLER);
	result = next.sendfile64(to, from, offset, size);
	return CALL_END(attempt, result, WAY_PLAIN);
}

EXPORT ssize_t splice(int from, off64_t *from_offset, int to, off64_t *to_offset, size_t size,
		      unsigned int flags)
{
	struct attempt attempt;
	struct masked_call window;
	ssize_t result;
	attempt_begin(&attempt, CALL_splice, SYS_splice, to, size);
	if (RARELY(guard.shielding)) {
		guard_mask(&window);
		result = next.splice(from, from_offset, to, to_offset, size, flags);
		return call_end_masked(&attempt, &window, result, CALLER);
	}
	result = next.splice(from, from_offset, to, to_offset, size, flags);
	return CALL_END(attempt, result, WAY_PLAIN);
}

EXPORT ssize_t tee(int from, int to, size_t size, unsigned int flags)
{
	struct attempt attempt;
	struct masked_call window;
	ssize_t result;
	attempt_begin(&attempt, CALL_tee, SYS_tee, to, size);
	if (RARELY(guard.shielding)) {
		guard_mask(&window);
		result = next.tee(from, to, size, flags);
		return call_end_masked(&attempt, &window, result, CALLER);
	}
	result = next.tee(from, to, size, flags);
	return CALL_END(attempt, result, WAY_PLAIN);
}

EXPORT ssize_t vmsplice(int fd, const struct iovec *parts, size_t count, unsigned int flags)
{
	struct attempt attempt;
	struct masked_call window;
	ssize_t result;
	attempt_begin(&attempt, CALL_vmsplice, SYS_vmsplice, fd, 0);
	if (RARELY(guard.shielding)) {
		attempt.requested = writes_iovec(parts, count);
		guard_mask(&window);
		result = next.vmsplice(fd, parts, count, flags);
		return call_end_masked(&attempt, &window, result, CALLER);
	}
	result = next.vmsplice(fd, parts, count, flags);
	if (RARELY(result < 0))
		attempt.requested = writes_iovec(parts, count);
	return CALL_END(attempt, result, WAY_PLAIN);
}
