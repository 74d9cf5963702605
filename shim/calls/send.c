/* send and its kin: MSG_NOSIGNAL is all that they need. */
#include <sys/socket.h>
#include <sys/syscall.h>

#include "call.h"
#include "writes.h"

ssize_t __send(int fd, const void *data, size_t size, int flags);

/* What the call's failure can have done, given the flags that the application passed. */
ALWAYS_INLINE enum way way_of(int flags)
{
	return flags & MSG_NOSIGNAL ? WAY_QUIET : guard.send_flag ? WAY_FLAG : WAY_PLAIN;
}

EXPORT ssize_t send(int fd, const void *data, size_t size, int flags)
{
	struct attempt attempt;
	ssize_t result;
	attempt_begin(&attempt, CALL_send, SYS_sendto, fd, size);
	result = next.send(fd, data, size, flags | guard.send_flag);
	return CALL_END(attempt, result, way_of(flags));
}

EXPORT ssize_t __send(int fd, const void *data, size_t size, int flags)
{
	struct attempt attempt;
	ssize_t result;
	attempt_begin(&attempt, CALL___send, SYS_sendto, fd, size);
	result = next.__send(fd, data, size, flags | guard.send_flag);
	return CALL_END(attempt, result, way_of(flags));
}

EXPORT ssize_t sendto(int fd, const void *data, size_t size, int flags, const struct sockaddr *to,
		      socklen_t length)
{
	struct attempt attempt;
	ssize_t result;
	attempt_begin(&attempt, CALL_sendto, SYS_sendto, fd, size);
	result = next.sendto(fd, data, size, flags | guard.send_flag, to, length);
	return CALL_END(attempt, result, way_of(flags));
}

COLD static void sum_up(struct attempt *attempt, const struct msghdr *message)
{
	attempt->requested = writes_iovec(message->msg_iov, message->msg_iovlen);
}

EXPORT ssize_t sendmsg(int fd, const struct msghdr *message, int flags)
{
	struct attempt attempt;
	ssize_t result;
	attempt_begin(&attempt, CALL_sendmsg, SYS_sendmsg, fd, 0);
	result = next.sendmsg(fd, message, flags | guard.send_flag);
	if (RARELY(result < 0))
		sum_up(&attempt, message);
	return CALL_END(attempt, result, way_of(flags));
}

/* The bytes of all the messages: the first one failed, or there would be a count. */
COLD static void sum_up_all(struct attempt *attempt, const struct mmsghdr *messages,
			    unsigned int count)
{
	for (unsigned int i = 0; i < count; i++)
		attempt->requested += writes_iovec(messages[i].msg_hdr.msg_iov,
						   messages[i].msg_hdr.msg_iovlen);
}

EXPORT int sendmmsg(int fd, struct mmsghdr *messages, unsigned int count, int flags)
{
	struct attempt attempt;
	int result;
	attempt_begin(&attempt, CALL_sendmmsg, SYS_sendmmsg, fd, 0);
	result = next.sendmmsg(fd, messages, count, flags | guard.send_flag);
	if (RARELY(result < 0))
		sum_up_all(&attempt, messages, count);
	return CALL_END(attempt, result, way_of(flags));
}
