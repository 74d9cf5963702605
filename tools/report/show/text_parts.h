/* Parts of the report for people: headings, columns, bars. */
#ifndef BPGUARD_REPORT_TEXT_PARTS_H
#define BPGUARD_REPORT_TEXT_PARTS_H

#include "show/format.h"

/* Characters: of a name from outside, and of a column of numbers. */
enum { TEXT_NAME = 60, TEXT_COLUMN = 12 };

struct sheet {
	FILE *out;
	const struct findings *findings;
	const struct style *style;
};

/* An escape sequence by its code, "1" bold, "0" the end of it; nothing without colours. */
void text_colour(const struct sheet *sheet, const char *code);

/* A heading, and how many of `total` rows are shown where not all are. */
void text_heading(const struct sheet *sheet, const char *text, uint32_t shown, uint32_t total);

/* The names of columns of numbers, and last, before the null, of what follows them. */
void text_columns(const struct sheet *sheet, const char *const *names);
void text_cell(const struct sheet *sheet, uint64_t value);

/* A bar as long as the value's part of the most; nothing without colours. */
void text_bar(const struct sheet *sheet, uint64_t value, uint64_t most);
uint64_t text_most(const uint64_t *values, int count);

#endif
