#include "find/order.h"

#include <string.h>

int order_by_bytes(const void *a, size_t a_length, const void *b, size_t b_length)
{
	int order = memcmp(a, b, a_length < b_length ? a_length : b_length);
	return order ? order : (a_length > b_length) - (a_length < b_length);
}

int order_by_program(const struct tally *tally, uint32_t a, uint32_t b)
{
	const struct program *left = table_value(&tally->programs, a);
	const struct program *right = table_value(&tally->programs, b);
	int order =
	    strcmp(table_text(&tally->names, left->name), table_text(&tally->names, right->name));
	return order ? order
		     : strcmp(table_text(&tally->hosts, left->host),
			      table_text(&tally->hosts, right->host));
}
