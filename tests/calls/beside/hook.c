/* A coroutine library's write(2), behind the shim: it switches to others before the call and after.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <unistd.h>

static void (*before)(int fd), (*after)(int fd);

void hook_switches(void (*to_others_before)(int), void (*to_others_after)(int));
void hook_switches(void (*to_others_before)(int), void (*to_others_after)(int))
{
	before = to_others_before;
	after = to_others_after;
}

ssize_t write(int fd, const void *data, size_t size)
{
	static ssize_t (*real)(int, const void *, size_t);
	ssize_t result;
	int error;

	if (!real)
		*(void **)&real = dlsym(RTLD_NEXT, "write");
	if (before)
		before(fd);
	result = real(fd, data, size);
	error = errno;
	if (after)
		after(fd);
	errno = error;
	return result;
}
