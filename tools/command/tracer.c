#include "tools/command/tracer.h"

#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tools/command/complain.h"
#include "tools/command/options.h"

const char *tracer_ask(char **words, char **variables)
{
	static char said[16384];
	size_t size = 0;
	ssize_t got;
	int ends[2];
	pid_t child;
	posix_spawn_file_actions_t actions;
	said[0] = '\0';
	if (pipe2(ends, O_CLOEXEC) < 0)
		return said;
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
	posix_spawn_file_actions_adddup2(&actions, ends[1], STDERR_FILENO);
	if (posix_spawn(&child, words[0], &actions, NULL, words, variables) != 0)
		child = -1;
	posix_spawn_file_actions_destroy(&actions);
	close(ends[1]);
	while ((got = read(ends[0], said + size, sizeof(said) - 1 - size)) > 0)
		size += (size_t)got;
	said[size] = '\0';
	close(ends[0]);
	if (child > 0)
		waitpid(child, NULL, 0);
	return said;
}

/* The loader itself is asked; it runs nothing then. */
static bool loader_finds_tracer(void)
{
	char *words[] = {"/bin/sh", "-c", ":", NULL};
	char *variables[] = {"LD_TRACE_LOADED_OBJECTS=1", "LD_PRELOAD=" TRACER_LIBRARIES,
			     getenv("LD_LIBRARY_PATH")
				 ? compose("LD_LIBRARY_PATH=%s", getenv("LD_LIBRARY_PATH"))
				 : NULL,
			     NULL};
	const char *said = tracer_ask(words, variables);
	return !strstr(said, "cannot be preloaded") && !strstr(said, "not found") &&
	       strstr(said, "liblttng-ust-fd.so.1") && strstr(said, "liblttng-ust-fork.so.1");
}

const char *tracer_missing(const char *provider)
{
	if (access(provider, R_OK) < 0)
		return compose("%s is not there", provider);
	if (!loader_finds_tracer())
		return "the loader does not find liblttng-ust-fd.so.1 and liblttng-ust-fork.so.1";
	return NULL;
}

/* Whether a line of /proc/net/unix is of a socket that listens where programs look for a session
 * daemon: root's, or the user's own. */
static bool is_daemon(const char *line, const char *own)
{
	static const char *const places[] = {" /var/run/lttng/lttng-ust-sock-",
					     " /run/lttng/lttng-ust-sock-"};
	/* 00010000 marks one that listens (__SO_ACCEPTCON). */
	return strstr(line, " 00010000 ") &&
	       (strstr(line, places[0]) || strstr(line, places[1]) || strstr(line, own));
}

static bool daemon_listens(void)
{
	const char *lttng_home = getenv("LTTNG_HOME"), *home = getenv("HOME");
	const char *own;
	char *line = NULL;
	size_t size = 0;
	bool found = false;
	FILE *sockets = fopen("/proc/net/unix", "re");
	if (!sockets)
		return false;
	home = lttng_home && *lttng_home ? lttng_home : home && *home ? home : "/nowhere";
	own = compose(" %s/.lttng/lttng-ust-sock-", home);
	while (!found && getline(&line, &size, sockets) > 0)
		found = is_daemon(line, own);
	fclose(sockets);
	free(line);
	return found;
}

bool tracer_wanted(const char *provider)
{
	const char *wanted = options_value(SETTING_lttng), *missing;
	if (strcmp(wanted, "off") == 0)
		return false;
	if (strcmp(wanted, "on") != 0)
		return access(provider, R_OK) == 0 && daemon_listens() && !tracer_missing(provider);
	missing = tracer_missing(provider);
	if (missing)
		fail(STATUS_FAILED, "--lttng on: %s", missing);
	return true;
}

void tracer_bound(void)
{
	setenv("LTTNG_UST_REGISTER_TIMEOUT", "500", 0);
}
