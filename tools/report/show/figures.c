#include "show/figures.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "count/address.h"
#include "show/plot.h"
#include "show/words.h"

enum { PEERS = 10, FEWEST_STEPS = 12, FEWEST_BARS = 6 };

/* --- forms --- */

/* Rectangles of $NAME: a block of left, right, low and high. */
static void put_boxes(FILE *script, const char *name, const char *title, int role)
{
	fprintf(script,
		"$%s using (($1+$2)/2):(($3+$4)/2):1:2:3:4 with boxxyerror lc " PLOT_COLOUR
		" title \"%s\"",
		name, role, title);
}

static void put_box(FILE *script, double left, double right, double low, double high)
{
	fprintf(script, "%.4f %.4f %.1f %.1f\n", left, right, low, high);
}

static void put_figure(FILE *out, const char *svg, const char *caption, const char *more)
{
	fprintf(out,
		"<figure>\n<figcaption>%s</figcaption>\n%s"
		"<div class=\"wide\" role=\"region\" tabindex=\"0\" aria-label=\"%s\">\n%s</div>\n"
		"</figure>\n",
		caption, more, caption, svg);
}

/* --- failures over time --- */

static const int64_t second = 1000000000;

/* What makes no more than `most` marks. */
static int64_t mark_every(int64_t span, int most)
{
	static const int32_t steps[] = {1,     2,     5,      10,     15,      30,     60,    120,
					300,   600,   900,    1800,   3600,    7200,   10800, 21600,
					43200, 86400, 172800, 604800, 1209600, 2592000};
	int64_t ten = 1000000; /* below a second: by tens of milliseconds */
	for (; ten < second; ten *= 10)
		if (span / ten <= most)
			return ten;
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++)
		if (span / second / steps[i] <= most)
			return steps[i] * second;
	return (span / most / (2592000 * second) + 1) * 2592000 * second;
}

static void put_moment(FILE *script, int64_t ns, int64_t every, int64_t span)
{
	time_t seconds = ns / second;
	const char *form = every >= 86400 * second  ? "%m-%d"
			   : span >= 86400 * second ? "%m-%d %H:%M"
			   : every >= 60 * second   ? "%H:%M"
						    : "%H:%M:%S";
	char text[40];
	struct tm parts;
	strftime(text, sizeof(text), form, gmtime_r(&seconds, &parts));
	fputs(text, script);
	if (every < second)
		fprintf(script, ".%03d", (int)(ns % second / 1000000));
}

static void put_day(FILE *script, int64_t ns)
{
	time_t seconds = ns / second;
	char text[40];
	struct tm parts;
	strftime(text, sizeof(text), "%Y-%m-%d", gmtime_r(&seconds, &parts));
	fputs(text, script);
}

static void put_clock(FILE *script, int64_t begin, int64_t width, int steps)
{
	int64_t span = width * steps, every = mark_every(span, span < 600 * second ? 4 : 8);
	int64_t end = begin + span;
	const char *before = "";
	if (begin / 86400 / second != (end - 1) / 86400 / second)
		every = mark_every(span, 4);
	fprintf(script, "set rmargin 7\nset xrange [0:%d]\nset xtics (", steps);
	for (int64_t at = (begin + every - 1) / every * every; at <= end;
	     at += every, before = ", ") {
		fprintf(script, "%s\"", before);
		put_moment(script, at, every, span);
		fprintf(script, "\" %.4f", (double)(at - begin) / (double)width);
	}
	fputs(")\nset xlabel \"UTC, ", script);
	put_day(script, begin);
	if (begin / 86400 / second != (end - 1) / 86400 / second) {
		fputs(" to ", script);
		put_day(script, end - 1);
	}
	fprintf(script, "\" textcolor " PLOT_COLOUR "\n", PLOT_TEXT);
}

/* One cause's boxes, on top of those before: `sum` is how high they are. */
static void put_cause_boxes(FILE *script, int cause, const struct timeline *timeline, uint64_t *sum)
{
	fprintf(script, "$cause%d << END\n", cause);
	for (int i = 0; i < timeline->count; i++) {
		if (timeline->step[i])
			put_box(script, i, i + 0.9, (double)sum[i],
				(double)(sum[i] + timeline->step[i]));
		sum[i] += timeline->step[i];
	}
	fputs("END\n", script);
}

static char *make_legend(const struct findings *findings)
{
	char *legend;
	size_t size;
	FILE *out = open_memstream(&legend, &size);
	fputs("<ul class=\"legend\">\n", out);
	for (int i = 0; i < CAUSE_COUNT; i++)
		if (findings->tally->by_cause[i])
			fprintf(out, "<li><span class=\"cause cause-%d\"></span> %s</li>\n", i,
				cause_name((enum record_cause)i));
	fputs("</ul>\n", out);
	fclose(out);
	return legend;
}

static char *plot_times(const struct findings *findings)
{
	const struct timeline *timelines = findings->by_cause;
	int count = timelines[0].count;
	int64_t width = timeline_width_ns(timelines[0].width);
	uint64_t sum[TIMELINE_STEPS] = {0}, most = 0;
	const char *before = "plot ";
	struct plot plot;
	plot_begin(&plot, "plot_time", "Failures over time, by cause");
	for (int i = 0; i < CAUSE_COUNT; i++)
		put_cause_boxes(plot.script, i, &timelines[i], sum);
	for (int i = 0; i < count; i++)
		most = sum[i] > most ? sum[i] : most;
	plot_counts(&plot, "y", "failures", most);
	put_clock(plot.script, timelines[0].first * width, width,
		  count < FEWEST_STEPS ? FEWEST_STEPS : count);
	for (int i = 0; i < CAUSE_COUNT; i++) {
		char name[16];
		if (!findings->tally->by_cause[i])
			continue;
		fputs(before, plot.script);
		snprintf(name, sizeof(name), "cause%d", i);
		put_boxes(plot.script, name, cause_name((enum record_cause)i), PLOT_CAUSES + i);
		before = ", ";
	}
	fputc('\n', plot.script);
	return plot_end(&plot);
}

static void put_times(FILE *out, const struct findings *findings)
{
	char *svg = plot_times(findings), *legend;
	if (!svg)
		return;
	legend = make_legend(findings);
	put_figure(out, svg, "Failures over time, by cause", legend);
	free(legend);
	free(svg);
}

/* --- steps of unlike width, drawn as wide as one another --- */

static void put_steps(struct plot *plot, const uint64_t *steps, int first, int last)
{
	uint64_t most = 0;
	fputs("$steps << END\n", plot->script);
	for (int i = first; i <= last; i++) {
		if (steps[i])
			put_box(plot->script, i + 0.04, i + 0.96, 0, (double)steps[i]);
		most = steps[i] > most ? steps[i] : most;
	}
	fputs("END\n", plot->script);
	plot_counts(plot, "y", "connections", most);
	fprintf(plot->script, "set xrange [%d:%d]\n", first, last + 1);
}

/* The steps to show: from the first to the last that is not empty, and some around them. */
static void bounds(const uint64_t *steps, int count, int *first, int *last)
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
static void put_seconds(FILE *script, const char *before, int step)
{
	double seconds = silence_step_ms(step) / 1000.0;
	if (seconds < 1000)
		fprintf(script, "%s\"%g\" %d", before, seconds, step);
	else
		fprintf(script, "%s\"%gk\" %d", before, seconds / 1000, step);
}

static void mark_cluster(FILE *script, const struct cluster *cluster)
{
	double at = place_of(cluster->median_ms);
	fprintf(script,
		"set arrow from %.4f, graph 0 to %.4f, graph 1 nohead front lw 1.5 dt (8,6) "
		"lc " PLOT_COLOUR
		"\nset label \"%.1f s\" at %.4f, graph 1.06 center front textcolor " PLOT_COLOUR
		"\n",
		at, at, PLOT_MARK, cluster->median_ms / 1000.0, at, PLOT_MARK);
}

static char *plot_silence(const struct findings *findings)
{
	const char *before = "set tmargin 2\nset xtics (";
	struct plot plot;
	int first, last;
	bounds(findings->silence_steps, SILENCE_STEPS, &first, &last);
	plot_begin(&plot, "plot_silence", "How long peers had been silent before they closed");
	put_steps(&plot, findings->silence_steps, first, last);
	for (int i = first; i <= last + 1 && i < SILENCE_STEPS; i++, before = ", ")
		put_seconds(plot.script, before, i);
	fprintf(plot.script, ")\nset xlabel \"seconds of silence\" textcolor " PLOT_COLOUR "\n",
		PLOT_TEXT);
	for (int i = 0; i < findings->cluster_count; i++)
		mark_cluster(plot.script, &findings->clusters[i]);
	fputs("plot ", plot.script);
	put_boxes(plot.script, "steps", "connections", PLOT_BAR);
	fputc('\n', plot.script);
	return plot_end(&plot);
}

static void put_silence(FILE *out, const struct findings *findings)
{
	char *svg = findings->silence_count ? plot_silence(findings) : NULL;
	if (svg)
		put_figure(out, svg, "Idle before close",
			   findings->cluster_count
			       ? "<p class=\"note\">Dashed: tight clusters, as of timeouts.</p>\n"
			       : "");
	free(svg);
}

/* --- peers --- */

struct bar {
	char name[512];
	uint64_t failures;
};

static void add_bar(struct bar bars[PEERS], int *count, const char *name, uint64_t failures)
{
	int at = *count;
	for (; at > 0 && bars[at - 1].failures < failures; at--)
		if (at < PEERS)
			bars[at] = bars[at - 1];
	if (at >= PEERS)
		return;
	bars[at].failures = failures;
	snprintf(bars[at].name, sizeof(bars[at].name), "%s", name);
	*count += *count < PEERS;
}

static int find_bars(const struct findings *findings, struct bar bars[PEERS])
{
	const struct tally *tally = findings->tally;
	int count = 0;
	for (uint32_t i = 0; i < findings->addresses.sorted && i < PEERS; i++) {
		const struct peer_counts *peer =
		    table_value(&tally->addresses, findings->addresses.id[i]);
		char name[ADDRESS_TEXT];
		size_t length;
		const char *bytes =
		    table_key(&tally->addresses, findings->addresses.id[i], &length);
		address_format(bytes, length, 0, name);
		add_bar(bars, &count, name, peer->failures);
	}
	for (uint32_t i = 0; i < findings->local_peers.sorted && i < PEERS; i++) {
		uint32_t id = findings->local_peers.id[i];
		const struct peer_counts *peer = table_value(&tally->local_peers, id);
		add_bar(bars, &count, table_text(&tally->local_peers, id), peer->failures);
	}
	return count;
}

static char *plot_bars(const struct bar *bars, int count)
{
	struct plot plot;
	size_t longest = 0;
	plot_begin(&plot, "plot_peers", "Peers with the most failures");
	fputs("$peers << END\n", plot.script);
	for (int i = 0; i < count; i++)
		put_box(plot.script, 0, (double)bars[i].failures, -i - 0.4, -i + 0.4);
	fputs("END\nset ytics (", plot.script);
	for (int i = 0; i < count; i++) {
		size_t length = strlen(bars[i].name);
		plot.labels[i] = bars[i].name;
		longest = length > longest ? length : longest;
		fprintf(plot.script, "%s\"@%d@\" %d", i ? ", " : "", i, -i);
	}
	fprintf(plot.script, ")\nset yrange [%.1f:0.7]\nset border 2\nset lmargin %zu\n",
		-(count < 5 ? 5 : count) + 0.3, (longest < PLOT_LABEL ? longest : PLOT_LABEL) + 2);
	plot_counts(&plot, "x", "failures", bars[0].failures);
	fputs("plot ", plot.script);
	put_boxes(plot.script, "peers", "failures", PLOT_BAR);
	fputc('\n', plot.script);
	return plot_end(&plot);
}

static void put_peers(FILE *out, const struct findings *findings)
{
	struct bar bars[PEERS];
	int count = find_bars(findings, bars);
	char *svg = count ? plot_bars(bars, count) : NULL;
	if (svg)
		put_figure(out, svg, "Peers with the most failures", "");
	free(svg);
}

/* --- lost bytes --- */

static void put_size(FILE *script, uint64_t bytes)
{
	if (bytes < 1024)
		fprintf(script, "%" PRIu64 " B", bytes);
	else if (bytes < 1 << 20)
		fprintf(script, "%" PRIu64 " K", bytes >> 10);
	else
		fprintf(script, "%" PRIu64 " M", bytes >> 20);
}

static char *plot_lost(const struct findings *findings)
{
	const char *before = "set xtics (";
	struct plot plot;
	int first, last;
	bounds(findings->lost_steps, LOST_STEPS, &first, &last);
	plot_begin(&plot, "plot_lost", "How much connections lost");
	put_steps(&plot, findings->lost_steps, first, last);
	for (int i = first; i <= last + 1 && i < LOST_STEPS; i++, before = ", ") {
		fprintf(plot.script, "%s\"", before);
		put_size(plot.script, findings_lost_step(i));
		fprintf(plot.script, "\" %d", i);
	}
	fprintf(plot.script,
		")\nset xlabel \"bytes lost on a connection\" textcolor " PLOT_COLOUR "\nplot ",
		PLOT_TEXT);
	put_boxes(plot.script, "steps", "connections", PLOT_BAR);
	fputc('\n', plot.script);
	return plot_end(&plot);
}

static void put_lost(FILE *out, const struct findings *findings)
{
	char *svg = findings->lossy ? plot_lost(findings) : NULL;
	if (svg)
		put_figure(out, svg, "Lost bytes, by connection", "");
	free(svg);
}

void figures_print(FILE *out, const struct findings *findings)
{
	if (!findings->tally->failures)
		return;
	fputs("<div class=\"figures\">\n", out);
	put_times(out, findings);
	put_silence(out, findings);
	put_peers(out, findings);
	put_lost(out, findings);
	fputs("</div>\n", out);
}
