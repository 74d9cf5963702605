#include "find/advice.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "count/address.h"
#include "read/memory.h"

enum { STREAK = 10 }; /* as many failures in a row are no accident of timing any more */

static char *format(const char *text, va_list arguments)
{
	char *made;
	return vasprintf(&made, text, arguments) < 0 ? strdup("") : made;
}

__attribute__((format(printf, 3, 4))) static struct advice *
advise(struct findings *findings, const char *kind, const char *text, ...)
{
	static struct advice beyond; /* what is too much is not reported */
	struct advice *advice = findings->advice_count < ADVICE_MOST
				    ? &findings->advice[findings->advice_count++]
				    : &beyond;
	va_list arguments;
	if (advice == &beyond) {
		free(beyond.text);
		free(beyond.evidence);
	}
	va_start(arguments, text);
	*advice = (struct advice){.kind = kind, .text = format(text, arguments)};
	va_end(arguments);
	return advice;
}

__attribute__((format(printf, 2, 3))) static void because(struct advice *advice, const char *text,
							  ...)
{
	va_list arguments;
	va_start(arguments, text);
	advice->evidence = format(text, arguments);
	va_end(arguments);
}

static unsigned long long number(uint64_t value)
{
	return value;
}

static const char *plural(uint64_t count)
{
	return count == 1 ? "" : "s";
}

/* --- programs and places --- */

static const struct program *program_at(const struct findings *findings, uint32_t id)
{
	return table_value(&findings->tally->programs, id);
}

static const char *program_name(const struct findings *findings, uint32_t id)
{
	return table_text(&findings->tally->names, program_at(findings, id)->name);
}

static const struct spot *spot_at(const struct findings *findings, uint32_t id)
{
	return table_value(&findings->places.spots, id);
}

/* The one with the higher count; of two alike the one that comes first by its place. */
static bool is_better(const struct spot *spot, uint64_t count, const struct spot *best,
		      uint64_t most)
{
	int order;
	if (!count || !best || count != most)
		return count > most;
	order = strcmp(spot->module, best->module);
	return order ? order < 0 : spot->offset < best->offset;
}

/* The place where a program's failures of a cause are most. */
static const struct spot *spot_of_cause(const struct findings *findings, uint32_t program,
					enum record_cause cause)
{
	const struct spot *best = NULL;
	for (uint32_t i = 0; i < findings->places.spots.count; i++) {
		const struct spot *spot = spot_at(findings, i);
		if (spot->program == program &&
		    is_better(spot, spot->by_cause[cause], best, best ? best->by_cause[cause] : 0))
			best = spot;
	}
	return best;
}

static const struct spot *spot_of_streak(const struct findings *findings, uint32_t program)
{
	const struct spot *best = NULL;
	for (uint32_t i = 0; i < findings->places.spots.count; i++) {
		const struct spot *spot = spot_at(findings, i);
		if (spot->program == program &&
		    is_better(spot, (uint64_t)spot->longest_streak, best,
			      best ? (uint64_t)best->longest_streak : 0))
			best = spot;
	}
	return best;
}

/* ", at function (source), module+0xoffset, by write()", as far as it is known. */
static void describe_spot(const struct spot *spot, char *text, size_t size)
{
	int length = 0;
	*text = 0;
	if (!spot)
		return;
	if (spot->function)
		length = snprintf(text, size, " in %s()%s%s", spot->function,
				  spot->source ? ", " : "", spot->source ? spot->source : "");
	if (length >= 0 && (size_t)length < size && *spot->module)
		length += snprintf(text + length, size - (size_t)length, " at %s+0x%llx",
				   spot->module, number(spot->offset));
	if (length >= 0 && (size_t)length < size && *spot->call)
		snprintf(text + length, size - (size_t)length, " (%s)", spot->call);
}

/* --- timeouts --- */

/* The network that most of a cluster's connections came from. */
static void describe_network(const struct findings *findings, const struct cluster *cluster,
			     char *text, size_t size)
{
	struct table networks = table_of(sizeof(uint64_t));
	const struct table *addresses = &findings->tally->addresses;
	uint64_t best = 0;
	*text = 0;
	for (uint32_t i = 0; i < cluster->count; i++) {
		uint32_t peer = findings->silences[cluster->first + i].peer;
		char name[ADDRESS_TEXT];
		uint64_t *count;
		const char *bytes;
		size_t length;
		if (peer == NOBODY)
			continue;
		bytes = table_key(addresses, peer, &length);
		address_format(bytes, length, 1, name);
		count = table_value(&networks, table_put_text(&networks, name));
		if (++*count < best || (*count == best && strcmp(name, text) > 0))
			continue;
		best = *count;
		snprintf(text, size, "%s", name);
	}
	if (*text && best < cluster->count)
		snprintf(text + strlen(text), size - strlen(text), " the most");
	table_free(&networks);
}

static void advise_cluster(struct findings *findings, const struct cluster *cluster)
{
	const struct known_timeout *known = cluster->known;
	double seconds = cluster->median_ms / 1000.0;
	uint32_t addresses = findings_cluster_addresses(findings, cluster);
	char network[ADDRESS_TEXT + 16];
	struct advice *advice = advise(
	    findings, "idle-timeout",
	    "An idle timeout of %.1f s ends connections between you and these peers: send "
	    "something more often than every %.1f s, or raise it. TCP keep-alives "
	    "(--keepalive) help where a device counts packets, not where a proxy counts data.",
	    seconds, seconds);
	describe_network(findings, cluster, network, sizeof(network));
	because(
	    advice,
	    "a tight cluster: %u connections of %u address%s%s%s%s were closed by the peer after "
	    "%.2f to %.2f s in which it sent nothing, %s%s%s%s",
	    cluster->count, addresses, addresses == 1 ? "" : "es", *network ? " (" : "", network,
	    *network ? ")" : "", cluster->least_ms / 1000.0, cluster->most_ms / 1000.0,
	    known ? "the default of " : "which no known default explains",
	    known ? known->whose : "", known ? "; see " : "", known ? known->source : "");
}

/* --- programs --- */

static void advise_shutdown(struct findings *findings, uint32_t id)
{
	uint64_t count = program_at(findings, id)->by_cause[CAUSE_LOCAL_SHUTDOWN];
	char place[4096];
	if (!count)
		return;
	describe_spot(spot_of_cause(findings, id, CAUSE_LOCAL_SHUTDOWN), place, sizeof(place));
	because(advise(findings, "local-shutdown",
		       "%s shuts its own socket down and goes on writing: a bug of its own.",
		       program_name(findings, id)),
		"%llu failure%s of cause local-shutdown%s%s", number(count), plural(count),
		*place ? ", the most" : "", place);
}

static void advise_unconnected(struct findings *findings, uint32_t id)
{
	uint64_t count = program_at(findings, id)->by_cause[CAUSE_NEVER_CONNECTED];
	char place[4096];
	if (!count)
		return;
	describe_spot(spot_of_cause(findings, id, CAUSE_NEVER_CONNECTED), place, sizeof(place));
	because(advise(findings, "never-connected",
		       "%s writes to sockets that were never connected: it does not look at "
		       "connect's result.",
		       program_name(findings, id)),
		"%llu failure%s of cause never-connected%s%s", number(count), plural(count),
		*place ? ", the most" : "", place);
}

static void advise_listening(struct findings *findings, uint32_t id)
{
	uint64_t count = program_at(findings, id)->listening;
	if (count)
		because(advise(findings, "listening",
			       "%s writes to a socket that listens: the one to write to is what "
			       "accept returns.",
			       program_name(findings, id)),
			"%llu failure%s of tcp_state LISTEN", number(count), plural(count));
}

static void advise_streak(struct findings *findings, uint32_t id)
{
	const struct program *program = program_at(findings, id);
	char place[4096];
	if (program->longest_streak < STREAK && !program->runaways)
		return;
	describe_spot(spot_of_streak(findings, id), place, sizeof(place));
	because(advise(findings, "ignores-result",
		       "%s does not look at write's result: it goes on writing to what is broken.",
		       program_name(findings, id)),
		"%lld failures in a row on one connection or pipe%s; %llu runaway record%s",
		(long long)program->longest_streak, place, number(program->runaways),
		plural(program->runaways));
}

static void advise_descriptors(struct findings *findings, uint32_t id)
{
	int64_t left = program_at(findings, id)->fds_left;
	if (left < 0)
		return;
	because(
	    advise(findings, "descriptors",
		   "%s has nearly no file descriptors left: raise RLIMIT_NOFILE (ulimit -n), or "
		   "look for a leak.",
		   program_name(findings, id)),
	    "as few as %lld left, less than a tenth of the limit", (long long)left);
}

static void advise_killed(struct findings *findings, uint32_t id)
{
	const struct program *program = program_at(findings, id);
	uint64_t on_purpose = program->observed ? 0 : program->killed_on_pipes;
	uint64_t killed = program->killed - on_purpose;
	if (on_purpose)
		because(
		    advise(findings, "ends-on-purpose",
			   "%s ended with its pipe's reader, as in `yes | head`: nothing to do.",
			   program_name(findings, id)),
		    "SIGPIPE took its usual course %llu time%s, on pipes that were its stdout or "
		    "stderr",
		    number(on_purpose), plural(on_purpose));
	if (killed)
		because(advise(findings, "killed", "%s was killed by SIGPIPE: %s",
			       program_name(findings, id),
			       program->observed
				   ? "it was only observed; guard it (--protect auto)."
				   : "the guard was told to let it (--runaway kill)."),
			"%llu death%s", number(killed), plural(killed));
}

static void advise_program(struct findings *findings, uint32_t id)
{
	advise_shutdown(findings, id);
	advise_unconnected(findings, id);
	advise_listening(findings, id);
	advise_streak(findings, id);
	advise_descriptors(findings, id);
	advise_killed(findings, id);
}

/* --- children --- */

static bool is_crash(const char *status)
{
	static const char *const crashes[] = {"SIGSEGV", "SIGABRT", "SIGBUS", "SIGILL",
					      "SIGFPE",	 "SIGSYS",  "SIGKILL"};
	for (size_t i = 0; i < sizeof(crashes) / sizeof(crashes[0]); i++)
		if (strncmp(status, "killed ", 7) == 0 && strcmp(status + 7, crashes[i]) == 0)
			return true;
	return false;
}

static void advise_death(struct findings *findings, const struct dead *dead)
{
	const char *status = table_text(&findings->tally->names, dead->status);
	const char *program = program_name(findings, dead->program);
	if (dead->was_reader)
		because(advise(findings, "reader-died",
			       "The child that read a pipe of %s %s %s: that is what to look into.",
			       program, is_crash(status) ? "crashed," : "ended,", status),
			"%llu such child%s, the only one of its parent each time; "
			"%llu failure%s on its pipe",
			number(dead->children), dead->children == 1 ? "" : "ren",
			number(dead->failures), plural(dead->failures));
	else if (is_crash(status))
		because(advise(findings, "child-died",
			       "A child of %s crashed, %s: if it was the reader, look into that.",
			       program, status),
			"%llu such child%s, dead and not yet reaped when a write failed",
			number(dead->children), dead->children == 1 ? "" : "ren");
}

static void advise_deaths(struct findings *findings)
{
	for (uint32_t i = 0; i < findings->deaths.count && i < 5; i++)
		advise_death(findings, &findings->deaths.dead[i]);
}

/* --- the recording itself --- */

/* The programs whose failures are not all seen, and would be, and the first of them by alphabet. */
static void advise_unseen(struct findings *findings)
{
	const struct table *programs = &findings->tally->programs;
	const char *example = NULL;
	uint64_t count = 0;
	for (uint32_t i = 0; i < programs->count; i++) {
		const struct program *program = table_value(programs, i);
		const char *name = program_name(findings, i);
		if (!program->unseen || program->calls)
			continue;
		count++;
		if (!example || strcmp(name, example) < 0)
			example = name;
	}
	if (count)
		because(advise(findings, "unseen",
			       "%llu program%s SIGPIPE: libc's own writes were not seen; "
			       "--ignored watch.",
			       number(count), count == 1 ? " ignores" : "s ignore"),
			"told by %s%s", example, count > 1 ? " and others" : "");
}

static void advise_recording(struct findings *findings)
{
	const struct tally *tally = findings->tally;
	advise_unseen(findings);
	for (uint32_t i = 0; i < tally->invalid_settings.count && i < 5; i++) {
		const struct invalid_setting *invalid = table_value(&tally->invalid_settings, i);
		const char *setting = table_text(&tally->names, invalid->setting);
		const char *value = table_text(&tally->names, invalid->value);
		const char *takes = table_text(&tally->names, invalid->takes);
		if (strcmp(setting, "LD_PRELOAD") == 0)
			because(advise(findings, "unguarded", "Not guarded: %s: %s.", value, takes),
				"told by %s", program_name(findings, invalid->program));
		else
			because(advise(findings, "setting", "%s was not understood: it takes %s.",
				       setting, takes),
				"%s=%s, told by %s", setting, value,
				program_name(findings, invalid->program));
	}
	if (tally->suppressed)
		because(advise(findings, "suppressed",
			       "These counts are too small: record with --rate 0, or as an LTTng "
			       "session."),
			"%llu records were held back by BPGUARD_RATE or could not be written",
			number(tally->suppressed));
	if (tally->discarded || tally->discarded_unknown)
		because(advise(findings, "discarded",
			       "These counts are too small: give the tracer larger buffers "
			       "(lttng enable-channel --subbuf-size)."),
			"%llu events%s were discarded by the tracer", number(tally->discarded),
			tally->discarded_unknown ? " and some that it did not count" : "");
}

void advice_make(struct findings *findings)
{
	for (int i = 0; i < findings->cluster_count; i++)
		advise_cluster(findings, &findings->clusters[i]);
	advise_deaths(findings);
	for (uint32_t i = 0; i < findings->programs.count; i++)
		advise_program(findings, findings->programs.id[i]);
	advise_recording(findings);
}
