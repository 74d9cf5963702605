/* Calls by which connections come to be: who is there is noted. */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "call.h"
#include "lineage.h"
#include "lttng.h"
#include "peers.h"
#include "raw.h"
#include "sockets.h"

int __connect(int fd, const struct sockaddr *address, socklen_t length);

/* How much room the application gives for the address; 0 where that cannot be read, which is for
 * accept to tell it. */
static socklen_t room_of(const socklen_t *length)
{
	socklen_t room;
	return raw_copy(&room, length, sizeof(room)) ? room : 0;
}

static bool is_internet(int listener)
{
	int domain = 0;
	socklen_t size = sizeof(domain);
	return RAW5(SYS_getsockopt, listener, SOL_SOCKET, SO_DOMAIN, &domain, &size) == 0 &&
	       (domain == AF_INET || domain == AF_INET6);
}

/* The address as accept told it, where there was room for all of it; else it is asked for. */
static int accepted(int fd, const struct sockaddr *address, const socklen_t *length, socklen_t room)
{
	int error = errno;
	if (fd < 0)
		return fd;
	if (room && *length <= room)
		peers_note(fd, address, *length, ORIGIN_ACCEPTED);
	else
		peers_note(fd, NULL, 0, ORIGIN_ACCEPTED);
	sockets_prepare(fd);
	errno = error;
	return fd;
}

/* Nobody wants the address but us. Other families are not asked for one: some have none, and accept
 * would fail for that (do_accept, net/socket.c). */
#define ACCEPT_UNNAMED(call, listener, ...)                                                        \
	({                                                                                         \
		struct sockaddr_storage own_;                                                      \
		socklen_t length_ = sizeof(own_);                                                  \
		is_internet(listener)                                                              \
		    ? accepted(call(listener, (struct sockaddr *)&own_, &length_, ##__VA_ARGS__),  \
			       (struct sockaddr *)&own_, &length_, sizeof(own_))                   \
		    : accepted(call(listener, NULL, NULL, ##__VA_ARGS__), NULL, NULL, 0);          \
	})

EXPORT int accept(int fd, struct sockaddr *restrict address, socklen_t *restrict length)
{
	if (!address)
		return ACCEPT_UNNAMED(next.accept, fd);
	socklen_t room = room_of(length);
	return accepted(next.accept(fd, address, length), address, length, room);
}

EXPORT int accept4(int fd, struct sockaddr *restrict address, socklen_t *restrict length, int flags)
{
	if (!address)
		return ACCEPT_UNNAMED(next.accept4, fd, flags);
	socklen_t room = room_of(length);
	return accepted(next.accept4(fd, address, length, flags), address, length, room);
}

/* A connection under way (EINPROGRESS, or EINTR) goes on to the same address. */
static int connected(int result, int fd, const struct sockaddr *address, socklen_t length)
{
	int error = errno;
	bool under_way = result < 0 && (error == EINPROGRESS || error == EINTR);
	if (result == 0 || under_way) {
		peers_note(fd, address, length, ORIGIN_OPENED);
		sockets_prepare(fd);
	}
	errno = error;
	return result;
}

EXPORT int connect(int fd, const struct sockaddr *address, socklen_t length)
{
	return connected(next.connect(fd, address, length), fd, address, length);
}

EXPORT int __connect(int fd, const struct sockaddr *address, socklen_t length)
{
	return connected(next.__connect(fd, address, length), fd, address, length);
}

EXPORT int listen(int fd, int backlog)
{
	int result = next.listen(fd, backlog);
	if (result == 0 && lineage_owns_memory())
		lineage_note_server();
	return result;
}

/* The tracer's sockets to its daemon go where no application's numbers are. */
EXPORT int socket(int domain, int type, int protocol)
{
	int fd = next.socket(domain, type, protocol);
	return RARELY(fd >= 0 && domain == AF_UNIX && lttng_is_tracer(CALLER)) ? lttng_lift(fd)
									       : fd;
}

/* SCM_RIGHTS, unix(7): sockets that another process passed, or what the tracer writes to. */
static void note_passed(struct msghdr *message, const void *caller)
{
	int error = errno;
	for (struct cmsghdr *part = CMSG_FIRSTHDR(message); part;
	     part = CMSG_NXTHDR(message, part)) {
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

EXPORT int recvmmsg(int fd, struct mmsghdr *messages, unsigned int count, int flags,
		    struct timespec *timeout)
{
	int result = next.recvmmsg(fd, messages, count, flags, timeout);
	for (int i = 0; i < result; i++)
		if (RARELY(messages[i].msg_hdr.msg_controllen))
			note_passed(&messages[i].msg_hdr, CALLER);
	return result;
}
