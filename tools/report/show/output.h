/* Where a report goes: a file that is written whole or not at all, or the standard output. */
#ifndef BPGUARD_REPORT_OUTPUT_H
#define BPGUARD_REPORT_OUTPUT_H

#include <stdbool.h>
#include <stdio.h>

struct output {
	FILE *file;
	char *path, *part; /* the file, and the one beside it that becomes it; or null */
};

/* Null `path` is the standard output. What is there and no regular file (a FIFO, a device) is
 * written to as it is. Returns false with errno set. */
bool output_open(struct output *output, const char *path);

/* Puts the file in its place where it could be written whole, else leaves what was there. Returns
 * false with errno set. */
bool output_close(struct output *output);

#endif
