/* bpguard-run ODD PRELOAD [run|""] [OPTIONS] [--] PROGRAM [ARG...]
 *
 * Becomes PROGRAM, with libbpguard.so preloaded. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "tools/command/complain.h"
#include "tools/command/guardable.h"
#include "tools/command/library.h"
#include "tools/command/options.h"
#include "tools/command/program.h"
#include "tools/command/tracer.h"
#include "tools/command/trylog.h"
#include "tools/command/usage.h"

/* A word that is neither a command of ours nor a program may be a slip of one of ours. */
static void suggest(const char *word)
{
	const char *names[16], *nearest, *path;
	int count = 0;
	if (program_on_path(word, &path) != STATUS_NOT_FOUND)
		return;
	while (count < 16 && (names[count] = usage_command_name(count)))
		count++;
	nearest = usage_nearest(word, names, count);
	if (nearest)
		fail(STATUS_NOT_FOUND, "%s: not found; did you mean `bpguard %s`?", word, nearest);
}

/* This process's start time, in clock ticks after boot: field 22 of its stat (proc(5)). The name in
 * field 2 may hold blanks and parentheses. */
static const char *start_time(void)
{
	static char stat[1024];
	char *at = NULL;
	FILE *file = fopen("/proc/self/stat", "re");
	size_t size = file ? fread(stat, 1, sizeof(stat) - 1, file) : 0;
	if (file)
		fclose(file);
	stat[size] = '\0';
	at = strrchr(stat, ')');
	for (int field = 2; at && field < 22; field++)
		at = strchr(at + 1, ' ');
	if (!at)
		fail(STATUS_FAILED, "/proc: cannot be read; it must be mounted");
	at++;
	at[strcspn(at, " ")] = '\0';
	return at;
}

/* AddressSanitizer's dynamic runtime must be the first library loaded, unless an option waives it.
 * The shim sees to that, but not where the program has default options of its own. */
static void waive_asan(const char *file)
{
	const char *given = getenv("ASAN_OPTIONS");
	struct elf elf;
	if (!elf_read(file, &elf) || !elf_has_asan(&elf) ||
	    !elf_names_hold(&elf, "__asan_default_options"))
		return;
	setenv(
	    "ASAN_OPTIONS",
	    compose("verify_asan_link_order=0%s%s", given && *given ? ":" : "", given ? given : ""),
	    1);
}

/* The shim takes no descriptor from a program that may open so few (libbpguard(7)). */
static void tell_few_descriptors(bool traced)
{
	enum { LEAST = 16 };
	struct rlimit limit;
	if (!traced && strcmp(options_value(SETTING_log), "off") == 0)
		return;
	if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_max < LEAST)
		complain("ulimit -n %d: with so few descriptors nothing is recorded; it takes %d",
			 (int)limit.rlim_max, LEAST);
}

int main(int argc, char **argv)
{
	const struct options options = options_read(COMMAND_RUN, argv);
	const char *file;
	bool traced;
	(void)argc;
	library_require();
	if (!options.program[0])
		fail(STATUS_FAILED, "run: takes a program; see bpguard --help");
	if (!options.named)
		suggest(options.program[0]);
	file = guardable_require(options.program[0]);
	setenv("LD_PRELOAD", library_preload(file, options.preload, &traced), 1);
	if (traced)
		tracer_bound();
	tell_few_descriptors(traced);
	trylog_require();
	setenv("BPGUARD_ROOT", compose("%d:%s", (int)getpid(), start_time()), 1);
	waive_asan(file);
	execv(file, options.program);
	fail(errno == ENOENT ? STATUS_NOT_FOUND : STATUS_NOT_EXECUTABLE, "%s: %s",
	     options.program[0], strerror(errno));
}
