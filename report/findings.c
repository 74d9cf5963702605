#include "findings.h"

#include <stdlib.h>
#include <string.h>

#include "address.h"

/* --- lists --- */

struct order {
	const struct tally *tally;
	const struct table *table;
	uint64_t (*failures)(const void *value);
};

static int compare_ids(const void *left, const void *right, void *context)
{
	const struct order *order = context;
	uint32_t a = *(const uint32_t *)left, b = *(const uint32_t *)right;
	uint64_t a_failures = order->failures(table_value(order->table, a));
	uint64_t b_failures = order->failures(table_value(order->table, b));
	size_t a_length, b_length;
	const char *a_key, *b_key;
	int by_key;
	if (a_failures != b_failures)
		return a_failures > b_failures ? -1 : 1;
	a_key = table_key(order->table, a, &a_length);
	b_key = table_key(order->table, b, &b_length);
	by_key = memcmp(a_key, b_key, a_length < b_length ? a_length : b_length);
	return by_key ? by_key : (a_length > b_length) - (a_length < b_length);
}

enum { FEW = 1000, LEAST = 100 }; /* few are found by looking at the rest once */

/* Puts an id where it belongs among the first of the list, which are in order. */
static void insert(struct list *list, uint32_t id, uint32_t most, const struct order *order,
		   int (*compare)(const void *, const void *, void *))
{
	uint32_t at = list->sorted;
	for (; at > 0 && compare(&id, &list->id[at - 1], (void *)order) < 0; at--)
		if (at < most)
			list->id[at] = list->id[at - 1];
	if (at < most)
		list->id[at] = id;
	if (list->sorted < most)
		list->sorted++;
}

/* Of those that have failures, `top` to be shown. With `all`, the others are in order behind them.
 */
static struct list make_list(const struct tally *tally, const struct table *table,
			     uint64_t (*failures)(const void *), uint32_t top, bool all,
			     int (*compare)(const void *, const void *, void *))
{
	struct order order = {tally, table, failures};
	struct list list = {0};
	uint32_t most = top > LEAST ? top : LEAST;
	all |= most > FEW;
	list.id = must_grow(NULL, (all ? table->count : most) * sizeof(uint32_t));
	for (uint32_t id = 0; id < table->count; id++) {
		if (!failures(table_value(table, id)))
			continue;
		list.total++;
		if (all)
			list.id[list.sorted++] = id;
		else
			insert(&list, id, most, &order, compare);
	}
	if (all)
		qsort_r(list.id, list.total, sizeof(*list.id), compare, &order);
	list.count = list.total < top ? list.total : top;
	return list;
}

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
	return ((const struct peer *)value)->failures;
}

static uint64_t spot_failures(const void *value)
{
	return ((const struct spot *)value)->failures;
}

/* Ids depend on who came first: names do not. */
static int compare_programs(const struct tally *tally, uint32_t a, uint32_t b)
{
	const struct program *left = table_value(&tally->programs, a);
	const struct program *right = table_value(&tally->programs, b);
	int by_name =
	    strcmp(table_text(&tally->names, left->name), table_text(&tally->names, right->name));
	return by_name ? by_name
		       : strcmp(table_text(&tally->hosts, left->host),
				table_text(&tally->hosts, right->host));
}

static int compare_program_ids(const void *left, const void *right, void *context)
{
	const struct order *order = context;
	uint32_t a = *(const uint32_t *)left, b = *(const uint32_t *)right;
	uint64_t x = order->failures(table_value(order->table, a));
	uint64_t y = order->failures(table_value(order->table, b));
	return x != y ? (x > y ? -1 : 1) : compare_programs(order->tally, a, b);
}

static int compare_processes(const void *left, const void *right, void *context)
{
	const struct order *order = context;
	const struct process *a = table_value(order->table, *(const uint32_t *)left);
	const struct process *b = table_value(order->table, *(const uint32_t *)right);
	if (a->failures != b->failures)
		return a->failures > b->failures ? -1 : 1;
	if (a->pid != b->pid)
		return a->pid < b->pid ? -1 : 1;
	return compare_programs(order->tally, a->program, b->program);
}

static int compare_spots(const void *left, const void *right, void *context)
{
	const struct order *order = context;
	const struct spot *a = table_value(order->table, *(const uint32_t *)left);
	const struct spot *b = table_value(order->table, *(const uint32_t *)right);
	int by_text;
	if (a->failures != b->failures)
		return a->failures > b->failures ? -1 : 1;
	if ((by_text = strcmp(a->module, b->module)) != 0)
		return by_text;
	if (a->offset != b->offset)
		return a->offset < b->offset ? -1 : 1;
	by_text = strcmp(a->call, b->call);
	return by_text ? by_text : compare_programs(order->tally, a->program, b->program);
}

static void make_lists(struct findings *findings, uint32_t top)
{
	const struct tally *tally = findings->tally;
	findings->hosts =
	    make_list(tally, &tally->hosts, host_records, tally->hosts.count, true, compare_ids);
	findings->programs =
	    make_list(tally, &tally->programs, program_failures, top, true, compare_program_ids);
	findings->processes =
	    make_list(tally, &tally->processes, process_failures, top, false, compare_processes);
	findings->addresses =
	    make_list(tally, &tally->addresses, peer_failures, top, false, compare_ids);
	findings->local_peers =
	    make_list(tally, &tally->local_peers, peer_failures, top, false, compare_ids);
	findings->spots =
	    make_list(tally, &findings->places.spots, spot_failures, top, false, compare_spots);
}

/* --- networks --- */

/* An address by the network it lies in. */
struct resident {
	uint64_t prefix;
	uint32_t length, id;
};

static int compare_residents(const void *left, const void *right)
{
	const struct resident *a = left, *b = right;
	if (a->length != b->length)
		return a->length < b->length ? -1 : 1;
	return (a->prefix > b->prefix) - (a->prefix < b->prefix);
}

static int compare_networks(const struct network *a, const struct network *b)
{
	if (a->failures != b->failures)
		return a->failures > b->failures ? -1 : 1;
	if (a->length != b->length)
		return a->length < b->length ? -1 : 1;
	return memcmp(a->bytes, b->bytes, sizeof(a->bytes));
}

/* Keeps the `top` that come first. */
static void keep_network(struct findings *findings, const struct network *network, uint32_t top)
{
	uint32_t at = findings->network_count;
	findings->network_total++;
	while (at > 0 && compare_networks(network, &findings->networks[at - 1]) < 0) {
		if (at < top)
			findings->networks[at] = findings->networks[at - 1];
		at--;
	}
	if (at < top)
		findings->networks[at] = *network;
	if (findings->network_count < top)
		findings->network_count++;
}

static struct resident *make_residents(const struct table *addresses)
{
	struct resident *residents = must_clear(addresses->count, sizeof(*residents));
	for (uint32_t i = 0; i < addresses->count; i++) {
		size_t length;
		const char *bytes = table_key(addresses, i, &length);
		memcpy(&residents[i].prefix, bytes, address_network(length));
		residents[i].length = (uint32_t)length;
		residents[i].id = i;
	}
	qsort(residents, addresses->count, sizeof(*residents), compare_residents);
	return residents;
}

/* Those of one network lie side by side. Returns how many. */
static uint32_t count_network(const struct table *addresses, const struct resident *residents,
			      uint32_t count, struct network *network)
{
	uint32_t i = 0;
	*network = (struct network){.length = residents->length};
	memcpy(network->bytes, &residents->prefix, address_network(residents->length));
	for (; i < count && compare_residents(residents, &residents[i]) == 0; i++) {
		const struct peer *peer = table_value(addresses, residents[i].id);
		network->addresses++;
		network->connections += peer->connections;
		network->failures += peer->failures;
	}
	return i;
}

static void make_networks(struct findings *findings, uint32_t top)
{
	const struct table *addresses = &findings->tally->addresses;
	struct resident *residents = make_residents(addresses);
	struct network network;
	findings->networks = must_grow(NULL, top * sizeof(network));
	for (uint32_t i = 0; i < addresses->count;) {
		i += count_network(addresses, &residents[i], addresses->count - i, &network);
		keep_network(findings, &network, top);
	}
	free(residents);
}

/* --- connections --- */

/* Up to 1 KiB, and from there on by fours. */
uint64_t findings_lost_step(int step)
{
	return step == 0 ? 1 : (uint64_t)1024 << (2 * (step - 1));
}

static int lost_step_of(uint64_t bytes)
{
	int step = 0;
	while (step < LOST_STEPS - 1 && bytes >= findings_lost_step(step + 1))
		step++;
	return step;
}

static void count_connection(struct findings *findings, const struct connection *connection)
{
	struct program_ends *ends = &findings->ends[connection->program];
	if (connection->is_pipe)
		findings->pipes++;
	else
		findings->connections++;
	ends->connections++;
	if (connection->lost > 0) {
		findings->lost_steps[lost_step_of((uint64_t)connection->lost)]++;
		findings->lost += (uint64_t)connection->lost;
		findings->lossy++;
		findings->lost_at_most |= connection->lost_at_most;
		ends->lost += (uint64_t)connection->lost;
	}
	if (connection->silent_ms >= 0)
		findings->silences[findings->silence_count++] =
		    (struct silence){connection->silent_ms, connection->peer};
}

static uint32_t count_silences(const struct table *connections)
{
	uint32_t count = 0;
	for (uint32_t i = 0; i < connections->count; i++)
		count += ((const struct connection *)table_value(connections, i))->silent_ms >= 0;
	return count;
}

static void make_ends(struct findings *findings)
{
	const struct table *connections = &findings->tally->connections;
	findings->ends = must_clear(findings->tally->programs.count, sizeof(*findings->ends));
	findings->silences =
	    must_grow(NULL, count_silences(connections) * sizeof(*findings->silences));
	for (uint32_t i = 0; i < connections->count; i++)
		count_connection(findings, table_value(connections, i));
}

static int compare_peers(const void *left, const void *right)
{
	uint32_t a = *(const uint32_t *)left, b = *(const uint32_t *)right;
	return (a > b) - (a < b);
}

uint32_t findings_cluster_addresses(const struct findings *findings, const struct cluster *cluster)
{
	uint32_t *peers = must_grow(NULL, cluster->count * sizeof(*peers));
	uint32_t different = 0;
	for (uint32_t i = 0; i < cluster->count; i++)
		peers[i] = findings->silences[cluster->first + i].peer;
	qsort(peers, cluster->count, sizeof(*peers), compare_peers);
	for (uint32_t i = 0; i < cluster->count; i++)
		different += peers[i] != NOBODY && (i == 0 || peers[i] != peers[i - 1]);
	free(peers);
	return different;
}

static void make_timelines(struct findings *findings)
{
	const struct timeline *timelines = findings->tally->timelines;
	findings->by_cause = must_clear(CAUSE_COUNT, sizeof(*findings->by_cause));
	for (int i = 0; i < CAUSE_COUNT; i++)
		timeline_add_all(&findings->timeline, &timelines[i]);
	timeline_coarsen(&findings->timeline, PLOT_STEPS);
	for (int i = 0; i < CAUSE_COUNT; i++) {
		findings->by_cause[i] = timelines[i];
		timeline_align(&findings->by_cause[i], &findings->timeline);
	}
	timeline_coarsen(&findings->timeline, TIMELINE_ROWS);
}

void findings_make(struct findings *findings, const struct tally *tally, int top)
{
	*findings = (struct findings){.tally = tally, .top = (uint32_t)top};
	places_make(&findings->places, tally);
	make_lists(findings, (uint32_t)top);
	for (uint32_t i = 0; i < findings->spots.count && i < 10; i++)
		places_name(table_value(&findings->places.spots, findings->spots.id[i]), tally);
	make_networks(findings, (uint32_t)top);
	make_ends(findings);
	findings->cluster_count = silence_find(findings->silences, findings->silence_count,
					       findings->silence_steps, findings->clusters);
	make_timelines(findings);
	findings_advise(findings);
}

void findings_free(struct findings *findings)
{
	struct list *lists[] = {&findings->hosts,     &findings->programs,    &findings->processes,
				&findings->addresses, &findings->local_peers, &findings->spots};
	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
		free(lists[i]->id);
	for (int i = 0; i < findings->advice_count; i++) {
		free(findings->advice[i].text);
		free(findings->advice[i].evidence);
	}
	places_free(&findings->places);
	free(findings->by_cause);
	free(findings->ends);
	free(findings->networks);
	free(findings->silences);
}
