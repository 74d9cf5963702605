#include "state/streaks.h"

#include <stdbool.h>

enum { SETS = 512, WAYS = 16, TRIES = 64 };

/* Of each, a part of its identity's hash and the count, in one word so that both change at once;
 * and when it was counted last, in failures of all. */
static struct streak {
	uint64_t tag_and_count;
	uint32_t last;
} table[SETS][WAYS];
static uint32_t failures;

static uint32_t tag_of(uint64_t word)
{
	return (uint32_t)(word >> 32);
}

/* The finalizer of MurmurHash3: each bit of the result hangs on each of the argument. */
static uint64_t mix(uint64_t value)
{
	value = (value ^ value >> 33) * UINT64_C(0xff51afd7ed558ccd);
	value = (value ^ value >> 33) * UINT64_C(0xc4ceb9fe1a85ec53);
	return value ^ value >> 33;
}

/* The entry with that tag, or else the one to forget. `word`: what it holds. */
static struct streak *find(struct streak *set, uint32_t tag, uint32_t now, uint64_t *word)
{
	struct streak *oldest = set;
	for (int way = 0; way < WAYS; way++) {
		*word = __atomic_load_n(&set[way].tag_and_count, __ATOMIC_RELAXED);
		if (*word && tag_of(*word) == tag)
			return &set[way];
		if (now - __atomic_load_n(&set[way].last, __ATOMIC_RELAXED) >
		    now - __atomic_load_n(&oldest->last, __ATOMIC_RELAXED))
			oldest = &set[way];
	}
	*word = __atomic_load_n(&oldest->tag_and_count, __ATOMIC_RELAXED);
	return oldest;
}

int64_t streaks_count(uint64_t identity)
{
	uint64_t hash = mix(identity);
	uint32_t now = __atomic_add_fetch(&failures, 1, __ATOMIC_RELAXED);
	uint32_t tag = tag_of(hash);
	struct streak *set = table[hash % SETS];
	if (!identity)
		return -1;
	for (int i = 0; i < TRIES; i++) {
		uint64_t word, counted;
		struct streak *streak = find(set, tag, now, &word);
		bool known = word && tag_of(word) == tag;
		counted = known ? word + 1 : (uint64_t)tag << 32 | 1;
		if (known && (uint32_t)word == UINT32_MAX)
			return -1;
		if (!__atomic_compare_exchange_n(&streak->tag_and_count, &word, counted, false,
						 __ATOMIC_RELAXED, __ATOMIC_RELAXED))
			continue;
		__atomic_store_n(&streak->last, now, __ATOMIC_RELAXED);
		return (uint32_t)counted;
	}
	return -1;
}
