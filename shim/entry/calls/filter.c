/* prctl: by it a program puts itself under a seccomp filter. */
#include <sys/prctl.h>

#include "entry/calls/call.h"
#include "entry/filtered.h"

/* libc declares it variadic; the arguments lie where fixed ones do. */
EXPORT int shim_prctl(int option, long b, long c, long d, long e);

int shim_prctl(int option, long b, long c, long d, long e)
{
	bool begun;
	if (!RARELY(option == PR_SET_SECCOMP))
		return next.prctl(option, b, c, d, e);
	begun = filtered_begin();
	return (int)filtered_end(begun, next.prctl(option, b, c, d, e));
}

#if defined(__GLIBC__) && __SIZEOF_LONG__ == 4
EXPORT int shim___prctl_time64(int option, long b, long c, long d, long e);

int shim___prctl_time64(int option, long b, long c, long d, long e)
{
	bool begun;
	if (!RARELY(option == PR_SET_SECCOMP))
		return next.__prctl_time64(option, b, c, d, e);
	begun = filtered_begin();
	return (int)filtered_end(begun, next.__prctl_time64(option, b, c, d, e));
}
#endif
