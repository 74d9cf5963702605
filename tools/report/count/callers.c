#include "count/callers.h"

#include "count/key.h"

static uint32_t find_place(struct tally *tally, const struct writer *writer,
			   const struct record *record)
{
	bool has_address = !*record->caller && record->ip, fresh;
	struct key key;
	struct place *place;
	uint32_t id;
	key.length = 0;
	key_number(&key, writer->program);
	key_number(&key, has_address ? record->pid : -1);
	key_number(&key, has_address ? (int64_t)record->ip : 0);
	key_text(&key, record->call);
	key_text(&key, record->caller);
	id = key_put(&tally->places, &key, &fresh);
	place = table_value(&tally->places, id);
	if (fresh) {
		place->program = writer->program;
		place->call = tally_name(tally, record->call);
		place->caller = *record->caller ? tally_name(tally, record->caller) : NOBODY;
		place->host = writer->host;
		place->pid = record->pid;
		place->ip = has_address ? record->ip : 0;
	}
	return id;
}

void callers_count(struct tally *tally, const struct writer *writer, enum record_cause cause,
		   const struct record *record)
{
	struct place *place = table_value(&tally->places, find_place(tally, writer, record));
	place->failures++;
	place->by_cause[cause]++;
	if (record->streak > place->longest_streak)
		place->longest_streak = record->streak;
}
