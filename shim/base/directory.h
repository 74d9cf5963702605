/* A directory's entries without malloc and libc's streams. Async-signal-safe. */
#ifndef BPGUARD_DIRECTORY_H
#define BPGUARD_DIRECTORY_H

#include <stdbool.h>

/* Calls `each` for every entry with the directory's fd, until it returns false. Returns false where
 * the directory cannot be opened. getdents64(2). */
bool directory_each(const char *path,
		    bool (*each)(const char *name, long directory, void *argument), void *argument);

#endif
