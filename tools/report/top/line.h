/* Lines of text for a terminal. Nothing in a line moves a cursor, and none is wider than its page.
 */
#ifndef BPGUARD_TOP_LINE_H
#define BPGUARD_TOP_LINE_H

#include <stdbool.h>
#include <stddef.h>

enum style { PLAIN, STRONG, HEADING, ALERT, FAINT };

struct line {
	enum style style;
	int columns; /* how wide it is */
	size_t bar;  /* where in the text a bar begins; its length where there is none */
	size_t used, room;
	char *text;
};

struct top_page {
	int width, height;
	bool utf8; /* names and bars may be more than ASCII: the locale is UTF-8 */
	int count;
	struct line *lines;
};

/* A new line at the page's end, until the next one. */
struct line *line_new(struct top_page *page, enum style style);

/* ASCII, as much as still fits. */
__attribute__((format(printf, 3, 4))) void line_put(const struct top_page *page, struct line *line,
						    const char *format, ...);

/* Blanks up to a column. */
void line_spaces(const struct top_page *page, struct line *line, int until);

/* A name from outside, in no more than `most` columns: of a longer one the end, which tells more of
 * a path. What a terminal does not show as it is becomes "?". */
void line_name(const struct top_page *page, struct line *line, const char *text, int most);

/* Bytes as they are; line->columns is the caller's to mind. */
void line_bytes(struct line *line, const char *bytes, size_t length);

/* Takes all lines away. */
void lines_clear(struct top_page *page);

#endif
