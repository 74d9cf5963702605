#include "find/findings.h"

#include <stdlib.h>

#include "read/memory.h"

enum { NAMED_SPOTS = 10 }; /* each asks addr2line, which reads a whole file */

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
	if (!connection->failures) /* only a child of its writer is told */
		return;
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

static void make_lists(struct findings *findings, uint32_t top)
{
	const struct tally *tally = findings->tally;
	findings->hosts = list_hosts(tally);
	findings->programs = list_programs(tally, top);
	findings->processes = list_processes(tally, top);
	findings->addresses = list_addresses(tally, top);
	findings->networks = networks_make(&tally->addresses, top);
	findings->local_peers = list_local_peers(tally, top);
	findings->spots = list_spots(tally, &findings->places.spots, top);
}

void findings_make(struct findings *findings, const struct tally *tally, int top)
{
	*findings = (struct findings){.tally = tally, .top = (uint32_t)top};
	places_make(&findings->places, tally);
	make_lists(findings, (uint32_t)top);
	for (uint32_t i = 0; i < findings->spots.count && i < NAMED_SPOTS; i++)
		places_name(table_value(&findings->places.spots, findings->spots.id[i]), tally);
	make_ends(findings);
	findings->deaths = deaths_make(tally);
	findings->cluster_count = silence_find(findings->silences, findings->silence_count,
					       findings->silence_steps, findings->clusters);
	make_timelines(findings);
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
	deaths_free(&findings->deaths);
	free(findings->by_cause);
	free(findings->ends);
	free(findings->networks.network);
	free(findings->silences);
}
