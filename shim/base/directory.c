#include "base/directory.h"

#include <fcntl.h>
#include <stdint.h>

#include "base/raw.h"

/* getdents64(2): libc declares it only for its own streams. */
struct entry {
	uint64_t inode;
	int64_t next;
	uint16_t size;
	uint8_t type;
	char name[];
};

bool directory_each(const char *path, bool (*each)(const char *, long, void *), void *argument)
{
	char chunk[512] __attribute__((aligned(8)));
	bool more = true;
	long length;
	long directory = RAW4(SYS_openat, AT_FDCWD, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
	if (directory < 0)
		return false;
	while (more && (length = RAW3(SYS_getdents64, directory, chunk, sizeof(chunk))) > 0)
		for (long at = 0; more && at < length;) {
			const struct entry *entry = (const struct entry *)(chunk + at);
			more = each(entry->name, directory, argument);
			at += entry->size;
		}
	RAW1(SYS_close, directory);
	return true;
}
