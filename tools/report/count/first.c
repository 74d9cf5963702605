#include "count/first.h"

#include <string.h>

/* How many of the list come before the item, or are equal to it. */
static uint32_t place_of(const char *list, uint32_t count, const void *item, size_t size,
			 first_compare *compare, void *context)
{
	uint32_t low = 0, high = count;
	while (low < high) {
		uint32_t middle = low + (high - low) / 2;
		if (compare(item, list + middle * size, context) < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return low;
}

/* Most items of many come behind the last: that is asked first. */
uint32_t first_insert(void *list, uint32_t count, uint32_t most, const void *item, size_t size,
		      first_compare *compare, void *context)
{
	char *bytes = list;
	uint32_t at = count;
	if (count > 0 && compare(item, bytes + (count - 1) * size, context) < 0)
		at = place_of(bytes, count - 1, item, size, compare, context);
	if (at >= most)
		return count;
	if (count < most)
		count++;
	memmove(bytes + (at + 1) * size, bytes + at * size, (count - 1 - at) * size);
	memcpy(bytes + at * size, item, size);
	return count;
}
