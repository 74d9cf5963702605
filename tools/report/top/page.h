/* A screenful as lines of text, apart from how they get to a terminal. */
#ifndef BPGUARD_TOP_PAGE_H
#define BPGUARD_TOP_PAGE_H

#include "top/feed.h"
#include "top/line.h"
#include "top/rows.h"
#include "top/view.h"

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
