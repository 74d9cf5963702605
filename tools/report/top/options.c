#include "top/options.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include "top/refuse.h"

static const char usage[] =
    "usage: bpguard top [OPTION...] [net://HOST[:PORT][/host/NAME/SESSION]|DIR|FILE...]\n"
    "\n"
    "Shows broken pipes while they happen: of a relay daemon's live sessions, a recording or\n"
    "a log. Without any, of bpguard.data, or of the relay daemon on this machine.\n"
    "\n"
    "  -d SECONDS   look so often, 0.1 to 3600; default 1\n"
    "  -n COUNT     end after so many pages\n"
    "  -h, --help   this help; keys are listed by h\n"
    "\n"
    "Exit status: 0; 125 where something cannot be followed, or for a wrong command line.\n";

static double read_number(const char *option, const char *text, double least, double most)
{
	char *end;
	double value = strtod(text, &end);
	char takes[256];
	if (*text && !*end && value >= least && value <= most)
		return value;
	snprintf(takes, sizeof(takes), "takes a number, %.10g to %.10g, not '%.100s'", least, most,
		 text);
	refuse(option, takes);
}

struct top_options top_options_read(int count, char **words)
{
	static const struct option known[] = {{"help", no_argument, NULL, 'h'}, {NULL, 0, NULL, 0}};
	struct top_options options = {.interval_ms = 1000, .count = -1};
	int option;
	/* getopt's own messages begin with the program's name. */
	words[0] = "bpguard top";
	while ((option = getopt_long(count, words, "d:n:h", known, NULL)) != -1) {
		switch (option) {
		case 'd':
			options.interval_ms = (long)(1000 * read_number("-d", optarg, 0.1, 3600));
			break;
		case 'n':
			options.count = (long)read_number("-n", optarg, 1, 1e9);
			break;
		case 'h':
			fputs(usage, stdout);
			exit(0);
		default:
			fputs("bpguard top: see bpguard top --help\n", stderr);
			exit(125);
		}
	}
	return options;
}
