/* The words of a command's line: `bpguard [COMMAND] [OPTIONS] [--] PROGRAM [ARG...]`. One parser
 * for all commands; its settings are those of contract/settings.def. */
#ifndef BPGUARD_OPTIONS_H
#define BPGUARD_OPTIONS_H

#include <stdbool.h>

#include "state/settings.h"

enum command { COMMAND_RUN, COMMAND_RECORD, COMMAND_ENV, COMMAND_CHECK };

struct options {
	const char *preload; /* the user's LD_PRELOAD, "" where there was none */
	char **program;	     /* the words after the options, ended by NULL; maybe none */
	bool named;	     /* the line named the command: `bpguard run`, not `bpguard` alone */
	bool log_given;	     /* --log stood on the line */
	/* Of `bpguard record`: */
	const char *output; /* -o DIR, or NULL */
	const char *relay;  /* --relay as a URL of lttng-create(1), or NULL */
	bool live, flight;
};

/* Reads main's `argv` as scripts/bpguard hands it over: argv[1] are variables that its shell drops
 * (odd.c), which are put back, argv[2] is the user's LD_PRELOAD, after it come the words of the
 * line, the command's own name first where it was given. A setting given as an option is put into
 * the environment, where settings_read and PROGRAM's shim find it; an empty BPGUARD_ variable is
 * removed. Ends the program with 125 and a message where an option or a value is none, with 0 after
 * --help and --version. */
struct options options_read(enum command command, char **argv);

/* The setting's value in force: the environment's, or its standard. Valid after options_read. */
const char *options_value(enum setting setting);

#endif
