/* Text for HTML and SVG. */
#ifndef BPGUARD_REPORT_MARKUP_H
#define BPGUARD_REPORT_MARKUP_H

#include <stdio.h>

/* Prints a string that came from outside, so that it is text wherever text or a quoted attribute
 * may stand; no more than `most` characters and then an ellipsis. */
void markup_text(FILE *out, const char *text, int most);

#endif
