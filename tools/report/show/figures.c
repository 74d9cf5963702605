#include "show/figures.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "count/address.h"
#include "count/first.h"
#include "show/clock.h"
#include "show/plot.h"

enum { PEERS = 10, FEWEST_PEERS = 5, FEWEST_STEPS = 12, FEWEST_BARS = 6 };

/* --- a figure --- */

static void open_figure(FILE *out, const char *caption)
{
	fprintf(out, "<figure>\n<figcaption>%s</figcaption>\n", caption);
}

static void open_wide(FILE *out, const char *caption)
{
	fprintf(out, "<div class=\"wide\" role=\"region\" tabindex=\"0\" aria-label=\"%s\">\n",
		caption);
}

static void close_figure(FILE *out)
{
	fputs("</div>\n</figure>\n", out);
}

/* --- failures over time --- */

/* One cause's boxes, on top of those before: `sum` is how high they are. */
static void put_cause(const struct plot *plot, int cause, const struct timeline *timeline,
		      uint64_t *sum)
{
	char class[16];
	snprintf(class, sizeof(class), "cause-%d", cause);
	for (int i = 0; i < timeline->count; i++) {
		uint64_t low = sum[i];
		sum[i] += timeline->step[i];
		if (timeline->step[i])
			plot_box(plot, i, i + 0.9, (double)low, (double)sum[i], class);
	}
}

static uint64_t most_of(const struct timeline *by_cause)
{
	uint64_t most = 0;
	for (int i = 0; i < by_cause[0].count; i++) {
		uint64_t sum = 0;
		for (int cause = 0; cause < CAUSE_COUNT; cause++)
			sum += by_cause[cause].step[i];
		most = sum > most ? sum : most;
	}
	return most;
}

static void plot_times(FILE *out, const struct timeline *by_cause)
{
	int count = by_cause[0].count;
	int64_t width = timeline_width_ns(by_cause[0].width), begin = by_cause[0].first * width;
	uint64_t sum[TIMELINE_STEPS] = {0};
	char span[CLOCK_SPAN];
	struct plot plot;
	plot_begin(&plot, out,
		   &(struct plot_frame){.id = "plot_time",
					.title = "Failures over time, by cause",
					.counted = "failures",
					.most = most_of(by_cause),
					.last = count < FEWEST_STEPS ? FEWEST_STEPS : count});
	for (int cause = 0; cause < CAUSE_COUNT; cause++)
		put_cause(&plot, cause, &by_cause[cause], sum);
	clock_ticks(&plot, begin, width);
	clock_span(&plot, begin, width, span);
	plot_end(&plot, span);
}

static void put_legend(FILE *out, const struct findings *findings)
{
	fputs("<ul class=\"legend\">\n", out);
	for (int i = 0; i < CAUSE_COUNT; i++)
		if (findings->tally->by_cause[i])
			fprintf(out, "<li><span class=\"cause cause-%d\"></span> %s</li>\n", i,
				cause_name((enum record_cause)i));
	fputs("</ul>\n", out);
}

static void put_times(FILE *out, const struct findings *findings)
{
	static const char caption[] = "Failures over time, by cause";
	open_figure(out, caption);
	put_legend(out, findings);
	open_wide(out, caption);
	plot_times(out, findings->by_cause);
	close_figure(out);
}

/* --- steps of unlike width, drawn as wide as one another: a scale of logarithms --- */

struct steps {
	const uint64_t *count;
	int first, last;
	uint64_t most;
};

/* The steps to show: from the first to the last that is not empty, and some around them. */
static void find_bounds(const uint64_t *steps, int count, int *first, int *last)
{
	for (*first = 0; !steps[*first] && *first < count - 1;)
		++*first;
	for (*last = count - 1; !steps[*last] && *last > *first;)
		--*last;
	do {
		*first -= *first > 0;
		*last += *last < count - 1;
	} while (*last - *first + 1 < FEWEST_BARS);
}

static struct steps choose_steps(const uint64_t *counts, int total)
{
	struct steps steps = {.count = counts};
	find_bounds(counts, total, &steps.first, &steps.last);
	for (int i = steps.first; i <= steps.last; i++)
		steps.most = counts[i] > steps.most ? counts[i] : steps.most;
	return steps;
}

static void begin_steps(struct plot *plot, FILE *out, const struct steps *steps, const char *id,
			const char *title, int mark_rows)
{
	plot_begin(plot, out,
		   &(struct plot_frame){.id = id,
					.title = title,
					.counted = "connections",
					.most = steps->most,
					.first = steps->first,
					.last = steps->last + 1,
					.mark_rows = mark_rows});
	for (int i = steps->first; i <= steps->last; i++)
		if (steps->count[i])
			plot_box(plot, i + 0.04, i + 0.96, 0, (double)steps->count[i], "bar");
}

/* --- silence --- */

/* Where a time lies among steps that are drawn as wide as one another. */
static double place_of(int32_t ms)
{
	int i = 0;
	while (i + 1 < SILENCE_STEPS && ms >= silence_step_ms(i + 1))
		i++;
	if (i == 0)
		return (double)ms / silence_step_ms(1);
	return i + log((double)ms / silence_step_ms(i)) /
		       log((double)silence_step_ms(i + 1) / silence_step_ms(i));
}

/* As short as it must be to stand beside its neighbours. */
static void put_seconds(const struct plot *plot, int step)
{
	double seconds = silence_step_ms(step) / 1000.0;
	char text[32];
	if (seconds < 1000)
		snprintf(text, sizeof(text), "%g", seconds);
	else
		snprintf(text, sizeof(text), "%gk", seconds / 1000);
	plot_tick(plot, step, text);
}

/* Where a cluster's text stands so that it lies upon no other's text or line: beside its own line,
 * away from a near one; between two, a row higher. */
static void mark_cluster(const struct plot *plot, const struct findings *findings, int i)
{
	double at = place_of(findings->clusters[i].median_ms), place = plot_place(plot, at);
	bool near_left = false, near_right = false;
	char text[32];
	for (int other = 0; other < findings->cluster_count; other++) {
		double its = plot_place(plot, place_of(findings->clusters[other].median_ms));
		if (other == i || fabs(its - place) > plot_text_width(8))
			continue;
		near_left |= its <= place;
		near_right |= its > place;
	}
	snprintf(text, sizeof(text), "%.1f s", findings->clusters[i].median_ms / 1000.0);
	plot_mark(plot, at, near_left && near_right, near_left - near_right, text);
}

static void put_silence(FILE *out, const struct findings *findings)
{
	static const char caption[] = "Idle before close";
	struct steps steps = choose_steps(findings->silence_steps, SILENCE_STEPS);
	int clusters = findings->cluster_count;
	struct plot plot;
	open_figure(out, caption);
	if (clusters)
		fputs("<p class=\"note\">Dashed: tight clusters, as of timeouts.</p>\n", out);
	open_wide(out, caption);
	begin_steps(&plot, out, &steps, "plot_silence",
		    "How long peers had been silent before they closed",
		    clusters > 2 ? 2 : clusters > 0);
	for (int i = steps.first; i <= steps.last + 1 && i < SILENCE_STEPS; i++)
		put_seconds(&plot, i);
	for (int i = 0; i < clusters; i++)
		mark_cluster(&plot, findings, i);
	plot_end(&plot, "seconds of silence");
	close_figure(out);
}

/* --- peers --- */

struct bar {
	char name[512];
	uint64_t failures;
};

static int compare_bars(const void *left, const void *right, void *context)
{
	const struct bar *a = left, *b = right;
	(void)context;
	return (a->failures < b->failures) - (a->failures > b->failures);
}

static uint32_t add_bar(struct bar bars[PEERS], uint32_t count, const char *name, uint64_t failures)
{
	struct bar bar = {.failures = failures};
	snprintf(bar.name, sizeof(bar.name), "%s", name);
	return first_insert(bars, count, PEERS, &bar, sizeof(bar), compare_bars, NULL);
}

static uint32_t find_bars(const struct findings *findings, struct bar bars[PEERS])
{
	const struct tally *tally = findings->tally;
	uint32_t count = 0;
	for (uint32_t i = 0; i < findings->addresses.sorted && i < PEERS; i++) {
		uint32_t id = findings->addresses.id[i];
		const struct peer_counts *peer = table_value(&tally->addresses, id);
		char name[ADDRESS_TEXT];
		size_t length;
		const char *bytes = table_key(&tally->addresses, id, &length);
		address_format(bytes, length, 0, name);
		count = add_bar(bars, count, name, peer->failures);
	}
	for (uint32_t i = 0; i < findings->local_peers.sorted && i < PEERS; i++) {
		uint32_t id = findings->local_peers.id[i];
		const struct peer_counts *peer = table_value(&tally->local_peers, id);
		count = add_bar(bars, count, table_text(&tally->local_peers, id), peer->failures);
	}
	return count;
}

static void plot_bars(FILE *out, const struct bar *bars, uint32_t count, const char *title)
{
	struct plot plot;
	size_t longest = 0;
	for (uint32_t i = 0; i < count; i++)
		if (strlen(bars[i].name) > longest)
			longest = strlen(bars[i].name);
	plot_begin(&plot, out,
		   &(struct plot_frame){.id = "plot_peers",
					.title = title,
					.counted = "failures",
					.most = bars[0].failures,
					.last = count < FEWEST_PEERS ? FEWEST_PEERS : count,
					.is_sideways = true,
					.longest = (int)longest});
	for (uint32_t i = 0; i < count; i++) {
		plot_box(&plot, i + 0.1, i + 0.9, 0, (double)bars[i].failures, "bar");
		plot_name(&plot, i + 0.5, bars[i].name);
	}
	plot_end(&plot, NULL);
}

static void put_peers(FILE *out, const struct findings *findings)
{
	static const char caption[] = "Peers with the most failures";
	struct bar bars[PEERS];
	uint32_t count = find_bars(findings, bars);
	if (!count)
		return;
	open_figure(out, caption);
	open_wide(out, caption);
	plot_bars(out, bars, count, caption);
	close_figure(out);
}

/* --- lost bytes --- */

static void put_size(const struct plot *plot, int step)
{
	uint64_t bytes = findings_lost_step(step);
	char text[32];
	if (bytes < 1024)
		snprintf(text, sizeof(text), "%" PRIu64 " B", bytes);
	else if (bytes < 1 << 20)
		snprintf(text, sizeof(text), "%" PRIu64 " K", bytes >> 10);
	else
		snprintf(text, sizeof(text), "%" PRIu64 " M", bytes >> 20);
	plot_tick(plot, step, text);
}

static void put_lost(FILE *out, const struct findings *findings)
{
	static const char caption[] = "Lost bytes, by connection";
	struct steps steps = choose_steps(findings->lost_steps, LOST_STEPS);
	struct plot plot;
	open_figure(out, caption);
	open_wide(out, caption);
	begin_steps(&plot, out, &steps, "plot_lost", "How much connections lost", 0);
	for (int i = steps.first; i <= steps.last + 1 && i < LOST_STEPS; i++)
		put_size(&plot, i);
	plot_end(&plot, "bytes lost on a connection");
	close_figure(out);
}

void figures_print(FILE *out, const struct findings *findings)
{
	if (!findings->tally->failures)
		return;
	fputs("<div class=\"figures\">\n", out);
	put_times(out, findings);
	if (findings->silence_count)
		put_silence(out, findings);
	put_peers(out, findings);
	if (findings->lossy)
		put_lost(out, findings);
	fputs("</div>\n", out);
}
