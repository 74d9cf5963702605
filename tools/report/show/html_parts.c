#include "show/html_parts.h"

#include <inttypes.h>

#include "count/address.h"
#include "show/markup.h"
#include "show/shown.h"
#include "show/words.h"

/* --- text --- */

/* Apart from what surrounds it, in whatever direction it is written. */
void html_outside(const struct html *html, const char *text)
{
	fputs("<bdi>", html->out);
	markup_text(html->out, text, HTML_LONGEST);
	fputs("</bdi>", html->out);
}

const char *html_name(const struct html *html, uint32_t id)
{
	return id == NOBODY ? "" : table_text(&html->findings->tally->names, id);
}

bool html_has_hosts(const struct html *html)
{
	return html->findings->hosts.total > 1;
}

void html_host(const struct html *html, uint32_t id)
{
	const char *name = table_text(&html->findings->tally->hosts, id);
	if (*name)
		html_outside(html, name);
	else
		fputs("(not known)", html->out);
}

void html_program(const struct html *html, uint32_t id)
{
	const struct program *program = table_value(&html->findings->tally->programs, id);
	if (html_has_hosts(html)) {
		html_host(html, program->host);
		fputs(": ", html->out);
	}
	html_outside(html, html_name(html, program->name));
}

void html_address(const struct html *html, uint32_t id)
{
	char text[ADDRESS_TEXT];
	size_t length;
	const char *bytes = table_key(&html->findings->tally->addresses, id, &length);
	address_format(bytes, length, 0, text);
	html_outside(html, text);
}

/* A swatch of the plot's colour, and the name. */
void html_cause(const struct html *html, int cause)
{
	fprintf(html->out, "<span class=\"named\"><span class=\"cause cause-%d\"></span> %s</span>",
		cause, cause_name((enum record_cause)cause));
}

/* "peer-closed 3, peer-reset 1" */
void html_causes(const struct html *html, const uint64_t by_cause[CAUSE_COUNT])
{
	const char *before = "";
	for (int i = 0; i < CAUSE_COUNT; i++) {
		char number[WORDS_NUMBER];
		if (!by_cause[i])
			continue;
		fprintf(html->out, "%s%s&nbsp;%s", before, cause_name((enum record_cause)i),
			words_number(by_cause[i], number));
		before = ", ";
	}
}

/* --- tables --- */

static void put_head(const struct html *html, const struct column *columns)
{
	fputs("<thead><tr>", html->out);
	for (; columns->name; columns++)
		fprintf(html->out, "<th scope=\"col\" data-key=\"%s\">%s</th>", columns->key,
			columns->name);
	fputs("</tr></thead>\n<tbody>\n", html->out);
}

void html_open_table(const struct html *html, const char *id, const char *heading, uint32_t shown,
		     uint32_t total, const struct column *columns)
{
	char number[WORDS_NUMBER], of[WORDS_NUMBER];
	fprintf(html->out, "<section aria-labelledby=\"%s\">\n<h2 id=\"%s\">%s</h2>\n", id, id,
		heading);
	if (total > shown)
		fprintf(html->out,
			"<p class=\"note\">The first %s of %s; %s more are left out (--top shows "
			"more).</p>\n",
			words_number(shown, number), words_number(total, of),
			words_number(total - shown, (char[WORDS_NUMBER]){0}));
	fprintf(html->out,
		"<div class=\"wide\" role=\"region\" tabindex=\"0\" aria-labelledby=\"%s\">\n"
		"<table>\n",
		id);
	put_head(html, columns);
}

void html_close_table(const struct html *html)
{
	fputs("</tbody>\n</table>\n</div>\n</section>\n", html->out);
}

void html_row(const struct html *html)
{
	fputs("<tr>", html->out);
}

void html_end_row(const struct html *html)
{
	fputs("</tr>\n", html->out);
}

void html_cell(const struct html *html)
{
	fputs("<td>", html->out);
}

void html_end_cell(const struct html *html)
{
	fputs("</td>", html->out);
}

void html_number(const struct html *html, uint64_t value)
{
	char text[WORDS_NUMBER];
	fprintf(html->out, "<td data-value=\"%" PRIu64 "\">%s</td>", value,
		words_number(value, text));
}

void html_bytes(const struct html *html, uint64_t value, bool at_most)
{
	fprintf(html->out, "<td data-value=\"%" PRIu64 "\">%s", value,
		at_most && value ? "≤ " : "");
	words_bytes(html->out, value);
	html_end_cell(html);
}

void html_moment(const struct html *html, int64_t ns, bool with_fraction)
{
	char text[SHOWN_TIME];
	shown_time(ns, with_fraction, text);
	fprintf(html->out, "<td><time datetime=\"%s\">%s</time></td>", text, text);
}

void html_program_cell(const struct html *html, uint32_t id)
{
	html_cell(html);
	html_program(html, id);
	html_end_cell(html);
}

void html_causes_cell(const struct html *html, const uint64_t by_cause[CAUSE_COUNT])
{
	html_cell(html);
	html_causes(html, by_cause);
	html_end_cell(html);
}
