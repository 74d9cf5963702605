/* The lists of the report for people. */
#ifndef BPGUARD_REPORT_TEXT_LISTS_H
#define BPGUARD_REPORT_TEXT_LISTS_H

#include "show/text_parts.h"

/* The hosts, where there are several. */
void text_put_hosts(const struct sheet *sheet);

/* The others, where something failed. */
void text_put_lists(const struct sheet *sheet);

#endif
