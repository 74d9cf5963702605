/* bpguard-report's command line. */
#ifndef BPGUARD_REPORT_OPTIONS_H
#define BPGUARD_REPORT_OPTIONS_H

/* Null, and 0 for `top`, where an option was not given. */
struct options {
	const char *output, *format, *begin, *end, *colour;
	long top;
};

/* Reads the options, and leaves what follows them to getopt(3)'s optind. Ends the program for
 * --help with 0; for what is not understood with 125, and a line that says what would be. */
struct options options_read(int count, char **words);

#endif
