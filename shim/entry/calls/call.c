#include "entry/calls/call.h"

COLD bool call_broke(void)
{
	return errno == EPIPE || errno == ECONNRESET || errno == ETIMEDOUT;
}

COLD int call_failed(void *caller)
{
	int error = errno;
	autopsy_of_call(thread.attempt, error, caller);
	errno = error;
	return -1;
}
