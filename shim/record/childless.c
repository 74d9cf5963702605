#include "record/childless.h"

#include <stddef.h>
#include <string.h>

/* The connection, shifted, and its type in one word, so that both change at once; 0: free. */
enum { KEPT = 8, TYPE_BITS = 8 };
static uint64_t kept[KEPT];
static unsigned next_kept;

static bool replace(uint64_t old, uint64_t with)
{
	for (int i = 0; i < KEPT; i++) {
		uint64_t expected = old;
		if (__atomic_compare_exchange_n(&kept[i], &expected, with, false, __ATOMIC_RELAXED,
						__ATOMIC_RELAXED))
			return true;
	}
	return false;
}

void childless_note(const struct failure *failure)
{
	uint64_t word = failure->connection << TYPE_BITS | (uint64_t)failure->channel.type;
	unsigned oldest;
	if (!failure->connection || replace(word, word) || replace(0, word))
		return;
	oldest = __atomic_fetch_add(&next_kept, 1, __ATOMIC_RELAXED) % KEPT;
	__atomic_store_n(&kept[oldest], word, __ATOMIC_RELAXED);
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
