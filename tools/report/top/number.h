/* Numbers that a column has room for: "1234567", "12.3M", "2.0KiB", "0.25", "3 min 20 s". */
#ifndef BPGUARD_TOP_NUMBER_H
#define BPGUARD_TOP_NUMBER_H

#include <stdint.h>

enum { NUMBER_TEXT = 32 };

/* Each returns `text`. A rate is of a second. */
const char *number_count(uint64_t value, char text[NUMBER_TEXT]);
const char *number_bytes(uint64_t value, char text[NUMBER_TEXT]);
const char *number_rate(double rate, char text[NUMBER_TEXT]);
const char *number_duration(int64_t ns, char text[NUMBER_TEXT]);

#endif
