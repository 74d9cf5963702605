/* The report for Prometheus, by node_exporter's textfile collector. Its labels are bounded: as many
 * hosts and programs as it is to show have names, the others are one, "other". */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "read/memory.h"
#include "show/format.h"
#include "show/shown.h"

/* Upper ends, in ms: each default that somebody ships lies well within a bucket. */
static const int32_t buckets_ms[] = {100,    1000,   4000,   6000,   10000,  20000,   45000,  70000,
				     100000, 200000, 300000, 400000, 700000, 1000000, 3600000};
enum { BUCKETS = sizeof(buckets_ms) / sizeof(buckets_ms[0]) };

/* What has the same labels host and program. */
struct series {
	uint64_t by_action[CAUSE_COUNT][ACTION_COUNT];
	uint64_t averted, connections, lost, runaways, processes;
};

/* What has the same label host. */
struct host_series {
	uint64_t suppressed, discarded, silent, in_bucket[BUCKETS + 1];
	uint64_t silent_ms;
};

struct metrics {
	FILE *out;
	const struct findings *findings;
	struct table series;  /* struct series, by its labels as they are printed */
	struct table hosts;   /* struct host_series, likewise */
	uint32_t *host_label; /* hosts' id of each of the tally's hosts */
};

/* --- labels --- */

/* The text format is UTF-8; a byte that is none is the character of its number. */
static void put_value(FILE *out, const char *text)
{
	while (*text) {
		unsigned char c = (unsigned char)*text;
		size_t length = shown_sequence(text);
		if (c == '\n')
			fputs("\\n", out);
		else if (c == '"' || c == '\\')
			fprintf(out, "\\%c", c);
		else if (length == 0)
			fprintf(out, "%c%c", 0xc0 | c >> 6, 0x80 | (c & 0x3f));
		else
			fwrite(text, 1, length, out);
		text += length ? length : 1;
	}
}

static void put_label(FILE *out, const char *name, const char *value)
{
	fprintf(out, "%s=\"", name);
	put_value(out, value);
	fputc('"', out);
}

/* Hosts that are named. The last name is for the others where there are more. */
static uint32_t put_host(struct metrics *metrics, uint32_t rank)
{
	const struct findings *findings = metrics->findings;
	const char *name = rank < findings->top
			       ? table_text(&findings->tally->hosts, findings->hosts.id[rank])
			       : "other";
	char *label;
	size_t size;
	uint32_t id;
	FILE *out = open_memstream(&label, &size);
	put_label(out, "host", name);
	fclose(out);
	id = table_put_text(&metrics->hosts, label);
	free(label);
	return id;
}

static struct series *find_series(struct metrics *metrics, uint32_t host, const char *program)
{
	char *labels;
	size_t size;
	uint32_t id;
	FILE *out = open_memstream(&labels, &size);
	fprintf(out, "%s,", table_text(&metrics->hosts, metrics->host_label[host]));
	put_label(out, "program", program);
	fclose(out);
	id = table_put_text(&metrics->series, labels);
	free(labels);
	return table_value(&metrics->series, id);
}

/* --- counting --- */

static void count_hosts(struct metrics *metrics)
{
	const struct tally *tally = metrics->findings->tally;
	const struct list *hosts = &metrics->findings->hosts;
	metrics->host_label = must_clear(tally->hosts.count, sizeof(*metrics->host_label));
	for (uint32_t i = 0; i < hosts->total; i++) {
		const struct host *host = table_value(&tally->hosts, hosts->id[i]);
		uint32_t id = metrics->host_label[hosts->id[i]] = put_host(metrics, i);
		struct host_series *series = table_value(&metrics->hosts, id);
		series->suppressed += host->suppressed;
		series->discarded += host->discarded;
	}
}

static void count_program(struct metrics *metrics, uint32_t id, const char *name)
{
	const struct findings *findings = metrics->findings;
	const struct program *program = table_value(&findings->tally->programs, id);
	struct series *series = find_series(metrics, program->host, name);
	for (int cause = 0; cause < CAUSE_COUNT; cause++)
		for (int action = 0; action < ACTION_COUNT; action++)
			series->by_action[cause][action] += program->by_action[cause][action];
	series->averted += program->averted;
	series->connections += findings->ends[id].connections;
	series->lost += findings->ends[id].lost;
	series->runaways += program->runaways;
	series->processes += program->processes;
}

/* Those that are shown under their names, in the order of the list; then each host's others. */
static void count_programs(struct metrics *metrics)
{
	const struct findings *findings = metrics->findings;
	const struct tally *tally = findings->tally;
	bool *is_counted = must_clear(tally->programs.count, sizeof(*is_counted));
	bool *has_others = must_clear(tally->hosts.count, sizeof(*has_others));
	for (uint32_t i = 0; i < findings->programs.count; i++) {
		uint32_t id = findings->programs.id[i];
		const struct program *program = table_value(&tally->programs, id);
		count_program(metrics, id, table_text(&tally->names, program->name));
		is_counted[id] = true;
	}
	for (uint32_t id = 0; id < tally->programs.count; id++) {
		const struct program *program = table_value(&tally->programs, id);
		is_counted[id] |= !program->failures;
		has_others[program->host] |= !is_counted[id];
	}
	for (uint32_t i = 0; i < findings->hosts.count; i++)
		if (has_others[findings->hosts.id[i]])
			find_series(metrics, findings->hosts.id[i], "other");
	for (uint32_t id = 0; id < tally->programs.count; id++)
		if (!is_counted[id])
			count_program(metrics, id, "other");
	free(is_counted);
	free(has_others);
}

static void count_silence(struct metrics *metrics, const struct connection *connection)
{
	const struct tally *tally = metrics->findings->tally;
	const struct program *program = table_value(&tally->programs, connection->program);
	struct host_series *series =
	    table_value(&metrics->hosts, metrics->host_label[program->host]);
	int bucket = 0;
	if (connection->silent_ms < 0)
		return;
	while (bucket < BUCKETS && connection->silent_ms > buckets_ms[bucket])
		bucket++;
	series->in_bucket[bucket]++;
	series->silent++;
	series->silent_ms += (uint64_t)connection->silent_ms;
}

static void count(struct metrics *metrics)
{
	const struct table *connections = &metrics->findings->tally->connections;
	count_hosts(metrics);
	count_programs(metrics);
	for (uint32_t i = 0; i < connections->count; i++)
		count_silence(metrics, table_value(connections, i));
}

/* --- printing --- */

static void head(const struct metrics *metrics, const char *name, const char *type,
		 const char *help)
{
	fprintf(metrics->out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void put_failures(const struct metrics *metrics)
{
	head(metrics, "bpguard_failures_total", "counter",
	     "Writes that failed with EPIPE, ECONNRESET or ETIMEDOUT.");
	for (uint32_t i = 0; i < metrics->series.count; i++) {
		const struct series *series = table_value(&metrics->series, i);
		for (int cause = 0; cause < CAUSE_COUNT; cause++)
			for (int action = 0; action < ACTION_COUNT; action++)
				if (series->by_action[cause][action])
					fprintf(metrics->out,
						"bpguard_failures_total{%s,cause=\"%s\","
						"action=\"%s\"} %" PRIu64 "\n",
						table_text(&metrics->series, i),
						cause_name((enum record_cause)cause),
						action_name((enum record_action)action),
						series->by_action[cause][action]);
	}
}

/* A counter of those in struct `table`'s values that lies `offset` within. */
static void put_counter(const struct metrics *metrics, const struct table *table, size_t offset,
			const char *name, const char *help)
{
	head(metrics, name, "counter", help);
	for (uint32_t i = 0; i < table->count; i++) {
		uint64_t value;
		memcpy(&value, (char *)table_value(table, i) + offset, sizeof(value));
		fprintf(metrics->out, "%s{%s} %" PRIu64 "\n", name, table_text(table, i), value);
	}
}

static void put_counters(const struct metrics *metrics)
{
	const struct table *series = &metrics->series, *hosts = &metrics->hosts;
	put_counter(metrics, series, offsetof(struct series, averted),
		    "bpguard_averted_deaths_total",
		    "Failed writes that would have ended the process by SIGPIPE.");
	put_counter(metrics, series, offsetof(struct series, connections),
		    "bpguard_broken_connections_total", "Connections and pipes that broke.");
	put_counter(metrics, series, offsetof(struct series, lost), "bpguard_lost_bytes_total",
		    "Bytes written that the peer never acknowledged.");
	put_counter(metrics, series, offsetof(struct series, runaways), "bpguard_runaways_total",
		    "Records of many failures in a row on one connection or pipe.");
	put_counter(metrics, series, offsetof(struct series, processes),
		    "bpguard_recorded_processes_total", "Processes that left a record.");
	put_counter(metrics, hosts, offsetof(struct host_series, suppressed),
		    "bpguard_suppressed_records_total",
		    "Records that writers held back or could not write.");
	put_counter(metrics, hosts, offsetof(struct host_series, discarded),
		    "bpguard_discarded_events_total", "Events that the tracer dropped.");
}

static void put_histogram(const struct metrics *metrics)
{
	static const char name[] = "bpguard_peer_silence_seconds";
	head(metrics, name, "histogram",
	     "How long peers had sent nothing when they closed the connection.");
	for (uint32_t i = 0; i < metrics->hosts.count; i++) {
		const struct host_series *series = table_value(&metrics->hosts, i);
		const char *labels = table_text(&metrics->hosts, i);
		uint64_t sum = 0;
		for (int bucket = 0; bucket < BUCKETS; bucket++) {
			sum += series->in_bucket[bucket];
			fprintf(metrics->out, "%s_bucket{%s,le=\"%g\"} %" PRIu64 "\n", name, labels,
				buckets_ms[bucket] / 1000.0, sum);
		}
		fprintf(metrics->out,
			"%s_bucket{%s,le=\"+Inf\"} %" PRIu64 "\n%s_sum{%s} %" PRIu64 ".%03d\n"
			"%s_count{%s} %" PRIu64 "\n",
			name, labels, series->silent, name, labels, series->silent_ms / 1000,
			(int)(series->silent_ms % 1000), name, labels, series->silent);
	}
}

static void put_gauges(const struct metrics *metrics)
{
	const struct tally *tally = metrics->findings->tally;
	head(metrics, "bpguard_report_complete", "gauge",
	     "1 where every recording could be read to its end, else 0.");
	fprintf(metrics->out, "bpguard_report_complete %d\n", tally->problems.count == 0);
	if (!tally->records)
		return;
	head(metrics, "bpguard_last_record_timestamp_seconds", "gauge",
	     "When the last record was made, in seconds since 1970.");
	fprintf(metrics->out, "bpguard_last_record_timestamp_seconds %" PRId64 ".%03d\n",
		tally->last_ns / 1000000000, (int)(tally->last_ns / 1000000 % 1000));
}

void prometheus_print(FILE *out, const struct findings *findings, const struct style *style)
{
	struct metrics metrics = {.out = out,
				  .findings = findings,
				  .series = table_of(sizeof(struct series)),
				  .hosts = table_of(sizeof(struct host_series))};
	(void)style;
	count(&metrics);
	put_failures(&metrics);
	put_counters(&metrics);
	put_histogram(&metrics);
	put_gauges(&metrics);
	table_free(&metrics.series);
	table_free(&metrics.hosts);
	free(metrics.host_label);
}
