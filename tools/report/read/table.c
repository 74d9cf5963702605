#include "read/table.h"

#include <stdlib.h>
#include <string.h>

#include "read/memory.h"

static size_t in_eights(size_t size)
{
	return (size + 7) / 8 * 8;
}

struct table table_of(size_t value_size)
{
	return (struct table){.value_size = in_eights(value_size)};
}

void table_free(struct table *table)
{
	free(table->slot);
	free(table->place);
	free(table->arena);
	*table = table_of(table->value_size);
}

/* Eight bytes at a time, each multiplied and folded; the end is MurmurHash3's finalizer (Austin
 * Appleby, public domain), whose low bits depend on all of it. */
uint64_t table_hash(const void *key, size_t length)
{
	const unsigned char *at = key;
	uint64_t hash = length * 0x9e3779b97f4a7c15, word;
	for (; length >= 8; at += 8, length -= 8) {
		memcpy(&word, at, 8);
		hash = (hash ^ word) * 0x9e3779b97f4a7c15;
		hash ^= hash >> 32;
	}
	word = 0;
	memcpy(&word, at, length);
	hash ^= word;
	hash = (hash ^ hash >> 33) * 0xff51afd7ed558ccd;
	hash = (hash ^ hash >> 33) * 0xc4ceb9fe1a85ec53;
	return hash ^ hash >> 33;
}

const char *table_key(const struct table *table, uint32_t id, size_t *length)
{
	const char *stored = (const char *)table_value(table, id) + table->value_size;
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

static bool is_key(const struct table *table, uint32_t id, const void *key, size_t length)
{
	size_t stored_length;
	const char *stored = table_key(table, id, &stored_length);
	return stored_length == length && memcmp(stored, key, length) == 0;
}

/* The slot that holds the key, or the free one where it belongs. */
static struct table_slot *find(const struct table *table, uint32_t hash, const void *key,
			       size_t length)
{
	uint32_t at = hash & (table->slots - 1);
	while (table->slot[at].number) {
		if (table->slot[at].hash == hash &&
		    is_key(table, table->slot[at].number - 1, key, length))
			break;
		at = (at + 1) & (table->slots - 1);
	}
	return &table->slot[at];
}

/* At most three of five slots are taken. */
static bool is_full(const struct table *table)
{
	return (uint64_t)table->count * 5 >= (uint64_t)table->slots * 3;
}

static void spread(struct table *table)
{
	struct table_slot *old = table->slot;
	uint32_t slots = table->slots;
	table->slots = slots ? slots * 2 : 64;
	table->slot = must_clear(table->slots, sizeof(*table->slot));
	for (uint32_t i = 0; i < slots; i++) {
		uint32_t at = old[i].hash & (table->slots - 1);
		if (!old[i].number)
			continue;
		while (table->slot[at].number)
			at = (at + 1) & (table->slots - 1);
		table->slot[at] = old[i];
	}
	free(old);
}

static void make_room(struct table *table, size_t size)
{
	if (table->count == table->places) {
		table->places += table->places / 2 + 32;
		table->place = must_grow(table->place, table->places * sizeof(*table->place));
	}
	if (table->room - table->used < size) {
		table->room += table->room / 2 + size + 1024;
		table->arena = must_grow(table->arena, table->room);
	}
}

static uint32_t add(struct table *table, const void *key, size_t length)
{
	uint16_t stored_length = (uint16_t)length;
	size_t size = in_eights(table->value_size + sizeof(stored_length) + length);
	char *entry;
	make_room(table, size);
	entry = table->arena + table->used;
	memset(entry, 0, size);
	memcpy(entry + table->value_size, &stored_length, sizeof(stored_length));
	memcpy(entry + table->value_size + sizeof(stored_length), key, length);
	table->place[table->count] = (uint32_t)(table->used / 8);
	table->used += size;
	return table->count++;
}

uint32_t table_put(struct table *table, const void *key, size_t length, bool *fresh)
{
	struct table_slot *slot;
	uint32_t hash;
	if (length > UINT16_MAX)
		length = UINT16_MAX;
	if (is_full(table))
		spread(table);
	hash = (uint32_t)table_hash(key, length);
	slot = find(table, hash, key, length);
	if (fresh)
		*fresh = !slot->number;
	if (!slot->number)
		*slot = (struct table_slot){hash, add(table, key, length) + 1};
	return slot->number - 1;
}

void table_prefetch_id(const struct table *table, uint32_t id, int stage)
{
	if (stage == 0)
		__builtin_prefetch(&table->place[id]);
	else
		__builtin_prefetch(table_value(table, id), 1);
}

/* The first slot only: most keys are there. */
const void *table_prefetch(const struct table *table, uint32_t hash, int stage)
{
	const struct table_slot *slot;
	if (!table->slots)
		return NULL;
	slot = &table->slot[hash & (table->slots - 1)];
	if (stage == 0)
		__builtin_prefetch(slot);
	else if (slot->hash != hash || !slot->number)
		return NULL;
	else if (stage < TABLE_STAGES)
		table_prefetch_id(table, slot->number - 1, stage - 1);
	else
		return table_value(table, slot->number - 1);
	return NULL;
}

uint32_t table_put_text(struct table *table, const char *key)
{
	return table_put(table, key, strlen(key) + 1, NULL);
}
