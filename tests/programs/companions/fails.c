/* Says what a companion makes of the world, then breaks what its arguments name: pipe, socket, tcp,
 * libc. A line each: result and errno. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <dlfcn.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static int broken_pipe(void)
{
	int ends[2];

	if (pipe(ends) != 0)
		exit(90);
	close(ends[0]);
	return ends[1];
}

static int broken_socket(void)
{
	int ends[2];

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0)
		exit(91);
	close(ends[0]);
	return ends[1];
}

/* To a server outside, which says a byte and leaves. */
static int broken_tcp(const char *address, int port)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((in_port_t)port)};
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	char byte;

	inet_pton(AF_INET, address, &to.sin_addr);
	if (connect(fd, (struct sockaddr *)&to, sizeof to) != 0)
		exit(92);
	while (read(fd, &byte, 1) > 0)
		;
	send(fd, "x", 1, MSG_NOSIGNAL);
	poll(&(struct pollfd){.fd = fd}, 1, 60000); /* for its RST */
	return fd;
}

static void tell_world(void)
{
	void *volatile memory = malloc(1000);
	time_t now = time(0);
	Dl_info info;

	printf("year %d\n", 1900 + gmtime(&now)->tm_year);
	printf("uid %d\n", (int)getuid());
	if (dladdr(dlsym(RTLD_DEFAULT, "malloc"), &info))
		printf("malloc %s\n", info.dli_fname);
	printf("fsync %d\n", fsync(broken_pipe()));
	free(memory);
}

int main(int count, char **words)
{
	setvbuf(stdout, 0, _IOLBF, 0);
	tell_world();
	for (int i = 1; i < count; i++) {
		ssize_t result = -2;

		errno = 0;
		if (strcmp(words[i], "pipe") == 0)
			result = write(broken_pipe(), "x", 1);
		else if (strcmp(words[i], "socket") == 0)
			result = send(broken_socket(), "x", 1, 0);
		else if (strcmp(words[i], "libc") == 0)
			result = dprintf(broken_pipe(), "x");
		else if (strcmp(words[i], "tcp") == 0)
			result = write(broken_tcp(words[i + 1], atoi(words[i + 2])), "x", 1),
			count = 0;
		printf("%s %zd %d\n", words[i], result, errno);
	}
	return 0;
}
