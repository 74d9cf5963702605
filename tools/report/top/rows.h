/* The table of a page: programs, peers or causes, a row each. */
#ifndef BPGUARD_TOP_ROWS_H
#define BPGUARD_TOP_ROWS_H

#include "top/line.h"
#include "top/view.h"

/* What the user has chosen. */
struct choice {
	enum pane pane;
	enum order order;
	uint32_t skipped; /* rows above the first that is shown */
	bool paused, help;
};

/* Puts the headings, and up to `rows` rows from choice->skipped on. Which columns there are, the
 * page's width decides. */
void rows_put(struct top_page *page, const struct view *view, const struct tally *tally,
	      enum pane pane, const struct choice *choice, int rows);

#endif
