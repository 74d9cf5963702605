#include "show/plot.h"

#include <string.h>

#include "show/markup.h"
#include "show/words.h"

/* A line of text takes LINE; on a small screen page.css makes letters of 16 units, of which none of
 * a number, and few of a name, are wider than LETTER. */
enum { WIDTH = 560, HEIGHT = 300, LINE = 20, LETTER = 10, TICK = 5, GAP = 6 };

double plot_text_width(size_t characters)
{
	return (double)characters * LETTER;
}

double plot_place(const struct plot *plot, double at)
{
	double part = (at - plot->first) / (plot->last - plot->first);
	return plot->is_sideways ? plot->top + part * (plot->bottom - plot->top)
				 : plot->left + part * (plot->right - plot->left);
}

static double place_of_count(const struct plot *plot, double count)
{
	double part = count / plot->most;
	return plot->is_sideways ? plot->left + part * (plot->right - plot->left)
				 : plot->bottom - part * (plot->bottom - plot->top);
}

/* --- shapes --- */

static void put_line(const struct plot *plot, const char *class, double x1, double y1, double x2,
		     double y2)
{
	fprintf(plot->out, "<line class=\"%s\" x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\"/>\n",
		class, x1, y1, x2, y2);
}

/* Centred, but within the plot. */
static void put_text(const struct plot *plot, const char *class, double x, double y,
		     const char *text)
{
	double half = plot_text_width(strlen(text)) / 2;
	const char *anchor = "middle";
	if (x + half > WIDTH) {
		x = WIDTH - 1;
		anchor = "end";
	} else if (x - half < 0) {
		x = 1;
		anchor = "start";
	}
	fprintf(plot->out, "<text%s x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\">%s</text>\n", class, x,
		y, anchor, text);
}

void plot_box(const struct plot *plot, double from, double to, double low, double high,
	      const char *class)
{
	double begin = plot_place(plot, from), end = plot_place(plot, to);
	double near = place_of_count(plot, low), far = place_of_count(plot, high);
	double x = plot->is_sideways ? near : begin, y = plot->is_sideways ? begin : far;
	double width = plot->is_sideways ? far - near : end - begin;
	double height = plot->is_sideways ? end - begin : near - far;
	fprintf(plot->out,
		"<rect class=\"%s\" x=\"%.2f\" y=\"%.2f\" width=\"%.2f\" height=\"%.2f\"/>\n",
		class, x, y, width, height);
}

/* --- axes --- */

uint64_t plot_step(uint64_t most, int marks)
{
	static const int factors[] = {1, 2, 5};
	for (uint64_t ten = 1;; ten *= 10)
		for (int i = 0; i < 3; i++)
			if (ten * (uint64_t)factors[i] * (uint64_t)marks >= most ||
			    ten >= UINT64_MAX / 100)
				return ten * (uint64_t)factors[i];
}

static void put_count(const struct plot *plot, uint64_t count)
{
	char number[WORDS_NUMBER];
	const char *text = words_number(count, number);
	double at = place_of_count(plot, (double)count);
	if (plot->is_sideways) {
		put_line(plot, "grid", at, plot->top, at, plot->bottom);
		put_text(plot, "", at, plot->bottom + LINE - 2, text);
		return;
	}
	put_line(plot, "grid", plot->left, at, plot->right, at);
	fprintf(plot->out, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"end\">%s</text>\n",
		plot->left - GAP, at + TICK, text);
}

/* As many marks as there is room for between numbers, five at most. */
static int marks_for(const struct plot *plot, uint64_t most)
{
	char number[WORDS_NUMBER];
	double room = plot->right - plot->left;
	double width = plot_text_width(strlen(words_number(most, number)) + 2);
	int marks = plot->is_sideways ? (int)(room / width) : 5;
	return marks < 1 ? 1 : marks > 5 ? 5 : marks;
}

static void put_counts(const struct plot *plot, const char *counted, uint64_t most)
{
	uint64_t step = plot_step(most, marks_for(plot, most));
	for (uint64_t at = 0; at <= most; at += step)
		put_count(plot, at);
	if (plot->is_sideways)
		put_text(plot, "", (plot->left + plot->right) / 2, HEIGHT - GAP, counted);
	else
		fprintf(plot->out,
			"<text transform=\"translate(16 %.1f) rotate(-90)\" "
			"text-anchor=\"middle\">%s</text>\n",
			(plot->top + plot->bottom) / 2, counted);
}

static void lay_out(struct plot *plot, const struct plot_frame *frame)
{
	char number[WORDS_NUMBER];
	size_t label = strlen(words_number(frame->most, number));
	if (frame->is_sideways)
		label = (size_t)(frame->longest < PLOT_LABEL ? frame->longest : PLOT_LABEL);
	plot->left = plot_text_width(label) + GAP + (frame->is_sideways ? 2 : LINE + 4);
	plot->right = WIDTH - LINE;
	plot->top = GAP + LINE * frame->mark_rows;
	plot->bottom = HEIGHT - 2 * LINE - GAP;
}

void plot_begin(struct plot *plot, FILE *out, const struct plot_frame *frame)
{
	*plot = (struct plot){.out = out,
			      .is_sideways = frame->is_sideways,
			      .first = frame->first,
			      .last = frame->last,
			      .most = frame->most ? (double)frame->most * 1.04 : 1};
	lay_out(plot, frame);
	fprintf(out,
		"<svg viewBox=\"0 0 %d %d\" role=\"img\" aria-labelledby=\"%s-title\">\n"
		"<title id=\"%s-title\">%s</title>\n",
		WIDTH, HEIGHT, frame->id, frame->id, frame->title);
	put_counts(plot, frame->counted, frame->most);
}

void plot_tick(const struct plot *plot, double at, const char *text)
{
	double x = plot_place(plot, at);
	put_line(plot, "axis", x, plot->bottom, x, plot->bottom + TICK);
	put_text(plot, "", x, plot->bottom + LINE, text);
}

void plot_name(const struct plot *plot, double at, const char *name)
{
	fprintf(plot->out, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"end\">", plot->left - GAP,
		plot_place(plot, at) + TICK);
	markup_text(plot->out, name, PLOT_LABEL);
	fputs("</text>\n", plot->out);
}

void plot_mark(const struct plot *plot, double at, int row, int side, const char *text)
{
	double x = plot_place(plot, at), above = plot->top - row * LINE;
	double aside = side * (plot_text_width(strlen(text)) / 2 - TICK);
	put_line(plot, "mark", x, above, x, plot->bottom);
	put_text(plot, " class=\"mark\"", x + aside, above - TICK, text);
}

/* The axis that the boxes stand on lies above them. */
void plot_end(const struct plot *plot, const char *what)
{
	if (plot->is_sideways)
		put_line(plot, "axis", plot->left, plot->top, plot->left, plot->bottom);
	else
		put_line(plot, "axis", plot->left, plot->bottom, plot->right, plot->bottom);
	if (what)
		put_text(plot, "", (plot->left + plot->right) / 2, HEIGHT - GAP, what);
	fputs("</svg>\n", plot->out);
}
