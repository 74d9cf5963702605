#include "entry/calls/call.h"

COLD bool call_broke(void)
{
	return failure_is_break(errno);
}

COLD int call_failed(const struct inflight *call, void *caller)
{
	int error = errno;
	failure_of_call(call, error, caller);
	errno = error;
	return -1;
}

COLD int call_failed_by(struct inflight *call, enum method method, void *caller)
{
	call->method = method;
	return call_failed(call, caller);
}
