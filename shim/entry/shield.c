#include "entry/shield.h"

#include <errno.h>
#include <limits.h>
#include <stdint.h>
#include <sys/uio.h>

#include "base/raw.h"
#include "entry/failure.h"
#include "kernel/fd.h"
#include "kernel/module.h"
#include "kernel/writes.h"
#include "signal/mask.h"
#include "state/next.h"
#include "state/settings.h"
#include "state/thread.h"

#ifndef RWF_NOSIGNAL
#define RWF_NOSIGNAL 0x00000100 /* Linux 6.18, include/uapi/linux/fs.h */
#endif

/* How far above a shield's frame its wrapper's call lies, at most: they are one call apart. */
enum { ABOVE = 4096 };

static bool rwf;

/* Another library that has calls of its own between us and libc, a sanitizer's runtime for one, is
 * not to be gone around by calls that it does not know. */
static bool is_libc_next(void)
{
	return module_is_libc((uintptr_t)next.write) && module_is_libc((uintptr_t)next.writev) &&
	       module_is_libc((uintptr_t)next.pwritev64v2);
}

void shield_start(void)
{
	rwf = !settings.without_rwf && next_has(CALL_pwritev64v2) && is_libc_next();
}

/* The wrapper's call, which has just been put down right above us: asked before the next function
 * is called, since that may switch stacks. NULL where a handler came in between and did so. */
static struct inflight *own_call(const void *frame)
{
	struct inflight *call = thread.inflight;
	return (uintptr_t)call - (uintptr_t)frame < ABOVE ? call : NULL;
}

/* Less than was asked may mean that a pipe's reader left in the middle, which raises SIGPIPE and
 * leaves errno alone: a failure all the same. `requested`: bytes, where it broke that way. */
static ssize_t end(struct inflight *call, ssize_t result, enum method method, bool broken,
		   size_t requested)
{
	if (!call)
		return result;
	call->method = method;
	if (result >= 0 && broken) {
		call->requested = requested;
		failure_of_short_call(call);
	}
	return result;
}

static bool is_less(ssize_t result, size_t requested)
{
	return result < 0 || (size_t)result < requested;
}

/* Makes a call in a window of the mask. `requested` is looked at only once the call has returned a
 * count: the vectors that it sums up can be read then. */
#define MASKED(call, requested)                                                                    \
	({                                                                                         \
		struct inflight *call_ = own_call(__builtin_frame_address(0));                     \
		struct mask_window window;                                                         \
		mask_open(&window);                                                                \
		ssize_t result_ = (call);                                                          \
		int error_ = errno;                                                                \
		bool less_ = result_ < 0 || is_less(result_, (requested));                         \
		bool taken_ = mask_close(&window, less_);                                          \
		errno = error_;                                                                    \
		end(call_, result_, taken_ ? METHOD_MASK : METHOD_MASK_SILENT, taken_,             \
		    result_ >= 0 ? (requested) : 0);                                               \
	})

/* Errors by which pwritev2 with RWF_NOSIGNAL says that it is not taken: by the kernel or the file,
 * or by a seccomp filter. */
static bool is_refusal(int error)
{
	return error == EOPNOTSUPP || error == ENOSYS || error == EPERM;
}

/* pwritev2(2) with RWF_NOSIGNAL; `raw`: by syscall(), which is no cancellation point. Returns false
 * where it is not taken; nothing is written then. A count of 0 is not taken either: vectors without
 * a byte never reach the socket, where write(2) sends an empty datagram. */
static bool is_quietly_written(int fd, const struct iovec *parts, int count, off64_t offset,
			       int flags, bool raw, ssize_t *result)
{
	struct inflight *call = own_call(__builtin_frame_address(0));
	int error = errno;
	if (!__atomic_load_n(&rwf, __ATOMIC_RELAXED))
		return false;
	flags |= RWF_NOSIGNAL;
	*result = raw ? next.syscall(SYS_pwritev2, fd, RAW_ARG(parts), count, (long)offset,
				     (long)(offset >> 63), flags)
		      : next.pwritev64v2(fd, parts, count, offset, flags);
	if (*result > 0) {
		size_t asked = writes_iovec(parts, (size_t)count);
		bool broken = is_less(*result, asked) && fd_is_readerless(fd);
		*result = end(call, *result, METHOD_RWF, broken, asked);
		return true;
	}
	if (*result < 0 && !is_refusal(errno)) {
		*result = end(call, *result, METHOD_RWF, false, 0);
		return true;
	}
	/* Other files refuse it on kernels where pipes and sockets take it. */
	if (*result < 0 && fd_is_pipe(fd))
		__atomic_store_n(&rwf, false, __ATOMIC_RELAXED);
	errno = error;
	return false;
}

/* One part, as write(2) has it: what is too large for a vector is left to write to judge. */
static bool is_part_written(int fd, const void *data, size_t size, bool raw, ssize_t *result)
{
	struct iovec part = {(void *)data, size};
	return size && size <= SSIZE_MAX && is_quietly_written(fd, &part, 1, -1, 0, raw, result);
}

static ssize_t shielded_write(int fd, const void *data, size_t size)
{
	ssize_t result;
	if (is_part_written(fd, data, size, false, &result))
		return result;
	return MASKED(next.write(fd, data, size), size);
}

static ssize_t shielded_writev(int fd, const struct iovec *parts, int count)
{
	ssize_t result;
	if (is_quietly_written(fd, parts, count, -1, 0, false, &result))
		return result;
	return MASKED(next.writev(fd, parts, count), writes_iovec(parts, (size_t)count));
}

static ssize_t shielded_pwritev2(int fd, const struct iovec *parts, int count, off_t offset,
				 int flags)
{
	ssize_t result;
	if (is_quietly_written(fd, parts, count, offset, flags, false, &result))
		return result;
	return MASKED(next.pwritev2(fd, parts, count, offset, flags),
		      writes_iovec(parts, (size_t)count));
}

static ssize_t shielded_pwritev64v2(int fd, const struct iovec *parts, int count, off64_t offset,
				    int flags)
{
	ssize_t result;
	if (is_quietly_written(fd, parts, count, offset, flags, false, &result))
		return result;
	return MASKED(next.pwritev64v2(fd, parts, count, offset, flags),
		      writes_iovec(parts, (size_t)count));
}

static ssize_t shielded_sendfile(int to, int from, off_t *offset, size_t size)
{
	return MASKED(next.sendfile(to, from, offset, size), size);
}

static ssize_t shielded_sendfile64(int to, int from, off64_t *offset, size_t size)
{
	return MASKED(next.sendfile64(to, from, offset, size), size);
}

static ssize_t shielded_splice(int from, off64_t *from_offset, int to, off64_t *to_offset,
			       size_t size, unsigned int flags)
{
	return MASKED(next.splice(from, from_offset, to, to_offset, size, flags), size);
}

static ssize_t shielded_tee(int from, int to, size_t size, unsigned int flags)
{
	return MASKED(next.tee(from, to, size, flags), size);
}

static ssize_t shielded_vmsplice(int fd, const struct iovec *parts, size_t count,
				 unsigned int flags)
{
	return MASKED(next.vmsplice(fd, parts, count, flags), writes_iovec(parts, count));
}

/* Bytes that a system call was asked for; where that is not told, more than any can do. */
static size_t amount_of(long number, const long arguments[6])
{
	const struct write_call *row = writes_find(number);
	int64_t amount = row ? writes_amount(row, arguments) : -1;
	return amount < 0 ? SIZE_MAX : (size_t)amount;
}

/* syscall() with a number that writes. */
static long shielded_syscall(long number, long a, long b, long c, long d, long e, long f)
{
	const long arguments[6] = {a, b, c, d, e, f};
	ssize_t result;
	if (number == SYS_write &&
	    is_part_written((int)a, (const void *)b, (size_t)c, true, &result))
		return result;
	if (number == SYS_writev &&
	    is_quietly_written((int)a, (struct iovec *)b, (int)c, -1, 0, true, &result))
		return result;
	return MASKED(next.syscall(number, a, b, c, d, e, f), amount_of(number, arguments));
}

#define ROUTE(name, shielded)                                                                      \
	__atomic_store_n(&dispatch.name, up ? (shielded) : next.name, __ATOMIC_RELAXED)

void shield_raise(bool up)
{
	ROUTE(write, shielded_write);
#ifdef __GLIBC__
	ROUTE(__write, shielded_write);
#endif
	ROUTE(writev, shielded_writev);
	ROUTE(pwritev2, shielded_pwritev2);
	ROUTE(pwritev64v2, shielded_pwritev64v2);
	ROUTE(sendfile, shielded_sendfile);
	ROUTE(sendfile64, shielded_sendfile64);
	ROUTE(splice, shielded_splice);
	ROUTE(tee, shielded_tee);
	ROUTE(vmsplice, shielded_vmsplice);
	ROUTE(syscall, shielded_syscall);
}
