/* soak SECONDS CONNECTIONS: a threaded server on the loopback, and its clients, which read a little
 * and then close, reset or leave in the middle of a download. The server writes on each connection
 * until EPIPE. The clients are a process of their own that knows of no guard; they come in batches,
 * evenly over the time. After each batch, when all is quiet, the server says what it holds; at the
 * end, how many EPIPEs it saw, and resets where a guard can see them ("key value" lines). Each
 * client's address goes to stderr, a line each.
 */
#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <malloc.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <spawn.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { LIBC = 3, BATCHES = 10, CLIENTS = 8, FAMILIES = 2 };

static void must(bool held, const char *what)
{
	if (held)
		return;
	perror(what);
	exit(9);
}

/* The IPv4 and IPv6 loopback, with this port. */
static socklen_t loopback(int family, int port, struct sockaddr_storage *address)
{
	struct sockaddr_in *four = (struct sockaddr_in *)address;
	struct sockaddr_in6 *six = (struct sockaddr_in6 *)address;
	memset(address, 0, sizeof(*address));
	address->ss_family = (sa_family_t)family;
	if (family == AF_INET) {
		four->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
		four->sin_port = htons((uint16_t)port);
		return sizeof(*four);
	}
	six->sin6_addr = in6addr_loopback;
	six->sin6_port = htons((uint16_t)port);
	return sizeof(*six);
}

/* Of a socket of ours; the port stands at the same place in both families. */
static int port_of(int fd)
{
	struct sockaddr_storage address;
	socklen_t length = sizeof(address);
	must(getsockname(fd, (struct sockaddr *)&address, &length) == 0, "getsockname");
	return ntohs(((struct sockaddr_in *)&address)->sin_port);
}

/* The server. */

static atomic_long ended, broken_pipes, resets;

static const char chunk[16384];

static ssize_t put(int fd, long round)
{
	struct iovec part = {(void *)(size_t)chunk, sizeof(chunk)};
	switch (round % 4) {
	case 0:
		return write(fd, chunk, sizeof(chunk));
	case 1:
		return send(fd, chunk, sizeof(chunk), 0);
	case 2:
		return sendmsg(fd, &(struct msghdr){.msg_iov = &part, .msg_iovlen = 1}, 0);
	case LIBC:
	default:
		return dprintf(fd, "%s", "what libc writes itself");
	}
}

/* The first byte says how the client will leave. A 'd' it does while this writes; any other is
 * waited for, so that each kind of end is met by a write. */
static void await_end(int fd)
{
	char how = 0;
	struct pollfd end = {.fd = fd, .events = POLLRDHUP};
	if (read(fd, &how, 1) == 1 && how != 'd')
		poll(&end, 1, 10000);
}

static void *serve(void *argument)
{
	int fd = (int)(intptr_t)argument;
	await_end(fd);
	for (long round = fd;; round++) {
		if (put(fd, round) >= 0)
			continue;
		if (errno == EPIPE)
			break;
		must(errno == ECONNRESET, "write");
		/* Of libc's own write this makes no signal: nobody could tell. */
		atomic_fetch_add(&resets, round % 4 != LIBC);
	}
	atomic_fetch_add(&broken_pipes, 1);
	close(fd);
	atomic_fetch_add(&ended, 1);
	return NULL;
}

static void *accept_all(void *argument)
{
	int listener = (int)(intptr_t)argument;
	pthread_attr_t detached;
	pthread_attr_init(&detached);
	pthread_attr_setdetachstate(&detached, PTHREAD_CREATE_DETACHED);
	pthread_attr_setstacksize(&detached, 128 * 1024);
	for (;;) {
		pthread_t thread;
		int fd = accept(listener, NULL, NULL);
		must(fd >= 0, "accept");
		errno = pthread_create(&thread, &detached, serve, (void *)(intptr_t)fd);
		must(errno == 0, "thread");
	}
	return NULL;
}

static int listen_on(int family)
{
	struct sockaddr_storage address;
	socklen_t length = loopback(family, 0, &address);
	int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	must(bind(fd, (struct sockaddr *)&address, length) == 0, "bind");
	must(listen(fd, 1024) == 0, "listen");
	return fd;
}

static long entries(const char *path)
{
	long count = 0;
	DIR *directory = opendir(path);
	must(directory != NULL, path);
	while (readdir(directory))
		count++;
	closedir(directory);
	return count;
}

/* Lines of a file, and the number behind `key`, if any is asked for. */
static long read_lines(const char *path, const char *key, long *value)
{
	char line[1024];
	long count = 0;
	FILE *file = fopen(path, "r");
	must(file != NULL, path);
	for (; fgets(line, sizeof(line), file); count++)
		if (key && strncmp(line, key, strlen(key)) == 0)
			*value = atol(line + strlen(key));
	fclose(file);
	return count;
}

static void say_what_is_held(void)
{
	long dirty = -1, mapped = -1;
	/* Threads that have said their last are still to end. */
	for (int i = 0; i < 100 && entries("/proc/self/task") > 2 + 1 + FAMILIES; i++)
		poll(NULL, 0, 50);
	read_lines("/proc/self/smaps_rollup", "Private_Dirty:", &dirty);
	printf("fds %ld\n", entries("/proc/self/fd"));
	printf("mappings %ld\n", read_lines("/proc/self/maps", NULL, NULL));
	read_lines("/proc/self/status", "VmSize:", &mapped);
	printf("mapped_kib %ld\n", mapped);
	printf("dirty_kib %ld\n", dirty);
	fflush(stdout);
}

/* The clients' process, without the preload; go[1] is what it reads its starts from. */
static pid_t start_clients(const int *ports, const char *connections, const char *batch_ms, int *go)
{
	char four[8], six[8];
	char *arguments[] = {
	    "soak", "clients", four, six, (char *)(size_t)connections, (char *)(size_t)batch_ms,
	    NULL};
	char *environment[] = {NULL};
	posix_spawn_file_actions_t actions;
	int ends[2];
	pid_t pid;
	snprintf(four, sizeof(four), "%d", ports[0]);
	snprintf(six, sizeof(six), "%d", ports[1]);
	must(pipe(ends) == 0, "pipe");
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, ends[0], STDIN_FILENO);
	posix_spawn_file_actions_addclose(&actions, ends[1]);
	errno = posix_spawn(&pid, "/proc/self/exe", &actions, NULL, arguments, environment);
	must(errno == 0, "clients");
	close(ends[0]);
	*go = ends[1];
	return pid;
}

static int server(long seconds, long connections)
{
	static const int families[FAMILIES] = {AF_INET, AF_INET6};
	int ports[FAMILIES], go, status;
	char each[24], batch_ms[24];
	pthread_t thread;
	pid_t clients;
	mallopt(M_ARENA_MAX, 1); /* or threads take address space now and then */
	for (int i = 0; i < FAMILIES; i++) {
		int listener = listen_on(families[i]);
		ports[i] = port_of(listener);
		errno = pthread_create(&thread, NULL, accept_all, (void *)(intptr_t)listener);
		must(errno == 0, "thread");
	}
	snprintf(each, sizeof(each), "%ld", connections / BATCHES);
	snprintf(batch_ms, sizeof(batch_ms), "%ld", seconds * 1000 / BATCHES);
	clients = start_clients(ports, each, batch_ms, &go);
	for (int batch = 1; batch <= BATCHES; batch++) {
		must(write(go, "g", 1) == 1, "go");
		while (atomic_load(&ended) < connections / BATCHES * batch)
			poll(NULL, 0, 100);
		say_what_is_held();
	}
	close(go);
	must(waitpid(clients, &status, 0) == clients && status == 0, "the clients' end");
	printf("epipes %ld\nresets %ld\n", atomic_load(&broken_pipes), atomic_load(&resets));
	return 0;
}

/* The clients. */

static struct {
	int ports[FAMILIES];
	long each, batch_ms;
} plan;
static atomic_long begun;
static struct timespec start;

static void say_address(int fd, int family)
{
	char line[64];
	int length = snprintf(line, sizeof(line),
			      family == AF_INET ? "127.0.0.1:%d\n" : "[::1]:%d\n", port_of(fd));
	must(write(STDERR_FILENO, line, (size_t)length) == length, "stderr");
}

/* Closes with a FIN, as nothing is left unread; with a reset; or with what came meanwhile unread.
 */
static void visit(long number)
{
	static const struct linger reset = {.l_onoff = 1};
	static const char ways[] = "frd";
	int family = number % 2 ? AF_INET6 : AF_INET;
	char how = ways[number / 2 % 3], some[1000];
	struct sockaddr_storage address;
	socklen_t length = loopback(family, plan.ports[number % 2], &address);
	int fd = socket(family, SOCK_STREAM, 0);
	must(fd >= 0, "socket");
	must(connect(fd, (struct sockaddr *)&address, length) == 0, "connect");
	say_address(fd, family);
	must(write(fd, &how, 1) == 1, "the first byte");
	if (how == 'd')
		must(read(fd, some, sizeof(some)) > 0, "read");
	if (how == 'r')
		setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
	close(fd);
}

static long since_start_ms(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (now.tv_sec - start.tv_sec) * 1000 + (now.tv_nsec - start.tv_nsec) / 1000000;
}

static void *visit_on_time(void *unused)
{
	(void)unused;
	for (long number; (number = atomic_fetch_add(&begun, 1)) < plan.each;) {
		long wait = plan.batch_ms * number / plan.each - since_start_ms();
		if (wait > 0)
			poll(NULL, 0, (int)wait);
		visit(number);
	}
	return NULL;
}

static int clients(char **arguments)
{
	pthread_t threads[CLIENTS];
	char go;
	plan.ports[0] = atoi(arguments[0]);
	plan.ports[1] = atoi(arguments[1]);
	plan.each = atol(arguments[2]);
	plan.batch_ms = atol(arguments[3]);
	while (read(STDIN_FILENO, &go, 1) == 1) {
		clock_gettime(CLOCK_MONOTONIC, &start);
		atomic_store(&begun, 0);
		for (int i = 0; i < CLIENTS; i++)
			must(pthread_create(&threads[i], NULL, visit_on_time, NULL) == 0, "thread");
		for (int i = 0; i < CLIENTS; i++)
			pthread_join(threads[i], NULL);
	}
	return 0;
}

int main(int count, char **arguments)
{
	if (count == 6 && strcmp(arguments[1], "clients") == 0)
		return clients(arguments + 2);
	must(count == 3, "soak SECONDS CONNECTIONS");
	alarm(3000 + (unsigned)atol(arguments[1])); /* a deadlock */
	return server(atol(arguments[1]), atol(arguments[2]));
}
