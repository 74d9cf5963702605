/* A key of a table, put together from parts. */
#ifndef BPGUARD_REPORT_KEY_H
#define BPGUARD_REPORT_KEY_H

#include "read/table.h"

/* What is longer than any path is cut. Only `length` need be set to begin with, to 0. */
struct key {
	size_t length;
	char bytes[8192];
};

void key_add(struct key *key, const void *part, size_t length);
void key_number(struct key *key, int64_t number);
void key_text(struct key *key, const char *text); /* with its final 0 */

/* As table_put. */
uint32_t key_put(struct table *table, const struct key *key, bool *fresh);

#endif
