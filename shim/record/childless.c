#include "record/childless.h"

#include <stddef.h>
#include <string.h>

#include "base/clock.h"

/* The connection, shifted, and its type in one word, so that both change at once; 0: free. */
enum { KEPT = 8, TYPE_BITS = 8 };
static uint64_t kept[KEPT];
static int64_t failed_ms[KEPT]; /* when first */
static unsigned next_kept;

/* Returns where, or -1. */
static int replace(uint64_t old, uint64_t with)
{
	for (int i = 0; i < KEPT; i++) {
		uint64_t expected = old;
		if (__atomic_compare_exchange_n(&kept[i], &expected, with, false, __ATOMIC_RELAXED,
						__ATOMIC_RELAXED))
			return i;
	}
	return -1;
}

void childless_note(const struct failure *failure)
{
	uint64_t word = failure->connection << TYPE_BITS | (uint64_t)failure->channel.type;
	int at;
	if (!failure->connection || replace(word, word) >= 0)
		return;
	at = replace(0, word);
	if (at < 0) {
		at = (int)(__atomic_fetch_add(&next_kept, 1, __ATOMIC_RELAXED) % KEPT);
		__atomic_store_n(&kept[at], word, __ATOMIC_RELAXED);
	}
	__atomic_store_n(&failed_ms[at], clock_boot_ms(), __ATOMIC_RELAXED);
}

void childless_forget(uint64_t connection)
{
	for (int i = 0; i < KEPT; i++) {
		uint64_t word = __atomic_load_n(&kept[i], __ATOMIC_RELAXED);
		if (word && word >> TYPE_BITS == connection)
			replace(word, 0);
	}
}

bool childless_take(struct childless *childless)
{
	for (int i = 0; i < KEPT; i++) {
		uint64_t word = __atomic_exchange_n(&kept[i], 0, __ATOMIC_RELAXED);
		if (!word)
			continue;
		childless->failed_ms = __atomic_load_n(&failed_ms[i], __ATOMIC_RELAXED);
		childless->connection = word >> TYPE_BITS;
		childless->type = (enum record_type)(word & ((1 << TYPE_BITS) - 1));
		return true;
	}
	return false;
}

void childless_forked(void)
{
	memset(kept, 0, sizeof(kept));
}
