/* bpguard-env ODD PRELOAD env [OPTIONS]
 *
 * Prints the environment that guards, as KEY=VALUE lines. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/command/complain.h"
#include "tools/command/library.h"
#include "tools/command/options.h"
#include "tools/command/tracer.h"

static void print_settings(void)
{
#define SETTING(id, variable, option, standard, form, takes, meaning)                              \
	printf("%s=%s\n", variable, options_value(SETTING_##id));
#include "contract/settings.def"
}

int main(int argc, char **argv)
{
	const struct options options = options_read(COMMAND_ENV, argv);
	const char *preload;
	bool traced;
	(void)argc;
	library_require();
	/* A PROGRAM given by mistake is better refused than forgotten. */
	if (options.program[0])
		fail(STATUS_FAILED, "env: takes options only, not '%s'", options.program[0]);
	if (strchr(options_value(SETTING_log), '\n'))
		fail(STATUS_FAILED, "--log: env cannot print a name with a line's end in it");
	preload = library_preload("/bin/sh", options.preload, &traced);
	printf("LD_PRELOAD=%s\n", preload);
	print_settings();
	if (traced) {
		tracer_bound();
		printf("LTTNG_UST_REGISTER_TIMEOUT=%s\n", getenv("LTTNG_UST_REGISTER_TIMEOUT"));
	}
	if (fflush(stdout) != 0)
		fail(STATUS_FAILED, "env: its output cannot be written");
	return 0;
}
