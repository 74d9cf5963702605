#include "show/html_lists.h"

#include <inttypes.h>
#include <string.h>

#include "count/address.h"
#include "find/links.h"
#include "show/words.h"

static void put_causes_table(const struct html *html)
{
	static const struct column columns[] = {
	    {"Cause", "cause"}, {"Failures", "number"}, {"Share", "number"}, {0}};
	const struct tally *tally = html->findings->tally;
	html_open_table(html, "causes", "Causes", 0, 0, columns);
	for (int i = 0; i < CAUSE_COUNT; i++) {
		double share = 100 * (double)tally->by_cause[i] / (double)tally->failures;
		if (!tally->by_cause[i])
			continue;
		html_row(html);
		html_cell(html);
		html_cause(html, i);
		html_end_cell(html);
		html_number(html, tally->by_cause[i]);
		fprintf(html->out, "<td data-value=\"%.3f\">%.1f&nbsp;%%</td>", share, share);
		html_end_row(html);
	}
	html_close_table(html);
}

void html_put_hosts(const struct html *html)
{
	static const struct column columns[] = {{"Host", ""},
						{"Failures", "number"},
						{"Averted", "number"},
						{"Suppressed", "number"},
						{"Discarded", "number"},
						{"From", ""},
						{"To", ""},
						{0}};
	const struct list *hosts = &html->findings->hosts;
	if (!html_has_hosts(html))
		return;
	html_open_table(html, "hosts", "Hosts", hosts->count, hosts->total, columns);
	for (uint32_t i = 0; i < hosts->count; i++) {
		const struct host *host = table_value(&html->findings->tally->hosts, hosts->id[i]);
		html_row(html);
		html_cell(html);
		html_host(html, hosts->id[i]);
		html_end_cell(html);
		html_number(html, host->failures);
		html_number(html, host->averted);
		html_number(html, host->suppressed);
		html_number(html, host->discarded);
		if (host->records) {
			html_moment(html, host->first_ns, false);
			html_moment(html, host->last_ns, false);
		} else {
			fputs("<td></td><td></td>", html->out);
		}
		html_end_row(html);
	}
	html_close_table(html);
}

static void peer_cell(const struct html *html, const struct link *link)
{
	html_cell(html);
	if (link->peer != NOBODY)
		html_address(html, link->peer);
	else if (link->local_peer != NOBODY)
		html_outside(html,
			     table_text(&html->findings->tally->local_peers, link->local_peer));
	else
		fputs(link->is_pipe ? "(a pipe)" : "(not known)", html->out);
	html_end_cell(html);
}

static void link_causes_cell(const struct html *html, const struct link *link)
{
	const char *before = "";
	html_cell(html);
	for (int i = 0; i < CAUSE_COUNT; i++) {
		if (!(link->causes & 1u << i))
			continue;
		fputs(before, html->out);
		html_cause(html, i);
		before = ", ";
	}
	html_end_cell(html);
}

static void silence_cell(const struct html *html, int32_t ms)
{
	if (ms < 0)
		fputs("<td data-value=\"-1\"></td>", html->out);
	else
		fprintf(html->out, "<td data-value=\"%" PRId32 "\">%.1f&nbsp;s</td>", ms,
			ms / 1000.0);
}

static void put_links(const struct html *html)
{
	static const struct column columns[] = {{"Program", "program"},
						{"Peer", "peer"},
						{"Cause", "cause"},
						{"Failures", "number"},
						{"Connections", "number"},
						{"Lost", "number"},
						{"Longest silence", "number"},
						{0}};
	struct links links = links_make(html->findings->tally, html->findings->top);
	html_open_table(html, "links", "Who broke with whom", links.count, links.total, columns);
	for (uint32_t i = 0; i < links.count; i++) {
		const struct link *link = &links.link[i];
		html_row(html);
		html_program_cell(html, link->program);
		peer_cell(html, link);
		link_causes_cell(html, link);
		html_number(html, link->failures);
		html_number(html, link->connections);
		html_bytes(html, link->lost, link->lost_at_most);
		silence_cell(html, link->silent_ms);
		html_end_row(html);
	}
	html_close_table(html);
	links_free(&links);
}

static void put_programs(const struct html *html)
{
	static const struct column columns[] = {{"Program", "program"},	   {"For example", ""},
						{"Causes", "cause"},	   {"Failures", "number"},
						{"Connections", "number"}, {"Averted", "number"},
						{"Killed", "number"},	   {"Lost", "number"},
						{"Processes", "number"},   {0}};
	const struct findings *findings = html->findings;
	html_open_table(html, "programs", "Programs", findings->programs.count,
			findings->programs.total, columns);
	for (uint32_t i = 0; i < findings->programs.count; i++) {
		uint32_t id = findings->programs.id[i];
		const struct program *program = table_value(&findings->tally->programs, id);
		html_row(html);
		html_program_cell(html, id);
		html_cell(html);
		html_outside(html, html_name(html, program->argv));
		html_end_cell(html);
		html_causes_cell(html, program->by_cause);
		html_number(html, program->failures);
		html_number(html, findings->ends[id].connections);
		html_number(html, program->averted);
		html_number(html, program->killed);
		html_bytes(html, findings->ends[id].lost, false);
		html_number(html, program->processes);
		html_end_row(html);
	}
	html_close_table(html);
}

static void put_processes(const struct html *html)
{
	static const struct column columns[] = {{"Program", "program"},
						{"Process", "number"},
						{"Failures", "number"},
						{"Averted", "number"},
						{0}};
	const struct list *processes = &html->findings->processes;
	if (processes->total < 2)
		return;
	html_open_table(html, "processes", "Processes", processes->count, processes->total,
			columns);
	for (uint32_t i = 0; i < processes->count; i++) {
		const struct process *process =
		    table_value(&html->findings->tally->processes, processes->id[i]);
		html_row(html);
		html_program_cell(html, process->program);
		fprintf(html->out, "<td data-value=\"%" PRId32 "\">%" PRId32 "</td>", process->pid,
			process->pid);
		html_number(html, process->failures);
		html_number(html, process->averted);
		html_end_row(html);
	}
	html_close_table(html);
}

static void put_addresses(const struct html *html)
{
	static const struct column columns[] = {
	    {"Address", "peer"}, {"Failures", "number"}, {"Connections", "number"}, {0}};
	const struct list *addresses = &html->findings->addresses;
	if (!addresses->total)
		return;
	html_open_table(html, "addresses", "Peers, by address", addresses->count, addresses->total,
			columns);
	for (uint32_t i = 0; i < addresses->count; i++) {
		const struct peer_counts *peer =
		    table_value(&html->findings->tally->addresses, addresses->id[i]);
		html_row(html);
		html_cell(html);
		html_address(html, addresses->id[i]);
		html_end_cell(html);
		html_number(html, peer->failures);
		html_number(html, peer->connections);
		html_end_row(html);
	}
	html_close_table(html);
}

static void put_networks(const struct html *html)
{
	static const struct column columns[] = {{"Network", "peer"},
						{"Failures", "number"},
						{"Connections", "number"},
						{"Addresses", "number"},
						{0}};
	const struct findings *findings = html->findings;
	if (findings->addresses.total < 2)
		return;
	html_open_table(html, "networks", "Peers, by network", findings->networks.count,
			findings->networks.total, columns);
	for (uint32_t i = 0; i < findings->networks.count; i++) {
		const struct network *network = &findings->networks.network[i];
		char text[ADDRESS_TEXT];
		address_format(network->bytes, network->length, 1, text);
		html_row(html);
		fprintf(html->out, "<td>%s</td>", text);
		html_number(html, network->failures);
		html_number(html, network->connections);
		html_number(html, network->addresses);
		html_end_row(html);
	}
	html_close_table(html);
}

static void put_local_peers(const struct html *html)
{
	static const struct column columns[] = {
	    {"Peer", "peer"}, {"Failures", "number"}, {"Connections", "number"}, {0}};
	const struct list *peers = &html->findings->local_peers;
	if (!peers->total)
		return;
	html_open_table(html, "unix-peers", "Peers on UNIX sockets", peers->count, peers->total,
			columns);
	for (uint32_t i = 0; i < peers->count; i++) {
		const struct table *names = &html->findings->tally->local_peers;
		const struct peer_counts *peer = table_value(names, peers->id[i]);
		html_row(html);
		html_cell(html);
		html_outside(html, table_text(names, peers->id[i]));
		html_end_cell(html);
		html_number(html, peer->failures);
		html_number(html, peer->connections);
		html_end_row(html);
	}
	html_close_table(html);
}

static void put_deaths(const struct html *html)
{
	static const struct column columns[] = {{"Program", "program"},
						{"End", ""},
						{"Failures", "number"},
						{"Children", "number"},
						{0}};
	const struct findings *findings = html->findings;
	const struct deaths *deaths = &findings->deaths;
	uint32_t count = deaths->count < findings->top ? deaths->count : findings->top;
	if (!deaths->count)
		return;
	html_open_table(html, "dead-children",
			"Children that had died, and failures on their pipes", count, deaths->count,
			columns);
	for (uint32_t i = 0; i < count; i++) {
		html_row(html);
		html_program_cell(html, deaths->dead[i].program);
		html_cell(html);
		html_outside(html, table_text(&findings->tally->names, deaths->dead[i].status));
		html_end_cell(html);
		html_number(html, deaths->dead[i].failures);
		html_number(html, deaths->dead[i].children);
		html_end_row(html);
	}
	html_close_table(html);
}

static void put_place(const struct html *html, const struct spot *spot)
{
	if (spot->function) {
		html_outside(html, spot->function);
		fputs("() ", html->out);
	}
	if (spot->source) {
		html_outside(html, spot->source);
		fputc(' ', html->out);
	}
	if (*spot->module) {
		html_outside(html, spot->module);
		fprintf(html->out, "+0x%" PRIx64, spot->offset);
	} else {
		fputs(strcmp(spot->call, "libc") == 0 ? "inside libc (stdio): caller not known"
						      : "not known",
		      html->out);
	}
}

static void put_places(const struct html *html)
{
	static const struct column columns[] = {{"Program", "program"},
						{"Place", ""},
						{"Call", ""},
						{"Causes", "cause"},
						{"Failures", "number"},
						{"Most in a row", "number"},
						{0}};
	const struct findings *findings = html->findings;
	html_open_table(html, "places", "Places in the code", findings->spots.count,
			findings->spots.total, columns);
	for (uint32_t i = 0; i < findings->spots.count; i++) {
		const struct spot *spot =
		    table_value(&findings->places.spots, findings->spots.id[i]);
		html_row(html);
		html_program_cell(html, spot->program);
		html_cell(html);
		put_place(html, spot);
		html_end_cell(html);
		html_cell(html);
		html_outside(html, spot->call);
		html_end_cell(html);
		html_causes_cell(html, spot->by_cause);
		html_number(html, spot->failures);
		html_number(html, (uint64_t)spot->longest_streak);
		html_end_row(html);
	}
	html_close_table(html);
}

static void put_clusters(const struct html *html)
{
	const struct findings *findings = html->findings;
	for (int i = 0; i < findings->cluster_count; i++) {
		fputs("<p>", html->out);
		words_cluster(html->out, &findings->clusters[i]);
		fputc(' ', html->out);
		words_default(html->out, &findings->clusters[i]);
		fputs("</p>\n", html->out);
	}
}

static void put_silence(const struct html *html)
{
	static const struct column columns[] = {
	    {"Silent from", "number"}, {"Connections", "number"}, {0}};
	const struct findings *findings = html->findings;
	if (!findings->silence_count)
		return;
	html_open_table(html, "silence", "How long peers had been silent before they closed", 0, 0,
			columns);
	for (int i = 0; i < SILENCE_STEPS; i++) {
		if (!findings->silence_steps[i])
			continue;
		html_row(html);
		fprintf(html->out, "<td data-value=\"%" PRId32 "\">", silence_step_ms(i));
		words_ms(html->out, silence_step_ms(i));
		html_end_cell(html);
		html_number(html, findings->silence_steps[i]);
		html_end_row(html);
	}
	fputs("</tbody>\n</table>\n</div>\n"
	      "<p class=\"note\">Silent means that the peer sent nothing: it may have been "
	      "receiving all the time. Downloads scatter, timeouts do not.</p>\n",
	      html->out);
	put_clusters(html);
	fputs("</section>\n", html->out);
}

static void put_lost(const struct html *html)
{
	static const struct column columns[] = {
	    {"Lost from", "number"}, {"Connections", "number"}, {0}};
	const struct findings *findings = html->findings;
	if (!findings->lossy)
		return;
	html_open_table(html, "lost", "How much connections lost", 0, 0, columns);
	for (int i = 0; i < LOST_STEPS; i++) {
		if (!findings->lost_steps[i])
			continue;
		html_row(html);
		html_bytes(html, findings_lost_step(i), false);
		html_number(html, findings->lost_steps[i]);
		html_end_row(html);
	}
	html_close_table(html);
}

static void put_timeline(const struct html *html)
{
	static const struct column columns[] = {{"From", ""}, {"Failures", "number"}, {0}};
	const struct timeline *timeline = &html->findings->timeline;
	int64_t width = timeline_width_ns(timeline->width);
	html_open_table(html, "timeline", "Time line", 0, 0, columns);
	for (int i = 0; i < timeline->count; i++) {
		html_row(html);
		html_moment(html, (timeline->first + i) * width, width < 1000000000);
		html_number(html, timeline->step[i]);
		html_end_row(html);
	}
	html_close_table(html);
}

void html_put_lists(const struct html *html)
{
	put_causes_table(html);
	put_links(html);
	put_programs(html);
	put_addresses(html);
	put_networks(html);
	put_local_peers(html);
	put_deaths(html);
	put_processes(html);
	put_places(html);
	put_silence(html);
	put_lost(html);
	put_timeline(html);
}
