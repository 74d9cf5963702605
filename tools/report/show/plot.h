/* Plots as SVG, drawn as they are printed: an axis of counts with marks at round numbers, another
 * axis, and boxes. What a shape is, its class tells; page.css gives that a colour in either scheme
 * and on paper. Lengths are the SVG's own units, which the page scales. */
#ifndef BPGUARD_REPORT_PLOT_H
#define BPGUARD_REPORT_PLOT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

enum { PLOT_LABEL = 24 }; /* characters of a name from outside */

struct plot {
	FILE *out;
	bool is_sideways; /* counts go from left to right and the other axis down, for names */
	double left, right, top, bottom; /* of the frame */
	double first, last;		 /* values at the ends of the other axis */
	double most;			 /* count at the end of its axis */
};

struct plot_frame {
	const char *id;	     /* of letters, digits and _ : begins the ids in it */
	const char *title;   /* for who does not see it; goes in as it is, as the next does */
	const char *counted; /* what the counts count */
	uint64_t most;	     /* the largest count */
	double first, last;
	bool is_sideways;
	int longest;   /* sideways: characters of the longest name */
	int mark_rows; /* of plot_mark's texts above the frame, 0 to 2 */
};

/* Begins a plot with its axes. */
void plot_begin(struct plot *plot, FILE *out, const struct plot_frame *frame);

/* A box from one value of the other axis to another, and from one count to another. */
void plot_box(const struct plot *plot, double from, double to, double low, double high,
	      const char *class);

/* A mark on the other axis, and its text, which goes in as it is. */
void plot_tick(const struct plot *plot, double at, const char *text);

/* The name of what lies there, sideways: from outside, cut to PLOT_LABEL characters. */
void plot_name(const struct plot *plot, double at, const char *name);

/* A dashed line across the frame, and a text above it: in row 0, just above, or 1; to the left of
 * the line for -1 of `side`, to its right for 1, else across it. */
void plot_mark(const struct plot *plot, double at, int row, int side, const char *text);

/* Where a value of the other axis lies, and how wide a text is at most. */
double plot_place(const struct plot *plot, double at);
double plot_text_width(size_t characters);

/* Ends it; `what` the other axis shows, or null. */
void plot_end(const struct plot *plot, const char *what);

/* The step between round numbers, 1, 2 or 5 times a power of ten, that makes `marks` of them up to
 * `most`, or fewer. */
uint64_t plot_step(uint64_t most, int marks);

#endif
