#include "channels.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "harness.h"
#include "waits.h"
#include "writers.h"

const char *const kind_names[KINDS] = {"tcp",  "tcp6", "unix-stream", "unix-seqpacket",
				       "pipe", "fifo"};
const char *const end_names[ENDS] = {"FIN", "RST", "own shutdown", "reader closed"};

void must(bool held, const char *what)
{
	if (held)
		return;
	fprintf(stderr, "victim: %s: %s\n", what, strerror(errno));
	_exit(90);
}

static int named(const char *const *names, int count, const char *name)
{
	for (int i = 0; i < count; i++)
		if (strcmp(names[i], name) == 0)
			return i;
	must(false, name);
	return 0;
}

enum kind kind_named(const char *name)
{
	return (enum kind)named(kind_names, KINDS, name);
}

enum end end_named(const char *name)
{
	return (enum end)named(end_names, ENDS, name);
}

static bool is_tcp(enum kind kind)
{
	return kind == TCP || kind == TCP6;
}

bool kind_available(enum kind kind)
{
	struct sockaddr_in6 address = {.sin6_family = AF_INET6, .sin6_addr = in6addr_loopback};
	bool available;
	int fd;

	if (kind != TCP6)
		return true;
	fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
	available = fd >= 0 && bind(fd, (void *)&address, sizeof address) == 0;
	close(fd);
	return available;
}

bool end_applies(enum kind kind, enum end end)
{
	switch (end) {
	case FIN:
	case RST:
		return is_tcp(kind);
	case SHUTDOWN:
		return kind != PIPE && kind != FIFO;
	default:
		return !is_tcp(kind);
	}
}

static void tell_inet(const struct sockaddr_storage *address, char *name, size_t size)
{
	char host[INET6_ADDRSTRLEN];

	if (address->ss_family == AF_INET) {
		const struct sockaddr_in *v4 = (const void *)address;

		inet_ntop(AF_INET, &v4->sin_addr, host, sizeof host);
		snprintf(name, size, "%s:%u", host, ntohs(v4->sin_port));
	} else {
		const struct sockaddr_in6 *v6 = (const void *)address;

		inet_ntop(AF_INET6, &v6->sin6_addr, host, sizeof host);
		snprintf(name, size, "[%s]:%u", host, ntohs(v6->sin6_port));
	}
}

static struct channel open_tcp(enum kind kind)
{
	struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
	struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_addr = in6addr_loopback};
	struct sockaddr_storage address = {0};
	socklen_t length = kind == TCP ? sizeof v4 : sizeof v6;
	struct channel channel = {.kind = kind};
	int listener = socket(kind == TCP ? AF_INET : AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);

	memcpy(&address, kind == TCP ? (void *)&v4 : (void *)&v6, length);
	must(bind(listener, (void *)&address, length) == 0, "bind");
	must(listen(listener, 1) == 0, "listen");
	must(getsockname(listener, (void *)&address, &length) == 0, "getsockname");
	tell_inet(&address, channel.local_name, sizeof channel.local_name);
	channel.peer = socket(address.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	must(connect(channel.peer, (void *)&address, length) == 0, "connect");
	channel.fd = accept(listener, (void *)&address, &length);
	must(channel.fd >= 0, "accept");
	tell_inet(&address, channel.peer_name, sizeof channel.peer_name);
	close(listener);
	return channel;
}

struct channel open_named(enum kind kind, const void *name, unsigned length)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length);
	int type = kind == UNIX_STREAM ? SOCK_STREAM : SOCK_SEQPACKET;
	int listener = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);
	struct channel channel = {.kind = kind};

	memcpy(address.sun_path, name, length);
	must(bind(listener, (void *)&address, size) == 0, "bind");
	must(listen(listener, 1) == 0, "listen");
	channel.fd = socket(AF_UNIX, type, 0);
	must(connect(channel.fd, (void *)&address, size) == 0, "connect");
	channel.peer = accept(listener, 0, 0);
	must(channel.peer >= 0, "accept");
	close(listener);
	return channel;
}

static struct channel open_unix(enum kind kind)
{
	struct channel channel;
	char path[108];

	snprintf(path, sizeof path, "%s/%s", case_directory(), "socket");
	unlink(path);
	channel = open_named(kind, path, (unsigned)strlen(path) + 1);
	snprintf(channel.peer_name, sizeof channel.peer_name, "unix:%s", path);
	return channel;
}

static struct channel open_pipe(void)
{
	struct channel channel = {.kind = PIPE};
	struct stat info;
	int ends[2];

	must(pipe(ends) == 0 && fstat(ends[1], &info) == 0, "pipe");
	channel.peer = ends[0];
	channel.fd = ends[1];
	snprintf(channel.peer_name, sizeof channel.peer_name, "pipe:[%lu]",
		 (unsigned long)info.st_ino);
	return channel;
}

static struct channel open_fifo(void)
{
	struct channel channel = {.kind = FIFO};
	char path[108];

	snprintf(path, sizeof path, "%s/%s", case_directory(), "fifo");
	unlink(path);
	must(mkfifo(path, 0600) == 0, "mkfifo");
	channel.peer = open(path, O_RDONLY | O_NONBLOCK);
	channel.fd = open(path, O_WRONLY);
	must(channel.fd >= 0, "fifo");
	snprintf(channel.peer_name, sizeof channel.peer_name, "fifo:%s", path);
	return channel;
}

struct channel open_channel(enum kind kind)
{
	switch (kind) {
	case TCP:
	case TCP6:
		return open_tcp(kind);
	case UNIX_STREAM:
	case UNIX_SEQPACKET:
		return open_unix(kind);
	case PIPE:
		return open_pipe();
	default:
		return open_fifo();
	}
}

void await_hangup(int fd)
{
	struct pollfd ready = {.fd = fd};

	must(poll(&ready, 1, PATIENCE_MS) == 1, "no hangup within a minute");
}

void await_readable(int fd)
{
	struct pollfd ready = {.fd = fd, .events = POLLIN};

	must(poll(&ready, 1, PATIENCE_MS) == 1, "nothing to read within a minute");
}

void reset(int fd)
{
	struct linger now = {.l_onoff = 1};

	must(setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof now) == 0, "linger");
	close(fd);
}

void break_channel(struct channel *channel, enum end end)
{
	char byte;

	switch (end) {
	case FIN:
		close(channel->peer);
		must(raw_write(channel->fd, "x", 1) == 1, "the write that is answered by a RST");
		await_hangup(channel->fd);
		break;
	case RST:
		reset(channel->peer);
		await_hangup(channel->fd);
		must(read(channel->fd, &byte, 1) < 0 && errno == ECONNRESET, "ECONNRESET");
		break;
	case SHUTDOWN:
		must(shutdown(channel->fd, SHUT_WR) == 0, "shutdown");
		break;
	default:
		close(channel->peer);
	}
}

struct channel broken_channel(enum kind kind)
{
	struct channel channel = open_channel(kind);

	break_channel(&channel, kind == TCP || kind == TCP6 ? FIN : CLOSED);
	return channel;
}
