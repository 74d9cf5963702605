/* What a fuzzer gives, taken piece by piece; where it ends, zeros and empty strings follow. */
#ifndef BPGUARD_TESTS_FUZZ_INPUT_H
#define BPGUARD_TESTS_FUZZ_INPUT_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct input {
	const uint8_t *at;
	size_t left;
};

static inline uint8_t take_byte(struct input *input)
{
	if (!input->left)
		return 0;
	input->left--;
	return *input->at++;
}

static inline int64_t take_number(struct input *input)
{
	int64_t number = 0;
	for (int i = take_byte(input) % 9; i > 0; i--)
		number = (int64_t)((uint64_t)number << 8 | take_byte(input));
	return number;
}

/* At most `size` - 1 bytes and a NUL. */
static inline void take_string(struct input *input, char *string, size_t size)
{
	size_t length = take_byte(input);
	if (length == 255)
		length = 256 + take_byte(input);
	length = length < size ? length : size - 1;
	length = length < input->left ? length : input->left;
	memcpy(string, input->at, length);
	string[length] = '\0';
	input->at += length;
	input->left -= length;
}

/* What must hold, whatever the input. */
#define HOLDS(condition)                                                                           \
	do {                                                                                       \
		if (!(condition)) {                                                                \
			fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__,          \
				#condition);                                                       \
			abort();                                                                   \
		}                                                                                  \
	} while (0)

/* libFuzzer's entry, which each target defines. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif
