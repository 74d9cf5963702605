#include "top/rows.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "read/memory.h"
#include "top/number.h"

enum { COLUMN = 10, NAME_LEAST = 12, HOST_COLUMN = 12, BAR_MOST = 24 };

/* Which columns there is room for: the less telling ones go first. */
struct columns {
	bool host, rate, minute, more, lost;
	int name, bar;
};

static int take_column(bool wanted, int width, int *left)
{
	if (!wanted || *left < width)
		return 0;
	*left -= width;
	return 1;
}

static struct columns choose_columns(const struct top_page *page, const struct tally *tally,
				     enum pane pane)
{
	struct columns columns = {0};
	int left = page->width - NAME_LEAST - COLUMN - 2; /* name, total */
	columns.rate = take_column(true, COLUMN, &left);
	columns.lost = take_column(pane != CAUSES, COLUMN, &left);
	columns.more = take_column(true, COLUMN, &left);
	columns.minute = take_column(true, COLUMN, &left);
	columns.host = take_column(pane == PROGRAMS && tally->hosts.count > 1, HOST_COLUMN, &left);
	if (left < 0)
		left = 0;
	columns.bar = left / 3 < BAR_MOST ? left / 3 : BAR_MOST;
	if (columns.bar < 4)
		columns.bar = 0;
	columns.name = NAME_LEAST + left - columns.bar;
	return columns;
}

static void put_headings(struct top_page *page, const struct columns *columns, enum pane pane)
{
	static const char *const names[PANES] = {"PROGRAM", "PEER", "CAUSE"};
	static const char *const mores[PANES] = {"AVERTED", "CONNS", "SHARE"};
	struct line *line = line_new(page, HEADING);
	if (columns->rate)
		line_put(page, line, "%*s", COLUMN, "RATE/s");
	if (columns->minute)
		line_put(page, line, "%*s", COLUMN, "1 MIN");
	line_put(page, line, "%*s", COLUMN, "TOTAL");
	if (columns->more)
		line_put(page, line, "%*s", COLUMN, mores[pane]);
	if (columns->lost)
		line_put(page, line, "%*s", COLUMN, "LOST");
	line_put(page, line, "  ");
	if (columns->host)
		line_put(page, line, "%-*s", HOST_COLUMN, "HOST");
	line_put(page, line, "%s", names[pane]);
	if (page->height) /* over the screen's whole width */
		line_spaces(page, line, page->width);
}

static void put_more(const struct top_page *page, struct line *line, const struct view *view,
		     enum pane pane, const struct row *row)
{
	char text[NUMBER_TEXT];
	if (pane == CAUSES)
		line_put(page, line, "%*.1f %%", COLUMN - 2,
			 100 * (double)row->total / (double)view->failures);
	else
		line_put(page, line, "%*s", COLUMN, number_count(row->more, text));
}

static void put_bar(const struct top_page *page, struct line *line, double part, int room)
{
	int length = (int)(part * room + 0.5);
	size_t begin;
	line_spaces(page, line, page->width - room);
	begin = line->used;
	for (int i = 0; i < length && line->columns < page->width; i++) {
		line_bytes(line, page->utf8 ? "█" : "#", strlen(page->utf8 ? "█" : "#"));
		line->columns++;
	}
	line->bar = begin;
}

static void put_row(struct top_page *page, const struct columns *columns, const struct view *view,
		    const struct tally *tally, enum pane pane, const struct row *row, double most)
{
	struct line *line = line_new(page, PLAIN);
	char text[64], number[NUMBER_TEXT];
	const char *name = view_name(tally, pane, row, text);
	if (columns->rate)
		line_put(page, line, "%*s", COLUMN, number_rate(row->rate.now, number));
	if (columns->minute)
		line_put(page, line, "%*s", COLUMN, number_rate(row->rate.minute, number));
	line_put(page, line, "%*s", COLUMN, number_count(row->total, number));
	if (columns->more)
		put_more(page, line, view, pane, row);
	if (columns->lost)
		line_put(page, line, "%*s", COLUMN,
			 row->is_local ? "" : number_bytes(row->lost, number));
	line_put(page, line, "  ");
	if (columns->host) {
		const struct program *program = table_value(&tally->programs, row->id);
		int begin = line->columns;
		line_name(page, line, table_text(&tally->hosts, program->host), HOST_COLUMN - 1);
		line_spaces(page, line, begin + HOST_COLUMN);
	}
	line_name(page, line, *name ? name : "(not known)", columns->name - 1);
	if (columns->bar && most > 0)
		put_bar(page, line, row->rate.now / most, columns->bar);
}

static double highest_rate(const struct view *view, enum pane pane)
{
	double most = 0;
	for (uint32_t i = 0; i < view->count[pane]; i++)
		if (view->rows[pane][i].rate.now > most)
			most = view->rows[pane][i].rate.now;
	return most;
}

void rows_put(struct top_page *page, const struct view *view, const struct tally *tally,
	      enum pane pane, const struct choice *choice, int rows)
{
	struct columns columns = choose_columns(page, tally, pane);
	uint32_t most = choice->skipped + (uint32_t)rows;
	const struct row **first = must_grow(NULL, most * sizeof(struct row *));
	uint32_t count = view_first(view, tally, pane, choice->order, first, most);
	double highest = highest_rate(view, pane);
	put_headings(page, &columns, pane);
	for (uint32_t i = choice->skipped; i < count; i++)
		put_row(page, &columns, view, tally, pane, first[i], highest);
	free(first);
}
