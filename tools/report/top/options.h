/* bpguard-top's command line. */
#ifndef BPGUARD_TOP_OPTIONS_H
#define BPGUARD_TOP_OPTIONS_H

struct top_options {
	long interval_ms;
	long count; /* pages, or -1 for no end */
};

/* Reads the options, and leaves what follows them to getopt(3)'s optind. Ends the program for
 * --help with 0, and for what is not understood by `refuse`. */
struct top_options top_options_read(int count, char **words);

#endif
