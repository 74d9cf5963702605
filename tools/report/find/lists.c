#include "find/lists.h"

#include <stdlib.h>
#include <string.h>

#include "count/first.h"
#include "find/order.h"
#include "find/places.h"
#include "read/memory.h"

struct order {
	const struct tally *tally;
	const struct table *table;
	uint64_t (*failures)(const void *value);
};

/* --- making a list --- */

enum { FEW = 1000, LEAST = 100 }; /* few are found by looking at the rest once */

/* Of those that have failures, `top` to be shown. With `all`, the others are in order behind them.
 */
static struct list make_list(struct order order, uint32_t top, bool all, first_compare *compare)
{
	struct list list = {0};
	uint32_t most = top > LEAST ? top : LEAST;
	all |= most > FEW;
	list.id = must_grow(NULL, (all ? order.table->count : most) * sizeof(uint32_t));
	for (uint32_t id = 0; id < order.table->count; id++) {
		if (!order.failures(table_value(order.table, id)))
			continue;
		list.total++;
		if (all)
			list.id[list.sorted++] = id;
		else
			list.sorted = first_insert(list.id, list.sorted, most, &id, sizeof(id),
						   compare, &order);
	}
	if (all)
		qsort_r(list.id, list.total, sizeof(*list.id), compare, &order);
	list.count = list.total < top ? list.total : top;
	return list;
}

/* --- what counts as a failure --- */

static uint64_t host_records(const void *value)
{
	const struct host *host = value;
	return host->records + host->discarded;
}

static uint64_t program_failures(const void *value)
{
	return ((const struct program *)value)->failures;
}

static uint64_t process_failures(const void *value)
{
	return ((const struct process *)value)->failures;
}

static uint64_t peer_failures(const void *value)
{
	return ((const struct peer_counts *)value)->failures;
}

static uint64_t spot_failures(const void *value)
{
	return ((const struct spot *)value)->failures;
}

/* --- orders --- */

static int compare_failures(const struct order *order, uint32_t a, uint32_t b)
{
	return order_by_count(order->failures(table_value(order->table, a)),
			      order->failures(table_value(order->table, b)));
}

static int compare_keys(const void *left, const void *right, void *context)
{
	const struct order *order = context;
	uint32_t a = *(const uint32_t *)left, b = *(const uint32_t *)right;
	size_t a_length, b_length;
	const char *a_key = table_key(order->table, a, &a_length);
	const char *b_key = table_key(order->table, b, &b_length);
	int by_failures = compare_failures(order, a, b);
	return by_failures ? by_failures : order_by_bytes(a_key, a_length, b_key, b_length);
}

static int compare_programs(const void *left, const void *right, void *context)
{
	const struct order *order = context;
	uint32_t a = *(const uint32_t *)left, b = *(const uint32_t *)right;
	int by_failures = compare_failures(order, a, b);
	return by_failures ? by_failures : order_by_program(order->tally, a, b);
}

static int compare_processes(const void *left, const void *right, void *context)
{
	const struct order *order = context;
	const struct process *a = table_value(order->table, *(const uint32_t *)left);
	const struct process *b = table_value(order->table, *(const uint32_t *)right);
	if (a->failures != b->failures)
		return order_by_count(a->failures, b->failures);
	if (a->pid != b->pid)
		return a->pid < b->pid ? -1 : 1;
	return order_by_program(order->tally, a->program, b->program);
}

static int compare_spots(const void *left, const void *right, void *context)
{
	const struct order *order = context;
	const struct spot *a = table_value(order->table, *(const uint32_t *)left);
	const struct spot *b = table_value(order->table, *(const uint32_t *)right);
	int by_text;
	if (a->failures != b->failures)
		return order_by_count(a->failures, b->failures);
	if ((by_text = strcmp(a->module, b->module)) != 0)
		return by_text;
	if (a->offset != b->offset)
		return a->offset < b->offset ? -1 : 1;
	by_text = strcmp(a->call, b->call);
	return by_text ? by_text : order_by_program(order->tally, a->program, b->program);
}

/* --- lists --- */

struct list list_hosts(const struct tally *tally)
{
	const struct order order = {tally, &tally->hosts, host_records};
	return make_list(order, tally->hosts.count, true, compare_keys);
}

struct list list_programs(const struct tally *tally, uint32_t top)
{
	const struct order order = {tally, &tally->programs, program_failures};
	return make_list(order, top, true, compare_programs);
}

struct list list_processes(const struct tally *tally, uint32_t top)
{
	const struct order order = {tally, &tally->processes, process_failures};
	return make_list(order, top, false, compare_processes);
}

struct list list_addresses(const struct tally *tally, uint32_t top)
{
	const struct order order = {tally, &tally->addresses, peer_failures};
	return make_list(order, top, false, compare_keys);
}

struct list list_local_peers(const struct tally *tally, uint32_t top)
{
	const struct order order = {tally, &tally->local_peers, peer_failures};
	return make_list(order, top, false, compare_keys);
}

struct list list_spots(const struct tally *tally, const struct table *spots, uint32_t top)
{
	const struct order order = {tally, spots, spot_failures};
	return make_list(order, top, false, compare_spots);
}
