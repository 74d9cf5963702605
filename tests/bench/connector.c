/* The client of connections.c: PORT COUNT. Connects, waits until it is closed on, and closes;
 * prints the median of the nanoseconds that each connection took. */
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static void must(int held, const char *what)
{
	if (held)
		return;
	perror(what);
	exit(1);
}

/* Ends by a reset: no TIME-WAIT stays behind to slow the connections that come later. */
static void connect_once(const struct sockaddr_in *server)
{
	const struct linger reset = {.l_onoff = 1};
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	char byte;

	must(setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset)) == 0, "SO_LINGER");
	must(connect(fd, (const struct sockaddr *)server, sizeof(*server)) == 0, "connect");
	must(read(fd, &byte, 1) == 0, "read");
	close(fd);
}

static long now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000000L + now.tv_nsec;
}

static int compare(const void *one, const void *other)
{
	long a = *(const long *)one, b = *(const long *)other;

	return (a > b) - (a < b);
}

int main(int argc, char **argv)
{
	struct sockaddr_in server = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
	long count, *times;

	if (argc != 3 || (count = strtol(argv[2], NULL, 10)) < 1)
		return 2;
	server.sin_port = htons((uint16_t)strtol(argv[1], NULL, 10));
	times = calloc((size_t)count, sizeof(*times));
	must(times != NULL, "calloc");
	for (long i = 0; i < count; i++) {
		long begin = now_ns();

		connect_once(&server);
		times[i] = now_ns() - begin;
	}
	qsort(times, (size_t)count, sizeof(*times), compare);
	printf("%ld\n", times[count / 2]);
	free(times);
	return 0;
}
