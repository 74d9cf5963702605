#include "tools/command/daemon.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tools/command/complain.h"
#include "tools/command/lttng.h"
#include "tools/command/spawned.h"

/* LTTng's programs hold some thirty descriptors each before anything is traced. */
enum { FEW_FILES = 64 };

/* Where a session daemon keeps its files, or NULL: this user has no place for one. */
static const char *place(void)
{
	const char *home = getenv("LTTNG_HOME");
	if (geteuid() == 0)
		return "/var/run/lttng";
	if (!home || !*home)
		home = getenv("HOME");
	return home && *home ? compose("%s/.lttng", home) : NULL;
}

/* This file marks the daemon as ours to end, for whichever recording is the last. */
static char *pid_file(void)
{
	return compose("%s/bpguard-sessiond.pid", place());
}

static bool answers(void)
{
	return LTTNG_RUN(NULL, "list") == 0;
}

static const char *why_not_started(int status)
{
	struct rlimit files;
	if (getrlimit(RLIMIT_NOFILE, &files) == 0 && files.rlim_cur < FEW_FILES)
		return compose("lttng-sessiond does not start: it may open %llu files only "
			       "(ulimit -n), and needs some %d",
			       (unsigned long long)files.rlim_cur, FEW_FILES);
	if (status == SPAWNED_LATE || status == 0)
		return "lttng-sessiond was started, and does not answer";
	return compose("lttng-sessiond does not start: it ended with status %d", status);
}

static const char *start(void)
{
	char *words[] = {"lttng-sessiond", "--daemonize", "--no-kernel",
			 compose("--pidfile=%s", pid_file()), NULL};
	int status;
	if (!spawned_find(words[0]))
		return "lttng-sessiond is not installed";
	if (mkdir(place(), 0755) < 0 && errno != EEXIST)
		return compose("%s: cannot be made: %s", place(), strerror(errno));
	if (access(place(), W_OK) < 0)
		return compose("%s: cannot be written: %s", place(), strerror(errno));
	status = spawned_run(words, 30, NULL);
	for (int tries = 0; tries < 50; tries++) {
		if (answers())
			return NULL;
		if (status != 0)
			break;
		spawned_pause();
	}
	return why_not_started(status);
}

const char *daemon_require(void)
{
	if (!place())
		return "HOME is not set, and LTTng keeps a user's session daemon there";
	return answers() ? NULL : start();
}

void daemon_end(void)
{
	char *list = NULL;
	char text[16] = "";
	pid_t pid;
	FILE *file = place() ? fopen(pid_file(), "re") : NULL;
	if (!file)
		return;
	text[fread(text, 1, sizeof(text) - 1, file)] = '\0';
	fclose(file);
	pid = (pid_t)strtol(text, NULL, 10);
	if (pid <= 0 || !spawned_is(pid, "lttng-sessiond"))
		return;
	if (LTTNG_RUN(&list, "--mi=xml", "list") == 0 && !strstr(list, "<session>"))
		spawned_stop(pid, "lttng-sessiond");
}
