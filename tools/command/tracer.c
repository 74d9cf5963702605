#include "tools/command/tracer.h"

#include <fcntl.h>
#include <spawn.h>
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

bool tracer_wanted(const char *provider)
{
	const char *missing;
	if (strcmp(options_value(SETTING_lttng), "on") != 0)
		return false;
	missing = tracer_missing(provider);
	if (missing)
		fail(STATUS_FAILED, "--lttng on: %s", missing);
	return true;
}

void tracer_bound(void)
{
	setenv("LTTNG_UST_REGISTER_TIMEOUT", "500", 0);
}
