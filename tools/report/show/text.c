/* The report for people: first the answer, then the evidence, last what to do. */
#include <string.h>

#include "show/shown.h"
#include "show/text_lists.h"
#include "show/text_parts.h"
#include "show/words.h"

/* --- the answer --- */

static void put_answer(const struct sheet *sheet)
{
	words_failures(sheet->out, sheet->findings);
	fputc('\n', sheet->out);
	if (sheet->findings->tally->failures) {
		words_lost(sheet->out, sheet->findings);
		fputc('\n', sheet->out);
	}
	if (sheet->findings->tally->records) {
		words_span(sheet->out, sheet->findings);
		fputc('\n', sheet->out);
	}
}

static void put_problems(const struct sheet *sheet)
{
	const struct table *problems = &sheet->findings->tally->problems;
	for (uint32_t i = 0; i < problems->count; i++) {
		text_colour(sheet, "31");
		fputs("PARTIAL: ", sheet->out);
		shown_text(sheet->out, table_text(problems, i), 500);
		text_colour(sheet, "0");
		fputc('\n', sheet->out);
	}
}

/* --- what to do --- */

/* Words, a line's end in place of a blank where the line would be too long. */
static void put_wrapped(FILE *out, const char *text, int indent)
{
	int column = indent;
	while (*text) {
		int length = (int)strcspn(text, " ");
		char word[4096];
		snprintf(word, sizeof(word), "%.*s", length, text);
		if (column > indent && column + length > 98) {
			fprintf(out, "\n%*s", indent, "");
			column = indent;
		} else if (column > indent) {
			fputc(' ', out);
		}
		column += shown_text(out, word, (int)sizeof(word)) + 1;
		text += length;
		text += strspn(text, " ");
	}
	fputc('\n', out);
}

static void put_advice(const struct sheet *sheet)
{
	const struct findings *findings = sheet->findings;
	if (!findings->advice_count)
		return;
	text_heading(sheet, "What to do", 0, 0);
	for (int i = 0; i < findings->advice_count; i++) {
		const struct advice *advice = &findings->advice[i];
		fputs("  - ", sheet->out);
		put_wrapped(sheet->out, advice->text, 4);
		fputs("    Evidence: ", sheet->out);
		put_wrapped(sheet->out, advice->evidence, 14);
	}
}

void text_print(FILE *out, const struct findings *findings, const struct style *style)
{
	const struct sheet sheet = {out, findings, style};
	put_answer(&sheet);
	put_problems(&sheet);
	text_put_hosts(&sheet);
	if (findings->tally->failures)
		text_put_lists(&sheet);
	put_advice(&sheet);
}
