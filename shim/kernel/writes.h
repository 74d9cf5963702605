/* The system calls that write, and so can break: which argument is the fd, how much was asked. */
#ifndef BPGUARD_WRITES_H
#define BPGUARD_WRITES_H

#include <stddef.h>
#include <stdint.h>

/* Where the number of bytes stands. */
enum amount { AMOUNT_UNKNOWN = -1, AMOUNT_IOVEC = -2, AMOUNT_MESSAGE = -3 };

struct write_call {
	uint16_t number;
	int8_t fd;     /* the argument's index, or -1 */
	int8_t amount; /* the argument's index, or an enum amount */
	const char *name;
};

/* Ends with a row without a name. */
extern __attribute__((visibility("hidden"))) const struct write_call writes_table[];

/* The row of system call `number`, or NULL where it does not write. Async-signal-safe. */
static inline const struct write_call *writes_find(long number)
{
	for (const struct write_call *row = writes_table; row->name; row++)
		if (row->number == number)
			return row;
	return NULL;
}

/* Bytes asked for by a call with these arguments, or -1. Reads the vectors that the kernel has just
 * read. Async-signal-safe. */
int64_t writes_amount(const struct write_call *row, const long arguments[6]);

/* Bytes in the messages of a failed sendmmsg(2), as far as they can be read: the kernel has looked
 * at the first one only. SIZE_MAX where none can be. Async-signal-safe. */
struct mmsghdr;
size_t writes_messages(const struct mmsghdr *messages, unsigned count);

/* Bytes in a vector. Async-signal-safe. */
struct iovec;
size_t writes_iovec(const struct iovec *parts, size_t count);

#endif
