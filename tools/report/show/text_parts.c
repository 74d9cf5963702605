#include "show/text_parts.h"

#include <inttypes.h>

#include "show/words.h"

enum { TEXT_BAR = 30 };

void text_colour(const struct sheet *sheet, const char *code)
{
	if (sheet->style->colour)
		fprintf(sheet->out, "\033[%sm", code);
}

void text_heading(const struct sheet *sheet, const char *text, uint32_t shown, uint32_t total)
{
	char number[WORDS_NUMBER];
	fputc('\n', sheet->out);
	text_colour(sheet, "1");
	fputs(text, sheet->out);
	text_colour(sheet, "0");
	if (total > shown)
		fprintf(sheet->out, " (%" PRIu32 " of %s)", shown, words_number(total, number));
	fputc('\n', sheet->out);
}

void text_bar(const struct sheet *sheet, uint64_t value, uint64_t most)
{
	int length = most ? (int)((double)value * TEXT_BAR / (double)most + 0.5) : 0;
	if (!sheet->style->colour || !value)
		return;
	fputs("  ", sheet->out);
	text_colour(sheet, "36");
	for (int i = 0; i < (length ? length : 1); i++)
		fputs(sheet->style->utf8 ? "█" : "#", sheet->out);
	text_colour(sheet, "0");
}

void text_cell(const struct sheet *sheet, uint64_t value)
{
	char text[WORDS_NUMBER];
	fprintf(sheet->out, "%*s", TEXT_COLUMN, words_number(value, text));
}

void text_columns(const struct sheet *sheet, const char *const *names)
{
	text_colour(sheet, "2");
	for (; names[1]; names++)
		fprintf(sheet->out, "%*s", TEXT_COLUMN, *names);
	fprintf(sheet->out, "  %s", *names);
	text_colour(sheet, "0");
	fputc('\n', sheet->out);
}

uint64_t text_most(const uint64_t *values, int count)
{
	uint64_t most = 0;
	for (int i = 0; i < count; i++)
		if (values[i] > most)
			most = values[i];
	return most;
}
