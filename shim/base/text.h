/* Text put together in a buffer of a given size, cut at its end. Async-signal-safe. */
#ifndef BPGUARD_TEXT_H
#define BPGUARD_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct text {
	char *at, *end; /* `end` keeps a byte for the NUL */
	bool cut;	/* something did not fit */
};

/* Starts a text in `buffer`; `size` is at least 1. */
struct text text_in(char *buffer, size_t size);

void text_char(struct text *text, char c);
void text_bytes(struct text *text, const char *bytes, size_t size);
void text_string(struct text *text, const char *string);
void text_number(struct text *text, int64_t number);
void text_hex(struct text *text, uint64_t number);

/* The same with leading zeros, `digits` wide. */
void text_padded(struct text *text, int64_t number, int digits);

/* A JSON string with its quotes (RFC 8259). Bytes that are not UTF-8 become \u00XX. */
void text_json(struct text *text, const char *string);

/* Ends it with a NUL. */
void text_end(struct text *text);

/* Parses a decimal number at `string`; `*end` is what follows. -1 where there is none. */
int64_t text_parse(const char *string, const char **end);

#endif
