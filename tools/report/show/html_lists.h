/* The page's tables: what the report says, row by row. */
#ifndef BPGUARD_REPORT_HTML_LISTS_H
#define BPGUARD_REPORT_HTML_LISTS_H

#include "show/html_parts.h"

/* The hosts, where there are several. */
void html_put_hosts(const struct html *html);

/* The others, where something failed. */
void html_put_lists(const struct html *html);

#endif
