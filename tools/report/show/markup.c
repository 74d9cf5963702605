#include "show/markup.h"

#include <stddef.h>

#include "show/shown.h"

static const char *entity(char c)
{
	switch (c) {
	case '&':
		return "&amp;";
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '"':
		return "&quot;";
	case '\'':
		return "&#39;";
	default:
		return NULL;
	}
}

void markup_text(FILE *out, const char *text, int most)
{
	for (int count = 0; *text; count++) {
		const char *name = entity(*text);
		size_t length = shown_sequence(text);
		char one[5] = {0};
		if (count == most) {
			fputs("…", out);
			return;
		}
		if (name) {
			fputs(name, out);
		} else {
			for (size_t i = 0; i < (length ? length : 1); i++)
				one[i] = text[i];
			shown_text(out, one, 1); /* as for a terminal: no controls */
		}
		text += length ? length : 1;
	}
}
