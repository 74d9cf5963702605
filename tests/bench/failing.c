/* What make bench times: CHANNEL COUNT, that many writes that fail with EPIPE, each by itself;
 * prints the median in nanoseconds. With a handler for SIGPIPE where HANDLER=1 is in the
 * environment, so that it lives unguarded too. */
#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { WARM_UP = 50 };

static void must(int held, const char *what)
{
	if (held)
		return;
	perror(what);
	exit(1);
}

static int broken_pipe(void)
{
	int ends[2];

	must(pipe(ends) == 0, "pipe");
	close(ends[0]);
	return ends[1];
}

/* Accepted, so that the guard has noted a peer to tell of; closed by it, and a byte lost. */
static int broken_connection(void)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
	socklen_t length = sizeof(address);
	int listener = socket(AF_INET, SOCK_STREAM, 0), client = socket(AF_INET, SOCK_STREAM, 0);
	int fd;

	must(bind(listener, (void *)&address, length) == 0 && listen(listener, 1) == 0, "listen");
	must(getsockname(listener, (void *)&address, &length) == 0, "getsockname");
	must(connect(client, (void *)&address, length) == 0, "connect");
	fd = accept(listener, NULL, NULL);
	must(fd >= 0, "accept");
	close(client);
	must(write(fd, "x", 1) == 1, "write");
	return fd;
}

static long now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000000L + now.tv_nsec;
}

static long time_one(int fd)
{
	long begin = now_ns();
	ssize_t result = write(fd, "x", 1);
	long end = now_ns();

	must(result == -1 && errno == EPIPE, "no EPIPE");
	return end - begin;
}

static int compare(const void *one, const void *other)
{
	long a = *(const long *)one, b = *(const long *)other;

	return (a > b) - (a < b);
}

static void handle(int number)
{
	(void)number;
}

int main(int argc, char **argv)
{
	const char *handler = getenv("HANDLER");
	long count, *times;
	int fd;

	if (argc != 3 || (count = strtol(argv[2], NULL, 10)) < 1)
		return 2;
	times = calloc((size_t)count, sizeof(*times));
	must(times != NULL, "calloc");
	if (handler && *handler == '1')
		must(signal(SIGPIPE, handle) != SIG_ERR, "signal");
	fd = strcmp(argv[1], "pipe") == 0 ? broken_pipe() : broken_connection();
	for (long i = -WARM_UP; i < count; i++) {
		long time = time_one(fd);

		if (i >= 0)
			times[i] = time;
	}
	qsort(times, (size_t)count, sizeof(*times), compare);
	printf("%ld\n", times[count / 2]);
	return 0;
}
