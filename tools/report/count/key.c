#include "count/key.h"

#include <string.h>

void key_add(struct key *key, const void *part, size_t length)
{
	if (length > sizeof(key->bytes) - key->length)
		length = sizeof(key->bytes) - key->length;
	memcpy(key->bytes + key->length, part, length);
	key->length += length;
}

void key_number(struct key *key, int64_t number)
{
	key_add(key, &number, sizeof(number));
}

void key_text(struct key *key, const char *text)
{
	key_add(key, text, strlen(text) + 1);
}

uint32_t key_put(struct table *table, const struct key *key, bool *fresh)
{
	return table_put(table, key->bytes, key->length, fresh);
}
