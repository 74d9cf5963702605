#include "options.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fail.h"

static const char usage[] =
    "usage: bpguard report [OPTION...] [DIR|FILE...]\n"
    "\n"
    "Reports what broke, who broke it, what was lost and what to do. DIR is a recording or\n"
    "an LTTng trace, FILE a log; without either, bpguard.data.\n"
    "\n"
    "  -o, --output FILE     write to FILE, whole or not at all; instead of standard output\n"
    "  --format FORMAT       text (default), json, html or prometheus\n"
    "  --begin TIME          only from TIME on: [YYYY-MM-DD ]HH:MM[:SS[.NS]], or seconds since "
    "1970\n"
    "  --end TIME            only until TIME\n"
    "  --top N               rows of each list, 1 to 1000000; as many as suits the format\n"
    "  --colour WHEN         auto (default), always or never\n"
    "  -h, --help            this help\n"
    "\n"
    "Exit status: 0; 1 where something could not be read or written; 125 for a wrong command\n"
    "line. bpguard-report(5) describes what is reported.\n";

static const char *one_of(const char *option, const char *value, const char *const *values,
			  const char *takes)
{
	char why[256];
	for (; *values; values++)
		if (strcmp(*values, value) == 0)
			return value;
	snprintf(why, sizeof(why), "takes %s, not '%.100s'", takes, value);
	fail(option, why);
}

static long read_top(const char *text)
{
	char *end, why[256];
	long top = strtol(text, &end, 10);
	if (*text && !*end && top >= 1 && top <= 1000000)
		return top;
	snprintf(why, sizeof(why), "takes a number, 1 to 1000000, not '%.100s'", text);
	fail("--top", why);
}

static void read_option(struct options *options, int option)
{
	static const char *const colours[] = {"auto", "always", "never", NULL};
	switch (option) {
	case 'o':
		options->output = optarg;
		break;
	case 'f':
		options->format = optarg; /* graph_connect knows which there are */
		break;
	case 'b':
		options->begin = optarg;
		break;
	case 'e':
		options->end = optarg;
		break;
	case 'c':
		options->colour = one_of("--colour", optarg, colours, "auto, always or never");
		break;
	case 't':
		options->top = read_top(optarg);
		break;
	case 'h':
		fputs(usage, stdout);
		exit(0);
	default:
		fputs("bpguard report: see bpguard report --help\n", stderr);
		exit(125);
	}
}

struct options options_read(int count, char **words)
{
	static const struct option known[] = {
	    {"output", required_argument, NULL, 'o'},
	    {"format", required_argument, NULL, 'f'},
	    {"begin", required_argument, NULL, 'b'},
	    {"end", required_argument, NULL, 'e'},
	    {"colour", required_argument, NULL, 'c'},
	    {"color", required_argument, NULL, 'c'},
	    {"top", required_argument, NULL, 't'},
	    {"help", no_argument, NULL, 'h'},
	    {NULL, 0, NULL, 0},
	};
	struct options options = {0};
	int option;
	/* getopt's own messages begin with the program's name. */
	words[0] = "bpguard report";
	while ((option = getopt_long(count, words, "o:h", known, NULL)) != -1)
		read_option(&options, option);
	return options;
}
