/* Counts by key, in memory that grows with the number of different keys only: open addressing over
 * dense arrays, keys in an arena. An entry's id is the order of its first appearance. */
#ifndef BPGUARD_REPORT_TABLE_H
#define BPGUARD_REPORT_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct table {
	size_t value_size;
	uint32_t count, room; /* entries, and for how many there is place */
	uint32_t slots;	      /* a power of two */
	uint32_t *slot;	      /* id + 1; 0 is free */
	uint32_t *hash;	      /* by id */
	size_t *key;	      /* by id: where it begins in the arena */
	char *value;	      /* by id */
	char *arena;
	size_t arena_used, arena_room;
};

/* A table of values of `value_size` bytes. */
struct table table_of(size_t value_size);

void table_free(struct table *table);

/* The id of a key of any bytes, at most 65535 of them; what is longer is cut. A new one's value is
 * all zeros, and *fresh says so where `fresh` is not null. Ends the process where there is no
 * memory, as GLib does, which babeltrace2 is built upon. */
uint32_t table_put(struct table *table, const void *key, size_t length, bool *fresh);

/* The same for a string, whose key has its final 0 with it. */
uint32_t table_put_text(struct table *table, const char *key);

/* Until the next table_put. */
void *table_value(const struct table *table, uint32_t id);
const char *table_key(const struct table *table, uint32_t id, size_t *length);
const char *table_text(const struct table *table, uint32_t id);

/* realloc and calloc that do not fail. */
void *must_grow(void *old, size_t size);
void *must_clear(size_t count, size_t size);

#endif
