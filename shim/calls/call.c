#include "call.h"

COLD void call_failed(struct attempt *attempt, enum way way, void *caller)
{
	int error = errno;
	if (error == EPIPE || error == ECONNRESET || error == ETIMEDOUT)
		autopsy_of_call(attempt, way, error, caller);
	errno = error;
}

static bool is_less(const struct attempt *attempt, ssize_t result)
{
	return result < 0 || (size_t)result < attempt->requested;
}

static void short_write(struct attempt *attempt, enum way way, void *caller)
{
	int error = errno;
	autopsy_of_call(attempt, way, EPIPE, caller);
	errno = error;
}

ssize_t call_end_masked(struct attempt *attempt, struct masked_call *window, ssize_t result,
			void *caller)
{
	bool taken = guard_unmask(window, is_less(attempt, result));
	enum way way = taken ? WAY_MASK : WAY_MASK_SILENT;
	if (result < 0)
		call_failed(attempt, way, caller);
	else if (taken)
		short_write(attempt, way, caller);
	thread.attempt = attempt->outer;
	return result;
}

ssize_t call_end_quiet(struct attempt *attempt, ssize_t result, void *caller)
{
	if (result < 0)
		call_failed(attempt, WAY_RWF, caller);
	else if (is_less(attempt, result) && guard_is_readerless(attempt->fd))
		short_write(attempt, WAY_RWF, caller);
	thread.attempt = attempt->outer;
	return result;
}
