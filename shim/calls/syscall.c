/* syscall(): every number goes through untouched; those that write are attempts. */
#include <sys/syscall.h>
#include <sys/uio.h>

#include "call.h"
#include "writes.h"

/* libc declares it variadic; the six arguments lie where fixed ones do. */
EXPORT long shim_syscall(long number, long a, long b, long c, long d, long e, long f) __asm__(
	"syscall");

COLD static bool is_quiet(long number, const long arguments[6])
{
	const int rwf_nosignal = 0x100;
	return ((number == SYS_sendto || number == SYS_sendmmsg) &&
		(arguments[3] & MSG_NOSIGNAL)) ||
	       (number == SYS_sendmsg && (arguments[2] & MSG_NOSIGNAL)) ||
	       (number == SYS_pwritev2 && (arguments[5] & rwf_nosignal));
}

/* write and writev as pwritev2 with RWF_NOSIGNAL. Returns false for the other numbers, and where it
 * is not taken. */
static bool write_quietly(struct attempt *attempt, const long arguments[6], ssize_t *result)
{
	struct iovec part = {(void *)arguments[1], (size_t)arguments[2]};
	if (attempt->number == SYS_write)
		return guard_write_quietly(attempt->fd, &part, 1, -1, 0, true, result);
	if (attempt->number == SYS_writev)
		return guard_write_quietly(attempt->fd, (const struct iovec *)arguments[1],
					   (int)arguments[2], -1, 0, true, result);
	return false;
}

static long shielded(struct attempt *attempt, const long arguments[6], void *caller)
{
	const long *a = arguments;
	struct masked_call window;
	ssize_t result;
	if (write_quietly(attempt, arguments, &result))
		return call_end_quiet(attempt, result, caller);
	guard_mask(&window);
	result = next.syscall(attempt->number, a[0], a[1], a[2], a[3], a[4], a[5]);
	return call_end_masked(attempt, &window, result, caller);
}

static long writing(const struct write_call *row, const long arguments[6], void *caller)
{
	const long *a = arguments;
	struct attempt attempt;
	long result;
	/* What is asked for is only looked at once the kernel has found the vectors readable. */
	attempt_begin(&attempt, CALL_syscall, row->number, row->fd < 0 ? -1 : (int)a[row->fd],
		      row->amount >= 0 ? (size_t)a[row->amount] : 0);
	if (guard.shielding)
		return shielded(&attempt, arguments, caller);
	result = next.syscall(row->number, a[0], a[1], a[2], a[3], a[4], a[5]);
	if (result < 0 && errno == EPIPE && row->amount < 0 && row->amount != AMOUNT_UNKNOWN)
		attempt.requested = (size_t)writes_amount(row, arguments);
	if (result < 0)
		call_failed(&attempt, is_quiet(row->number, arguments) ? WAY_QUIET : WAY_PLAIN,
			    caller);
	thread.attempt = attempt.outer;
	return result;
}

long shim_syscall(long number, long a, long b, long c, long d, long e, long f)
{
	const struct write_call *row = writes_find(number);
	if (RARELY(row)) {
		const long arguments[6] = {a, b, c, d, e, f};
		return writing(row, arguments, CALLER);
	}
	/* A tail call: clone and its like see the very stack that the caller made. */
	return next.syscall(number, a, b, c, d, e, f);
}
