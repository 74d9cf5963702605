#include "flows.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sockios.h>
#include <linux/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "harness.h"
#include "waits.h"
#include "writers.h"

enum { CHUNK = 65536 };

struct channel turned(struct channel channel)
{
	struct channel other = channel;

	other.fd = channel.peer;
	other.peer = channel.fd;
	memcpy(other.local_name, channel.peer_name, sizeof other.local_name);
	memcpy(other.peer_name, channel.local_name, sizeof other.peer_name);
	return other;
}

void introduce(const struct channel *channel)
{
	say("fd %d", channel->fd);
	say("local %s", channel->local_name);
	say("peer %s", channel->peer_name);
}

void put(int fd, size_t size)
{
	static const char bytes[CHUNK];

	while (size) {
		size_t part = size < CHUNK ? size : CHUNK;

		must(raw_write(fd, bytes, part) == (ssize_t)part, "put");
		size -= part;
	}
}

size_t fill(int fd)
{
	static const char bytes[CHUNK];
	size_t size = 0;
	ssize_t part;

	while ((part = send(fd, bytes, CHUNK, MSG_DONTWAIT | MSG_NOSIGNAL)) > 0)
		size += (size_t)part;
	must(errno == EAGAIN, "fill");
	return size;
}

void take(int fd, size_t size)
{
	char bytes[CHUNK];

	while (size) {
		ssize_t part = read(fd, bytes, size < CHUNK ? size : CHUNK);

		must(part > 0, "take");
		size -= (size_t)part;
	}
}

size_t unacked(int fd)
{
	int bytes = -1;

	must(ioctl(fd, SIOCOUTQ, &bytes) == 0, "SIOCOUTQ");
	return (size_t)bytes;
}

void await_acked(int fd)
{
	AWAIT(!unacked(fd), "%zu bytes to be acknowledged", unacked(fd));
}

static struct tcp_info info_of(int fd)
{
	struct tcp_info info = {0};
	socklen_t size = sizeof info;

	must(getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size) == 0, "TCP_INFO");
	return info;
}

void await_state(int fd, enum tcp_state state)
{
	AWAIT(info_of(fd).tcpi_state == state, "the state %d of fd %d", (int)state, fd);
}

size_t received(int fd)
{
	return info_of(fd).tcpi_bytes_received;
}

size_t segments_in(int fd)
{
	return info_of(fd).tcpi_segs_in;
}

void fails(int fd, int error)
{
	errno = 0;
	must(write(fd, "x", 1) == -1 && errno == error, "the write that is to fail");
}

void read_fails(int fd, int error)
{
	errno = 0;
	must(read(fd, &(char){0}, 1) == -1 && errno == error, "the read that is to fail");
}

void raw_shutdown(int fd, int how)
{
	must(raw_call(SYS_shutdown, fd, how, 0) == 0, "shutdown");
}

void pass_fd(int through, int fd)
{
	char space[CMSG_SPACE(sizeof fd)] = {0};
	struct iovec part = {"x", 1};
	struct msghdr message = {.msg_iov = &part,
				 .msg_iovlen = 1,
				 .msg_control = space,
				 .msg_controllen = sizeof space};
	struct cmsghdr *head = CMSG_FIRSTHDR(&message);

	head->cmsg_level = SOL_SOCKET;
	head->cmsg_type = SCM_RIGHTS;
	head->cmsg_len = CMSG_LEN(sizeof fd);
	memcpy(CMSG_DATA(head), &fd, sizeof fd);
	must(sendmsg(through, &message, 0) == 1, "sendmsg");
}

int receive_fd(int through)
{
	char space[CMSG_SPACE(sizeof(int))], byte;
	struct iovec part = {&byte, 1};
	struct msghdr message = {.msg_iov = &part,
				 .msg_iovlen = 1,
				 .msg_control = space,
				 .msg_controllen = sizeof space};
	int fd = -1;

	must(recvmsg(through, &message, 0) == 1, "recvmsg");
	memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof fd);
	return fd;
}
