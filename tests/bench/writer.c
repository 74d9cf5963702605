/* What make bench counts: CHANNEL CALL COUNT, a loop of that many successful calls. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static void open_ends(const char *channel, int ends[2])
{
	int failed;

	if (strcmp(channel, "pipe") == 0)
		failed = pipe(ends);
	else if (strcmp(channel, "socket") == 0)
		failed = socketpair(AF_UNIX, SOCK_STREAM, 0, ends);
	else
		failed = (ends[0] = ends[1] = open("/dev/null", O_RDWR)) < 0;
	if (failed) {
		perror(channel);
		exit(1);
	}
}

static ssize_t put(const char *call, int fd)
{
	return *call == 's' ? send(fd, "x", 1, 0) : write(fd, "x", 1);
}

/* Emptied now and then, so that no call ever has to wait. */
static void drain(int fd)
{
	char some[256];

	if (read(fd, some, sizeof some) < 0)
		exit(1);
}

int main(int argc, char **argv)
{
	int ends[2];
	long count;

	if (argc != 4)
		return 2;
	open_ends(argv[1], ends);
	count = strtol(argv[3], 0, 10);
	for (long i = 0; i < count; i++) {
		if (put(argv[2], ends[1]) != 1)
			return 1;
		if (i % 200 == 199)
			drain(ends[0]);
	}
	return 0;
}
