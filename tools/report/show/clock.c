#include "show/clock.h"

#include <stdbool.h>
#include <string.h>
#include <time.h>

static const int64_t second = 1000000000, day = 86400 * (int64_t)1000000000;

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

static void format(int64_t ns, const char *form, char text[40])
{
	time_t seconds = (time_t)(ns / second);
	struct tm parts;
	strftime(text, 40, form, gmtime_r(&seconds, &parts));
}

/* As much of a moment as tells it from its neighbours. */
static void format_moment(int64_t ns, int64_t every, int64_t span, char text[40])
{
	const char *form = every >= day		  ? "%m-%d"
			   : span >= day	  ? "%m-%d %H:%M"
			   : every >= 60 * second ? "%H:%M"
						  : "%H:%M:%S";
	size_t length;
	format(ns, form, text);
	length = strlen(text);
	if (every < second)
		snprintf(text + length, 40 - length, ".%03d", (int)(ns % second / 1000000));
}

static int64_t span_of(const struct plot *plot, int64_t width)
{
	return (int64_t)plot->last * width;
}

static bool is_one_day(int64_t begin, int64_t span)
{
	return begin / day == (begin + span - 1) / day;
}

void clock_ticks(const struct plot *plot, int64_t begin, int64_t width)
{
	int64_t span = span_of(plot, width);
	bool has_short_marks = is_one_day(begin, span) && span >= 600 * second;
	int64_t every = mark_every(span, has_short_marks ? 8 : 4);
	for (int64_t at = (begin + every - 1) / every * every; at <= begin + span; at += every) {
		char text[40];
		format_moment(at, every, span, text);
		plot_tick(plot, (double)(at - begin) / (double)width, text);
	}
}

void clock_span(const struct plot *plot, int64_t begin, int64_t width, char text[CLOCK_SPAN])
{
	int64_t span = span_of(plot, width);
	char first[40], last[40];
	format(begin, "%Y-%m-%d", first);
	format(begin + span - 1, "%Y-%m-%d", last);
	if (is_one_day(begin, span))
		snprintf(text, CLOCK_SPAN, "UTC, %.20s", first);
	else
		snprintf(text, CLOCK_SPAN, "UTC, %.20s to %.20s", first, last);
}
