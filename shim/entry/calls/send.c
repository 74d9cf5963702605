/* send and its kin: MSG_NOSIGNAL is all that they need. Where the flag is added no signal comes,
 * and the backstop need not know of the call: its attempt is put down only after a failure. */
#include <sys/socket.h>
#include <sys/syscall.h>

#include "entry/calls/call.h"
#include "kernel/writes.h"

ssize_t __send(int fd, const void *data, size_t size, int flags);

COLD static void note_way(int flags)
{
	thread.way = flags & MSG_NOSIGNAL ? WAY_QUIET : guard_send_flag ? WAY_FLAG : WAY_PLAIN;
}

/* What only a failure will ask for. Volatile, so that it waits in the frame: in registers, every
 * call would have to save and restore them. */
struct arguments {
	int fd, flags;
	size_t size;
};

ALWAYS_INLINE void keep(volatile struct arguments *kept, int fd, size_t size, int flags)
{
	kept->fd = fd;
	kept->flags = flags;
	kept->size = size;
}

/* A flagged call failed; returns -1. */
COLD static ssize_t flagged_failed(uint32_t what, const volatile struct arguments *kept,
				   void *caller)
{
	struct attempt attempt;
	attempt_begin(&attempt, what, kept->fd, kept->size);
	note_way(kept->flags);
	call_failed(caller);
	attempt_end(&attempt);
	return -1;
}

/* No flag: SIGPIPE is the application's own affair, or is to be observed. */
COLD static ssize_t unflagged_sendto(uint32_t what, int fd, const void *data, size_t size,
				     int flags, const struct sockaddr *to, socklen_t length,
				     void *caller)
{
	struct attempt attempt;
	ssize_t result;
	attempt_begin(&attempt, what, fd, size);
	result = attempt_call(&attempt) == CALL_sendto
		     ? next.sendto(fd, data, size, flags, to, length)
		     : next.send(fd, data, size, flags);
	if (result < 0) {
		note_way(flags);
		call_failed(caller);
	}
	attempt_end(&attempt);
	return result;
}

EXPORT ssize_t send(int fd, const void *data, size_t size, int flags)
{
	volatile struct arguments kept;
	ssize_t result;
	keep(&kept, fd, size, flags);
	if (RARELY(!guard_send_flag))
		return unflagged_sendto(WHAT(send, SYS_sendto), fd, data, size, flags, NULL, 0,
					CALLER);
	result = next.send(fd, data, size, flags | MSG_NOSIGNAL);
	if (RARELY(result < 0))
		return flagged_failed(WHAT(send, SYS_sendto), &kept, CALLER);
	return result;
}

#ifdef __GLIBC__
EXPORT ssize_t __send(int fd, const void *data, size_t size, int flags)
{
	volatile struct arguments kept;
	ssize_t result;
	keep(&kept, fd, size, flags);
	if (RARELY(!guard_send_flag))
		return unflagged_sendto(WHAT(__send, SYS_sendto), fd, data, size, flags, NULL, 0,
					CALLER);
	result = next.__send(fd, data, size, flags | MSG_NOSIGNAL);
	if (RARELY(result < 0))
		return flagged_failed(WHAT(__send, SYS_sendto), &kept, CALLER);
	return result;
}
#endif

EXPORT ssize_t sendto(int fd, const void *data, size_t size, int flags, const struct sockaddr *to,
		      socklen_t length)
{
	volatile struct arguments kept;
	ssize_t result;
	keep(&kept, fd, size, flags);
	if (RARELY(!guard_send_flag))
		return unflagged_sendto(WHAT(sendto, SYS_sendto), fd, data, size, flags, to, length,
					CALLER);
	result = next.sendto(fd, data, size, flags | MSG_NOSIGNAL, to, length);
	if (RARELY(result < 0))
		return flagged_failed(WHAT(sendto, SYS_sendto), &kept, CALLER);
	return result;
}

EXPORT ssize_t sendmsg(int fd, const struct msghdr *message, int flags)
{
	struct attempt attempt;
	ssize_t result;
	attempt_begin(&attempt, WHAT(sendmsg, SYS_sendmsg), fd, 0);
	result = next.sendmsg(fd, message, flags | guard_send_flag);
	if (RARELY(result < 0)) {
		note_way(flags);
		if (call_broke())
			attempt.requested =
			    writes_iovec(message->msg_iov, (size_t)message->msg_iovlen);
	}
	return CALL_END(attempt, result);
}

EXPORT int sendmmsg(int fd, struct mmsghdr *messages, unsigned int count, many_flags flags)
{
	struct attempt attempt;
	int result;
	attempt_begin(&attempt, WHAT(sendmmsg, SYS_sendmmsg), fd, 0);
	result = next.sendmmsg(fd, messages, count, flags | (many_flags)guard_send_flag);
	if (RARELY(result < 0)) {
		note_way((int)flags);
		if (call_broke())
			attempt.requested = writes_messages(messages, count);
	}
	return CALL_END(attempt, result);
}

#if defined(__GLIBC__) && __SIZEOF_LONG__ == 4
ssize_t __sendmsg64(int fd, const struct msghdr *message, int flags);
EXPORT ssize_t __sendmsg64(int fd, const struct msghdr *message, int flags)
{
	struct attempt attempt;
	ssize_t result;
	attempt_begin(&attempt, WHAT(__sendmsg64, SYS_sendmsg), fd, 0);
	result = next.__sendmsg64(fd, message, flags | guard_send_flag);
	if (RARELY(result < 0)) {
		note_way(flags);
		if (call_broke())
			attempt.requested =
			    writes_iovec(message->msg_iov, (size_t)message->msg_iovlen);
	}
	return CALL_END(attempt, result);
}

int __sendmmsg64(int fd, struct mmsghdr *messages, unsigned int count, int flags);
EXPORT int __sendmmsg64(int fd, struct mmsghdr *messages, unsigned int count, int flags)
{
	struct attempt attempt;
	int result;
	attempt_begin(&attempt, WHAT(__sendmmsg64, SYS_sendmmsg), fd, 0);
	result = next.__sendmmsg64(fd, messages, count, flags | guard_send_flag);
	if (RARELY(result < 0)) {
		note_way(flags);
		if (call_broke())
			attempt.requested = writes_messages(messages, count);
	}
	return CALL_END(attempt, result);
}
#endif
