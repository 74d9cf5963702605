#include "top/page.h"

#include <inttypes.h>
#include <stdlib.h>
#include <time.h>

#include "show/shown.h"
#include "top/number.h"

enum { PRINTED_ROWS = 10 };

/* --- the head --- */

static void put_hosts(const struct top_page *page, struct line *line, const struct tally *tally)
{
	bool is_first = true;
	for (uint32_t i = 0; i < tally->hosts.count; i++) {
		const char *name = table_text(&tally->hosts, i);
		if (!*name)
			continue;
		line_put(page, line, is_first ? "  on " : ", ");
		line_name(page, line, name, 32);
		is_first = false;
	}
}

static void put_title(struct top_page *page, const struct view *view, const struct tally *tally,
		      const struct feed *feeds, int feed_count, bool paused)
{
	struct line *line = line_new(page, STRONG);
	char clock[16];
	time_t now = (time_t)view->taken_s;
	struct tm parts;
	int width = page->width;
	strftime(clock, sizeof(clock), "%H:%M:%SZ", gmtime_r(&now, &parts));
	page->width -= 18; /* for what stands at the right */
	line_put(page, line, "bpguard top");
	for (int i = 0; i < feed_count; i++) {
		line_put(page, line, "  ");
		line_name(page, line, feeds[i].name, 40);
	}
	put_hosts(page, line, tally);
	page->width = width;
	line_spaces(page, line, width - 17);
	line_put(page, line, " %6s %s", paused ? "PAUSED" : "", clock);
}

static void put_failures(struct top_page *page, const struct view *view)
{
	struct line *line = line_new(page, PLAIN);
	char count[NUMBER_TEXT], now[NUMBER_TEXT], minute[NUMBER_TEXT];
	line_put(page, line, "Broken pipes %s   now %s/s   1 min %s/s",
		 number_count(view->failures, count), number_rate(view->rate.now, now),
		 number_rate(view->rate.minute, minute));
}

static void put_deaths(struct top_page *page, const struct view *view)
{
	struct line *line =
	    line_new(page, view->discarded || view->discarded_unknown ? ALERT : PLAIN);
	char averted[NUMBER_TEXT], killed[NUMBER_TEXT], lost[NUMBER_TEXT], text[NUMBER_TEXT];
	line_put(page, line, "Deaths averted %s", number_count(view->averted, averted));
	if (view->killed)
		line_put(page, line, "   died %s", number_count(view->killed, killed));
	line_put(page, line, "   lost %s%s", view->lost_at_most ? "at most " : "",
		 number_bytes(view->lost, lost));
	if (view->suppressed)
		line_put(page, line, "   suppressed %s", number_count(view->suppressed, text));
	if (view->discarded || view->discarded_unknown)
		line_put(page, line, "   discarded %s%s", number_count(view->discarded, text),
			 view->discarded_unknown ? " and more" : "");
}

static void put_shares(struct top_page *page, const struct view *view, const struct tally *tally)
{
	const struct row *first[CAUSE_COUNT];
	uint32_t count = view_first(view, tally, CAUSES, BY_TOTAL, first, CAUSE_COUNT);
	struct line *line = line_new(page, PLAIN);
	if (count)
		line_put(page, line, "Causes");
	for (uint32_t i = 0; i < count; i++)
		line_put(page, line, "   %s %.0f %%", cause_name((enum record_cause)first[i]->id),
			 100 * (double)first[i]->total / (double)view->failures);
}

static void put_span(struct top_page *page, const struct view *view)
{
	struct line *line = line_new(page, PLAIN);
	char begin[SHOWN_TIME], end[SHOWN_TIME], duration[NUMBER_TEXT];
	if (!view->records) {
		line_put(page, line, "Nothing was recorded yet.");
		return;
	}
	shown_time(view->first_ns, 0, begin);
	shown_time(view->last_ns, 0, end);
	number_duration(view->last_ns - view->first_ns, duration);
	line_put(page, line, "From %s to %s (%s)", begin, end, duration);
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
			line = line_new(page, ALERT);
		else
			line_put(page, line, "; ");
		line_name(page, line, feed->name, 40);
		line_put(page, line, ": ");
		line_name(page, line, what, page->width);
	}
	return line != NULL;
}

/* --- the tabs --- */

static const char *const titles[PANES] = {"Programs", "Peers", "Causes"};
static const char *const orders[] = {"by rate", "by total", "by lost", "by name"};

static void put_tabs(struct top_page *page, const struct view *view, const struct choice *choice)
{
	struct line *line = line_new(page, STRONG);
	for (int i = 0; i < PANES; i++)
		line_put(page, line,
			 (int)choice->pane == i ? "[%d %s %" PRIu32 "] " : " %d %s %" PRIu32 "  ",
			 i + 1, titles[i], view->count[i]);
	line_put(page, line, "  %s", orders[choice->order]);
	if (choice->skipped)
		line_put(page, line, "  from row %" PRIu32, choice->skipped + 1);
}

/* --- pages --- */

void page_free(struct top_page *page)
{
	lines_clear(page);
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
		line_put(page, line_new(page, PLAIN), "%s", lines[i]);
}

static void put_keys(struct top_page *page)
{
	while (page->count < page->height - 1)
		line_new(page, PLAIN);
	line_put(page, line_new(page, FAINT),
		 "Tab/1-3 view  r rate  t total  l lost  n name  p pause  h help  q quit");
}

void page_make(struct top_page *page, const struct view *view, const struct tally *tally,
	       const struct feed *feeds, int feed_count, const struct choice *choice)
{
	lines_clear(page);
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
		rows_put(page, view, tally, choice->pane, choice, page_rows(page));
		if (page->height >= LOW)
			put_keys(page);
	}
	for (; page->count > page->height; page->count--)
		free(page->lines[page->count - 1].text);
}

void page_print(struct top_page *page, const struct view *view, const struct tally *tally,
		const struct feed *feeds, int feed_count, const struct choice *choice)
{
	lines_clear(page);
	put_title(page, view, tally, feeds, feed_count, false);
	put_failures(page, view);
	put_deaths(page, view);
	put_span(page, view);
	put_states(page, feeds, feed_count);
	for (int pane = 0; pane < PANES; pane++)
		if (view->count[pane]) {
			line_new(page, PLAIN);
			rows_put(page, view, tally, (enum pane)pane, choice, PRINTED_ROWS);
		}
	line_new(page, PLAIN);
}
