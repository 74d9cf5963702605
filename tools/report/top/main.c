/* bpguard-top: what `bpguard top` runs. Threads read, see feed.h; this one looks at what they have
 * counted, shows it, and listens to keys. */
#include <errno.h>
#include <getopt.h>
#include <langinfo.h>
#include <locale.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "top/feeds.h"
#include "top/options.h"
#include "top/page.h"
#include "top/refuse.h"
#include "top/screen.h"
#include "top/signals.h"

struct top {
	struct feeds feeds;
	struct view view;
	struct top_page page;
	struct choice choice;
	long interval_ms, left; /* left: how many pages more, -1 for no end */
	int64_t taken_ms;	/* when the view was */
	bool was_past;		/* something was still reading the past then */
	bool on_screen;
};

/* --- pages --- */

static int64_t now_ms(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* The counting goes on while the view is paused, and the rates with it once it is not: the next
 * ones are then those over the whole pause. */
static void look(struct top *top)
{
	int64_t now = now_ms();
	bool is_past = feeds_any_in(&top->feeds, READS_PAST);
	if (top->choice.paused)
		return;
	view_take(&top->view, &top->feeds.counts.tally, (double)(now - top->taken_ms + 1) / 1000,
		  is_past || top->was_past);
	top->was_past = is_past;
	top->taken_ms = now;
}

static void show(struct top *top)
{
	struct top_page *page = &top->page;
	screen_size(&page->width, &page->height);
	pthread_mutex_lock(&top->feeds.counts.lock);
	page_make(page, &top->view, &top->feeds.counts.tally, top->feeds.feed, top->feeds.count,
		  &top->choice);
	pthread_mutex_unlock(&top->feeds.counts.lock);
	screen_show(page);
}

static void print(struct top *top)
{
	struct top_page *page = &top->page;
	page->width = 120;
	pthread_mutex_lock(&top->feeds.counts.lock);
	page_print(page, &top->view, &top->feeds.counts.tally, top->feeds.feed, top->feeds.count,
		   &top->choice);
	pthread_mutex_unlock(&top->feeds.counts.lock);
	for (int i = 0; i < page->count; i++)
		puts(page->lines[i].used ? page->lines[i].text : "");
	if (fflush(stdout) != 0)
		refuse("standard output", strerror(errno));
}

/* Returns whether all there was to come has come. */
static bool refresh_page(struct top *top)
{
	bool ended;
	pthread_mutex_lock(&top->feeds.counts.lock);
	ended = feeds_all_ended(&top->feeds);
	look(top);
	pthread_mutex_unlock(&top->feeds.counts.lock);
	if (top->on_screen)
		show(top);
	else
		print(top);
	return ended;
}

/* --- keys --- */

static void skip(struct top *top, int64_t rows)
{
	int64_t last = (int64_t)top->view.count[top->choice.pane] - 1;
	int64_t to = top->choice.skipped + rows;
	if (to > last)
		to = last;
	top->choice.skipped = to > 0 ? (uint32_t)to : 0;
}

static void obey(struct top *top, enum key key, enum pane pane, enum order order)
{
	struct choice *choice = &top->choice;
	switch (key) {
	case TO_PANE:
		choice->pane = pane == PANES ? (choice->pane + 1) % PANES : pane;
		choice->skipped = 0;
		break;
	case TO_ORDER:
		choice->order = order;
		choice->skipped = 0;
		break;
	case PAUSE:
		choice->paused = !choice->paused;
		break;
	case HELP:
		choice->help = true;
		break;
	case UP:
	case DOWN:
		skip(top, key == UP ? -1 : 1);
		break;
	case PAGE_UP:
	case PAGE_DOWN:
		skip(top, key == PAGE_UP ? -page_rows(&top->page) : page_rows(&top->page));
		break;
	case HOME:
		choice->skipped = 0;
		break;
	default:
		break;
	}
}

/* Returns false where one of the keys quits. */
static bool read_keys(struct top *top)
{
	enum key key;
	enum pane pane = PANES;
	enum order order = BY_RATE;
	bool any = false;
	while ((key = screen_key(&pane, &order)) != NO_KEY) {
		any = true;
		if (top->choice.help && key != RESIZED) {
			top->choice.help = false;
			continue;
		}
		if (key == QUIT)
			return false;
		obey(top, key, pane, order);
	}
	if (any)
		show(top);
	return true;
}

/* --- the loop --- */

static void end_if_asked(void)
{
	if (!signals_ended_by())
		return;
	screen_close();
	signals_end_by(signals_ended_by());
}

/* Waits until `until_ms`, a key or a signal. Returns false where the terminal is gone. */
static bool wait_until(const struct top *top, int64_t until_ms, const sigset_t *open)
{
	struct pollfd keys = {.fd = top->on_screen ? STDIN_FILENO : -1, .events = POLLIN};
	int64_t left = until_ms - now_ms();
	struct timespec time;
	if (left < 0)
		left = 0;
	time = (struct timespec){.tv_sec = (time_t)(left / 1000),
				 .tv_nsec = (long)(left % 1000) * 1000000};
	if (ppoll(&keys, 1, &time, open) < 0)
		return errno == EINTR;
	return !(keys.revents & (POLLHUP | POLLERR | POLLNVAL));
}

/* Text begins with all that was recorded before. */
static void await_past(struct top *top, const sigset_t *open)
{
	bool is_past = true;
	while (is_past) {
		pthread_mutex_lock(&top->feeds.counts.lock);
		is_past = feeds_any_in(&top->feeds, READS_PAST);
		pthread_mutex_unlock(&top->feeds.counts.lock);
		if (is_past)
			wait_until(top, now_ms() + 20, open);
		end_if_asked();
	}
}

static void run(struct top *top, const sigset_t *open)
{
	int64_t next = now_ms();
	for (;;) {
		if (now_ms() >= next) {
			bool ended = refresh_page(top);
			if (top->left > 0 && --top->left == 0)
				return;
			if (ended && !top->on_screen)
				return;
			next = now_ms() + top->interval_ms;
		}
		if (!wait_until(top, next, open))
			return;
		end_if_asked();
		if (top->on_screen && !read_keys(top))
			return;
	}
}

/* Feeds first: what cannot be followed is said while the terminal is as it was. */
static void open_feeds(struct top *top, int count, char **words)
{
	pthread_mutex_init(&top->feeds.counts.lock, NULL);
	tally_init(&top->feeds.counts.tally);
	if (optind == count)
		feeds_add_default(&top->feeds);
	for (; optind < count; optind++)
		feeds_add(&top->feeds, words[optind]);
}

static void start(struct top *top)
{
	int error;
	top->was_past = true;
	top->taken_ms = now_ms();
	if (top->on_screen)
		screen_open();
	error = feeds_start(&top->feeds);
	if (!error)
		return;
	screen_close();
	refuse("threads", strerror(error));
}

int main(int count, char **words)
{
	static struct top top;
	struct top_options options;
	sigset_t open;
	setlocale(LC_CTYPE, "");
	options = top_options_read(count, words);
	top.interval_ms = options.interval_ms;
	top.left = options.count;
	open_feeds(&top, count, words);
	top.page.utf8 = strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
	top.on_screen = isatty(STDIN_FILENO) && isatty(STDOUT_FILENO);
	signals_hold(&open);
	start(&top);
	if (!top.on_screen)
		await_past(&top, &open);
	run(&top, &open);
	screen_close();
	fflush(stdout);
	/* The feeds' threads may be in the middle of anything. */
	_exit(0);
}
