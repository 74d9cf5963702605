#include "kernel/writes.h"

#include <limits.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>

#include "base/raw.h"

const struct write_call writes_table[] = {
    {SYS_write, 0, 2, "write"},
    {SYS_writev, 0, AMOUNT_IOVEC, "writev"},
    {SYS_pwritev2, 0, AMOUNT_IOVEC, "pwritev2"},
    {SYS_sendto, 0, 2, "sendto"},
    {SYS_sendmsg, 0, AMOUNT_MESSAGE, "sendmsg"},
    {SYS_sendmmsg, 0, AMOUNT_UNKNOWN, "sendmmsg"},
    {SYS_sendfile, 0, 3, "sendfile"},
#if SYS_sendfile64 != SYS_sendfile
    {SYS_sendfile64, 0, 3, "sendfile64"},
#endif
    {SYS_splice, 2, 4, "splice"},
    {SYS_tee, 1, 2, "tee"},
    {SYS_vmsplice, 0, AMOUNT_IOVEC, "vmsplice"},
    /* The broken fd is in the submission queue, not in the registers. */
    {SYS_io_uring_enter, -1, AMOUNT_UNKNOWN, "io_uring_enter"},
    {0},
};

size_t writes_iovec(const struct iovec *parts, size_t count)
{
	size_t sum = 0;
	for (size_t i = 0; i < count && i < IOV_MAX; i++)
		sum += parts[i].iov_len;
	return sum;
}

size_t writes_messages(const struct mmsghdr *messages, unsigned count)
{
	size_t sum = 0;
	for (unsigned i = 0; i < count && i < IOV_MAX; i++) {
		struct msghdr message = {0};
		struct iovec part = {0};
		if (!raw_copy(&message, &messages[i].msg_hdr, sizeof(message)))
			return i ? sum : SIZE_MAX;
		for (size_t at = 0; at < (size_t)message.msg_iovlen && at < IOV_MAX; at++) {
			if (!raw_copy(&part, &message.msg_iov[at], sizeof(part)))
				return sum;
			sum += part.iov_len;
		}
	}
	return sum;
}

int64_t writes_amount(const struct write_call *row, const long arguments[6])
{
	const struct msghdr *message;
	switch (row->amount) {
	case AMOUNT_UNKNOWN:
		return -1;
	case AMOUNT_IOVEC:
		return (int64_t)writes_iovec((const struct iovec *)arguments[1],
					     (size_t)arguments[2]);
	case AMOUNT_MESSAGE:
		message = (const struct msghdr *)arguments[1];
		return (int64_t)writes_iovec(message->msg_iov, (size_t)message->msg_iovlen);
	default:
		return arguments[row->amount];
	}
}
