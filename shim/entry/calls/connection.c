/* Calls by which connections come to be: who is there is noted. What notes makes raw system calls
 * only, which leave errno alone. */
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include "base/raw.h"
#include "entry/arrival.h"
#include "entry/calls/call.h"
#include "outlets/lttng.h"
#include "signal/disposition.h"
#include "state/lineage.h"
#include "state/peers.h"

int __connect(int fd, const struct sockaddr *address, socklen_t length);
int pidfd_getfd(int pidfd, int target, unsigned int flags);

static bool is_internet(int listener)
{
	int domain = 0;
	socklen_t size = sizeof(domain);
	return RAW5(SYS_getsockopt, listener, SOL_SOCKET, SO_DOMAIN, &domain, &size) == 0 &&
	       (domain == AF_INET || domain == AF_INET6);
}

/* A NULL address is asked for. */
static int accepted(int fd, const struct sockaddr *address, socklen_t length)
{
	arrival_accepted(fd, address, length);
	return fd;
}

/* The kernel is asked again rather than the application's buffer, which may be too small: the
 * address is cut then, and what lies behind it is another's. How large it is must not be looked at
 * before the call, for the pointers may be bad, and that is for accept to tell. Only where the
 * connection is reset already, and getpeername(2) fails, a whole IPv4 address is taken from there,
 * where there was `room` for it.
 */
static int accepted_into(int fd, const struct sockaddr *told, const socklen_t *told_length,
			 socklen_t room)
{
	struct sockaddr_storage asked;
	socklen_t length = sizeof(asked);
	if (fd < 0)
		return fd;
	if (RAW3(SYS_getpeername, fd, &asked, &length) == 0)
		return accepted(fd, (struct sockaddr *)&asked, length);
	if (room >= sizeof(struct sockaddr_in) && *told_length == sizeof(struct sockaddr_in) &&
	    told->sa_family == AF_INET)
		return accepted(fd, told, *told_length);
	return accepted(fd, NULL, 0);
}

static socklen_t room_at(const socklen_t *length)
{
	return raw_is_readable(length) ? *length : 0;
}

/* Nobody wants the address but us. Other families are not asked for one: some have none, and accept
 * would fail for that (do_accept, net/socket.c). */
#define ACCEPT_UNNAMED(call, listener, ...)                                                        \
	({                                                                                         \
		struct sockaddr_storage own_;                                                      \
		socklen_t length_ = sizeof(own_);                                                  \
		is_internet(listener)                                                              \
		    ? accepted(call(listener, (struct sockaddr *)&own_, &length_, ##__VA_ARGS__),  \
			       (struct sockaddr *)&own_, length_)                                  \
		    : accepted(call(listener, NULL, NULL, ##__VA_ARGS__), NULL, 0);                \
	})

EXPORT int accept(int fd, struct sockaddr *restrict address, socklen_t *restrict length)
{
	if (!address)
		return ACCEPT_UNNAMED(next.accept, fd);
	socklen_t room = room_at(length);
	return accepted_into(next.accept(fd, address, length), address, length, room);
}

EXPORT int accept4(int fd, struct sockaddr *restrict address, socklen_t *restrict length, int flags)
{
	if (!address)
		return ACCEPT_UNNAMED(next.accept4, fd, flags);
	socklen_t room = room_at(length);
	return accepted_into(next.accept4(fd, address, length, flags), address, length, room);
}

static int opened(int result, int fd, const struct sockaddr *address, socklen_t length)
{
	arrival_opened(result, fd, address, length);
	return result;
}

EXPORT int connect(int fd, const struct sockaddr *address, socklen_t length)
{
	return opened(next.connect(fd, address, length), fd, address, length);
}

#ifdef __GLIBC__
EXPORT int __connect(int fd, const struct sockaddr *address, socklen_t length)
{
	return opened(next.__connect(fd, address, length), fd, address, length);
}
#endif

EXPORT int pidfd_getfd(int pidfd, int target, unsigned int flags)
{
	int fd = next.pidfd_getfd(pidfd, target, flags);
	arrival_given(fd);
	return fd;
}

EXPORT int listen(int fd, int backlog)
{
	int result = next.listen(fd, backlog);
	if (result == 0 && lineage_claim_memory()) {
		lineage_note_server();
		disposition_watch();
	}
	return result;
}

/* The tracer's sockets to its daemon go where no application's numbers are. */
EXPORT int socket(int domain, int type, int protocol)
{
	int fd = next.socket(domain, type, protocol);
	return RARELY(fd >= 0 && domain == AF_UNIX && lttng_is_tracer(CALLER)) ? lttng_lift(fd)
									       : fd;
}

/* CMSG_NXTHDR; musl's mixes signs. */
static struct cmsghdr *part_after(struct msghdr *message, struct cmsghdr *part)
{
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wsign-conversion"
#pragma GCC diagnostic ignored "-Wsign-compare"
	return CMSG_NXTHDR(message, part);
#pragma GCC diagnostic pop
}

/* SCM_RIGHTS, unix(7): sockets that another process passed, or what the tracer writes to. */
static void note_passed(struct msghdr *message, const void *caller)
{
	int error = errno;
	for (struct cmsghdr *part = CMSG_FIRSTHDR(message); part;
	     part = part_after(message, part)) {
		if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS)
			continue;
		bool to_tracer = lttng_is_tracer(caller);
		for (size_t at = 0; at + sizeof(int) <= part->cmsg_len - CMSG_LEN(0);
		     at += sizeof(int)) {
			int fd;
			memcpy(&fd, CMSG_DATA(part) + at, sizeof(fd));
			if (to_tracer) {
				fd = lttng_lift(fd);
				memcpy(CMSG_DATA(part) + at, &fd, sizeof(fd));
			} else {
				peers_note(fd, NULL, 0, ORIGIN_GIVEN);
			}
		}
	}
	errno = error;
}

EXPORT ssize_t recvmsg(int fd, struct msghdr *message, int flags)
{
	ssize_t result = next.recvmsg(fd, message, flags);
	if (RARELY(result >= 0 && message->msg_controllen))
		note_passed(message, CALLER);
	return result;
}

ALWAYS_INLINE void note_all_passed(struct mmsghdr *messages, int count, const void *caller)
{
	for (int i = 0; i < count; i++)
		if (RARELY(messages[i].msg_hdr.msg_controllen))
			note_passed(&messages[i].msg_hdr, caller);
}

EXPORT int recvmmsg(int fd, struct mmsghdr *messages, unsigned int count, many_flags flags,
		    struct timespec *timeout)
{
	int result = next.recvmmsg(fd, messages, count, flags, timeout);
	note_all_passed(messages, result, CALLER);
	return result;
}

#if defined(__GLIBC__) && __SIZEOF_LONG__ == 4
ssize_t __recvmsg64(int fd, struct msghdr *message, int flags);
EXPORT ssize_t __recvmsg64(int fd, struct msghdr *message, int flags)
{
	ssize_t result = next.__recvmsg64(fd, message, flags);
	if (RARELY(result >= 0 && message->msg_controllen))
		note_passed(message, CALLER);
	return result;
}

int __recvmmsg64(int fd, struct mmsghdr *messages, unsigned int count, int flags, void *timeout);
EXPORT int __recvmmsg64(int fd, struct mmsghdr *messages, unsigned int count, int flags,
			void *timeout)
{
	int result = next.__recvmmsg64(fd, messages, count, flags, timeout);
	note_all_passed(messages, result, CALLER);
	return result;
}
#endif
