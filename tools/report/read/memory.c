#include "read/memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *require(void *memory)
{
	if (!memory) {
		fputs("bpguard: no memory left\n", stderr);
		abort();
	}
	return memory;
}

void *must_grow(void *old, size_t size)
{
	return require(realloc(old, size ? size : 1));
}

void *must_clear(size_t count, size_t size)
{
	return require(calloc(count ? count : 1, size ? size : 1));
}

char *must_copy(const char *text)
{
	return require(strdup(text));
}
