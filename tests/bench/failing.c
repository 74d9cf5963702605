/* What make bench times: CHANNEL CALL COUNT [harmless], that many calls that fail with EPIPE, each
 * by itself; prints the median in nanoseconds, without the first ones. `harmless` is what a program
 * would do by itself to outlive them: a handler for write, MSG_NOSIGNAL for send. */
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

static int broken_pair(void)
{
	int ends[2];

	must(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0, "socketpair");
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

static int broken(const char *channel)
{
	if (strcmp(channel, "pipe") == 0)
		return broken_pipe();
	return strcmp(channel, "unix") == 0 ? broken_pair() : broken_connection();
}

static long now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000000L + now.tv_nsec;
}

static long time_one(int fd, int sends, int flags)
{
	long begin = now_ns();
	ssize_t result = sends ? send(fd, "x", 1, flags) : write(fd, "x", 1);
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
	int fd, sends, harmless = argc == 5 && strcmp(argv[4], "harmless") == 0;
	long count, *times;

	if (argc != 4 + harmless || (count = strtol(argv[3], NULL, 10)) <= WARM_UP)
		return 2;
	sends = strcmp(argv[2], "send") == 0;
	times = calloc((size_t)count, sizeof(*times));
	must(times != NULL, "calloc");
	if (harmless && !sends)
		must(signal(SIGPIPE, handle) != SIG_ERR, "signal");
	fd = broken(argv[1]);
	for (long i = 0; i < count; i++)
		times[i] = time_one(fd, sends, harmless ? MSG_NOSIGNAL : 0);
	qsort(times + WARM_UP, (size_t)(count - WARM_UP), sizeof(*times), compare);
	printf("%ld\n", times[WARM_UP + (count - WARM_UP) / 2]);
	return 0;
}
