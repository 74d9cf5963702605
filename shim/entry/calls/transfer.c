/* sendfile, splice, tee, vmsplice: no flag keeps their signal back. */
#include <fcntl.h>
#include <sys/sendfile.h>
#include <sys/syscall.h>
#include <sys/uio.h>

#include "base/raw.h"
#include "entry/calls/call.h"
#include "kernel/writes.h"

EXPORT ssize_t sendfile(int to, int from, off_t *offset, size_t size)
{
	struct inflight call;
	ssize_t result;
	inflight_begin(&call, CALL_sendfile, SYS_sendfile, to, size);
	result = dispatch.sendfile(to, from, offset, size);
	return CALL_END(call, result);
}

EXPORT ssize_t sendfile64(int to, int from, off64_t *offset, size_t size)
{
	struct inflight call;
	ssize_t result;
	inflight_begin(&call, CALL_sendfile64, SYS_sendfile64, to, size);
	result = dispatch.sendfile64(to, from, offset, size);
	return CALL_END(call, result);
}

EXPORT ssize_t splice(int from, off64_t *from_offset, int to, off64_t *to_offset, size_t size,
		      unsigned int flags)
{
	struct inflight call;
	ssize_t result;
	inflight_begin(&call, CALL_splice, SYS_splice, to, size);
	result = dispatch.splice(from, from_offset, to, to_offset, size, flags);
	return CALL_END(call, result);
}

EXPORT ssize_t tee(int from, int to, size_t size, unsigned int flags)
{
	struct inflight call;
	ssize_t result;
	inflight_begin(&call, CALL_tee, SYS_tee, to, size);
	result = dispatch.tee(from, to, size, flags);
	return CALL_END(call, result);
}

EXPORT ssize_t vmsplice(int fd, const struct iovec *parts, size_t count, unsigned int flags)
{
	struct inflight call;
	ssize_t result;
	inflight_begin(&call, CALL_vmsplice, SYS_vmsplice, fd, 0);
	result = dispatch.vmsplice(fd, parts, count, flags);
	if (RARELY(result < 0) && call_broke())
		call.requested = writes_iovec(parts, count);
	return CALL_END(call, result);
}
