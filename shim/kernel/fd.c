#include "kernel/fd.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <netinet/in.h>
#include <poll.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/vfs.h>
#include <termios.h>
#include <time.h>

#include "base/raw.h"

bool fd_file(int fd, struct stat64 *file)
{
	return fd >= 0 && raw_fstat(fd, file) == 0;
}

/* Made by pipe(2), not opened by name: it lies on pipefs (fs/pipe.c). */
static bool is_anonymous_pipe(int fd)
{
	struct statfs system;
	return RAW2(SYS_fstatfs, fd, &system) == 0 && system.f_type == PIPEFS_MAGIC;
}

static int socket_option(int fd, int option)
{
	int value = 0;
	socklen_t size = sizeof(value);
	return RAW5(SYS_getsockopt, fd, SOL_SOCKET, option, &value, &size) == 0 ? value : 0;
}

static enum record_type type_of_socket(int fd)
{
	int domain = socket_option(fd, SO_DOMAIN), type = socket_option(fd, SO_TYPE);
	if (domain == AF_UNIX)
		return type == SOCK_STREAM	? TYPE_UNIX_STREAM
		       : type == SOCK_SEQPACKET ? TYPE_UNIX_SEQPACKET
						: TYPE_UNIX_DGRAM;
	if (domain == AF_INET && type == SOCK_STREAM)
		return TYPE_TCP;
	if (domain == AF_INET6 && type == SOCK_STREAM)
		return TYPE_TCP6;
	return type == SOCK_DGRAM && (domain == AF_INET || domain == AF_INET6) ? TYPE_UDP
									       : TYPE_OTHER;
}

static enum record_type type_of_device(int fd, const struct stat64 *file)
{
	struct termios terminal;
	return S_ISCHR(file->st_mode) && RAW3(SYS_ioctl, fd, TCGETS, &terminal) == 0 ? TYPE_TTY
										     : TYPE_OTHER;
}

static struct channel pipe_of(int fd, const struct stat64 *file)
{
	const uint64_t not_a_socket = UINT64_C(1) << 63;
	return (struct channel){
	    .type = is_anonymous_pipe(fd) ? TYPE_PIPE : TYPE_FIFO,
	    .inode = file->st_ino,
	    .identity = not_a_socket | (uint64_t)file->st_dev << 40 | (uint64_t)file->st_ino,
	};
}

struct channel fd_channel(int fd)
{
	struct stat64 file;
	if (!fd_file(fd, &file))
		return (struct channel){.type = TYPE_UNKNOWN};
	if (S_ISFIFO(file.st_mode))
		return pipe_of(fd, &file);
	if (S_ISSOCK(file.st_mode))
		return (struct channel){.type = type_of_socket(fd)};
	return (struct channel){.type = type_of_device(fd, &file), .is_file = true};
}

bool fd_is_pipe(int fd)
{
	struct stat64 file;
	return fd_file(fd, &file) && S_ISFIFO(file.st_mode);
}

bool fd_is_socket(int fd)
{
	struct stat64 file;
	return fd_file(fd, &file) && S_ISSOCK(file.st_mode);
}

/* unix(7): the address of an end without a name is its family alone. */
static bool is_unnamed_pair(int fd)
{
	struct sockaddr_un own, peer;
	socklen_t own_length = sizeof(own), peer_length = sizeof(peer);
	if (RAW3(SYS_getsockname, fd, &own, &own_length) != 0 || own.sun_family != AF_UNIX ||
	    own_length > sizeof(sa_family_t))
		return false;
	return RAW3(SYS_getpeername, fd, &peer, &peer_length) != 0 ||
	       peer_length <= sizeof(sa_family_t);
}

bool fd_is_between_commands(int fd, const struct stat64 *file)
{
	if (S_ISFIFO(file->st_mode))
		return is_anonymous_pipe(fd);
	return S_ISSOCK(file->st_mode) && is_unnamed_pair(fd);
}

/* Returns the events, or -1 where they cannot be asked for. */
static int poll_now(int fd)
{
	struct pollfd asked = {.fd = fd, .events = POLLOUT};
	struct timespec none = {0};
	return RAW5(SYS_ppoll, &asked, 1, &none, NULL, sizeof(uint64_t)) < 0 ? -1 : asked.revents;
}

static bool has_events(int fd, short events)
{
	int now = poll_now(fd);
	return now > 0 && (now & events);
}

bool fd_is_readerless(int fd)
{
	return fd_is_pipe(fd) && has_events(fd, POLLERR);
}

bool fd_is_broken(int fd)
{
	return fd_is_readerless(fd) || (fd_is_socket(fd) && has_events(fd, POLLHUP));
}

enum known fd_is_hung_up(int fd)
{
	int now = poll_now(fd);
	return now < 0 ? UNKNOWN : now & POLLHUP ? YES : NO;
}

bool fd_is_listening(int fd)
{
	return socket_option(fd, SO_ACCEPTCONN);
}

int fd_protocol(int fd)
{
	return socket_option(fd, SO_PROTOCOL);
}

uint64_t fd_cookie(int fd)
{
	uint64_t cookie = 0;
	socklen_t length = sizeof(cookie);
	if (RAW5(SYS_getsockopt, fd, SOL_SOCKET, SO_COOKIE, &cookie, &length) != 0)
		return 0;
	return cookie;
}
