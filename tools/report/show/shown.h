/* Small things that output formats share. */
#ifndef BPGUARD_REPORT_SHOWN_H
#define BPGUARD_REPORT_SHOWN_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* A moment as 2026-11-20T16:17:12.050Z, or without the fraction. */
enum { SHOWN_TIME = 40 };
void shown_time(int64_t ns, int with_fraction, char text[SHOWN_TIME]);

/* The length of the UTF-8 sequence at `text`, or 0 where there is none. */
size_t shown_sequence(const char *text);

/* Prints a string that came from outside, for a terminal: control characters and bytes that
 * are not UTF-8 as '?', no more than `most` characters. Returns how many it printed. */
int shown_text(FILE *out, const char *text, int most);

#endif
