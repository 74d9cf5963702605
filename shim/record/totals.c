#include "record/totals.h"

#include <string.h>

#include "base/text.h"

uint64_t totals_failures;
static uint64_t failures[CAUSE_COUNT]; /* the same by cause */
static uint64_t averted;

void totals_count(enum record_cause cause, bool saved)
{
	__atomic_add_fetch(&totals_failures, 1, __ATOMIC_RELAXED);
	__atomic_add_fetch(&failures[cause], 1, __ATOMIC_RELAXED);
	if (saved)
		__atomic_add_fetch(&averted, 1, __ATOMIC_RELAXED);
}

/* `peer-closed=3 reader-gone=1` */
static void add_cause(struct text *text, const char *begin, uint32_t cause, uint64_t count)
{
	const char *name = record_name(SET_CAUSE, cause);
	if (text->at != begin)
		text_char(text, ' ');
	text_string(text, name ? name : "unknown");
	text_char(text, '=');
	text_number(text, (int64_t)count);
}

void totals_take(struct record *record)
{
	struct text text = text_in(record->causes, sizeof(record->causes));
	record->failures = (int64_t)__atomic_exchange_n(&totals_failures, 0, __ATOMIC_RELAXED);
	record->averted = (int64_t)__atomic_exchange_n(&averted, 0, __ATOMIC_RELAXED);
	for (uint32_t cause = 0; cause < CAUSE_COUNT; cause++) {
		uint64_t count = __atomic_exchange_n(&failures[cause], 0, __ATOMIC_RELAXED);
		if (!count)
			continue;
		add_cause(&text, record->causes, cause, count);
	}
	text_end(&text);
}

void totals_forked(void)
{
	totals_failures = averted = 0;
	memset(failures, 0, sizeof(failures));
}
