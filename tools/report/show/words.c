#include "show/words.h"

#include <inttypes.h>

#include "show/shown.h"

const char *words_number(uint64_t value, char text[WORDS_NUMBER])
{
	int at = WORDS_NUMBER - 1, digits = 0;
	text[at] = 0;
	do {
		if (digits && digits % 3 == 0)
			text[--at] = ',';
		text[--at] = (char)('0' + value % 10);
		digits++;
	} while ((value /= 10));
	return &text[at];
}

void words_count(FILE *out, uint64_t count, const char *one, const char *many)
{
	char text[WORDS_NUMBER];
	fprintf(out, "%s %s", words_number(count, text), count == 1 ? one : many);
}

void words_bytes(FILE *out, uint64_t bytes)
{
	static const char *const units[] = {"KiB", "MiB", "GiB", "TiB"};
	double value = (double)bytes / 1024;
	int unit = 0;
	if (bytes < 1024) {
		words_count(out, bytes, "byte", "bytes");
		return;
	}
	for (; value >= 1024 && unit < 3; unit++)
		value /= 1024;
	fprintf(out, "%.1f %s", value, units[unit]);
}

static void put_duration(FILE *out, int64_t ns)
{
	int64_t seconds = ns / 1000000000;
	if (seconds < 60)
		fprintf(out, "%.1f s", (double)ns / 1e9);
	else if (seconds < 3600)
		fprintf(out, "%" PRId64 " min %" PRId64 " s", seconds / 60, seconds % 60);
	else if (seconds < 86400)
		fprintf(out, "%" PRId64 " h %" PRId64 " min", seconds / 3600, seconds / 60 % 60);
	else
		fprintf(out, "%" PRId64 " d %" PRId64 " h", seconds / 86400, seconds / 3600 % 24);
}

void words_ms(FILE *out, int64_t ms)
{
	if (ms < 1000)
		fprintf(out, "%" PRId64 " ms", ms);
	else if (ms < 1000000)
		fprintf(out, "%" PRId64 " s", ms / 1000);
	else
		fprintf(out, "%" PRId64 " min", ms / 60000);
}

void words_failures(FILE *out, const struct findings *findings)
{
	const struct tally *tally = findings->tally;
	if (!tally->failures) {
		fputs(tally->records ? "No broken pipe was recorded" : "Nothing was recorded", out);
		if (tally->records) {
			fputs(" of ", out);
			words_count(out, tally->processes.count, "guarded process",
				    "guarded processes");
		}
		fputs(".", out);
		return;
	}
	words_count(out, tally->failures, "broken pipe", "broken pipes");
	fputs(" on ", out);
	if (findings->connections || !findings->pipes)
		words_count(out, findings->connections, "connection", "connections");
	if (findings->connections && findings->pipes)
		fputs(" and ", out);
	if (findings->pipes)
		words_count(out, findings->pipes, "pipe", "pipes");
	fputs("; ", out);
	words_count(out, tally->averted, "death", "deaths");
	fputs(" averted", out);
	if (tally->killed) {
		fputs(", ", out);
		words_count(out, tally->killed, "death by SIGPIPE", "deaths by SIGPIPE");
	}
	fputs(".", out);
}

void words_lost(FILE *out, const struct findings *findings)
{
	if (!findings->lost) {
		fputs("Nothing that was written is known to be lost.", out);
		return;
	}
	fputs(findings->lost_at_most ? "At most " : "", out);
	words_bytes(out, findings->lost);
	fputs(" lost: written and never acknowledged, on ", out);
	words_count(out, findings->lossy, "connection", "connections");
	fputs(".", out);
}

void words_span(FILE *out, const struct findings *findings)
{
	const struct tally *tally = findings->tally;
	char begin[SHOWN_TIME], end[SHOWN_TIME], number[WORDS_NUMBER];
	bool is_short = tally->last_ns - tally->first_ns < 60000000000;
	shown_time(tally->first_ns, is_short, begin);
	shown_time(tally->last_ns, is_short, end);
	fprintf(out, "From %s to %s (", begin, end);
	put_duration(out, tally->last_ns - tally->first_ns);
	fputs("); ", out);
	if (!tally->suppressed && !tally->discarded && !tally->discarded_unknown) {
		fputs("no records suppressed or discarded.", out);
		return;
	}
	words_count(out, tally->suppressed, "record", "records");
	fprintf(out, " suppressed, %s discarded%s.", words_number(tally->discarded, number),
		tally->discarded_unknown ? " and more that were not counted" : "");
}

void words_cluster(FILE *out, const struct cluster *cluster)
{
	fprintf(out, "A tight cluster at %.1f s: ", cluster->median_ms / 1000.0);
	words_count(out, cluster->count, "connection", "connections");
	fprintf(out, ", %.2f to %.2f s.", cluster->least_ms / 1000.0, cluster->most_ms / 1000.0);
}

void words_default(FILE *out, const struct cluster *cluster)
{
	if (cluster->known)
		fprintf(out, "%d s is the default of %s.", cluster->known->seconds,
			cluster->known->whose);
	else
		fputs("No known default explains it.", out);
}
