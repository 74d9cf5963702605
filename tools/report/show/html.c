/* The report for a browser: one file, which needs no network and may use none. */
#include <inttypes.h>
#include <string.h>

#include "count/address.h"
#include "find/links.h"
#include "show/figures.h"
#include "show/format.h"
#include "show/markup.h"
#include "show/page.h"
#include "show/shown.h"
#include "show/words.h"

enum { LONGEST = 4096 }; /* characters of a string from outside */

struct html {
	FILE *out;
	const struct findings *findings;
};

/* --- text --- */

/* Apart from what surrounds it, in whatever direction it is written. */
static void put_outside(const struct html *page, const char *text)
{
	fputs("<bdi>", page->out);
	markup_text(page->out, text, LONGEST);
	fputs("</bdi>", page->out);
}

static const char *name_text(const struct html *page, uint32_t id)
{
	return id == NOBODY ? "" : table_text(&page->findings->tally->names, id);
}

static bool has_several_hosts(const struct html *page)
{
	return page->findings->hosts.total > 1;
}

static void put_host(const struct html *page, uint32_t id)
{
	const char *name = table_text(&page->findings->tally->hosts, id);
	if (*name)
		put_outside(page, name);
	else
		fputs("(not known)", page->out);
}

static void put_program(const struct html *page, uint32_t id)
{
	const struct program *program = table_value(&page->findings->tally->programs, id);
	if (has_several_hosts(page)) {
		put_host(page, program->host);
		fputs(": ", page->out);
	}
	put_outside(page, name_text(page, program->name));
}

static void put_address(const struct html *page, uint32_t id)
{
	char text[ADDRESS_TEXT];
	size_t length;
	const char *bytes = table_key(&page->findings->tally->addresses, id, &length);
	address_format(bytes, length, 0, text);
	put_outside(page, text);
}

/* A swatch of the plot's colour, and the name. */
static void put_cause(const struct html *page, int cause)
{
	fprintf(page->out, "<span class=\"named\"><span class=\"cause cause-%d\"></span> %s</span>",
		cause, cause_name((enum record_cause)cause));
}

/* "peer-closed 3, peer-reset 1" */
static void put_causes(const struct html *page, const uint64_t by_cause[CAUSE_COUNT])
{
	const char *before = "";
	for (int i = 0; i < CAUSE_COUNT; i++) {
		char number[WORDS_NUMBER];
		if (!by_cause[i])
			continue;
		fprintf(page->out, "%s%s&nbsp;%s", before, cause_name((enum record_cause)i),
			words_number(by_cause[i], number));
		before = ", ";
	}
}

/* --- tables --- */

/* `key` is what page.js filters by, "number" for what it sorts as one, or "". */
struct column {
	const char *name, *key;
};

static void put_head(const struct html *page, const struct column *columns)
{
	fputs("<thead><tr>", page->out);
	for (; columns->name; columns++)
		fprintf(page->out, "<th scope=\"col\" data-key=\"%s\">%s</th>", columns->key,
			columns->name);
	fputs("</tr></thead>\n<tbody>\n", page->out);
}

static void open_table(const struct html *page, const char *id, const char *heading, uint32_t shown,
		       uint32_t total, const struct column *columns)
{
	char number[WORDS_NUMBER], of[WORDS_NUMBER];
	fprintf(page->out, "<section aria-labelledby=\"%s\">\n<h2 id=\"%s\">%s</h2>\n", id, id,
		heading);
	if (total > shown)
		fprintf(page->out,
			"<p class=\"note\">The first %s of %s; %s more are left out (--top shows "
			"more).</p>\n",
			words_number(shown, number), words_number(total, of),
			words_number(total - shown, (char[WORDS_NUMBER]){0}));
	fprintf(page->out,
		"<div class=\"wide\" role=\"region\" tabindex=\"0\" aria-labelledby=\"%s\">\n"
		"<table>\n",
		id);
	put_head(page, columns);
}

static void close_table(const struct html *page)
{
	fputs("</tbody>\n</table>\n</div>\n</section>\n", page->out);
}

static void row(const struct html *page)
{
	fputs("<tr>", page->out);
}

static void end_row(const struct html *page)
{
	fputs("</tr>\n", page->out);
}

static void cell(const struct html *page)
{
	fputs("<td>", page->out);
}

static void end_cell(const struct html *page)
{
	fputs("</td>", page->out);
}

static void number(const struct html *page, uint64_t value)
{
	char text[WORDS_NUMBER];
	fprintf(page->out, "<td data-value=\"%" PRIu64 "\">%s</td>", value,
		words_number(value, text));
}

static void bytes(const struct html *page, uint64_t value, bool at_most)
{
	fprintf(page->out, "<td data-value=\"%" PRIu64 "\">%s", value,
		at_most && value ? "≤ " : "");
	words_bytes(page->out, value);
	end_cell(page);
}

static void moment(const struct html *page, int64_t ns, bool with_fraction)
{
	char text[SHOWN_TIME];
	shown_time(ns, with_fraction, text);
	fprintf(page->out, "<td><time datetime=\"%s\">%s</time></td>", text, text);
}

static void program_cell(const struct html *page, uint32_t id)
{
	cell(page);
	put_program(page, id);
	end_cell(page);
}

static void causes_cell(const struct html *page, const uint64_t by_cause[CAUSE_COUNT])
{
	cell(page);
	put_causes(page, by_cause);
	end_cell(page);
}

/* --- the answer --- */

static void put_answer(const struct html *page)
{
	const struct tally *tally = page->findings->tally;
	fputs("<header>\n<h1>bpguard report</h1>\n<p class=\"answer\">", page->out);
	words_failures(page->out, page->findings);
	if (tally->failures) {
		fputs("</p>\n<p>", page->out);
		words_lost(page->out, page->findings);
	}
	if (tally->records) {
		fputs("</p>\n<p>", page->out);
		words_span(page->out, page->findings);
	}
	fputs("</p>\n</header>\n", page->out);
}

static void put_problems(const struct html *page)
{
	const struct table *problems = &page->findings->tally->problems;
	if (!problems->count)
		return;
	fputs("<section class=\"problems\" aria-labelledby=\"problems\">\n"
	      "<h2 id=\"problems\">This report is partial</h2>\n<ul>\n",
	      page->out);
	for (uint32_t i = 0; i < problems->count; i++) {
		fputs("<li>", page->out);
		put_outside(page, table_text(problems, i));
		fputs("</li>\n", page->out);
	}
	fputs("</ul>\n</section>\n", page->out);
}

static void put_advice(const struct html *page)
{
	const struct findings *findings = page->findings;
	if (!findings->advice_count)
		return;
	fputs("<section aria-labelledby=\"todo\">\n<h2 id=\"todo\">What to do</h2>\n"
	      "<ul class=\"advice\">\n",
	      page->out);
	for (int i = 0; i < findings->advice_count; i++) {
		fputs("<li><p>", page->out);
		markup_text(page->out, findings->advice[i].text, LONGEST);
		fputs("</p>\n<p class=\"note\">Evidence: ", page->out);
		markup_text(page->out, findings->advice[i].evidence, LONGEST);
		fputs("</p></li>\n", page->out);
	}
	fputs("</ul>\n</section>\n", page->out);
}

/* --- the evidence --- */

static void put_causes_table(const struct html *page)
{
	static const struct column columns[] = {
	    {"Cause", "cause"}, {"Failures", "number"}, {"Share", "number"}, {0}};
	const struct tally *tally = page->findings->tally;
	open_table(page, "causes", "Causes", 0, 0, columns);
	for (int i = 0; i < CAUSE_COUNT; i++) {
		double share = 100 * (double)tally->by_cause[i] / (double)tally->failures;
		if (!tally->by_cause[i])
			continue;
		row(page);
		cell(page);
		put_cause(page, i);
		end_cell(page);
		number(page, tally->by_cause[i]);
		fprintf(page->out, "<td data-value=\"%.3f\">%.1f&nbsp;%%</td>", share, share);
		end_row(page);
	}
	close_table(page);
}

static void put_hosts(const struct html *page)
{
	static const struct column columns[] = {{"Host", ""},
						{"Failures", "number"},
						{"Averted", "number"},
						{"Suppressed", "number"},
						{"Discarded", "number"},
						{"From", ""},
						{"To", ""},
						{0}};
	const struct list *hosts = &page->findings->hosts;
	if (!has_several_hosts(page))
		return;
	open_table(page, "hosts", "Hosts", hosts->count, hosts->total, columns);
	for (uint32_t i = 0; i < hosts->count; i++) {
		const struct host *host = table_value(&page->findings->tally->hosts, hosts->id[i]);
		row(page);
		cell(page);
		put_host(page, hosts->id[i]);
		end_cell(page);
		number(page, host->failures);
		number(page, host->averted);
		number(page, host->suppressed);
		number(page, host->discarded);
		if (host->records) {
			moment(page, host->first_ns, false);
			moment(page, host->last_ns, false);
		} else {
			fputs("<td></td><td></td>", page->out);
		}
		end_row(page);
	}
	close_table(page);
}

static void peer_cell(const struct html *page, const struct link *link)
{
	cell(page);
	if (link->peer != NOBODY)
		put_address(page, link->peer);
	else if (link->local_peer != NOBODY)
		put_outside(page,
			    table_text(&page->findings->tally->local_peers, link->local_peer));
	else
		fputs(link->is_pipe ? "(a pipe)" : "(not known)", page->out);
	end_cell(page);
}

static void link_causes_cell(const struct html *page, const struct link *link)
{
	const char *before = "";
	cell(page);
	for (int i = 0; i < CAUSE_COUNT; i++) {
		if (!(link->causes & 1u << i))
			continue;
		fputs(before, page->out);
		put_cause(page, i);
		before = ", ";
	}
	end_cell(page);
}

static void silence_cell(const struct html *page, int32_t ms)
{
	if (ms < 0)
		fputs("<td data-value=\"-1\"></td>", page->out);
	else
		fprintf(page->out, "<td data-value=\"%" PRId32 "\">%.1f&nbsp;s</td>", ms,
			ms / 1000.0);
}

static void put_links(const struct html *page)
{
	static const struct column columns[] = {{"Program", "program"},
						{"Peer", "peer"},
						{"Cause", "cause"},
						{"Failures", "number"},
						{"Connections", "number"},
						{"Lost", "number"},
						{"Longest silence", "number"},
						{0}};
	struct links links = links_make(page->findings->tally, page->findings->top);
	open_table(page, "links", "Who broke with whom", links.count, links.total, columns);
	for (uint32_t i = 0; i < links.count; i++) {
		const struct link *link = &links.link[i];
		row(page);
		program_cell(page, link->program);
		peer_cell(page, link);
		link_causes_cell(page, link);
		number(page, link->failures);
		number(page, link->connections);
		bytes(page, link->lost, link->lost_at_most);
		silence_cell(page, link->silent_ms);
		end_row(page);
	}
	close_table(page);
	links_free(&links);
}

static void put_programs(const struct html *page)
{
	static const struct column columns[] = {{"Program", "program"},	   {"For example", ""},
						{"Causes", "cause"},	   {"Failures", "number"},
						{"Connections", "number"}, {"Averted", "number"},
						{"Killed", "number"},	   {"Lost", "number"},
						{"Processes", "number"},   {0}};
	const struct findings *findings = page->findings;
	open_table(page, "programs", "Programs", findings->programs.count, findings->programs.total,
		   columns);
	for (uint32_t i = 0; i < findings->programs.count; i++) {
		uint32_t id = findings->programs.id[i];
		const struct program *program = table_value(&findings->tally->programs, id);
		row(page);
		program_cell(page, id);
		cell(page);
		put_outside(page, name_text(page, program->argv));
		end_cell(page);
		causes_cell(page, program->by_cause);
		number(page, program->failures);
		number(page, findings->ends[id].connections);
		number(page, program->averted);
		number(page, program->killed);
		bytes(page, findings->ends[id].lost, false);
		number(page, program->processes);
		end_row(page);
	}
	close_table(page);
}

static void put_processes(const struct html *page)
{
	static const struct column columns[] = {{"Program", "program"},
						{"Process", "number"},
						{"Failures", "number"},
						{"Averted", "number"},
						{0}};
	const struct list *processes = &page->findings->processes;
	if (processes->total < 2)
		return;
	open_table(page, "processes", "Processes", processes->count, processes->total, columns);
	for (uint32_t i = 0; i < processes->count; i++) {
		const struct process *process =
		    table_value(&page->findings->tally->processes, processes->id[i]);
		row(page);
		program_cell(page, process->program);
		fprintf(page->out, "<td data-value=\"%" PRId32 "\">%" PRId32 "</td>", process->pid,
			process->pid);
		number(page, process->failures);
		number(page, process->averted);
		end_row(page);
	}
	close_table(page);
}

static void put_addresses(const struct html *page)
{
	static const struct column columns[] = {
	    {"Address", "peer"}, {"Failures", "number"}, {"Connections", "number"}, {0}};
	const struct list *addresses = &page->findings->addresses;
	if (!addresses->total)
		return;
	open_table(page, "addresses", "Peers, by address", addresses->count, addresses->total,
		   columns);
	for (uint32_t i = 0; i < addresses->count; i++) {
		const struct peer_counts *peer =
		    table_value(&page->findings->tally->addresses, addresses->id[i]);
		row(page);
		cell(page);
		put_address(page, addresses->id[i]);
		end_cell(page);
		number(page, peer->failures);
		number(page, peer->connections);
		end_row(page);
	}
	close_table(page);
}

static void put_networks(const struct html *page)
{
	static const struct column columns[] = {{"Network", "peer"},
						{"Failures", "number"},
						{"Connections", "number"},
						{"Addresses", "number"},
						{0}};
	const struct findings *findings = page->findings;
	if (findings->addresses.total < 2)
		return;
	open_table(page, "networks", "Peers, by network", findings->networks.count,
		   findings->networks.total, columns);
	for (uint32_t i = 0; i < findings->networks.count; i++) {
		const struct network *network = &findings->networks.network[i];
		char text[ADDRESS_TEXT];
		address_format(network->bytes, network->length, 1, text);
		row(page);
		fprintf(page->out, "<td>%s</td>", text);
		number(page, network->failures);
		number(page, network->connections);
		number(page, network->addresses);
		end_row(page);
	}
	close_table(page);
}

static void put_local_peers(const struct html *page)
{
	static const struct column columns[] = {
	    {"Peer", "peer"}, {"Failures", "number"}, {"Connections", "number"}, {0}};
	const struct list *peers = &page->findings->local_peers;
	if (!peers->total)
		return;
	open_table(page, "unix-peers", "Peers on UNIX sockets", peers->count, peers->total,
		   columns);
	for (uint32_t i = 0; i < peers->count; i++) {
		const struct table *names = &page->findings->tally->local_peers;
		const struct peer_counts *peer = table_value(names, peers->id[i]);
		row(page);
		cell(page);
		put_outside(page, table_text(names, peers->id[i]));
		end_cell(page);
		number(page, peer->failures);
		number(page, peer->connections);
		end_row(page);
	}
	close_table(page);
}

static void put_place(const struct html *page, const struct spot *spot)
{
	if (spot->function) {
		put_outside(page, spot->function);
		fputs("() ", page->out);
	}
	if (spot->source) {
		put_outside(page, spot->source);
		fputc(' ', page->out);
	}
	if (*spot->module) {
		put_outside(page, spot->module);
		fprintf(page->out, "+0x%" PRIx64, spot->offset);
	} else {
		fputs(strcmp(spot->call, "libc") == 0 ? "inside libc (stdio): caller not known"
						      : "not known",
		      page->out);
	}
}

static void put_places(const struct html *page)
{
	static const struct column columns[] = {{"Program", "program"},
						{"Place", ""},
						{"Call", ""},
						{"Causes", "cause"},
						{"Failures", "number"},
						{"Most in a row", "number"},
						{0}};
	const struct findings *findings = page->findings;
	open_table(page, "places", "Places in the code", findings->spots.count,
		   findings->spots.total, columns);
	for (uint32_t i = 0; i < findings->spots.count; i++) {
		const struct spot *spot =
		    table_value(&findings->places.spots, findings->spots.id[i]);
		row(page);
		program_cell(page, spot->program);
		cell(page);
		put_place(page, spot);
		end_cell(page);
		cell(page);
		put_outside(page, spot->call);
		end_cell(page);
		causes_cell(page, spot->by_cause);
		number(page, spot->failures);
		number(page, (uint64_t)spot->longest_streak);
		end_row(page);
	}
	close_table(page);
}

static void put_clusters(const struct html *page)
{
	const struct findings *findings = page->findings;
	for (int i = 0; i < findings->cluster_count; i++) {
		fputs("<p>", page->out);
		words_cluster(page->out, &findings->clusters[i]);
		fputc(' ', page->out);
		words_default(page->out, &findings->clusters[i]);
		fputs("</p>\n", page->out);
	}
}

static void put_silence(const struct html *page)
{
	static const struct column columns[] = {
	    {"Silent from", "number"}, {"Connections", "number"}, {0}};
	const struct findings *findings = page->findings;
	if (!findings->silence_count)
		return;
	open_table(page, "silence", "How long peers had been silent before they closed", 0, 0,
		   columns);
	for (int i = 0; i < SILENCE_STEPS; i++) {
		if (!findings->silence_steps[i])
			continue;
		row(page);
		fprintf(page->out, "<td data-value=\"%" PRId32 "\">", silence_step_ms(i));
		words_ms(page->out, silence_step_ms(i));
		end_cell(page);
		number(page, findings->silence_steps[i]);
		end_row(page);
	}
	fputs("</tbody>\n</table>\n</div>\n"
	      "<p class=\"note\">Silent means that the peer sent nothing: it may have been "
	      "receiving all the time. Downloads scatter, timeouts do not.</p>\n",
	      page->out);
	put_clusters(page);
	fputs("</section>\n", page->out);
}

static void put_lost(const struct html *page)
{
	static const struct column columns[] = {
	    {"Lost from", "number"}, {"Connections", "number"}, {0}};
	const struct findings *findings = page->findings;
	if (!findings->lossy)
		return;
	open_table(page, "lost", "How much connections lost", 0, 0, columns);
	for (int i = 0; i < LOST_STEPS; i++) {
		if (!findings->lost_steps[i])
			continue;
		row(page);
		bytes(page, findings_lost_step(i), false);
		number(page, findings->lost_steps[i]);
		end_row(page);
	}
	close_table(page);
}

static void put_timeline(const struct html *page)
{
	static const struct column columns[] = {{"From", ""}, {"Failures", "number"}, {0}};
	const struct timeline *timeline = &page->findings->timeline;
	int64_t width = timeline_width_ns(timeline->width);
	open_table(page, "timeline", "Time line", 0, 0, columns);
	for (int i = 0; i < timeline->count; i++) {
		row(page);
		moment(page, (timeline->first + i) * width, width < 1000000000);
		number(page, timeline->step[i]);
		end_row(page);
	}
	close_table(page);
}

/* --- the page --- */

/* Shown by page.js, without which it would do nothing. */
static void put_filters(const struct html *page)
{
	static const char *const keys[][2] = {
	    {"program", "Program"}, {"peer", "Peer"}, {"cause", "Cause"}};
	fputs("<form role=\"search\" id=\"filters\" hidden>\n<h2>Show only</h2>\n", page->out);
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		fprintf(page->out,
			"<label>%s <input type=\"search\" data-key=\"%s\" autocomplete=\"off\" "
			"spellcheck=\"false\"></label>\n",
			keys[i][1], keys[i][0]);
	fputs("<button type=\"reset\">All</button>\n"
	      "<p class=\"note\" role=\"status\" id=\"count\"></p>\n</form>\n",
	      page->out);
}

/* Nothing may be loaded from anywhere, and no other script or style may be in it. */
static void put_beginning(const struct html *page)
{
	fprintf(page->out,
		"<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
		"<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
		"img-src data:; style-src 'sha256-%s'; script-src 'sha256-%s'; base-uri 'none'; "
		"form-action 'none'\">\n"
		"<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
		"<meta name=\"color-scheme\" content=\"light dark\">\n"
		"<meta name=\"referrer\" content=\"no-referrer\">\n"
		"<link rel=\"icon\" href=\"data:,\">\n"
		"<title>bpguard report</title>\n<style>%s</style>\n</head>\n<body>\n",
		page_css_hash, page_js_hash, page_css);
}

static void put_end(const struct html *page)
{
	fprintf(page->out,
		"</main>\n<footer><p class=\"note\">Made by bpguard report %s. Times are UTC.</p>"
		"</footer>\n<script>%s</script>\n</body>\n</html>\n",
		BPGUARD_VERSION, page_js);
}

static void put_tables(const struct html *page)
{
	put_causes_table(page);
	put_links(page);
	put_programs(page);
	put_addresses(page);
	put_networks(page);
	put_local_peers(page);
	put_processes(page);
	put_places(page);
	put_silence(page);
	put_lost(page);
	put_timeline(page);
}

void html_print(FILE *out, const struct findings *findings, const struct style *style)
{
	const struct html page = {out, findings};
	(void)style;
	put_beginning(&page);
	put_answer(&page);
	fputs("<main>\n", out);
	put_problems(&page);
	put_advice(&page);
	figures_print(out, findings);
	if (findings->tally->failures)
		put_filters(&page);
	put_hosts(&page);
	if (findings->tally->failures)
		put_tables(&page);
	put_end(&page);
}
