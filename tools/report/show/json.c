/* The report for programs: bpguard-report(5) describes each member. */
#include <inttypes.h>
#include <string.h>

#include "count/address.h"
#include "show/format.h"
#include "show/shown.h"

struct json {
	FILE *out;
	int depth;
	bool began; /* something stands at this depth */
};

/* --- writing JSON --- */

static void put_string(FILE *out, const char *text)
{
	fputc('"', out);
	while (*text) {
		unsigned char c = (unsigned char)*text;
		size_t length = shown_sequence(text);
		if (c == '"' || c == '\\')
			fprintf(out, "\\%c", c);
		else if (c < 0x20 || c == 0x7f)
			fprintf(out, "\\u%04x", c);
		else if (length == 0) /* as a log has it: the character of the byte's number */
			fprintf(out, "%c%c", 0xc0 | c >> 6, 0x80 | (c & 0x3f));
		else
			fwrite(text, 1, length, out);
		text += length ? length : 1;
	}
	fputc('"', out);
}

/* A new line, and the member's name where it is in an object. */
static void item(struct json *json, const char *name)
{
	if (json->began)
		fputc(',', json->out);
	if (json->depth)
		fprintf(json->out, "\n%*s", json->depth * 2, "");
	json->began = true;
	if (name) {
		put_string(json->out, name);
		fputs(": ", json->out);
	}
}

static void open_group(struct json *json, const char *name, char bracket)
{
	item(json, name);
	fputc(bracket, json->out);
	json->depth++;
	json->began = false;
}

static void close_group(struct json *json, char bracket)
{
	json->depth--;
	if (json->began)
		fprintf(json->out, "\n%*s", json->depth * 2, "");
	fputc(bracket, json->out);
	json->began = true;
}

static void string(struct json *json, const char *name, const char *value)
{
	item(json, name);
	put_string(json->out, value);
}

/* What is not known is null. */
static void known_string(struct json *json, const char *name, const char *value)
{
	if (value && *value) {
		string(json, name, value);
		return;
	}
	item(json, name);
	fputs("null", json->out);
}

static void number(struct json *json, const char *name, uint64_t value)
{
	item(json, name);
	fprintf(json->out, "%" PRIu64, value);
}

static void known_number(struct json *json, const char *name, int64_t value)
{
	item(json, name);
	if (value < 0)
		fputs("null", json->out);
	else
		fprintf(json->out, "%" PRId64, value);
}

static void truth(struct json *json, const char *name, bool value)
{
	item(json, name);
	fputs(value ? "true" : "false", json->out);
}

static void moment(struct json *json, const char *name, int64_t ns)
{
	char text[SHOWN_TIME];
	shown_time(ns, 1, text);
	string(json, name, text);
}

/* --- parts --- */

static void open_list(struct json *json, const char *name, uint32_t total)
{
	open_group(json, name, '{');
	number(json, "total", total);
	open_group(json, "list", '[');
}

static void close_list(struct json *json)
{
	close_group(json, ']');
	close_group(json, '}');
}

static void put_problems(struct json *json, const struct tally *tally)
{
	truth(json, "complete", tally->problems.count == 0);
	open_group(json, "problems", '[');
	for (uint32_t i = 0; i < tally->problems.count; i++)
		string(json, NULL, table_text(&tally->problems, i));
	close_group(json, ']');
}

static void put_summary(struct json *json, const struct findings *findings)
{
	const struct tally *tally = findings->tally;
	open_group(json, "summary", '{');
	number(json, "failures", tally->failures);
	for (int i = EVENT_EPIPE; i <= EVENT_SETTING; i++)
		number(json, event_name((enum record_event)i), tally->by_event[i]);
	number(json, "connections", findings->connections);
	number(json, "pipes", findings->pipes);
	number(json, "averted", tally->averted);
	number(json, "killed", tally->killed);
	number(json, "lost", findings->lost);
	truth(json, "lost_at_most", findings->lost_at_most);
	number(json, "lossy_connections", findings->lossy);
	number(json, "unknown_peers", tally->unknown_peers);
	number(json, "suppressed", tally->suppressed);
	number(json, "discarded", tally->discarded);
	truth(json, "discarded_uncounted", tally->discarded_unknown);
	close_group(json, '}');
}

static void put_time(struct json *json, const struct findings *findings)
{
	const struct timeline *timeline = &findings->timeline;
	int64_t width = timeline_width_ns(timeline->width);
	open_group(json, "time", '{');
	if (findings->tally->records) {
		moment(json, "begin", findings->tally->first_ns);
		moment(json, "end", findings->tally->last_ns);
	}
	number(json, "step_ms", (uint64_t)(width / 1000000));
	open_group(json, "steps", '[');
	for (int i = 0; i < timeline->count; i++) {
		open_group(json, NULL, '{');
		moment(json, "begin", (timeline->first + i) * width);
		number(json, "failures", timeline->step[i]);
		close_group(json, '}');
	}
	close_group(json, ']');
	close_group(json, '}');
}

static void put_hosts(struct json *json, const struct findings *findings)
{
	open_list(json, "hosts", findings->hosts.total);
	for (uint32_t i = 0; i < findings->hosts.count; i++) {
		uint32_t id = findings->hosts.id[i];
		const struct host *host = table_value(&findings->tally->hosts, id);
		open_group(json, NULL, '{');
		known_string(json, "host", table_text(&findings->tally->hosts, id));
		number(json, "failures", host->failures);
		number(json, "averted", host->averted);
		number(json, "suppressed", host->suppressed);
		number(json, "discarded", host->discarded);
		open_group(json, "time", '{');
		if (host->records) {
			moment(json, "begin", host->first_ns);
			moment(json, "end", host->last_ns);
		}
		close_group(json, '}');
		close_group(json, '}');
	}
	close_list(json);
}

static void put_causes(struct json *json, const char *name, const uint64_t by_cause[CAUSE_COUNT])
{
	open_group(json, name, '{');
	for (int i = 0; i < CAUSE_COUNT; i++)
		if (by_cause[i])
			number(json, cause_name((enum record_cause)i), by_cause[i]);
	close_group(json, '}');
}

static const char *name_text(const struct findings *findings, uint32_t id)
{
	return id == NOBODY ? "" : table_text(&findings->tally->names, id);
}

static void put_program_name(struct json *json, const struct findings *findings, uint32_t id)
{
	const struct program *program = table_value(&findings->tally->programs, id);
	known_string(json, "program", name_text(findings, program->name));
	known_string(json, "host", table_text(&findings->tally->hosts, program->host));
}

static void put_programs(struct json *json, const struct findings *findings)
{
	open_list(json, "programs", findings->programs.total);
	for (uint32_t i = 0; i < findings->programs.count; i++) {
		uint32_t id = findings->programs.id[i];
		const struct program *program = table_value(&findings->tally->programs, id);
		open_group(json, NULL, '{');
		put_program_name(json, findings, id);
		known_string(json, "argv", name_text(findings, program->argv));
		number(json, "processes", program->processes);
		number(json, "failures", program->failures);
		number(json, "connections", findings->ends[id].connections);
		number(json, "averted", program->averted);
		number(json, "killed", program->killed);
		number(json, "lost", findings->ends[id].lost);
		number(json, "runaways", program->runaways);
		known_number(json, "longest_streak",
			     program->longest_streak ? program->longest_streak : -1);
		known_number(json, "fds_left", program->fds_left);
		put_causes(json, "causes", program->by_cause);
		close_group(json, '}');
	}
	close_list(json);
}

static void put_processes(struct json *json, const struct findings *findings)
{
	open_list(json, "processes", findings->processes.total);
	for (uint32_t i = 0; i < findings->processes.count; i++) {
		const struct process *process =
		    table_value(&findings->tally->processes, findings->processes.id[i]);
		open_group(json, NULL, '{');
		known_number(json, "pid", process->pid);
		put_program_name(json, findings, process->program);
		number(json, "failures", process->failures);
		number(json, "averted", process->averted);
		close_group(json, '}');
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
		open_group(json, NULL, '{');
		string(json, "address", text);
		number(json, "failures", peer->failures);
		number(json, "connections", peer->connections);
		close_group(json, '}');
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
		open_group(json, NULL, '{');
		string(json, "network", text);
		number(json, "addresses", network->addresses);
		number(json, "failures", network->failures);
		number(json, "connections", network->connections);
		close_group(json, '}');
	}
	close_list(json);
}

static void put_local_peers(struct json *json, const struct findings *findings)
{
	open_list(json, "unix_peers", findings->local_peers.total);
	for (uint32_t i = 0; i < findings->local_peers.count; i++) {
		uint32_t id = findings->local_peers.id[i];
		const struct peer_counts *peer = table_value(&findings->tally->local_peers, id);
		open_group(json, NULL, '{');
		string(json, "peer", table_text(&findings->tally->local_peers, id));
		number(json, "failures", peer->failures);
		number(json, "connections", peer->connections);
		close_group(json, '}');
	}
	close_list(json);
}

static void put_places(struct json *json, const struct findings *findings)
{
	open_list(json, "places", findings->spots.total);
	for (uint32_t i = 0; i < findings->spots.count; i++) {
		const struct spot *spot =
		    table_value(&findings->places.spots, findings->spots.id[i]);
		open_group(json, NULL, '{');
		known_string(json, "module", spot->module);
		known_number(json, "offset", *spot->module ? (int64_t)spot->offset : -1);
		known_string(json, "function", spot->function);
		known_string(json, "source", spot->source);
		known_string(json, "call", spot->call);
		put_program_name(json, findings, spot->program);
		number(json, "failures", spot->failures);
		known_number(json, "longest_streak",
			     spot->longest_streak ? spot->longest_streak : -1);
		put_causes(json, "causes", spot->by_cause);
		close_group(json, '}');
	}
	close_list(json);
}

static void put_clusters(struct json *json, const struct findings *findings)
{
	open_group(json, "clusters", '[');
	for (int i = 0; i < findings->cluster_count; i++) {
		const struct cluster *cluster = &findings->clusters[i];
		open_group(json, NULL, '{');
		known_number(json, "ms", cluster->median_ms);
		known_number(json, "least_ms", cluster->least_ms);
		known_number(json, "most_ms", cluster->most_ms);
		number(json, "connections", cluster->count);
		number(json, "addresses", findings_cluster_addresses(findings, cluster));
		known_string(json, "default_of", cluster->known ? cluster->known->whose : "");
		known_string(json, "source", cluster->known ? cluster->known->source : "");
		close_group(json, '}');
	}
	close_group(json, ']');
}

static void put_silence(struct json *json, const struct findings *findings)
{
	open_group(json, "silence", '{');
	number(json, "connections", findings->silence_count);
	open_group(json, "steps", '[');
	for (int i = 0; i < SILENCE_STEPS; i++) {
		open_group(json, NULL, '{');
		known_number(json, "from_ms", silence_step_ms(i));
		number(json, "connections", findings->silence_steps[i]);
		close_group(json, '}');
	}
	close_group(json, ']');
	put_clusters(json, findings);
	close_group(json, '}');
}

static void put_advice(struct json *json, const struct findings *findings)
{
	open_group(json, "advice", '[');
	for (int i = 0; i < findings->advice_count; i++) {
		open_group(json, NULL, '{');
		string(json, "kind", findings->advice[i].kind);
		string(json, "text", findings->advice[i].text);
		string(json, "evidence", findings->advice[i].evidence);
		close_group(json, '}');
	}
	close_group(json, ']');
}

void json_print(FILE *out, const struct findings *findings, const struct style *style)
{
	struct json json = {.out = out};
	(void)style;
	open_group(&json, NULL, '{');
	string(&json, "schema", "bpguard-report/1");
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
	put_places(&json, findings);
	put_silence(&json, findings);
	put_advice(&json, findings);
	close_group(&json, '}');
	fputc('\n', out);
}
