#include "show/text_lists.h"

#include <inttypes.h>
#include <string.h>

#include "count/address.h"
#include "count/first.h"
#include "show/shown.h"
#include "show/words.h"

static int compare_causes(const void *left, const void *right, void *by_cause)
{
	uint64_t a = ((const uint64_t *)by_cause)[*(const enum record_cause *)left];
	uint64_t b = ((const uint64_t *)by_cause)[*(const enum record_cause *)right];
	return (a < b) - (a > b);
}

static void put_cause(const struct sheet *sheet, enum record_cause cause, uint64_t most)
{
	const struct tally *tally = sheet->findings->tally;
	uint64_t count = tally->by_cause[cause];
	text_cell(sheet, count);
	fprintf(sheet->out, sheet->style->colour ? "  %5.1f %%  %-16s" : "  %5.1f %%  %s",
		100 * (double)count / (double)tally->failures, cause_name(cause));
	text_bar(sheet, count, most);
	fputc('\n', sheet->out);
}

static void put_causes(const struct sheet *sheet)
{
	const uint64_t *by_cause = sheet->findings->tally->by_cause;
	enum record_cause order[CAUSE_COUNT];
	uint32_t count = 0;
	for (enum record_cause i = 0; i < CAUSE_COUNT; i++)
		if (by_cause[i])
			count = first_insert(order, count, CAUSE_COUNT, &i, sizeof(i),
					     compare_causes, (void *)(uintptr_t)by_cause);
	text_heading(sheet, "Causes", 0, 0);
	for (uint32_t i = 0; i < count; i++)
		put_cause(sheet, order[i], text_most(by_cause, CAUSE_COUNT));
}

static const char *host_name(const struct sheet *sheet, uint32_t id)
{
	const char *name = table_text(&sheet->findings->tally->hosts, id);
	return *name ? name : "(not known)";
}

static bool has_several_hosts(const struct sheet *sheet)
{
	return sheet->findings->hosts.total > 1;
}

void text_put_hosts(const struct sheet *sheet)
{
	const struct list *hosts = &sheet->findings->hosts;
	if (!has_several_hosts(sheet))
		return;
	text_heading(sheet, "Hosts", hosts->count, hosts->total);
	text_columns(sheet, (const char *const[]){"failures", "averted", "suppressed", "discarded",
						  "host, from, to", NULL});
	for (uint32_t i = 0; i < hosts->count; i++) {
		const struct host *host = table_value(&sheet->findings->tally->hosts, hosts->id[i]);
		char begin[SHOWN_TIME], end[SHOWN_TIME];
		text_cell(sheet, host->failures);
		text_cell(sheet, host->averted);
		text_cell(sheet, host->suppressed);
		text_cell(sheet, host->discarded);
		fputs("  ", sheet->out);
		shown_text(sheet->out, host_name(sheet, hosts->id[i]), TEXT_NAME);
		shown_time(host->first_ns, 0, begin);
		shown_time(host->last_ns, 0, end);
		if (host->records)
			fprintf(sheet->out, "  %s  %s", begin, end);
		fputc('\n', sheet->out);
	}
}

static void put_program(const struct sheet *sheet, uint32_t id)
{
	const struct tally *tally = sheet->findings->tally;
	const struct program *program = table_value(&tally->programs, id);
	if (has_several_hosts(sheet)) {
		shown_text(sheet->out, host_name(sheet, program->host), TEXT_NAME);
		fputs(": ", sheet->out);
	}
	shown_text(sheet->out, table_text(&tally->names, program->name), 2 * TEXT_NAME);
}

static void put_programs(const struct sheet *sheet)
{
	const struct findings *findings = sheet->findings;
	text_heading(sheet, "Programs", findings->programs.count, findings->programs.total);
	text_columns(sheet, (const char *const[]){"failures", "connections", "averted", "processes",
						  "program, for example", NULL});
	for (uint32_t i = 0; i < findings->programs.count; i++) {
		uint32_t id = findings->programs.id[i];
		const struct program *program = table_value(&findings->tally->programs, id);
		text_cell(sheet, program->failures);
		text_cell(sheet, findings->ends[id].connections);
		text_cell(sheet, program->averted);
		text_cell(sheet, program->processes);
		fputs("  ", sheet->out);
		put_program(sheet, id);
		if (program->argv != NOBODY) {
			text_colour(sheet, "2");
			fputs("  ", sheet->out);
			shown_text(sheet->out, table_text(&findings->tally->names, program->argv),
				   TEXT_NAME);
			text_colour(sheet, "0");
		}
		fputc('\n', sheet->out);
	}
}

static void put_processes(const struct sheet *sheet)
{
	const struct list *processes = &sheet->findings->processes;
	if (processes->total < 2)
		return;
	text_heading(sheet, "Processes", processes->count, processes->total);
	text_columns(sheet, (const char *const[]){"failures", "averted", "pid", "program", NULL});
	for (uint32_t i = 0; i < processes->count; i++) {
		const struct process *process =
		    table_value(&sheet->findings->tally->processes, processes->id[i]);
		text_cell(sheet, process->failures);
		text_cell(sheet, process->averted);
		fprintf(sheet->out, "%*" PRId32 "  ", TEXT_COLUMN, process->pid);
		put_program(sheet, process->program);
		fputc('\n', sheet->out);
	}
}

static void put_addresses(const struct sheet *sheet)
{
	const struct findings *findings = sheet->findings;
	const struct table *addresses = &findings->tally->addresses;
	if (!findings->addresses.total)
		return;
	text_heading(sheet, "Peers, by address", findings->addresses.count,
		     findings->addresses.total);
	text_columns(sheet, (const char *const[]){"failures", "connections", "address", NULL});
	for (uint32_t i = 0; i < findings->addresses.count; i++) {
		const struct peer_counts *peer = table_value(addresses, findings->addresses.id[i]);
		char text[ADDRESS_TEXT];
		size_t length;
		const char *bytes = table_key(addresses, findings->addresses.id[i], &length);
		address_format(bytes, length, 0, text);
		text_cell(sheet, peer->failures);
		text_cell(sheet, peer->connections);
		fprintf(sheet->out, "  %s\n", text);
	}
}

static void put_networks(const struct sheet *sheet)
{
	const struct findings *findings = sheet->findings;
	if (findings->addresses.total < 2)
		return;
	text_heading(sheet, "Peers, by network", findings->networks.count,
		     findings->networks.total);
	text_columns(
	    sheet, (const char *const[]){"failures", "connections", "addresses", "network", NULL});
	for (uint32_t i = 0; i < findings->networks.count; i++) {
		const struct network *network = &findings->networks.network[i];
		char text[ADDRESS_TEXT];
		address_format(network->bytes, network->length, 1, text);
		text_cell(sheet, network->failures);
		text_cell(sheet, network->connections);
		text_cell(sheet, network->addresses);
		fprintf(sheet->out, "  %s\n", text);
	}
}

static void put_local_peers(const struct sheet *sheet)
{
	const struct findings *findings = sheet->findings;
	const struct table *peers = &findings->tally->local_peers;
	if (!findings->local_peers.total)
		return;
	text_heading(sheet, "Peers on UNIX sockets", findings->local_peers.count,
		     findings->local_peers.total);
	text_columns(sheet, (const char *const[]){"failures", "connections", "peer", NULL});
	for (uint32_t i = 0; i < findings->local_peers.count; i++) {
		const struct peer_counts *peer = table_value(peers, findings->local_peers.id[i]);
		text_cell(sheet, peer->failures);
		text_cell(sheet, peer->connections);
		fputs("  ", sheet->out);
		shown_text(sheet->out, table_text(peers, findings->local_peers.id[i]), TEXT_NAME);
		fputc('\n', sheet->out);
	}
}

static void put_deaths(const struct sheet *sheet)
{
	const struct deaths *deaths = &sheet->findings->deaths;
	uint32_t count =
	    deaths->count < sheet->findings->top ? deaths->count : sheet->findings->top;
	if (!deaths->count)
		return;
	text_heading(sheet, "Children that had died, and failures on their pipes", count,
		     deaths->count);
	text_columns(sheet, (const char *const[]){"failures", "children", "end, of whom", NULL});
	for (uint32_t i = 0; i < count; i++) {
		const struct dead *dead = &deaths->dead[i];
		text_cell(sheet, dead->failures);
		text_cell(sheet, dead->children);
		fputs("  ", sheet->out);
		shown_text(sheet->out, table_text(&sheet->findings->tally->names, dead->status),
			   TEXT_NAME);
		fputs("  ", sheet->out);
		put_program(sheet, dead->program);
		fputc('\n', sheet->out);
	}
}

static void put_spot(const struct sheet *sheet, const struct spot *spot)
{
	if (spot->function) {
		shown_text(sheet->out, spot->function, TEXT_NAME);
		fputs("()  ", sheet->out);
	}
	if (spot->source) {
		shown_text(sheet->out, spot->source, 2 * TEXT_NAME);
		fputs("  ", sheet->out);
	}
	if (*spot->module) {
		shown_text(sheet->out, spot->module, 2 * TEXT_NAME);
		fprintf(sheet->out, "+0x%" PRIx64, spot->offset);
	} else {
		fputs(strcmp(spot->call, "libc") == 0 ? "inside libc (stdio): caller not known"
						      : "not known",
		      sheet->out);
	}
}

static void put_places(const struct sheet *sheet)
{
	const struct findings *findings = sheet->findings;
	text_heading(sheet, "Places in the code", findings->spots.count, findings->spots.total);
	text_columns(sheet, (const char *const[]){"failures", "call", "place", NULL});
	for (uint32_t i = 0; i < findings->spots.count; i++) {
		const struct spot *spot =
		    table_value(&findings->places.spots, findings->spots.id[i]);
		text_cell(sheet, spot->failures);
		fprintf(sheet->out, "%*s",
			strlen(spot->call) < TEXT_COLUMN ? TEXT_COLUMN - (int)strlen(spot->call)
							 : 0,
			"");
		shown_text(sheet->out, spot->call, TEXT_NAME);
		fputs("  ", sheet->out);
		put_spot(sheet, spot);
		fputc('\n', sheet->out);
	}
}

static void put_cluster(const struct sheet *sheet, const struct cluster *cluster)
{
	fputs("  ", sheet->out);
	text_colour(sheet, "33");
	words_cluster(sheet->out, cluster);
	text_colour(sheet, "0");
	fputc(' ', sheet->out);
	words_default(sheet->out, cluster);
	fputc('\n', sheet->out);
}

static void put_silence(const struct sheet *sheet)
{
	const struct findings *findings = sheet->findings;
	uint64_t most = text_most(findings->silence_steps, SILENCE_STEPS);
	int first = 0, last = SILENCE_STEPS - 1;
	if (!findings->silence_count)
		return;
	while (!findings->silence_steps[first])
		first++;
	while (!findings->silence_steps[last])
		last--;
	text_heading(sheet, "How long peers had been silent before they closed", 0, 0);
	fputs("  Silent means that the peer sent nothing: it may have been receiving all the time. "
	      "Downloads\n  scatter, timeouts do not.\n",
	      sheet->out);
	for (int i = first; i <= last; i++) {
		text_cell(sheet, findings->silence_steps[i]);
		fputs("  from ", sheet->out);
		words_ms(sheet->out, silence_step_ms(i));
		if (sheet->style->colour)
			fputc('\t', sheet->out);
		text_bar(sheet, findings->silence_steps[i], most);
		fputc('\n', sheet->out);
	}
	for (int i = 0; i < findings->cluster_count; i++)
		put_cluster(sheet, &findings->clusters[i]);
}

static void put_timeline(const struct sheet *sheet)
{
	const struct timeline *timeline = &sheet->findings->timeline;
	int64_t width = timeline_width_ns(timeline->width);
	uint64_t most = text_most(timeline->step, timeline->count);
	text_heading(sheet, "Time line", 0, 0);
	for (int i = 0; i < timeline->count; i++) {
		char begin[SHOWN_TIME];
		shown_time((timeline->first + i) * width, width < 1000000000, begin);
		text_cell(sheet, timeline->step[i]);
		fprintf(sheet->out, "  from %s", begin);
		text_bar(sheet, timeline->step[i], most);
		fputc('\n', sheet->out);
	}
}

void text_put_lists(const struct sheet *sheet)
{
	put_causes(sheet);
	put_programs(sheet);
	put_processes(sheet);
	put_addresses(sheet);
	put_networks(sheet);
	put_local_peers(sheet);
	put_deaths(sheet);
	put_places(sheet);
	put_silence(sheet);
	put_timeline(sheet);
}
