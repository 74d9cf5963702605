#include "top/number.h"

#include <inttypes.h>
#include <stdio.h>

/* Units that a column has room for. */
static const char *scaled(double value, double step, const char *const *units,
			  char text[NUMBER_TEXT])
{
	for (; value >= step * 0.9995 && units[1]; units++)
		value /= step;
	snprintf(text, NUMBER_TEXT, **units ? "%.1f%s" : "%.0f%s", value, *units);
	return text;
}

const char *number_count(uint64_t value, char text[NUMBER_TEXT])
{
	static const char *const units[] = {"M", "G", "T", NULL};
	if (value < 10000000)
		snprintf(text, NUMBER_TEXT, "%" PRIu64, value);
	else
		scaled((double)value / 1e6, 1000, units, text);
	return text;
}

const char *number_bytes(uint64_t value, char text[NUMBER_TEXT])
{
	static const char *const units[] = {"", "KiB", "MiB", "GiB", "TiB", NULL};
	return scaled((double)value, 1024, units, text);
}

const char *number_rate(double rate, char text[NUMBER_TEXT])
{
	static const char *const units[] = {"k", "M", "G", NULL};
	if (rate <= 0)
		snprintf(text, NUMBER_TEXT, "0");
	else if (rate < 10)
		snprintf(text, NUMBER_TEXT, "%.2f", rate);
	else if (rate < 10000)
		snprintf(text, NUMBER_TEXT, "%.1f", rate);
	else
		scaled(rate / 1000, 1000, units, text);
	return text;
}

const char *number_duration(int64_t ns, char text[NUMBER_TEXT])
{
	int64_t s = ns / 1000000000;
	if (s < 60)
		snprintf(text, NUMBER_TEXT, "%" PRId64 " s", s);
	else if (s < 3600)
		snprintf(text, NUMBER_TEXT, "%" PRId64 " min %" PRId64 " s", s / 60, s % 60);
	else
		snprintf(text, NUMBER_TEXT, "%" PRId64 " h %" PRId64 " min", s / 3600, s / 60 % 60);
	return text;
}
