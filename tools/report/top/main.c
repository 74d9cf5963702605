/* bpguard-top: what `bpguard top` runs. Threads read, see feed.h; this one looks at what they have
 * counted, shows it, and listens to keys. */
#include <errno.h>
#include <getopt.h>
#include <langinfo.h>
#include <limits.h>
#include <locale.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "read/lines.h"
#include "read/memory.h"
#include "top/refuse.h"
#include "top/screen.h"

struct top {
	struct counts counts;
	struct feed *feeds;
	int feed_count;
	struct view view;
	struct top_page page;
	struct choice choice;
	long interval_ms, left; /* left: how many pages more, -1 for no end */
	int64_t taken_ms;	/* when the view was */
	bool was_past;		/* something was still reading the past then */
	bool on_screen;
};

/* --- what to follow --- */

static void add_feed(struct top *top, const char *name)
{
	top->feeds = must_grow(top->feeds, ((size_t)top->feed_count + 1) * sizeof(struct feed));
	top->feeds[top->feed_count++] = (struct feed){.counts = &top->counts, .name = name};
}

static struct feed *last_feed(const struct top *top)
{
	return &top->feeds[top->feed_count - 1];
}

static bool is_url(const char *word)
{
	return strncmp(word, "net://", 6) == 0 || strncmp(word, "net4://", 7) == 0;
}

static char *join(const char *directory, const char *name)
{
	char *path;
	if (asprintf(&path, "%s/%s", directory, name) < 0)
		refuse("memory", "none left");
	return path;
}

/* The rest of the line of a recording's own file that begins with `word`, or null. */
static char *recording_says(const char *directory, const char *word)
{
	char *path = join(directory, "bpguard.recording"), *value = NULL;
	char line[4096];
	FILE *file = fopen(path, "re");
	while (file && !value && fgets(line, sizeof(line), file)) {
		line[strcspn(line, "\n")] = 0;
		if (strncmp(line, word, strlen(word)) == 0)
			value = must_copy(line + strlen(word));
	}
	if (file)
		fclose(file);
	free(path);
	return value;
}

/* A recording: by its live session, or its log. */
static void add_recording(struct top *top, const char *directory)
{
	char *url = recording_says(directory, "live ");
	char *log = join(directory, "bpguard.jsonl");
	if (url) {
		last_feed(top)->name = url;
		live_open(last_feed(top), url);
	} else if (access(log, F_OK) == 0) {
		follow_open(last_feed(top), log, recording_says(directory, "host "));
	} else {
		char *mark = join(directory, "bpguard.recording");
		refuse(directory, access(mark, F_OK) == 0
				      ? "its LTTng session is not live; record with --live, or see "
					"bpguard report"
				      : "no recording");
	}
}

static void add(struct top *top, const char *word)
{
	struct stat status;
	add_feed(top, word);
	if (is_url(word))
		live_open(last_feed(top), word);
	else if (stat(word, &status) != 0)
		refuse(word, strerror(errno));
	else if (S_ISDIR(status.st_mode))
		add_recording(top, word);
	else
		follow_open(last_feed(top), word, NULL);
}

static void add_default(struct top *top)
{
	bool is_there = access("bpguard.data/bpguard.recording", F_OK) == 0;
	add(top, is_there ? "bpguard.data" : "net://localhost");
}

/* --- feeds --- */

static void *run_feed(void *feed)
{
	((struct feed *)feed)->run(feed);
	return NULL;
}

/* Signals are for the main thread. */
static void start_feeds(struct top *top)
{
	pthread_t thread;
	int error;
	for (int i = 0; i < top->feed_count; i++)
		if ((error = pthread_create(&thread, NULL, run_feed, &top->feeds[i])) != 0) {
			screen_close();
			refuse("threads", strerror(error));
		}
}

static bool any_in(const struct top *top, enum feed_state state)
{
	for (int i = 0; i < top->feed_count; i++)
		if (top->feeds[i].state == state)
			return true;
	return false;
}

static bool all_ended(const struct top *top)
{
	for (int i = 0; i < top->feed_count; i++)
		if (top->feeds[i].state != ENDED)
			return false;
	return true;
}

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
	bool is_past = any_in(top, READS_PAST);
	if (top->choice.paused)
		return;
	view_take(&top->view, &top->counts.tally, (double)(now - top->taken_ms + 1) / 1000,
		  is_past || top->was_past);
	top->was_past = is_past;
	top->taken_ms = now;
}

static void show(struct top *top)
{
	struct top_page *page = &top->page;
	screen_size(&page->width, &page->height);
	pthread_mutex_lock(&top->counts.lock);
	page_make(page, &top->view, &top->counts.tally, top->feeds, top->feed_count, &top->choice);
	pthread_mutex_unlock(&top->counts.lock);
	screen_show(page);
}

static void print(struct top *top)
{
	struct top_page *page = &top->page;
	page->width = 120;
	pthread_mutex_lock(&top->counts.lock);
	page_print(page, &top->view, &top->counts.tally, top->feeds, top->feed_count, &top->choice);
	pthread_mutex_unlock(&top->counts.lock);
	for (int i = 0; i < page->count; i++)
		puts(page->lines[i].used ? page->lines[i].text : "");
	if (fflush(stdout) != 0)
		refuse("standard output", strerror(errno));
}

/* Returns whether all there was to come has come. */
static bool refresh_page(struct top *top)
{
	bool ended;
	pthread_mutex_lock(&top->counts.lock);
	ended = all_ended(top);
	look(top);
	pthread_mutex_unlock(&top->counts.lock);
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

/* --- signals --- */

static volatile sig_atomic_t ended_by;

static void note_signal(int number)
{
	ended_by = number;
}

static const int ending[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};

/* They are let in while this thread waits, and at no other time. SIGWINCH is curses' own, but waits
 * likewise. `open` is the mask to wait with. */
static void hold_signals(sigset_t *open)
{
	struct sigaction action = {.sa_handler = note_signal};
	sigset_t held;
	sigemptyset(&held);
	sigaddset(&held, SIGWINCH);
	for (size_t i = 0; i < sizeof(ending) / sizeof(ending[0]); i++) {
		struct sigaction old;
		/* What nohup set stays. */
		if (sigaction(ending[i], NULL, &old) == 0 && old.sa_handler == SIG_IGN)
			continue;
		sigaction(ending[i], &action, NULL);
		sigaddset(&held, ending[i]);
	}
	sigprocmask(SIG_BLOCK, &held, open);
	sigdelset(open, SIGWINCH);
	for (size_t i = 0; i < sizeof(ending) / sizeof(ending[0]); i++)
		sigdelset(open, ending[i]);
}

/* So that who waits for us sees by what we ended. */
static void end_by_signal(void)
{
	sigset_t one;
	int number = ended_by;
	screen_close();
	signal(number, SIG_DFL);
	sigemptyset(&one);
	sigaddset(&one, number);
	raise(number);
	sigprocmask(SIG_UNBLOCK, &one, NULL);
}

/* --- the loop --- */

/* Waits until `until_ms`, a key or a signal. Returns false where the terminal is gone. */
static bool wait_until(const struct top *top, int64_t until_ms, const sigset_t *open)
{
	struct pollfd keys = {.fd = top->on_screen ? STDIN_FILENO : -1, .events = POLLIN};
	int64_t left = until_ms - now_ms();
	struct timespec time;
	if (left < 0)
		left = 0;
	time = (struct timespec){.tv_sec = left / 1000, .tv_nsec = left % 1000 * 1000000};
	if (ppoll(&keys, 1, &time, open) < 0)
		return errno == EINTR;
	return !(keys.revents & (POLLHUP | POLLERR | POLLNVAL));
}

/* Text begins with all that was recorded before. */
static void await_past(struct top *top, const sigset_t *open)
{
	bool is_past = true;
	while (is_past) {
		pthread_mutex_lock(&top->counts.lock);
		is_past = any_in(top, READS_PAST);
		pthread_mutex_unlock(&top->counts.lock);
		if (is_past)
			wait_until(top, now_ms() + 20, open);
		if (ended_by)
			end_by_signal();
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
		if (ended_by)
			end_by_signal();
		if (top->on_screen && !read_keys(top))
			return;
	}
}

/* --- the command line --- */

static const char usage[] = "usage: bpguard top [-d SECONDS] [-n COUNT] "
			    "[net://HOST[:PORT][/host/NAME/SESSION]|DIR|FILE...]\n";

static double read_number(const char *option, const char *text, double least, double most)
{
	char *end;
	double value = strtod(text, &end);
	char takes[64];
	if (*text && !*end && value >= least && value <= most)
		return value;
	snprintf(takes, sizeof(takes), "takes a number, %g to %g", least, most);
	refuse(option, takes);
}

static void read_options(struct top *top, int count, char **words)
{
	static const struct option known[] = {{"help", no_argument, NULL, 'h'}, {NULL, 0, NULL, 0}};
	int option;
	while ((option = getopt_long(count, words, "d:n:h", known, NULL)) != -1) {
		switch (option) {
		case 'd':
			top->interval_ms = (long)(1000 * read_number("-d", optarg, 0.1, 3600));
			break;
		case 'n':
			top->left = (long)read_number("-n", optarg, 1, 1e9);
			break;
		case 'h':
			fputs(usage, stdout);
			exit(0);
		default:
			fputs(usage, stderr);
			exit(125);
		}
	}
}

int main(int count, char **words)
{
	static struct top top = {.interval_ms = 1000, .left = -1};
	sigset_t open;
	setlocale(LC_CTYPE, "");
	read_options(&top, count, words);
	pthread_mutex_init(&top.counts.lock, NULL);
	tally_init(&top.counts.tally);
	if (optind == count)
		add_default(&top);
	for (; optind < count; optind++)
		add(&top, words[optind]);
	top.page.utf8 = strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
	top.on_screen = isatty(STDIN_FILENO) && isatty(STDOUT_FILENO);
	top.was_past = true;
	top.taken_ms = now_ms();
	hold_signals(&open);
	if (top.on_screen)
		screen_open();
	start_feeds(&top);
	if (!top.on_screen)
		await_past(&top, &open);
	run(&top, &open);
	screen_close();
	fflush(stdout);
	/* The feeds' threads may be in the middle of anything. */
	_exit(0);
}
