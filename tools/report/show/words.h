/* Numbers and sentences of the report for people: what text and html say alike. Nothing of it comes
 * from outside, so that it can be printed as it is. */
#ifndef BPGUARD_REPORT_WORDS_H
#define BPGUARD_REPORT_WORDS_H

#include <stdint.h>
#include <stdio.h>

#include "find/findings.h"

/* 1234567 as 1,234,567. */
enum { WORDS_NUMBER = 32 };
const char *words_number(uint64_t value, char text[WORDS_NUMBER]);

/* "1 pipe", "2 pipes". */
void words_count(FILE *out, uint64_t count, const char *one, const char *many);

void words_bytes(FILE *out, uint64_t bytes);
void words_ms(FILE *out, int64_t ms);

/* The answer, in three sentences: what broke; what was lost, where something broke; and when it
 * was, where there are records. */
void words_failures(FILE *out, const struct findings *findings);
void words_lost(FILE *out, const struct findings *findings);
void words_span(FILE *out, const struct findings *findings);

/* What a cluster of silences is, and whose default that would be. */
void words_cluster(FILE *out, const struct cluster *cluster);
void words_default(FILE *out, const struct cluster *cluster);

#endif
