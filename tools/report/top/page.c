#include "top/page.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <wchar.h>

#include "read/memory.h"
#include "show/shown.h"

enum { COLUMN = 10, NAME_LEAST = 12, HOST_COLUMN = 12, BAR_MOST = 24, PRINTED_ROWS = 10 };

/* --- lines --- */

static struct line *new_line(struct top_page *page, enum style style)
{
	page->lines = must_grow(page->lines, ((size_t)page->count + 1) * sizeof(struct line));
	page->lines[page->count] = (struct line){.style = style};
	return &page->lines[page->count++];
}

static void put_bytes(struct line *line, const char *bytes, size_t length)
{
	if (line->used + length + 1 > line->room) {
		line->room = line->room * 2 + length + 64;
		line->text = must_grow(line->text, line->room);
	}
	memcpy(line->text + line->used, bytes, length);
	line->used += length;
	line->text[line->used] = 0;
	line->bar = line->used;
}

/* ASCII, as much as still fits. */
__attribute__((format(printf, 3, 4))) static void put(const struct top_page *page,
						      struct line *line, const char *format, ...)
{
	char text[1024];
	int length, room = page->width - line->columns;
	va_list values;
	va_start(values, format);
	/* The analyzer loses sight of va_start here. */
	/* NOLINTNEXTLINE(clang-analyzer-valist.Uninitialized) */
	length = vsnprintf(text, sizeof(text), format, values);
	va_end(values);
	if (length >= (int)sizeof(text))
		length = (int)sizeof(text) - 1;
	if (length > room)
		length = room > 0 ? room : 0;
	put_bytes(line, text, (size_t)length);
	line->columns += length;
}

static void put_spaces(const struct top_page *page, struct line *line, int until)
{
	while (line->columns < until && line->columns < page->width)
		put(page, line, " ");
}

/* --- names from outside --- */

/* What a terminal shows in one column or two; control characters, directions of writing, marks upon
 * letters and broken UTF-8 are not. */
static int columns_of(const struct top_page *page, const char *text, size_t *length)
{
	wchar_t wide;
	int columns;
	*length = shown_sequence(text);
	if (*length == 0) {
		*length = 1;
		return 0;
	}
	if (*length == 1)
		return *text >= 0x20 && *text != 0x7f;
	if (!page->utf8 || mbrtowc(&wide, text, *length, &(mbstate_t){0}) != *length)
		return 0;
	columns = wcwidth(wide);
	return columns > 0 ? columns : 0;
}

static int width_of(const struct top_page *page, const char *text)
{
	int columns = 0;
	while (*text) {
		size_t length;
		int wide = columns_of(page, text, &length);
		columns += wide ? wide : 1;
		text += length;
	}
	return columns;
}

/* No more than `most` columns: of a longer one the end, which tells more of a path. */
static void put_name(const struct top_page *page, struct line *line, const char *text, int most)
{
	int columns = width_of(page, text);
	bool is_cut;
	if (most > page->width - line->columns)
		most = page->width - line->columns;
	is_cut = columns > most;
	if (most <= 0)
		return;
	while (*text && is_cut && columns > most - 1) {
		size_t length;
		int wide = columns_of(page, text, &length);
		columns -= wide ? wide : 1;
		text += length;
	}
	if (is_cut)
		put(page, line, "<");
	while (*text) {
		size_t length;
		int wide = columns_of(page, text, &length);
		if (wide) {
			put_bytes(line, text, length);
			line->columns += wide;
		} else {
			put(page, line, "?");
		}
		text += length;
	}
}

/* --- numbers --- */

enum { FIGURE = 32 };

/* Units that a column has room for. */
static const char *scaled(double value, double step, const char *const *units, char text[FIGURE])
{
	for (; value >= step * 0.9995 && units[1]; units++)
		value /= step;
	snprintf(text, FIGURE, **units ? "%.1f%s" : "%.0f%s", value, *units);
	return text;
}

static const char *shown_count(uint64_t value, char text[FIGURE])
{
	static const char *const units[] = {"M", "G", "T", NULL};
	if (value < 10000000)
		snprintf(text, FIGURE, "%" PRIu64, value);
	else
		scaled((double)value / 1e6, 1000, units, text);
	return text;
}

static const char *shown_bytes(uint64_t value, char text[FIGURE])
{
	static const char *const units[] = {"", "KiB", "MiB", "GiB", "TiB", NULL};
	return scaled((double)value, 1024, units, text);
}

static const char *shown_rate(double rate, char text[FIGURE])
{
	static const char *const units[] = {"k", "M", "G", NULL};
	if (rate <= 0)
		snprintf(text, FIGURE, "0");
	else if (rate < 10)
		snprintf(text, FIGURE, "%.2f", rate);
	else if (rate < 10000)
		snprintf(text, FIGURE, "%.1f", rate);
	else
		scaled(rate / 1000, 1000, units, text);
	return text;
}

static void shown_duration(int64_t ns, char text[FIGURE])
{
	int64_t s = ns / 1000000000;
	if (s < 60)
		snprintf(text, FIGURE, "%" PRId64 " s", s);
	else if (s < 3600)
		snprintf(text, FIGURE, "%" PRId64 " min %" PRId64 " s", s / 60, s % 60);
	else
		snprintf(text, FIGURE, "%" PRId64 " h %" PRId64 " min", s / 3600, s / 60 % 60);
}

/* --- the head --- */

static bool has_several_hosts(const struct tally *tally)
{
	return tally->hosts.count > 1;
}

static void put_hosts(const struct top_page *page, struct line *line, const struct tally *tally)
{
	bool is_first = true;
	for (uint32_t i = 0; i < tally->hosts.count; i++) {
		const char *name = table_text(&tally->hosts, i);
		if (!*name)
			continue;
		put(page, line, is_first ? "  on " : ", ");
		put_name(page, line, name, 32);
		is_first = false;
	}
}

static void put_title(struct top_page *page, const struct view *view, const struct tally *tally,
		      const struct feed *feeds, int feed_count, bool paused)
{
	struct line *line = new_line(page, STRONG);
	char clock[16];
	time_t now = view->taken_s;
	struct tm parts;
	int width = page->width;
	strftime(clock, sizeof(clock), "%H:%M:%SZ", gmtime_r(&now, &parts));
	page->width -= 18; /* for what stands at the right */
	put(page, line, "bpguard top");
	for (int i = 0; i < feed_count; i++) {
		put(page, line, "  ");
		put_name(page, line, feeds[i].name, 40);
	}
	put_hosts(page, line, tally);
	page->width = width;
	put_spaces(page, line, width - 17);
	put(page, line, " %6s %s", paused ? "PAUSED" : "", clock);
}

static void put_failures(struct top_page *page, const struct view *view)
{
	struct line *line = new_line(page, PLAIN);
	char count[FIGURE], now[FIGURE], minute[FIGURE];
	put(page, line, "Broken pipes %s   now %s/s   1 min %s/s",
	    shown_count(view->failures, count), shown_rate(view->rate.now, now),
	    shown_rate(view->rate.minute, minute));
}

static void put_deaths(struct top_page *page, const struct view *view)
{
	struct line *line =
	    new_line(page, view->discarded || view->discarded_unknown ? ALERT : PLAIN);
	char averted[FIGURE], killed[FIGURE], lost[FIGURE], text[FIGURE];
	put(page, line, "Deaths averted %s", shown_count(view->averted, averted));
	if (view->killed)
		put(page, line, "   died %s", shown_count(view->killed, killed));
	put(page, line, "   lost %s%s", view->lost_at_most ? "at most " : "",
	    shown_bytes(view->lost, lost));
	if (view->suppressed)
		put(page, line, "   suppressed %s", shown_count(view->suppressed, text));
	if (view->discarded || view->discarded_unknown)
		put(page, line, "   discarded %s%s", shown_count(view->discarded, text),
		    view->discarded_unknown ? " and more" : "");
}

static void put_shares(struct top_page *page, const struct view *view, const struct tally *tally)
{
	const struct row *first[CAUSE_COUNT];
	uint32_t count = view_first(view, tally, CAUSES, BY_TOTAL, first, CAUSE_COUNT);
	struct line *line = new_line(page, PLAIN);
	if (count)
		put(page, line, "Causes");
	for (uint32_t i = 0; i < count; i++)
		put(page, line, "   %s %.0f %%", cause_name((enum record_cause)first[i]->id),
		    100 * (double)first[i]->total / (double)view->failures);
}

static void put_span(struct top_page *page, const struct view *view)
{
	struct line *line = new_line(page, PLAIN);
	char begin[SHOWN_TIME], end[SHOWN_TIME], duration[FIGURE];
	if (!view->records) {
		put(page, line, "Nothing was recorded yet.");
		return;
	}
	shown_time(view->first_ns, 0, begin);
	shown_time(view->last_ns, 0, end);
	shown_duration(view->last_ns - view->first_ns, duration);
	put(page, line, "From %s to %s (%s)", begin, end, duration);
}

/* --- what the feeds say --- */

static const char *word_for(enum feed_state state)
{
	switch (state) {
	case READS_PAST:
		return "reading what was recorded before";
	case WAITS:
		return "waiting for a session";
	case WAITS_FOR_MORE:
		return "the recording has ended; waiting for others";
	case ENDED:
		return "the recording has ended; q quits";
	default:
		return "";
	}
}

static bool put_states(struct top_page *page, const struct feed *feeds, int feed_count)
{
	struct line *line = NULL;
	for (int i = 0; i < feed_count; i++) {
		const struct feed *feed = &feeds[i];
		const char *what = *feed->error ? feed->error : word_for(feed->state);
		if (!*what)
			continue;
		if (!line)
			line = new_line(page, ALERT);
		else
			put(page, line, "; ");
		put_name(page, line, feed->name, 40);
		put(page, line, ": ");
		put_name(page, line, what, page->width);
	}
	return line != NULL;
}

/* --- the table --- */

static const char *const titles[PANES] = {"Programs", "Peers", "Causes"};
static const char *const orders[] = {"by rate", "by total", "by lost", "by name"};

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
	columns.host =
	    take_column(pane == PROGRAMS && has_several_hosts(tally), HOST_COLUMN, &left);
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
	struct line *line = new_line(page, HEADING);
	if (columns->rate)
		put(page, line, "%*s", COLUMN, "RATE/s");
	if (columns->minute)
		put(page, line, "%*s", COLUMN, "1 MIN");
	put(page, line, "%*s", COLUMN, "TOTAL");
	if (columns->more)
		put(page, line, "%*s", COLUMN, mores[pane]);
	if (columns->lost)
		put(page, line, "%*s", COLUMN, "LOST");
	put(page, line, "  ");
	if (columns->host)
		put(page, line, "%-*s", HOST_COLUMN, "HOST");
	put(page, line, "%s", names[pane]);
	if (page->height) /* over the screen's whole width */
		put_spaces(page, line, page->width);
}

static void put_more(const struct top_page *page, struct line *line, const struct view *view,
		     enum pane pane, const struct row *row)
{
	char text[FIGURE];
	if (pane == CAUSES)
		put(page, line, "%*.1f %%", COLUMN - 2,
		    100 * (double)row->total / (double)view->failures);
	else
		put(page, line, "%*s", COLUMN, shown_count(row->more, text));
}

static void put_bar(const struct top_page *page, struct line *line, double part, int room)
{
	int length = (int)(part * room + 0.5);
	size_t begin;
	put_spaces(page, line, page->width - room);
	begin = line->used;
	for (int i = 0; i < length && line->columns < page->width; i++) {
		put_bytes(line, page->utf8 ? "█" : "#", strlen(page->utf8 ? "█" : "#"));
		line->columns++;
	}
	line->bar = begin;
}

static void put_row(struct top_page *page, const struct columns *columns, const struct view *view,
		    const struct tally *tally, enum pane pane, const struct row *row, double most)
{
	struct line *line = new_line(page, PLAIN);
	char text[64], number[FIGURE];
	const char *name = view_name(tally, pane, row, text);
	if (columns->rate)
		put(page, line, "%*s", COLUMN, shown_rate(row->rate.now, number));
	if (columns->minute)
		put(page, line, "%*s", COLUMN, shown_rate(row->rate.minute, number));
	put(page, line, "%*s", COLUMN, shown_count(row->total, number));
	if (columns->more)
		put_more(page, line, view, pane, row);
	if (columns->lost)
		put(page, line, "%*s", COLUMN, row->is_local ? "" : shown_bytes(row->lost, number));
	put(page, line, "  ");
	if (columns->host) {
		const struct program *program = table_value(&tally->programs, row->id);
		int begin = line->columns;
		put_name(page, line, table_text(&tally->hosts, program->host), HOST_COLUMN - 1);
		put_spaces(page, line, begin + HOST_COLUMN);
	}
	put_name(page, line, *name ? name : "(not known)", columns->name - 1);
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

static void put_rows(struct top_page *page, const struct view *view, const struct tally *tally,
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

static void put_tabs(struct top_page *page, const struct view *view, const struct choice *choice)
{
	struct line *line = new_line(page, STRONG);
	for (int i = 0; i < PANES; i++)
		put(page, line,
		    (int)choice->pane == i ? "[%d %s %" PRIu32 "] " : " %d %s %" PRIu32 "  ", i + 1,
		    titles[i], view->count[i]);
	put(page, line, "  %s", orders[choice->order]);
	if (choice->skipped)
		put(page, line, "  from row %" PRIu32, choice->skipped + 1);
}

/* --- pages --- */

static void clear(struct top_page *page)
{
	for (int i = 0; i < page->count; i++)
		free(page->lines[i].text);
	page->count = 0;
}

void page_free(struct top_page *page)
{
	clear(page);
	free(page->lines);
	page->lines = NULL;
}

/* Low pages go without causes and times, then without keys and tabs. */
enum { TALL = 12, LOW = 7 };

int page_rows(const struct top_page *page)
{
	int others = page->height >= TALL ? 8 : page->height >= LOW ? 6 : 3;
	return page->height > others ? page->height - others : 0;
}

static void put_help(struct top_page *page)
{
	static const char *const lines[] = {
	    "",
	    "  Tab, 1, 2, 3   programs, peers, causes",
	    "  r              order by rate: broken pipes a second, over about 3 s",
	    "  t              order by total",
	    "  l              order by bytes lost: written and never acknowledged",
	    "  n              order by name",
	    "  arrows, PgUp, PgDn, Home   other rows",
	    "  p              pause: the figures stand still, the counting goes on",
	    "  h              this help; any key goes back",
	    "  q              quit",
	    "",
	    "  AVERTED: deaths that did not happen. CONNS: connections that broke.",
	    "  A log is counted from its beginning, a live session from now on.",
	};
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		put(page, new_line(page, PLAIN), "%s", lines[i]);
}

static void put_keys(struct top_page *page)
{
	while (page->count < page->height - 1)
		new_line(page, PLAIN);
	put(page, new_line(page, FAINT),
	    "Tab/1-3 view  r rate  t total  l lost  n name  p pause  h help  q quit");
}

void page_make(struct top_page *page, const struct view *view, const struct tally *tally,
	       const struct feed *feeds, int feed_count, const struct choice *choice)
{
	clear(page);
	put_title(page, view, tally, feeds, feed_count, choice->paused);
	if (choice->help) {
		put_help(page);
	} else {
		put_failures(page, view);
		if (page->height >= LOW)
			put_deaths(page, view);
		if (page->height >= TALL) {
			put_shares(page, view, tally);
			if (!put_states(page, feeds, feed_count))
				put_span(page, view);
		}
		if (page->height >= LOW)
			put_tabs(page, view, choice);
		put_rows(page, view, tally, choice->pane, choice, page_rows(page));
		if (page->height >= LOW)
			put_keys(page);
	}
	for (; page->count > page->height; page->count--)
		free(page->lines[page->count - 1].text);
}

void page_print(struct top_page *page, const struct view *view, const struct tally *tally,
		const struct feed *feeds, int feed_count, const struct choice *choice)
{
	clear(page);
	put_title(page, view, tally, feeds, feed_count, false);
	put_failures(page, view);
	put_deaths(page, view);
	put_span(page, view);
	put_states(page, feeds, feed_count);
	for (int pane = 0; pane < PANES; pane++)
		if (view->count[pane]) {
			new_line(page, PLAIN);
			put_rows(page, view, tally, (enum pane)pane, choice, PRINTED_ROWS);
		}
	new_line(page, PLAIN);
}
