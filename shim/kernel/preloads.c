#include "kernel/preloads.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "base/raw.h"

static const char separators[] = " :\t\n";

static bool is_listed(const char *list, const char *name)
{
	const size_t length = strlen(name);
	while (*list) {
		size_t size = strcspn(list, separators);
		const char *end = list + size;
		if (size >= length && memcmp(end - length, name, length) == 0 &&
		    (size == length || end[-(ptrdiff_t)length - 1] == '/'))
			return true;
		list = end + strspn(end, separators);
	}
	return false;
}

/* The system's list: every program's, set-user-ID ones' too. */
static const char *system_list(void)
{
	static char text[4096];
	long fd = RAW4(SYS_openat, AT_FDCWD, "/etc/ld.so.preload", O_RDONLY | O_CLOEXEC, 0);
	long size = 0;
	if (fd < 0)
		return text;
	size = RAW3(SYS_read, fd, text, sizeof(text) - 1);
	RAW1(SYS_close, fd);
	text[size > 0 ? size : 0] = '\0';
	return text;
}

bool preloads_have(const char *file)
{
	const char *slash = strrchr(file, '/'), *name = slash ? slash + 1 : file;
	const char *list = getenv("LD_PRELOAD");
	return *name && ((list && is_listed(list, name)) || is_listed(system_list(), name));
}
