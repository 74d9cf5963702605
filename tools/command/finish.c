#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "tools/command/complain.h"
#include "tools/command/daemon.h"
#include "tools/command/library.h"
#include "tools/command/lttng.h"
#include "tools/command/recorded.h"
#include "tools/command/recording.h"
#include "tools/command/relay.h"
#include "tools/command/room.h"
#include "tools/command/session.h"

static const char *const kinds[KINDS_COUNT] = {
    [KIND_JSON] = "json",
    [KIND_LTTNG] = "lttng",
    [KIND_STREAM] = "stream",
    [KIND_FLIGHT] = "flight",
};

void recording_write(const struct recording *recording, char **words)
{
	words[0] = (char *)kinds[recording->kind];
	words[1] = (char *)recording->directory;
	words[2] = (char *)recording->session;
	words[3] = (char *)recording->relay;
	words[4] = compose("%d", (int)recording->relay_process);
	words[5] = compose("%d", recording->live_port);
}

struct recording recording_read(int count, char **words)
{
	struct recording recording = {.kind = KIND_JSON};
	if (count != RECORDING_WORDS)
		fail(STATUS_FAILED, "--finish: is for bpguard record itself");
	while (recording.kind < KINDS_COUNT && strcmp(words[0], kinds[recording.kind]) != 0)
		recording.kind++;
	if (recording.kind == KINDS_COUNT)
		fail(STATUS_FAILED, "--finish: is for bpguard record itself");
	recording.directory = words[1];
	recording.session = words[2];
	recording.relay = words[3];
	recording.relay_process = (pid_t)strtol(words[4], NULL, 10);
	recording.live_port = (int)strtol(words[5], NULL, 10);
	return recording;
}

static const char *host_name(void)
{
	struct utsname host;
	uname(&host);
	return compose("%s", host.nodename);
}

static void tell_recorded(const char *directory)
{
	room_tell_full(directory);
	if (access(library_beside("bpguard-report"), X_OK) == 0)
		complain("recorded in %s (read it with bpguard report): %s", directory,
			 recorded_in_trace(directory));
	else if (recorded_readable())
		complain("recorded in %s (read it with babeltrace2): %s", directory,
			 recorded_in_trace(directory));
	else
		complain("recorded in %s (babeltrace2, to read it with, is not installed)",
			 directory);
}

static void end_json(const struct recording *recording)
{
	const char *file = compose("%s/bpguard.jsonl", recording->directory);
	room_tell_full(recording->directory);
	complain("recorded in %s: %s", file, recorded_in_lines(file));
}

static void end_plain(const struct recording *recording)
{
	session_stop(recording->session);
	if (!session_destroy(recording->session))
		complain("LTTng session %s could not be ended: what came last may be missing",
			 recording->session);
	tell_recorded(recording->directory);
}

/* Removes one trace where the other has all its events. */
static void drop_covered(const char *part, const char *whole)
{
	struct stat status;
	if (part && whole && stat(part, &status) == 0 && recorded_readable() &&
	    recorded_covers(whole, part))
		room_remove(part);
}

/* Writes out what the relay did not take. */
static void rescue(const struct recording *recording)
{
	const char *directory = recording->directory, *kept;
	const char *name = compose("%s-kept", recording->session);
	LTTNG_RUN(NULL, "stop", name);
	if (!session_write_out(name, directory, "kept")) {
		complain("the session daemon went away: nothing more is left here");
		return;
	}
	kept = room_find(directory, "kept-");
	drop_covered(compose("%s/%s", directory, host_name()), kept);
	if (!kept)
		complain("this host has nothing of it in memory either");
	else
		complain("what this host still has, from %s on, is in %s: %s", recorded_since(kept),
			 directory, recorded_in_trace(kept));
}

static void end_stream(const struct recording *recording)
{
	session_stop(recording->session);
	if (!session_destroy(recording->session)) {
		complain("%s went away, or LTTng here: what came last is missing there from "
			 "session %s",
			 recording->relay, recording->session);
		rescue(recording);
	} else if (recording->relay_process) {
		tell_recorded(recording->directory);
	} else {
		complain("recorded at %s, host %s, session %s", recording->relay, host_name(),
			 recording->session);
	}
	session_destroy(compose("%s-kept", recording->session));
	relay_end(recording);
}

/* Of what was written at the end nothing is kept where nothing broke; of what was written at the
 * first failure nothing where all of it is in what was written at the end. */
static void drop_quiet(const char *directory)
{
	const char *first = room_find(directory, "first-"), *last = room_find(directory, "last-");
	if (!recorded_readable())
		return;
	if (first)
		drop_covered(first, last);
	else if (last && !recorded_failure(last))
		room_remove(last);
}

static void end_flight(const struct recording *recording)
{
	const char *name = recording->session, *directory = recording->directory;
	LTTNG_RUN(NULL, "remove-trigger", name);
	session_stop(name);
	if (!session_write_out(name, directory, "last"))
		complain("LTTng session %s could not be written out: what came last is missing",
			 name);
	session_destroy(name);
	drop_quiet(directory);
	if (room_find(directory, "first-") || room_find(directory, "last-"))
		tell_recorded(directory);
	else
		complain("nothing broke, so nothing is written");
}

void recording_finish(const struct recording *recording)
{
	signal(SIGHUP, SIG_IGN);
	signal(SIGINT, SIG_IGN);
	switch (recording->kind) {
	case KIND_JSON:
		end_json(recording);
		return;
	case KIND_STREAM:
		end_stream(recording);
		break;
	case KIND_FLIGHT:
		end_flight(recording);
		break;
	default:
		end_plain(recording);
	}
	daemon_end();
}
