/* Counts by key, in memory that grows with the number of different keys only: open addressing, an
 * arena of entries. An entry's id is the order of its first appearance. */
#ifndef BPGUARD_REPORT_TABLE_H
#define BPGUARD_REPORT_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct table {
	size_t value_size;
	uint32_t count;
	uint32_t slots; /* a power of two */
	struct table_slot {
		uint32_t hash, number; /* id + 1; 0 is free */
	} * slot;
	uint32_t *place; /* by id: where its entry begins in the arena, in eight bytes */
	uint32_t places; /* for how many ids there is room */
	char *arena;	 /* entries: value, length of the key, key */
	size_t used, room;
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

/* Brings what table_put of this key is going to look at into the cache: call it for several keys,
 * first with stage 0, then 1, then 2, each of which reads what the stage before has brought.
 * Returns the value that lies there, if it is the key's, after stage 2; else null. */
enum { TABLE_STAGES = 3 };
const void *table_prefetch(const struct table *table, uint32_t hash, int stage);

/* The same for an entry by id: stage 0, then 1. */
void table_prefetch_id(const struct table *table, uint32_t id, int stage);

/* Until the next table_put. */
static inline void *table_value(const struct table *table, uint32_t id)
{
	return table->arena + (size_t)table->place[id] * 8;
}

const char *table_key(const struct table *table, uint32_t id, size_t *length);
const char *table_text(const struct table *table, uint32_t id);

/* A hash of 64 bits. */
uint64_t table_hash(const void *key, size_t length);

#endif
