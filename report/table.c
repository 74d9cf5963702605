#include "table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void *must_grow(void *old, size_t size)
{
	void *grown = realloc(old, size ? size : 1);
	if (!grown) {
		fputs("bpguard: no memory left\n", stderr);
		abort();
	}
	return grown;
}

void *must_clear(size_t count, size_t size)
{
	size_t bytes = count * size;
	return memset(must_grow(NULL, bytes), 0, bytes);
}

struct table table_of(size_t value_size)
{
	return (struct table){.value_size = value_size};
}

void table_free(struct table *table)
{
	free(table->slot);
	free(table->hash);
	free(table->key);
	free(table->value);
	free(table->arena);
	*table = table_of(table->value_size);
}

/* Eight bytes at a time: multiplied by an odd constant, and the high half folded in. */
static uint32_t hash_of(const unsigned char *key, size_t length)
{
	const uint64_t odd = 0x9e3779b97f4a7c15;
	uint64_t hash = length * odd, word;
	for (; length >= 8; key += 8, length -= 8) {
		memcpy(&word, key, 8);
		hash = (hash ^ word) * odd;
		hash ^= hash >> 32;
	}
	word = 0;
	memcpy(&word, key, length);
	hash = (hash ^ word) * odd;
	return (uint32_t)(hash >> 32);
}

const char *table_key(const struct table *table, uint32_t id, size_t *length)
{
	const char *stored = table->arena + table->key[id];
	uint16_t size;
	memcpy(&size, stored, sizeof(size));
	*length = size;
	return stored + sizeof(size);
}

const char *table_text(const struct table *table, uint32_t id)
{
	size_t length;
	return table_key(table, id, &length);
}

void *table_value(const struct table *table, uint32_t id)
{
	return table->value + id * table->value_size;
}

static bool is_key(const struct table *table, uint32_t id, const void *key, size_t length)
{
	size_t stored_length;
	const char *stored = table_key(table, id, &stored_length);
	return stored_length == length && memcmp(stored, key, length) == 0;
}

/* The slot that holds the key, or the free one where it belongs. */
static uint32_t find(const struct table *table, uint32_t hash, const void *key, size_t length)
{
	uint32_t at = hash & (table->slots - 1);
	while (table->slot[at]) {
		uint32_t id = table->slot[at] - 1;
		if (table->hash[id] == hash && is_key(table, id, key, length))
			break;
		at = (at + 1) & (table->slots - 1);
	}
	return at;
}

/* At most half of the slots are taken. */
static void spread(struct table *table)
{
	table->slots = table->slots ? table->slots * 2 : 64;
	free(table->slot);
	table->slot = must_clear(table->slots, sizeof(*table->slot));
	for (uint32_t id = 0; id < table->count; id++) {
		uint32_t at = table->hash[id] & (table->slots - 1);
		while (table->slot[at])
			at = (at + 1) & (table->slots - 1);
		table->slot[at] = id + 1;
	}
}

static void make_room(struct table *table, size_t length)
{
	if (table->count == table->room) {
		table->room = table->room + table->room / 2 + 32;
		table->hash = must_grow(table->hash, table->room * sizeof(*table->hash));
		table->key = must_grow(table->key, table->room * sizeof(*table->key));
		table->value = must_grow(table->value, table->room * table->value_size);
	}
	if (table->arena_room - table->arena_used < length + 3) {
		table->arena_room += table->arena_room / 2 + length + 1024;
		table->arena = must_grow(table->arena, table->arena_room);
	}
}

static uint32_t add(struct table *table, uint32_t hash, const void *key, size_t length)
{
	uint16_t size = (uint16_t)length;
	uint32_t id = table->count;
	make_room(table, length);
	table->count++;
	table->hash[id] = hash;
	table->key[id] = table->arena_used;
	memcpy(table->arena + table->arena_used, &size, sizeof(size));
	memcpy(table->arena + table->arena_used + sizeof(size), key, length);
	table->arena_used += sizeof(size) + length;
	memset(table_value(table, id), 0, table->value_size);
	return id;
}

uint32_t table_put(struct table *table, const void *key, size_t length, bool *fresh)
{
	uint32_t hash, at;
	if (length > UINT16_MAX)
		length = UINT16_MAX;
	if (table->count * 2 >= table->slots)
		spread(table);
	hash = hash_of(key, length);
	at = find(table, hash, key, length);
	if (fresh)
		*fresh = !table->slot[at];
	if (!table->slot[at])
		table->slot[at] = add(table, hash, key, length) + 1;
	return table->slot[at] - 1;
}

uint32_t table_put_text(struct table *table, const char *key)
{
	return table_put(table, key, strlen(key) + 1, NULL);
}
