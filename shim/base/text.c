#include "base/text.h"

#include <string.h>

struct text text_in(char *buffer, size_t size)
{
	return (struct text){.at = buffer, .end = buffer + size - 1};
}

void text_bytes(struct text *text, const char *bytes, size_t size)
{
	size_t room = (size_t)(text->end - text->at);
	if (size > room) {
		text->cut = true;
		size = room;
	}
	memcpy(text->at, bytes, size);
	text->at += size;
}

void text_char(struct text *text, char c)
{
	text_bytes(text, &c, 1);
}

void text_string(struct text *text, const char *string)
{
	text_bytes(text, string, strlen(string));
}

static void append_digits(struct text *text, uint64_t number, unsigned base, int least)
{
	char digits[20];
	int count = 0;
	do {
		digits[count++] = "0123456789abcdef"[number % base];
		number /= base;
	} while (number || count < least);
	while (count)
		text_char(text, digits[--count]);
}

void text_number(struct text *text, int64_t number)
{
	if (number < 0)
		text_char(text, '-');
	append_digits(text, number < 0 ? 0 - (uint64_t)number : (uint64_t)number, 10, 1);
}

void text_hex(struct text *text, uint64_t number)
{
	append_digits(text, number, 16, 1);
}

void text_padded(struct text *text, int64_t number, int digits)
{
	append_digits(text, (uint64_t)number, 10, digits);
}

/* The length of the UTF-8 sequence at `bytes` (RFC 3629: shortest form, no surrogates, up to
 * U+10FFFF), or 0. A NUL ends every comparison, so nothing behind the string is read. */
static size_t utf8_length(const unsigned char *bytes)
{
	unsigned char first = bytes[0], low = 0x80, high = 0xbf;
	size_t length;
	if (first < 0x80)
		return 1;
	if (first < 0xc2 || first > 0xf4)
		return 0;
	length = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
	if (first == 0xe0)
		low = 0xa0;
	else if (first == 0xed)
		high = 0x9f;
	else if (first == 0xf0)
		low = 0x90;
	else if (first == 0xf4)
		high = 0x8f;
	if (bytes[1] < low || bytes[1] > high)
		return 0;
	for (size_t i = 2; i < length; i++)
		if (bytes[i] < 0x80 || bytes[i] > 0xbf)
			return 0;
	return length;
}

static void append_escaped(struct text *text, unsigned char byte)
{
	text_string(text, "\\u");
	append_digits(text, byte, 16, 4);
}

void text_json(struct text *text, const char *string)
{
	const unsigned char *at = (const unsigned char *)string;
	text_char(text, '"');
	while (*at) {
		size_t length = utf8_length(at);
		if (*at == '"' || *at == '\\') {
			text_char(text, '\\');
			text_char(text, (char)*at);
		} else if (length == 0 || *at < 0x20 || *at == 0x7f) {
			append_escaped(text, *at);
		} else {
			text_bytes(text, (const char *)at, length);
		}
		at += length ? length : 1;
	}
	text_char(text, '"');
}

void text_end(struct text *text)
{
	*text->at = '\0';
}

int64_t text_parse(const char *string, const char **end)
{
	int64_t number = -1;
	while (*string >= '0' && *string <= '9' && number < INT64_MAX / 100)
		number = (number < 0 ? 0 : number) * 10 + (*string++ - '0');
	*end = string;
	return number;
}
