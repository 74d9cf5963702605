/* Memory that is there: babeltrace2's GLib, too, ends the process where there is none. */
#ifndef BPGUARD_REPORT_MEMORY_H
#define BPGUARD_REPORT_MEMORY_H

#include <stddef.h>

/* realloc and calloc that say "no memory left" and abort instead of returning null. */
void *must_grow(void *old, size_t size);
void *must_clear(size_t count, size_t size);

/* strdup likewise. */
char *must_copy(const char *text);

#endif
