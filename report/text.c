/* The report for people: first the answer, then the evidence, last what to do. */
#include <inttypes.h>
#include <string.h>

#include "address.h"
#include "face.h"
#include "shown.h"
#include "words.h"

enum { BAR = 30, NAME = 60, COLUMN = 12 };

struct page {
	FILE *out;
	const struct findings *findings;
	const struct style *style;
};

/* --- forms --- */

static void colour(const struct page *page, const char *code)
{
	if (page->style->colour)
		fprintf(page->out, "\033[%sm", code);
}

static void heading(const struct page *page, const char *text, uint32_t shown, uint32_t total)
{
	char number[WORDS_NUMBER];
	fputc('\n', page->out);
	colour(page, "1");
	fputs(text, page->out);
	colour(page, "0");
	if (total > shown)
		fprintf(page->out, " (%" PRIu32 " of %s)", shown, words_number(total, number));
	fputc('\n', page->out);
}

static void bar(const struct page *page, uint64_t value, uint64_t most)
{
	int length = most ? (int)((double)value * BAR / (double)most + 0.5) : 0;
	if (!page->style->colour || !value)
		return;
	fputs("  ", page->out);
	colour(page, "36");
	for (int i = 0; i < (length ? length : 1); i++)
		fputs(page->style->utf8 ? "█" : "#", page->out);
	colour(page, "0");
}

static void cell(const struct page *page, uint64_t value)
{
	char text[WORDS_NUMBER];
	fprintf(page->out, "%*s", COLUMN, words_number(value, text));
}

static void columns(const struct page *page, const char *const *names)
{
	colour(page, "2");
	for (; names[1]; names++)
		fprintf(page->out, "%*s", COLUMN, *names);
	fprintf(page->out, "  %s", *names);
	colour(page, "0");
	fputc('\n', page->out);
}

static uint64_t most_of(const uint64_t *values, int count)
{
	uint64_t most = 0;
	for (int i = 0; i < count; i++)
		if (values[i] > most)
			most = values[i];
	return most;
}

/* --- the answer --- */

static void put_answer(const struct page *page)
{
	words_failures(page->out, page->findings);
	fputc('\n', page->out);
	if (page->findings->tally->failures) {
		words_lost(page->out, page->findings);
		fputc('\n', page->out);
	}
	if (page->findings->tally->records) {
		words_span(page->out, page->findings);
		fputc('\n', page->out);
	}
}

static void put_problems(const struct page *page)
{
	const struct table *problems = &page->findings->tally->problems;
	for (uint32_t i = 0; i < problems->count; i++) {
		colour(page, "31");
		fputs("PARTIAL: ", page->out);
		shown_text(page->out, table_text(problems, i), 500);
		colour(page, "0");
		fputc('\n', page->out);
	}
}

/* --- the evidence --- */

static void put_causes(const struct page *page)
{
	const struct tally *tally = page->findings->tally;
	uint64_t most = most_of(tally->by_cause, CAUSE_COUNT);
	enum cause order[CAUSE_COUNT] = {CAUSE_UNKNOWN};
	for (int i = 0; i < CAUSE_COUNT; i++) {
		int at = i;
		for (; at > 0 && tally->by_cause[order[at - 1]] < tally->by_cause[i]; at--)
			order[at] = order[at - 1];
		order[at] = (enum cause)i;
	}
	heading(page, "Causes", 0, 0);
	for (int i = 0; i < CAUSE_COUNT && tally->by_cause[order[i]]; i++) {
		uint64_t count = tally->by_cause[order[i]];
		cell(page, count);
		fprintf(page->out, page->style->colour ? "  %5.1f %%  %-16s" : "  %5.1f %%  %s",
			100 * (double)count / (double)tally->failures, cause_name(order[i]));
		bar(page, count, most);
		fputc('\n', page->out);
	}
}

static const char *host_name(const struct page *page, uint32_t id)
{
	const char *name = table_text(&page->findings->tally->hosts, id);
	return *name ? name : "(not known)";
}

static bool has_several_hosts(const struct page *page)
{
	return page->findings->hosts.total > 1;
}

static void put_hosts(const struct page *page)
{
	const struct list *hosts = &page->findings->hosts;
	if (!has_several_hosts(page))
		return;
	heading(page, "Hosts", hosts->count, hosts->total);
	columns(page, (const char *const[]){"failures", "averted", "suppressed", "discarded",
					    "host, from, to", NULL});
	for (uint32_t i = 0; i < hosts->count; i++) {
		const struct host *host = table_value(&page->findings->tally->hosts, hosts->id[i]);
		char begin[SHOWN_TIME], end[SHOWN_TIME];
		cell(page, host->failures);
		cell(page, host->averted);
		cell(page, host->suppressed);
		cell(page, host->discarded);
		fputs("  ", page->out);
		shown_text(page->out, host_name(page, hosts->id[i]), NAME);
		shown_time(host->first_ns, 0, begin);
		shown_time(host->last_ns, 0, end);
		if (host->records)
			fprintf(page->out, "  %s  %s", begin, end);
		fputc('\n', page->out);
	}
}

static void put_program(const struct page *page, uint32_t id)
{
	const struct tally *tally = page->findings->tally;
	const struct program *program = table_value(&tally->programs, id);
	if (has_several_hosts(page)) {
		shown_text(page->out, host_name(page, program->host), NAME);
		fputs(": ", page->out);
	}
	shown_text(page->out, table_text(&tally->names, program->name), 2 * NAME);
}

static void put_programs(const struct page *page)
{
	const struct findings *findings = page->findings;
	heading(page, "Programs", findings->programs.count, findings->programs.total);
	columns(page, (const char *const[]){"failures", "connections", "averted", "processes",
					    "program, for example", NULL});
	for (uint32_t i = 0; i < findings->programs.count; i++) {
		uint32_t id = findings->programs.id[i];
		const struct program *program = table_value(&findings->tally->programs, id);
		cell(page, program->failures);
		cell(page, findings->ends[id].connections);
		cell(page, program->averted);
		cell(page, program->processes);
		fputs("  ", page->out);
		put_program(page, id);
		if (program->argv != NOBODY) {
			colour(page, "2");
			fputs("  ", page->out);
			shown_text(page->out, table_text(&findings->tally->names, program->argv),
				   NAME);
			colour(page, "0");
		}
		fputc('\n', page->out);
	}
}

static void put_processes(const struct page *page)
{
	const struct list *processes = &page->findings->processes;
	if (processes->total < 2)
		return;
	heading(page, "Processes", processes->count, processes->total);
	columns(page, (const char *const[]){"failures", "averted", "pid", "program", NULL});
	for (uint32_t i = 0; i < processes->count; i++) {
		const struct process *process =
		    table_value(&page->findings->tally->processes, processes->id[i]);
		cell(page, process->failures);
		cell(page, process->averted);
		fprintf(page->out, "%*" PRId32 "  ", COLUMN, process->pid);
		put_program(page, process->program);
		fputc('\n', page->out);
	}
}

static void put_addresses(const struct page *page)
{
	const struct findings *findings = page->findings;
	const struct table *addresses = &findings->tally->addresses;
	if (!findings->addresses.total)
		return;
	heading(page, "Peers, by address", findings->addresses.count, findings->addresses.total);
	columns(page, (const char *const[]){"failures", "connections", "address", NULL});
	for (uint32_t i = 0; i < findings->addresses.count; i++) {
		const struct peer *peer = table_value(addresses, findings->addresses.id[i]);
		char text[ADDRESS_TEXT];
		size_t length;
		const char *bytes = table_key(addresses, findings->addresses.id[i], &length);
		address_format(bytes, length, 0, text);
		cell(page, peer->failures);
		cell(page, peer->connections);
		fprintf(page->out, "  %s\n", text);
	}
}

static void put_networks(const struct page *page)
{
	const struct findings *findings = page->findings;
	if (findings->addresses.total < 2)
		return;
	heading(page, "Peers, by network", findings->network_count, findings->network_total);
	columns(page,
		(const char *const[]){"failures", "connections", "addresses", "network", NULL});
	for (uint32_t i = 0; i < findings->network_count; i++) {
		const struct network *network = &findings->networks[i];
		char text[ADDRESS_TEXT];
		address_format(network->bytes, network->length, 1, text);
		cell(page, network->failures);
		cell(page, network->connections);
		cell(page, network->addresses);
		fprintf(page->out, "  %s\n", text);
	}
}

static void put_local_peers(const struct page *page)
{
	const struct findings *findings = page->findings;
	const struct table *peers = &findings->tally->local_peers;
	if (!findings->local_peers.total)
		return;
	heading(page, "Peers on UNIX sockets", findings->local_peers.count,
		findings->local_peers.total);
	columns(page, (const char *const[]){"failures", "connections", "peer", NULL});
	for (uint32_t i = 0; i < findings->local_peers.count; i++) {
		const struct peer *peer = table_value(peers, findings->local_peers.id[i]);
		cell(page, peer->failures);
		cell(page, peer->connections);
		fputs("  ", page->out);
		shown_text(page->out, table_text(peers, findings->local_peers.id[i]), NAME);
		fputc('\n', page->out);
	}
}

static void put_spot(const struct page *page, const struct spot *spot)
{
	if (spot->function) {
		shown_text(page->out, spot->function, NAME);
		fputs("()  ", page->out);
	}
	if (spot->source) {
		shown_text(page->out, spot->source, 2 * NAME);
		fputs("  ", page->out);
	}
	if (*spot->module) {
		shown_text(page->out, spot->module, 2 * NAME);
		fprintf(page->out, "+0x%" PRIx64, spot->offset);
	} else {
		fputs(strcmp(spot->call, "libc") == 0 ? "inside libc (stdio): caller not known"
						      : "not known",
		      page->out);
	}
}

static void put_places(const struct page *page)
{
	const struct findings *findings = page->findings;
	heading(page, "Places in the code", findings->spots.count, findings->spots.total);
	columns(page, (const char *const[]){"failures", "call", "place", NULL});
	for (uint32_t i = 0; i < findings->spots.count; i++) {
		const struct spot *spot =
		    table_value(&findings->places.spots, findings->spots.id[i]);
		cell(page, spot->failures);
		fprintf(page->out, "%*s",
			strlen(spot->call) < COLUMN ? COLUMN - (int)strlen(spot->call) : 0, "");
		shown_text(page->out, spot->call, NAME);
		fputs("  ", page->out);
		put_spot(page, spot);
		fputc('\n', page->out);
	}
}

static void put_cluster(const struct page *page, const struct cluster *cluster)
{
	fputs("  ", page->out);
	colour(page, "33");
	words_cluster(page->out, cluster);
	colour(page, "0");
	fputc(' ', page->out);
	words_default(page->out, cluster);
	fputc('\n', page->out);
}

static void put_silence(const struct page *page)
{
	const struct findings *findings = page->findings;
	uint64_t most = most_of(findings->silence_steps, SILENCE_STEPS);
	int first = 0, last = SILENCE_STEPS - 1;
	if (!findings->silence_count)
		return;
	while (!findings->silence_steps[first])
		first++;
	while (!findings->silence_steps[last])
		last--;
	heading(page, "How long peers had been silent before they closed", 0, 0);
	fputs("  Silent means that the peer sent nothing: it may have been receiving all the time. "
	      "Downloads\n  scatter, timeouts do not.\n",
	      page->out);
	for (int i = first; i <= last; i++) {
		cell(page, findings->silence_steps[i]);
		fputs("  from ", page->out);
		words_ms(page->out, silence_step_ms(i));
		if (page->style->colour)
			fputc('\t', page->out);
		bar(page, findings->silence_steps[i], most);
		fputc('\n', page->out);
	}
	for (int i = 0; i < findings->cluster_count; i++)
		put_cluster(page, &findings->clusters[i]);
}

static void put_timeline(const struct page *page)
{
	const struct timeline *timeline = &page->findings->timeline;
	int64_t width = timeline_width_ns(timeline->width);
	uint64_t most = most_of(timeline->step, timeline->count);
	heading(page, "Time line", 0, 0);
	for (int i = 0; i < timeline->count; i++) {
		char begin[SHOWN_TIME];
		shown_time((timeline->first + i) * width, width < 1000000000, begin);
		cell(page, timeline->step[i]);
		fprintf(page->out, "  from %s", begin);
		bar(page, timeline->step[i], most);
		fputc('\n', page->out);
	}
}

/* --- what to do --- */

/* Words, a line's end in place of a blank where the line would be too long. */
static void put_wrapped(FILE *out, const char *text, int indent)
{
	int column = indent;
	while (*text) {
		int length = (int)strcspn(text, " ");
		char word[4096];
		snprintf(word, sizeof(word), "%.*s", length, text);
		if (column > indent && column + length > 98) {
			fprintf(out, "\n%*s", indent, "");
			column = indent;
		} else if (column > indent) {
			fputc(' ', out);
		}
		column += shown_text(out, word, (int)sizeof(word)) + 1;
		text += length;
		text += strspn(text, " ");
	}
	fputc('\n', out);
}

static void put_advice(const struct page *page)
{
	const struct findings *findings = page->findings;
	if (!findings->advice_count)
		return;
	heading(page, "What to do", 0, 0);
	for (int i = 0; i < findings->advice_count; i++) {
		const struct advice *advice = &findings->advice[i];
		fputs("  - ", page->out);
		put_wrapped(page->out, advice->text, 4);
		fputs("    Evidence: ", page->out);
		put_wrapped(page->out, advice->evidence, 14);
	}
}

void text_print(FILE *out, const struct findings *findings, const struct style *style)
{
	const struct page page = {out, findings, style};
	put_answer(&page);
	put_problems(&page);
	put_hosts(&page);
	if (findings->tally->failures) {
		put_causes(&page);
		put_programs(&page);
		put_processes(&page);
		put_addresses(&page);
		put_networks(&page);
		put_local_peers(&page);
		put_places(&page);
		put_silence(&page);
		put_timeline(&page);
	}
	put_advice(&page);
}
