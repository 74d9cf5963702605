#include "top/view.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "count/address.h"
#include "count/first.h"
#include "read/memory.h"

_Static_assert(ADDRESS_TEXT == 64, "view_name's text");

/* --- counters for the meters --- */

static uint64_t all_failures(const void *tally, uint32_t id)
{
	(void)id;
	return ((const struct tally *)tally)->failures;
}

static uint64_t cause_failures(const void *tally, uint32_t id)
{
	return ((const struct tally *)tally)->by_cause[id];
}

static uint64_t program_failures(const void *table, uint32_t id)
{
	return ((const struct program *)table_value(table, id))->failures;
}

static uint64_t peer_failures(const void *table, uint32_t id)
{
	return ((const struct peer_counts *)table_value(table, id))->failures;
}

static void take_rates(struct view *view, const struct tally *tally, double seconds, bool is_past)
{
	meter_take(&view->all, 1, all_failures, tally, seconds, is_past);
	meter_take(&view->causes, CAUSE_COUNT, cause_failures, tally, seconds, is_past);
	meter_take(&view->programs, tally->programs.count, program_failures, &tally->programs,
		   seconds, is_past);
	meter_take(&view->addresses, tally->addresses.count, peer_failures, &tally->addresses,
		   seconds, is_past);
	meter_take(&view->local_peers, tally->local_peers.count, peer_failures, &tally->local_peers,
		   seconds, is_past);
}

/* --- rows --- */

/* Of those that failed. */
static void add(struct view *view, enum pane pane, const struct row *row)
{
	if (row->total)
		view->rows[pane][view->count[pane]++] = *row;
}

static void make_room(struct view *view, enum pane pane, uint32_t count)
{
	view->rows[pane] = must_grow(view->rows[pane], count * sizeof(struct row));
	view->count[pane] = 0;
}

static void take_programs(struct view *view, const struct table *programs)
{
	make_room(view, PROGRAMS, programs->count);
	for (uint32_t id = 0; id < programs->count; id++) {
		const struct program *program = table_value(programs, id);
		add(view, PROGRAMS,
		    &(struct row){.id = id,
				  .rate = meter_rate(&view->programs, id),
				  .total = program->failures,
				  .more = program->averted,
				  .lost = program->lost});
	}
}

static void add_peers(struct view *view, const struct table *peers, const struct meter *meter,
		      bool is_local)
{
	for (uint32_t id = 0; id < peers->count; id++) {
		const struct peer_counts *peer = table_value(peers, id);
		add(view, PEERS,
		    &(struct row){.id = id,
				  .is_local = is_local,
				  .rate = meter_rate(meter, id),
				  .total = peer->failures,
				  .more = peer->connections,
				  .lost = peer->lost});
	}
}

static void take_peers(struct view *view, const struct tally *tally)
{
	make_room(view, PEERS, tally->addresses.count + tally->local_peers.count);
	add_peers(view, &tally->addresses, &view->addresses, false);
	add_peers(view, &tally->local_peers, &view->local_peers, true);
}

static void take_causes(struct view *view, const struct tally *tally)
{
	make_room(view, CAUSES, CAUSE_COUNT);
	for (uint32_t id = 0; id < CAUSE_COUNT; id++)
		add(view, CAUSES,
		    &(struct row){.id = id,
				  .rate = meter_rate(&view->causes, id),
				  .total = tally->by_cause[id]});
}

void view_take(struct view *view, const struct tally *tally, double seconds, bool is_past)
{
	take_rates(view, tally, seconds, is_past);
	take_programs(view, &tally->programs);
	take_peers(view, tally);
	take_causes(view, tally);
	view->rate = meter_rate(&view->all, 0);
	view->failures = tally->failures;
	view->averted = tally->averted;
	view->killed = tally->killed;
	view->lost = tally->lost;
	view->lost_at_most = tally->lost_at_most;
	view->suppressed = tally->suppressed;
	view->discarded = tally->discarded;
	view->discarded_unknown = tally->discarded_unknown;
	view->records = tally->records;
	view->first_ns = tally->first_ns;
	view->last_ns = tally->last_ns;
	view->taken_s = time(NULL);
	memcpy(view->by_cause, tally->by_cause, sizeof(view->by_cause));
}

void view_free(struct view *view)
{
	for (int pane = 0; pane < PANES; pane++)
		free(view->rows[pane]);
	meter_free(&view->all);
	meter_free(&view->causes);
	meter_free(&view->programs);
	meter_free(&view->addresses);
	meter_free(&view->local_peers);
}

/* --- order --- */

const char *view_name(const struct tally *tally, enum pane pane, const struct row *row,
		      char text[64])
{
	const struct program *program;
	const char *bytes;
	size_t length;
	switch (pane) {
	case CAUSES:
		return cause_name((enum record_cause)row->id);
	case PROGRAMS:
		program = table_value(&tally->programs, row->id);
		return table_text(&tally->names, program->name);
	default:
		if (row->is_local)
			return table_text(&tally->local_peers, row->id);
		bytes = table_key(&tally->addresses, row->id, &length);
		address_format(bytes, length, 0, text);
		return text;
	}
}

/* Negative where `a` comes before `b`. */
static int compare_numbers(double a, double b)
{
	return (a < b) - (a > b);
}

static int compare_names(const struct tally *tally, enum pane pane, const struct row *a,
			 const struct row *b)
{
	char a_text[ADDRESS_TEXT], b_text[ADDRESS_TEXT];
	int by_name = strcmp(view_name(tally, pane, a, a_text), view_name(tally, pane, b, b_text));
	return by_name ? by_name : (a->id > b->id) - (a->id < b->id);
}

static int compare(const struct tally *tally, enum pane pane, enum order order, const struct row *a,
		   const struct row *b)
{
	int by = 0;
	if (order == BY_RATE)
		by = compare_numbers(a->rate.now, b->rate.now);
	else if (order == BY_LOST)
		by = compare_numbers((double)a->lost, (double)b->lost);
	if (!by && order != BY_NAME)
		by = compare_numbers((double)a->total, (double)b->total);
	return by ? by : compare_names(tally, pane, a, b);
}

struct wanted_order {
	const struct tally *tally;
	enum pane pane;
	enum order order;
};

static int compare_rows(const void *left, const void *right, void *context)
{
	const struct wanted_order *wanted = context;
	return compare(wanted->tally, wanted->pane, wanted->order, *(const struct row *const *)left,
		       *(const struct row *const *)right);
}

uint32_t view_first(const struct view *view, const struct tally *tally, enum pane pane,
		    enum order order, const struct row **first, uint32_t most)
{
	struct wanted_order wanted = {tally, pane, order};
	uint32_t count = 0;
	for (uint32_t i = 0; i < view->count[pane]; i++) {
		const struct row *row = &view->rows[pane][i];
		count = first_insert(first, count, most, &row, sizeof(const struct row *),
				     compare_rows, &wanted);
	}
	return count;
}
