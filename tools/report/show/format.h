/* How findings are shown. An output format prints to `out` and knows of nothing but findings; a new
 * one gets a row in format.c. */
#ifndef BPGUARD_REPORT_FORMAT_H
#define BPGUARD_REPORT_FORMAT_H

#include <stdbool.h>
#include <stdio.h>

#include "find/findings.h"

struct style {
	bool colour; /* and bars: a terminal */
	bool utf8;
};

struct format {
	const char *name; /* as --format takes it */
	int top;	  /* how many rows of a list it shows by default */
	bool is_page;	  /* for a browser: not for a terminal */
	void (*print)(FILE *out, const struct findings *findings, const struct style *style);
};

/* Null where there is none of that name. */
const struct format *format_by_name(const char *name);

/* The names of all, for a message: "text, json, html or prometheus". */
extern const char format_names[];

void text_print(FILE *out, const struct findings *findings, const struct style *style);
void json_print(FILE *out, const struct findings *findings, const struct style *style);
void html_print(FILE *out, const struct findings *findings, const struct style *style);
void prometheus_print(FILE *out, const struct findings *findings, const struct style *style);

#endif
