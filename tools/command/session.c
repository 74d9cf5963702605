#include "tools/command/session.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "tools/command/complain.h"
#include "tools/command/daemon.h"
#include "tools/command/spawned.h"

enum { MOST_WORDS = 24, SECONDS = 30 };

int session_lttng(char **said, ...)
{
	char *words[MOST_WORDS] = {"lttng", "--no-sessiond"}, *spare;
	int count = 2;
	va_list list;
	va_start(list, said);
	while (count < MOST_WORDS - 1 && (words[count] = va_arg(list, char *)))
		count++;
	va_end(list);
	return spawned_run(words, SECONDS, said ? said : &spare);
}

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
	return session_lttng(said, "enable-event", of(name), "--userspace", "bpguard:*", "--filter",
			     filter(filtered), NULL) == 0 &&
	       session_lttng(said, "enable-event", of(name), "--userspace", "lttng_ust_statedump:*",
			     NULL) == 0 &&
	       session_lttng(said, "add-context", of(name), "--userspace", "--type=ip",
			     "--type=vpid", "--type=vtid", "--type=procname", NULL) == 0 &&
	       session_lttng(said, "start", name, NULL) == 0;
}

static bool start_in_memory(const char *name, const char *filtered, char **said)
{
	return session_lttng(said, "create", name, "--snapshot", "--no-output", NULL) == 0 &&
	       start_created(name, filtered, said);
}

static bool start_stream(const struct recording *recording, char **said)
{
	const char *name = recording->session;
	return session_lttng(said, "create", name, "--live",
			     compose("--set-url=%s", recording->relay), NULL) == 0 &&
	       start_created(name, name, said) &&
	       start_in_memory(compose("%s-kept", name), name, said);
}

/* The first failure writes the session out, once. */
static bool start_flight(const struct recording *recording, char **said)
{
	const char *name = recording->session;
	return start_in_memory(name, name, said) &&
	       session_lttng(said, "snapshot", "add-output", of(name), "--name=first",
			     compose("file://%s", recording->directory), NULL) == 0 &&
	       session_lttng(said, "add-trigger", compose("--name=%s", name),
			     "--condition=event-rule-matches", "--type=user", "--name=bpguard:*",
			     "--exclude-name=bpguard:attach", "--exclude-name=bpguard:detach",
			     "--exclude-name=bpguard:setting", compose("--filter=%s", filter(name)),
			     "--action=snapshot-session", name, "--rate-policy=once-after:1",
			     NULL) == 0;
}

static bool start_plain(const struct recording *recording, char **said)
{
	return session_lttng(said, "create", recording->session,
			     compose("--output=%s", recording->directory), NULL) == 0 &&
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
	session_lttng(NULL, "destroy", recording->session, NULL);
	if (recording->kind == KIND_STREAM)
		session_lttng(NULL, "destroy", compose("%s-kept", recording->session), NULL);
	daemon_end();
	return cause(said);
}

void session_stop(const char *name)
{
	char *said, *line;
	session_lttng(&said, "stop", name, NULL);
	while ((line = strsep(&said, "\n")))
		if (strcasestr(line, "discarded") || strcasestr(line, "lost"))
			complain("%s", line);
}

bool session_destroy(const char *name)
{
	return session_lttng(NULL, "destroy", name, NULL) == 0;
}

bool session_write_out(const char *name, const char *directory, const char *as)
{
	return session_lttng(NULL, "snapshot", "record", of(name), compose("--name=%s", as),
			     compose("file://%s", directory), NULL) == 0;
}
