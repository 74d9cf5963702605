/* Plots as SVG, by gnuplot(1) where it is installed. Colours are variables of page.css, so that a
 * plot follows the page's colour scheme. */
#ifndef BPGUARD_REPORT_PLOT_H
#define BPGUARD_REPORT_PLOT_H

#include <stdint.h>
#include <stdio.h>

enum { PLOT_LABELS = 16, PLOT_LABEL = 24 /* characters */ };

struct plot {
	const char *id;	   /* of letters, digits and _ : begins the ids in it */
	const char *title; /* for who does not see it: goes into HTML as it is */
	/* Goes in wherever it says "@N@", as text: nothing that comes from outside reaches gnuplot.
	 */
	const char *labels[PLOT_LABELS];
	FILE *script; /* gnuplot's */
	char *text;   /* of the script */
	size_t size;
};

/* What a colour is for, as gnuplot takes it: a variable --plot-N of page.css. */
#define PLOT_COLOUR "rgb \"#0101%02x\""
enum { PLOT_TEXT, PLOT_AXIS, PLOT_GRID, PLOT_BAR, PLOT_MARK, PLOT_CAUSES };

/* Begins the script: a frame, a grid, no legend. */
void plot_begin(struct plot *plot, const char *id, const char *title);

/* The y axis: from 0 to a little more than `most`, marks at round numbers. */
void plot_counts(struct plot *plot, const char *axis, const char *what, uint64_t most);

/* Runs the script. The SVG is the caller's to free; null where gnuplot is not installed or fails.
 */
char *plot_end(struct plot *plot);

#endif
