/* What make bench times connections with: a server on the loopback that does nothing but accept and
 * close, by accept, accept-address or accept4. Prints its port; then, for each number that it
 * reads, accepts so many connections and prints the nanoseconds that this took. */
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { BACKLOG = 1024 };

static void must(int held, const char *what)
{
	if (held)
		return;
	perror(what);
	exit(1);
}

static int by_accept(int listener)
{
	return accept(listener, NULL, NULL);
}

static int by_accept_address(int listener)
{
	struct sockaddr_in peer;
	socklen_t length = sizeof(peer);

	return accept(listener, (struct sockaddr *)&peer, &length);
}

static int by_accept4(int listener)
{
	return accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
}

static const struct way {
	const char *name;
	int (*accept)(int listener);
} ways[] = {{"accept", by_accept}, {"accept-address", by_accept_address}, {"accept4", by_accept4}};

static const struct way *way_named(const char *name)
{
	for (size_t i = 0; i < sizeof(ways) / sizeof(*ways); i++)
		if (strcmp(ways[i].name, name) == 0)
			return &ways[i];
	exit(2);
}

static int listen_on(struct sockaddr_in *address)
{
	socklen_t length = sizeof(*address);
	int listener = socket(AF_INET, SOCK_STREAM, 0);

	must(bind(listener, (struct sockaddr *)address, length) == 0, "bind");
	must(listen(listener, BACKLOG) == 0, "listen");
	must(getsockname(listener, (struct sockaddr *)address, &length) == 0, "getsockname");
	return listener;
}

static long now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000000L + now.tv_nsec;
}

static long time_accepting(const struct way *way, int listener, long count)
{
	long begin = now_ns();

	for (long i = 0; i < count; i++) {
		int fd = way->accept(listener);

		must(fd >= 0, way->name);
		close(fd);
	}
	return now_ns() - begin;
}

int main(int argc, char **argv)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
	const struct way *way = way_named(argc == 2 ? argv[1] : "");
	int listener = listen_on(&address);
	char line[32];

	printf("%d\n", ntohs(address.sin_port));
	fflush(stdout);
	while (fgets(line, sizeof(line), stdin)) {
		printf("%ld\n", time_accepting(way, listener, strtol(line, NULL, 10)));
		fflush(stdout);
	}
	return 0;
}
