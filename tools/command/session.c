#include "tools/command/session.h"

#include <stdio.h>
#include <string.h>

#include "tools/command/complain.h"
#include "tools/command/daemon.h"
#include "tools/command/lttng.h"

static char *of(const char *name)
{
	return compose("--session=%s", name);
}

/* Of the programs that run with `filtered` in BPGUARD_RECORDING, and of no others that the same
 * daemon serves. */
static char *filter(const char *filtered)
{
	return compose("recordings == \"*/%s/*\"", filtered);
}

/* Sets up and starts a session that `create` has created. */
static bool start_created(const char *name, const char *filtered, char **said)
{
	return LTTNG_RUN(said, "enable-event", of(name), "--userspace", "bpguard:*", "--filter",
			 filter(filtered)) == 0 &&
	       LTTNG_RUN(said, "enable-event", of(name), "--userspace", "lttng_ust_statedump:*") ==
		   0 &&
	       LTTNG_RUN(said, "add-context", of(name), "--userspace", "--type=ip", "--type=vpid",
			 "--type=vtid", "--type=procname") == 0 &&
	       LTTNG_RUN(said, "start", name) == 0;
}

static bool start_in_memory(const char *name, const char *filtered, char **said)
{
	return LTTNG_RUN(said, "create", name, "--snapshot", "--no-output") == 0 &&
	       start_created(name, filtered, said);
}

static bool start_stream(const struct recording *recording, char **said)
{
	const char *name = recording->session;
	return LTTNG_RUN(said, "create", name, "--live",
			 compose("--set-url=%s", recording->relay)) == 0 &&
	       start_created(name, name, said) &&
	       start_in_memory(compose("%s-kept", name), name, said);
}

/* The first failure writes the session out, once. */
static bool start_flight(const struct recording *recording, char **said)
{
	const char *name = recording->session;
	return start_in_memory(name, name, said) &&
	       LTTNG_RUN(said, "snapshot", "add-output", of(name), "--name=first",
			 compose("file://%s", recording->directory)) == 0 &&
	       LTTNG_RUN(said, "add-trigger", compose("--name=%s", name),
			 "--condition=event-rule-matches", "--type=user", "--name=bpguard:*",
			 "--exclude-name=bpguard:attach", "--exclude-name=bpguard:detach",
			 "--exclude-name=bpguard:setting", compose("--filter=%s", filter(name)),
			 "--action=snapshot-session", name, "--rate-policy=once-after:1") == 0;
}

static bool start_plain(const struct recording *recording, char **said)
{
	return LTTNG_RUN(said, "create", recording->session,
			 compose("--output=%s", recording->directory)) == 0 &&
	       start_created(recording->session, recording->session, said);
}

/* Of what lttng printed the last error, without its mark. */
static const char *cause(char *said)
{
	char *found = said, *at = said;
	while ((at = strstr(at, "Error: ")))
		found = at += strlen("Error: ");
	found[strcspn(found, "\n")] = '\0';
	return *found ? found : "lttng failed and does not say why";
}

const char *session_start(const struct recording *recording)
{
	const char *why = daemon_require();
	char *said = compose("%s", "");
	bool started;
	if (why)
		return why;
	switch (recording->kind) {
	case KIND_STREAM:
		started = start_stream(recording, &said);
		break;
	case KIND_FLIGHT:
		started = start_flight(recording, &said);
		break;
	default:
		started = start_plain(recording, &said);
	}
	if (started)
		return NULL;
	LTTNG_RUN(NULL, "destroy", recording->session);
	if (recording->kind == KIND_STREAM)
		LTTNG_RUN(NULL, "destroy", compose("%s-kept", recording->session));
	daemon_end();
	return cause(said);
}

void session_stop(const char *name)
{
	char *said, *line;
	LTTNG_RUN(&said, "stop", name);
	while ((line = strsep(&said, "\n")))
		if (strcasestr(line, "discarded") || strcasestr(line, "lost"))
			complain("%s", line);
}

bool session_destroy(const char *name)
{
	return LTTNG_RUN(NULL, "destroy", name) == 0;
}

bool session_write_out(const char *name, const char *directory, const char *as)
{
	return LTTNG_RUN(NULL, "snapshot", "record", of(name), compose("--name=%s", as),
			 compose("file://%s", directory)) == 0;
}
