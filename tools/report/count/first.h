/* The first few of many, in order. */
#ifndef BPGUARD_REPORT_FIRST_H
#define BPGUARD_REPORT_FIRST_H

#include <stddef.h>
#include <stdint.h>

/* As qsort_r's: negative where the first comes before the second. */
typedef int first_compare(const void *a, const void *b, void *context);

/* Puts an item of `size` bytes where it belongs among the `count` items of `list`, which are in
 * order and no more than `most`: behind those that it is equal to. What is then too much falls off
 * at the end. Returns how many there are now. */
uint32_t first_insert(void *list, uint32_t count, uint32_t most, const void *item, size_t size,
		      first_compare *compare, void *context);

#endif
