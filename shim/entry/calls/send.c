/* send and its kin: MSG_NOSIGNAL is all that they need. Where the flag is added no signal comes,
 * and the handler need not know of the call: it is put down only after a failure. */
#include <sys/socket.h>
#include <sys/syscall.h>

#include "entry/arrival.h"
#include "entry/calls/call.h"
#include "kernel/writes.h"

ssize_t __send(int fd, const void *data, size_t size, int flags);

/* How a call with these flags of the application's is guarded. */
static enum method method_of(int flags)
{
	return flags & MSG_NOSIGNAL ? METHOD_QUIET : next_send_flag ? METHOD_FLAG : METHOD_PLAIN;
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
COLD static ssize_t flagged_failed(enum call which, const volatile struct arguments *kept,
				   void *caller)
{
	struct inflight call;
	inflight_begin(&call, which, SYS_sendto, kept->fd, kept->size);
	call.method = method_of(kept->flags);
	failure_of_call(&call, caller);
	inflight_end(&call);
	return -1;
}

/* TCP Fast Open makes the connection by its first write (RFC 7413, tcp(7)). */
static void fast_opened(long result, int fd, const void *to, socklen_t length)
{
	if (to)
		arrival_opened(result, fd, to, length);
}

/* No flag: SIGPIPE is the application's own affair, or is to be observed. Or a connection is to be
 * opened. */
COLD static ssize_t sendto_rarely(enum call which, int fd, const void *data, size_t size, int flags,
				  const struct sockaddr *to, socklen_t length, void *caller)
{
	struct inflight call;
	ssize_t result;
	inflight_begin(&call, which, SYS_sendto, fd, size);
	result = which == CALL_sendto
		     ? next.sendto(fd, data, size, flags | next_send_flag, to, length)
		     : next.send(fd, data, size, flags | next_send_flag);
	call.method = method_of(flags);
	if (result < 0)
		failure_of_call(&call, caller);
	inflight_end(&call);
	if (flags & MSG_FASTOPEN)
		fast_opened(result, fd, to, length);
	return result;
}

EXPORT ssize_t send(int fd, const void *data, size_t size, int flags)
{
	volatile struct arguments kept;
	ssize_t result;
	keep(&kept, fd, size, flags);
	if (RARELY(!next_send_flag))
		return sendto_rarely(CALL_send, fd, data, size, flags, NULL, 0, CALLER);
	result = next.send(fd, data, size, flags | MSG_NOSIGNAL);
	if (RARELY(result < 0))
		return flagged_failed(CALL_send, &kept, CALLER);
	return result;
}

#ifdef __GLIBC__
EXPORT ssize_t __send(int fd, const void *data, size_t size, int flags)
{
	volatile struct arguments kept;
	ssize_t result;
	keep(&kept, fd, size, flags);
	if (RARELY(!next_send_flag))
		return sendto_rarely(CALL___send, fd, data, size, flags, NULL, 0, CALLER);
	result = next.__send(fd, data, size, flags | MSG_NOSIGNAL);
	if (RARELY(result < 0))
		return flagged_failed(CALL___send, &kept, CALLER);
	return result;
}
#endif

EXPORT ssize_t sendto(int fd, const void *data, size_t size, int flags, const struct sockaddr *to,
		      socklen_t length)
{
	volatile struct arguments kept;
	ssize_t result;
	keep(&kept, fd, size, flags);
	if (RARELY(!next_send_flag || (flags & MSG_FASTOPEN)))
		return sendto_rarely(CALL_sendto, fd, data, size, flags, to, length, CALLER);
	result = next.sendto(fd, data, size, flags | MSG_NOSIGNAL, to, length);
	if (RARELY(result < 0))
		return flagged_failed(CALL_sendto, &kept, CALLER);
	return result;
}

ALWAYS_INLINE ssize_t send_message(enum call which,
				   ssize_t (*real)(int, const struct msghdr *, int), int fd,
				   const struct msghdr *message, int flags, void *caller)
{
	struct inflight call;
	ssize_t result;
	inflight_begin(&call, which, SYS_sendmsg, fd, 0);
	result = real(fd, message, flags | next_send_flag);
	if (RARELY(result < 0)) {
		call.method = method_of(flags);
		if (call_broke())
			call.requested =
			    writes_iovec(message->msg_iov, (size_t)message->msg_iovlen);
		failure_of_call(&call, caller);
	}
	inflight_end(&call);
	return result;
}

/* Apart, so that a message that opens nothing need not keep the arguments. */
COLD static ssize_t open_by_message(enum call which,
				    ssize_t (*real)(int, const struct msghdr *, int), int fd,
				    const struct msghdr *message, int flags, void *caller)
{
	ssize_t result = send_message(which, real, fd, message, flags, caller);
	fast_opened(result, fd, message->msg_name, message->msg_namelen);
	return result;
}

EXPORT ssize_t sendmsg(int fd, const struct msghdr *message, int flags)
{
	if (RARELY(flags & MSG_FASTOPEN))
		return open_by_message(CALL_sendmsg, next.sendmsg, fd, message, flags, CALLER);
	return send_message(CALL_sendmsg, next.sendmsg, fd, message, flags, CALLER);
}

ALWAYS_INLINE int send_messages(enum call which,
				int (*real)(int, struct mmsghdr *, unsigned int, many_flags),
				int fd, struct mmsghdr *messages, unsigned int count,
				many_flags flags, void *caller)
{
	struct inflight call;
	int result;
	inflight_begin(&call, which, SYS_sendmmsg, fd, 0);
	result = real(fd, messages, count, flags | (many_flags)next_send_flag);
	if (RARELY(result < 0)) {
		call.method = method_of((int)flags);
		if (call_broke())
			call.requested = writes_messages(messages, count);
		failure_of_call(&call, caller);
	}
	inflight_end(&call);
	return result;
}

COLD static int open_by_messages(enum call which,
				 int (*real)(int, struct mmsghdr *, unsigned int, many_flags),
				 int fd, struct mmsghdr *messages, unsigned int count,
				 many_flags flags, void *caller)
{
	int result = send_messages(which, real, fd, messages, count, flags, caller);
	if (count)
		fast_opened(result, fd, messages->msg_hdr.msg_name, messages->msg_hdr.msg_namelen);
	return result;
}

EXPORT int sendmmsg(int fd, struct mmsghdr *messages, unsigned int count, many_flags flags)
{
	if (RARELY(flags & (many_flags)MSG_FASTOPEN))
		return open_by_messages(CALL_sendmmsg, next.sendmmsg, fd, messages, count, flags,
					CALLER);
	return send_messages(CALL_sendmmsg, next.sendmmsg, fd, messages, count, flags, CALLER);
}

#if defined(__GLIBC__) && __SIZEOF_LONG__ == 4
ssize_t __sendmsg64(int fd, const struct msghdr *message, int flags);
EXPORT ssize_t __sendmsg64(int fd, const struct msghdr *message, int flags)
{
	if (RARELY(flags & MSG_FASTOPEN))
		return open_by_message(CALL___sendmsg64, next.__sendmsg64, fd, message, flags,
				       CALLER);
	return send_message(CALL___sendmsg64, next.__sendmsg64, fd, message, flags, CALLER);
}

int __sendmmsg64(int fd, struct mmsghdr *messages, unsigned int count, int flags);
EXPORT int __sendmmsg64(int fd, struct mmsghdr *messages, unsigned int count, int flags)
{
	if (RARELY(flags & MSG_FASTOPEN))
		return open_by_messages(CALL___sendmmsg64, next.__sendmmsg64, fd, messages, count,
					flags, CALLER);
	return send_messages(CALL___sendmmsg64, next.__sendmmsg64, fd, messages, count, flags,
			     CALLER);
}
#endif
