/* The report for programs: bpguard-report(5) describes each member. */
#include <stddef.h>

#include "count/address.h"
#include "show/format.h"
#include "show/json_writer.h"

static void open_list(struct json *json, const char *name, uint32_t total)
{
	json_open(json, name, '{');
	json_number(json, "total", total);
	json_open(json, "list", '[');
}

static void close_list(struct json *json)
{
	json_close(json, ']');
	json_close(json, '}');
}

static void put_problems(struct json *json, const struct tally *tally)
{
	json_truth(json, "complete", tally->problems.count == 0);
	json_open(json, "problems", '[');
	for (uint32_t i = 0; i < tally->problems.count; i++)
		json_string(json, NULL, table_text(&tally->problems, i));
	json_close(json, ']');
}

static void put_summary(struct json *json, const struct findings *findings)
{
	const struct tally *tally = findings->tally;
	json_open(json, "summary", '{');
	json_number(json, "failures", tally->failures);
	for (int i = EVENT_EPIPE; i <= EVENT_SETTING; i++)
		json_number(json, event_name((enum record_event)i), tally->by_event[i]);
	json_number(json, "connections", findings->connections);
	json_number(json, "pipes", findings->pipes);
	json_number(json, "averted", tally->averted);
	json_number(json, "killed", tally->killed);
	json_number(json, "lost", findings->lost);
	json_truth(json, "lost_at_most", findings->lost_at_most);
	json_number(json, "lossy_connections", findings->lossy);
	json_number(json, "unknown_peers", tally->unknown_peers);
	json_number(json, "suppressed", tally->suppressed);
	json_number(json, "discarded", tally->discarded);
	json_truth(json, "discarded_uncounted", tally->discarded_unknown);
	json_close(json, '}');
}

static void put_time(struct json *json, const struct findings *findings)
{
	const struct timeline *timeline = &findings->timeline;
	int64_t width = timeline_width_ns(timeline->width);
	json_open(json, "time", '{');
	if (findings->tally->records) {
		json_moment(json, "begin", findings->tally->first_ns);
		json_moment(json, "end", findings->tally->last_ns);
	}
	json_number(json, "step_ms", (uint64_t)(width / 1000000));
	json_open(json, "steps", '[');
	for (int i = 0; i < timeline->count; i++) {
		json_open(json, NULL, '{');
		json_moment(json, "begin", (timeline->first + i) * width);
		json_number(json, "failures", timeline->step[i]);
		json_close(json, '}');
	}
	json_close(json, ']');
	json_close(json, '}');
}

static void put_hosts(struct json *json, const struct findings *findings)
{
	open_list(json, "hosts", findings->hosts.total);
	for (uint32_t i = 0; i < findings->hosts.count; i++) {
		uint32_t id = findings->hosts.id[i];
		const struct host *host = table_value(&findings->tally->hosts, id);
		json_open(json, NULL, '{');
		json_known_string(json, "host", table_text(&findings->tally->hosts, id));
		json_number(json, "failures", host->failures);
		json_number(json, "averted", host->averted);
		json_number(json, "suppressed", host->suppressed);
		json_number(json, "discarded", host->discarded);
		json_open(json, "time", '{');
		if (host->records) {
			json_moment(json, "begin", host->first_ns);
			json_moment(json, "end", host->last_ns);
		}
		json_close(json, '}');
		json_close(json, '}');
	}
	close_list(json);
}

static void put_causes(struct json *json, const char *name, const uint64_t by_cause[CAUSE_COUNT])
{
	json_open(json, name, '{');
	for (int i = 0; i < CAUSE_COUNT; i++)
		if (by_cause[i])
			json_number(json, cause_name((enum record_cause)i), by_cause[i]);
	json_close(json, '}');
}

static const char *name_text(const struct findings *findings, uint32_t id)
{
	return id == NOBODY ? "" : table_text(&findings->tally->names, id);
}

static void put_program_name(struct json *json, const struct findings *findings, uint32_t id)
{
	const struct program *program = table_value(&findings->tally->programs, id);
	json_known_string(json, "program", name_text(findings, program->name));
	json_known_string(json, "host", table_text(&findings->tally->hosts, program->host));
}

static void put_programs(struct json *json, const struct findings *findings)
{
	open_list(json, "programs", findings->programs.total);
	for (uint32_t i = 0; i < findings->programs.count; i++) {
		uint32_t id = findings->programs.id[i];
		const struct program *program = table_value(&findings->tally->programs, id);
		json_open(json, NULL, '{');
		put_program_name(json, findings, id);
		json_known_string(json, "argv", name_text(findings, program->argv));
		json_number(json, "processes", program->processes);
		json_number(json, "failures", program->failures);
		json_number(json, "connections", findings->ends[id].connections);
		json_number(json, "averted", program->averted);
		json_number(json, "killed", program->killed);
		json_number(json, "lost", findings->ends[id].lost);
		json_number(json, "runaways", program->runaways);
		json_known_number(json, "longest_streak",
				  program->longest_streak ? program->longest_streak : -1);
		json_known_number(json, "fds_left", program->fds_left);
		put_causes(json, "causes", program->by_cause);
		json_close(json, '}');
	}
	close_list(json);
}

static void put_processes(struct json *json, const struct findings *findings)
{
	open_list(json, "processes", findings->processes.total);
	for (uint32_t i = 0; i < findings->processes.count; i++) {
		const struct process *process =
		    table_value(&findings->tally->processes, findings->processes.id[i]);
		json_open(json, NULL, '{');
		json_known_number(json, "pid", process->pid);
		put_program_name(json, findings, process->program);
		json_number(json, "failures", process->failures);
		json_number(json, "averted", process->averted);
		json_close(json, '}');
	}
	close_list(json);
}

static void put_addresses(struct json *json, const struct findings *findings)
{
	open_list(json, "addresses", findings->addresses.total);
	for (uint32_t i = 0; i < findings->addresses.count; i++) {
		uint32_t id = findings->addresses.id[i];
		const struct peer_counts *peer = table_value(&findings->tally->addresses, id);
		char text[ADDRESS_TEXT];
		size_t length;
		const char *bytes = table_key(&findings->tally->addresses, id, &length);
		address_format(bytes, length, 0, text);
		json_open(json, NULL, '{');
		json_string(json, "address", text);
		json_number(json, "failures", peer->failures);
		json_number(json, "connections", peer->connections);
		json_close(json, '}');
	}
	close_list(json);
}

static void put_networks(struct json *json, const struct findings *findings)
{
	open_list(json, "networks", findings->networks.total);
	for (uint32_t i = 0; i < findings->networks.count; i++) {
		const struct network *network = &findings->networks.network[i];
		char text[ADDRESS_TEXT];
		address_format(network->bytes, network->length, 1, text);
		json_open(json, NULL, '{');
		json_string(json, "network", text);
		json_number(json, "addresses", network->addresses);
		json_number(json, "failures", network->failures);
		json_number(json, "connections", network->connections);
		json_close(json, '}');
	}
	close_list(json);
}

static void put_local_peers(struct json *json, const struct findings *findings)
{
	open_list(json, "unix_peers", findings->local_peers.total);
	for (uint32_t i = 0; i < findings->local_peers.count; i++) {
		uint32_t id = findings->local_peers.id[i];
		const struct peer_counts *peer = table_value(&findings->tally->local_peers, id);
		json_open(json, NULL, '{');
		json_string(json, "peer", table_text(&findings->tally->local_peers, id));
		json_number(json, "failures", peer->failures);
		json_number(json, "connections", peer->connections);
		json_close(json, '}');
	}
	close_list(json);
}

static void put_deaths(struct json *json, const struct findings *findings)
{
	const struct deaths *deaths = &findings->deaths;
	open_list(json, "dead_children", deaths->count);
	for (uint32_t i = 0; i < deaths->count && i < findings->top; i++) {
		const struct dead *dead = &deaths->dead[i];
		json_open(json, NULL, '{');
		put_program_name(json, findings, dead->program);
		json_string(json, "status", name_text(findings, dead->status));
		json_truth(json, "was_reader", dead->was_reader);
		json_number(json, "children", dead->children);
		json_number(json, "failures", dead->failures);
		json_close(json, '}');
	}
	close_list(json);
}

static void put_places(struct json *json, const struct findings *findings)
{
	open_list(json, "places", findings->spots.total);
	for (uint32_t i = 0; i < findings->spots.count; i++) {
		const struct spot *spot =
		    table_value(&findings->places.spots, findings->spots.id[i]);
		json_open(json, NULL, '{');
		json_known_string(json, "module", spot->module);
		json_known_number(json, "offset", *spot->module ? (int64_t)spot->offset : -1);
		json_known_string(json, "function", spot->function);
		json_known_string(json, "source", spot->source);
		json_known_string(json, "call", spot->call);
		put_program_name(json, findings, spot->program);
		json_number(json, "failures", spot->failures);
		json_known_number(json, "longest_streak",
				  spot->longest_streak ? spot->longest_streak : -1);
		put_causes(json, "causes", spot->by_cause);
		json_close(json, '}');
	}
	close_list(json);
}

static void put_clusters(struct json *json, const struct findings *findings)
{
	json_open(json, "clusters", '[');
	for (int i = 0; i < findings->cluster_count; i++) {
		const struct cluster *cluster = &findings->clusters[i];
		json_open(json, NULL, '{');
		json_known_number(json, "ms", cluster->median_ms);
		json_known_number(json, "least_ms", cluster->least_ms);
		json_known_number(json, "most_ms", cluster->most_ms);
		json_number(json, "connections", cluster->count);
		json_number(json, "addresses", findings_cluster_addresses(findings, cluster));
		json_known_string(json, "default_of", cluster->known ? cluster->known->whose : "");
		json_known_string(json, "source", cluster->known ? cluster->known->source : "");
		json_close(json, '}');
	}
	json_close(json, ']');
}

static void put_silence(struct json *json, const struct findings *findings)
{
	json_open(json, "silence", '{');
	json_number(json, "connections", findings->silence_count);
	json_open(json, "steps", '[');
	for (int i = 0; i < SILENCE_STEPS; i++) {
		json_open(json, NULL, '{');
		json_known_number(json, "from_ms", silence_step_ms(i));
		json_number(json, "connections", findings->silence_steps[i]);
		json_close(json, '}');
	}
	json_close(json, ']');
	put_clusters(json, findings);
	json_close(json, '}');
}

static void put_advice(struct json *json, const struct findings *findings)
{
	json_open(json, "advice", '[');
	for (int i = 0; i < findings->advice_count; i++) {
		json_open(json, NULL, '{');
		json_string(json, "kind", findings->advice[i].kind);
		json_string(json, "text", findings->advice[i].text);
		json_string(json, "evidence", findings->advice[i].evidence);
		json_close(json, '}');
	}
	json_close(json, ']');
}

void json_print(FILE *out, const struct findings *findings, const struct style *style)
{
	struct json json = {.out = out};
	(void)style;
	json_open(&json, NULL, '{');
	json_string(&json, "schema", "bpguard-report/1");
	put_problems(&json, findings->tally);
	put_summary(&json, findings);
	put_time(&json, findings);
	put_hosts(&json, findings);
	put_causes(&json, "causes", findings->tally->by_cause);
	put_programs(&json, findings);
	put_processes(&json, findings);
	put_addresses(&json, findings);
	put_networks(&json, findings);
	put_local_peers(&json, findings);
	put_deaths(&json, findings);
	put_places(&json, findings);
	put_silence(&json, findings);
	put_advice(&json, findings);
	json_close(&json, '}');
	fputc('\n', out);
}
