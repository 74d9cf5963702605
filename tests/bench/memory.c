/* A server, or its client, with as many connections as it is told: server, or client PORT. Told by
 * a line with how many there shall be, and again for more; answers with a line when it has them.
 * The server's first line is its port. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

/* Far fewer than there are local ports, a free one of which is searched for: then the next of the
 * loopback's addresses. */
enum { CONNECTIONS_AN_ADDRESS = 4000 };

static void must(int held, const char *what)
{
	if (held)
		return;
	fprintf(stderr, "memory: %s: %s\n", what, strerror(errno));
	exit(1);
}

static struct sockaddr_in loopback(long host, long port)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((in_port_t)port)};

	address.sin_addr.s_addr = htonl((in_addr_t)(INADDR_LOOPBACK + host));
	return address;
}

static int listen_anywhere(void)
{
	struct sockaddr_in address = loopback(0, 0);
	socklen_t length = sizeof(address);
	int listener = socket(AF_INET, SOCK_STREAM, 0);

	must(bind(listener, (void *)&address, length) == 0, "bind");
	must(listen(listener, SOMAXCONN) == 0, "listen");
	must(getsockname(listener, (void *)&address, &length) == 0, "getsockname");
	dprintf(STDOUT_FILENO, "%d\n", ntohs(address.sin_port));
	return listener;
}

static void accept_one(int listener)
{
	struct sockaddr_in peer;
	socklen_t length = sizeof(peer);

	must(accept(listener, (void *)&peer, &length) >= 0, "accept");
}

/* Ends by a reset, so that its port is not kept in TIME_WAIT from the next run. */
static void connect_one(long port, long before)
{
	struct sockaddr_in from = loopback(before / CONNECTIONS_AN_ADDRESS, 0),
			   to = loopback(0, port);
	struct linger reset = {.l_onoff = 1};
	int fd = socket(AF_INET, SOCK_STREAM, 0), on = 1;

	must(fd >= 0, "socket");
	must(setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset)) == 0, "SO_LINGER");
	must(setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof(on)) == 0 &&
		 bind(fd, (void *)&from, sizeof(from)) == 0,
	     "bind");
	must(connect(fd, (void *)&to, sizeof(to)) == 0, "connect");
}

/* No stdio for what comes in: its buffer would be memory. */
static long read_count(void)
{
	char line[32];
	ssize_t length = read(STDIN_FILENO, line, sizeof(line) - 1);

	line[length > 0 ? length : 0] = '\0';
	return strtol(line, NULL, 10);
}

int main(int argc, char **argv)
{
	struct rlimit limit;
	long connections = 0, wanted, port = argc == 3 ? strtol(argv[2], NULL, 10) : 0;
	int listener = port ? -1 : listen_anywhere();

	must(getrlimit(RLIMIT_NOFILE, &limit) == 0, "getrlimit");
	limit.rlim_cur = limit.rlim_max;
	must(setrlimit(RLIMIT_NOFILE, &limit) == 0, "setrlimit");
	while ((wanted = read_count()) > 0) {
		for (; connections < wanted; connections++) {
			if (port)
				connect_one(port, connections);
			else
				accept_one(listener);
		}
		dprintf(STDOUT_FILENO, "%ld\n", connections);
	}
	return 0;
}
