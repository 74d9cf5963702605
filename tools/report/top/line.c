#include "top/line.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "read/memory.h"
#include "show/shown.h"

/* --- lines --- */

struct line *line_new(struct top_page *page, enum style style)
{
	page->lines = must_grow(page->lines, ((size_t)page->count + 1) * sizeof(struct line));
	page->lines[page->count] = (struct line){.style = style};
	return &page->lines[page->count++];
}

void line_bytes(struct line *line, const char *bytes, size_t length)
{
	if (line->used + length + 1 > line->room) {
		line->room = line->room * 2 + length + 64;
		line->text = must_grow(line->text, line->room);
	}
	memcpy(line->text + line->used, bytes, length);
	line->used += length;
	line->text[line->used] = 0;
	line->bar = line->used;
}

/* ASCII, as much as still fits. */
void line_put(const struct top_page *page, struct line *line, const char *format, ...)
{
	char text[1024];
	int length, room = page->width - line->columns;
	va_list values;
	va_start(values, format);
	/* The analyzer loses sight of va_start here. */
	/* NOLINTNEXTLINE(clang-analyzer-valist.Uninitialized) */
	length = vsnprintf(text, sizeof(text), format, values);
	va_end(values);
	if (length >= (int)sizeof(text))
		length = (int)sizeof(text) - 1;
	if (length > room)
		length = room > 0 ? room : 0;
	line_bytes(line, text, (size_t)length);
	line->columns += length;
}

void line_spaces(const struct top_page *page, struct line *line, int until)
{
	while (line->columns < until && line->columns < page->width)
		line_put(page, line, " ");
}

/* --- names from outside --- */

/* What a terminal shows in one column or two; control characters, directions of writing, marks upon
 * letters and broken UTF-8 are not. */
static int columns_of(const struct top_page *page, const char *text, size_t *length)
{
	wchar_t wide;
	int columns;
	*length = shown_sequence(text);
	if (*length == 0) {
		*length = 1;
		return 0;
	}
	if (*length == 1)
		return *text >= 0x20 && *text != 0x7f;
	if (!page->utf8 || mbrtowc(&wide, text, *length, &(mbstate_t){0}) != *length)
		return 0;
	columns = wcwidth(wide);
	return columns > 0 ? columns : 0;
}

static int width_of(const struct top_page *page, const char *text)
{
	int columns = 0;
	while (*text) {
		size_t length;
		int wide = columns_of(page, text, &length);
		columns += wide ? wide : 1;
		text += length;
	}
	return columns;
}

/* No more than `most` columns: of a longer one the end, which tells more of a path. */
void line_name(const struct top_page *page, struct line *line, const char *text, int most)
{
	int columns = width_of(page, text);
	bool is_cut;
	if (most > page->width - line->columns)
		most = page->width - line->columns;
	is_cut = columns > most;
	if (most <= 0)
		return;
	while (*text && is_cut && columns > most - 1) {
		size_t length;
		int wide = columns_of(page, text, &length);
		columns -= wide ? wide : 1;
		text += length;
	}
	if (is_cut)
		line_put(page, line, "<");
	while (*text) {
		size_t length;
		int wide = columns_of(page, text, &length);
		if (wide) {
			line_bytes(line, text, length);
			line->columns += wide;
		} else {
			line_put(page, line, "?");
		}
		text += length;
	}
}

void lines_clear(struct top_page *page)
{
	for (int i = 0; i < page->count; i++)
		free(page->lines[i].text);
	page->count = 0;
}
