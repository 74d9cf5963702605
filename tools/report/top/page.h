/* A screenful as lines of text, apart from how they get to a terminal. Nothing in a line moves a
 * cursor, and none is wider than the page. */
#ifndef BPGUARD_TOP_PAGE_H
#define BPGUARD_TOP_PAGE_H

#include <stdbool.h>
#include <stddef.h>

#include "top/feed.h"
#include "top/view.h"

enum style { PLAIN, STRONG, HEADING, ALERT, FAINT };

struct line {
	enum style style;
	int columns; /* how wide it is */
	size_t bar;  /* where in the text a bar begins; its length where there is none */
	size_t used, room;
	char *text;
};

/* What the user has chosen. */
struct choice {
	enum pane pane;
	enum order order;
	uint32_t skipped; /* rows above the first that is shown */
	bool paused, help;
};

struct top_page {
	int width, height;
	bool utf8; /* names and bars may be more than ASCII: the locale is UTF-8 */
	int count;
	struct line *lines;
};

/* Fills the page for a terminal. `width` and `height` are to be set. The tally must be locked. */
void page_make(struct top_page *page, const struct view *view, const struct tally *tally,
	       const struct feed *feeds, int feed_count, const struct choice *choice);

/* The same as plain text, as long as it needs to be: every pane's first rows. `height` is 0. */
void page_print(struct top_page *page, const struct view *view, const struct tally *tally,
		const struct feed *feeds, int feed_count, const struct choice *choice);

/* How many rows of the table a page of this height shows. */
int page_rows(const struct top_page *page);

void page_free(struct top_page *page);

#endif
