/* storm [WRITES]: 64 threads write to 1,000 fds that are all broken, 10,000,000 times unless told
 * otherwise. Says how many failed as they should, and how much memory was resident on the way, in
 * "key value" lines. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

enum { THREADS = 64, FDS = 1000, STEP = 1000, SAMPLES = 10 };

static struct {
	int fd;
	bool is_socket;
} broken[FDS];
static long total = 10000000;
static atomic_long started, failed, wrong;

static void must(bool held, const char *what)
{
	if (held)
		return;
	perror(what);
	exit(9);
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

/* The peer resets, and the error is taken by a read: from then on each write is EPIPE. */
static int broken_tcp(void)
{
	struct sockaddr_in address = {.sin_family = AF_INET,
				      .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	struct linger reset = {.l_onoff = 1};
	socklen_t length = sizeof(address);
	int listener = socket(AF_INET, SOCK_STREAM, 0), client = socket(AF_INET, SOCK_STREAM, 0);
	must(bind(listener, (struct sockaddr *)&address, length) == 0, "bind");
	must(listen(listener, 1) == 0, "listen");
	must(getsockname(listener, (struct sockaddr *)&address, &length) == 0, "getsockname");
	must(connect(client, (struct sockaddr *)&address, length) == 0, "connect");
	int fd = accept(listener, NULL, NULL);
	char byte;
	must(fd >= 0, "accept");
	must(setsockopt(client, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset)) == 0, "SO_LINGER");
	close(client);
	close(listener);
	must(read(fd, &byte, 1) == -1 && errno == ECONNRESET, "the reset");
	return fd;
}

static void break_all(void)
{
	static int (*const ways[])(void) = {broken_pipe, broken_pair, broken_tcp};
	struct rlimit limit;
	getrlimit(RLIMIT_NOFILE, &limit);
	limit.rlim_cur = limit.rlim_max < 4096 ? limit.rlim_max : 4096;
	must(setrlimit(RLIMIT_NOFILE, &limit) == 0, "setrlimit");
	for (int i = 0; i < FDS; i++) {
		broken[i].fd = ways[i % 3]();
		broken[i].is_socket = i % 3 != 0;
	}
}

static const char data[512];

static ssize_t by_write(int fd)
{
	return write(fd, data, sizeof(data));
}

static ssize_t by_writev(int fd)
{
	const struct iovec parts[2] = {{(void *)(size_t)data, 100}, {(void *)(size_t)data, 28}};
	return writev(fd, parts, 2);
}

static ssize_t by_libc(int fd)
{
	return dprintf(fd, "x");
}

static ssize_t by_syscall(int fd)
{
	return syscall(SYS_write, fd, data, 1);
}

static ssize_t by_send(int fd)
{
	return send(fd, data, sizeof(data), 0);
}

static ssize_t by_sendmsg(int fd)
{
	struct iovec part = {(void *)(size_t)data, 77};
	struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
	return sendmsg(fd, &message, 0);
}

static bool fails(long number)
{
	static ssize_t (*const anywhere[])(int) = {by_write, by_writev, by_libc, by_syscall};
	static ssize_t (*const on_sockets[])(int) = {by_send, by_sendmsg, by_write};
	long round = number / FDS, at = number % FDS;
	ssize_t (*way)(int) =
	    broken[at].is_socket && round % 2 ? on_sockets[round % 3] : anywhere[round % 4];
	errno = 0;
	return way(broken[at].fd) < 0 && errno == EPIPE;
}

static void *write_often(void *barrier)
{
	pthread_barrier_wait(barrier);
	for (long from; (from = atomic_fetch_add(&started, STEP)) < total;) {
		long right = 0, count = total - from < STEP ? total - from : STEP;
		for (long i = 0; i < count; i++)
			right += fails(from + i);
		atomic_fetch_add(&failed, right);
		atomic_fetch_add(&wrong, count - right);
	}
	return NULL;
}

static long resident_kib(void)
{
	char line[256];
	long kib = -1;
	FILE *rollup = fopen("/proc/self/smaps_rollup", "r");
	must(rollup != NULL, "smaps_rollup");
	while (fgets(line, sizeof(line), rollup))
		if (sscanf(line, "Rss: %ld", &kib) == 1)
			break;
	fclose(rollup);
	return kib;
}

static void watch(void)
{
	for (int sample = 1; sample <= SAMPLES; sample++) {
		while (atomic_load(&failed) + atomic_load(&wrong) < total * sample / SAMPLES)
			poll(NULL, 0, 20);
		printf("resident_kib %ld\n", resident_kib());
		fflush(stdout);
	}
}

int main(int count, char **arguments)
{
	pthread_t threads[THREADS];
	pthread_barrier_t barrier;
	total = count > 1 ? atol(arguments[1]) : total;
	alarm(3000); /* a deadlock */
	break_all();
	pthread_barrier_init(&barrier, NULL, THREADS);
	for (int i = 0; i < THREADS; i++)
		must(pthread_create(&threads[i], NULL, write_often, &barrier) == 0, "thread");
	watch();
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	printf("failed %ld\nwrong %ld\n", atomic_load(&failed), atomic_load(&wrong));
	return 0;
}
