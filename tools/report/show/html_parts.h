/* Parts of the page: names of what is counted, and tables' cells. */
#ifndef BPGUARD_REPORT_HTML_PARTS_H
#define BPGUARD_REPORT_HTML_PARTS_H

#include <stdbool.h>
#include <stdio.h>

#include "find/findings.h"

enum { HTML_LONGEST = 4096 }; /* characters of a string from outside */

struct html {
	FILE *out;
	const struct findings *findings;
};

/* A text from outside, apart from what surrounds it, in whatever direction it is written. */
void html_outside(const struct html *html, const char *text);

/* One of the tally's names, "" for NOBODY; it is still from outside. */
const char *html_name(const struct html *html, uint32_t id);

/* Whether there are several hosts, so that programs are shown with theirs. */
bool html_has_hosts(const struct html *html);

/* By the tally's ids. */
void html_host(const struct html *html, uint32_t id);
void html_program(const struct html *html, uint32_t id);
void html_address(const struct html *html, uint32_t id);

/* A swatch of the plot's colour, and the name; or all that there are, with their counts. */
void html_cause(const struct html *html, int cause);
void html_causes(const struct html *html, const uint64_t by_cause[CAUSE_COUNT]);

/* `key` is what page.js filters by, "number" for what it sorts as one, or "". */
struct column {
	const char *name, *key;
};

/* A section with a heading and a table of these columns; it says how many of `total` rows are not
 * shown. Then rows of cells. */
void html_open_table(const struct html *html, const char *id, const char *heading, uint32_t shown,
		     uint32_t total, const struct column *columns);
void html_close_table(const struct html *html);
void html_row(const struct html *html);
void html_end_row(const struct html *html);

/* A cell to be filled. */
void html_cell(const struct html *html);
void html_end_cell(const struct html *html);

/* Whole cells. */
void html_number(const struct html *html, uint64_t value);
void html_bytes(const struct html *html, uint64_t value, bool at_most);
void html_moment(const struct html *html, int64_t ns, bool with_fraction);
void html_program_cell(const struct html *html, uint32_t id);
void html_causes_cell(const struct html *html, const uint64_t by_cause[CAUSE_COUNT]);

#endif
