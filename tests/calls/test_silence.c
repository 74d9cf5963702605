/* How long a peer had sent nothing when it closed: a proxy that closes idle connections, as load
 * balancers do after a minute, shows as one figure over all of them. */
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "flows.h"
#include "harness.h"
#include "writers.h"

enum { CONNECTIONS = 50, IDLE = 3000, TOLERANCE = 250, STAGGER = 10, PACE = 20 /* ms */ };

static long now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void rest(long ms)
{
	nanosleep(&(struct timespec){ms / 1000, ms % 1000 * 1000000}, 0);
}

/* --- the other side: a proxy with its clients, in a process of its own --- */

static int connect_to(const char *port)
{
	struct sockaddr_in address = {.sin_family = AF_INET,
				      .sin_addr = {htonl(INADDR_LOOPBACK)},
				      .sin_port = htons((in_port_t)atoi(port))};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	must(connect(fd, (void *)&address, sizeof address) == 0, "connect");
	return fd;
}

struct relay {
	int client, server;
	long active; /* when anything last went through */
};

/* Hands on what has come; returns whether anything has. */
static bool hand_on(int from, int to)
{
	char bytes[4096];
	ssize_t size = recv(from, bytes, sizeof bytes, MSG_DONTWAIT);

	must(size > 0 || (size < 0 && errno == EAGAIN), "the proxy's read");
	if (size > 0)
		put(to, (size_t)size);
	return size > 0;
}

/* Closes what has been silent for IDLE, and ends when all is closed. */
static void relay_all(struct relay *relays)
{
	for (int open = CONNECTIONS; open; rest(1)) {
		for (int i = 0; i < CONNECTIONS; i++) {
			struct relay *relay = &relays[i];

			if (relay->server < 0)
				continue;
			if (hand_on(relay->client, relay->server))
				relay->active = now_ms();
			if (hand_on(relay->server, relay->client))
				relay->active = now_ms();
			if (now_ms() - relay->active < IDLE)
				continue;
			close(relay->server);
			relay->server = -1;
			open--;
		}
	}
}

/* Each client asks once, a little later than the one before. */
static void proxy(const char *port)
{
	struct relay relays[CONNECTIONS];
	int clients[CONNECTIONS], ends[2];

	for (int i = 0; i < CONNECTIONS; i++) {
		must(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0, "socketpair");
		clients[i] = ends[0];
		relays[i] = (struct relay){ends[1], connect_to(port), now_ms()};
	}
	if (fork() == 0) {
		for (int i = 0; i < CONNECTIONS; i++) {
			put(clients[i], 100);
			rest(STAGGER);
		}
		_exit(0);
	}
	relay_all(relays);
}

/* Asks, takes the answer for IDLE, and leaves with nothing unread. */
static void download(const char *port)
{
	int fd = connect_to(port);
	long until;

	put(fd, 100);
	until = now_ms() + IDLE;
	while (now_ms() < until)
		take(fd, 100);
	close(fd);
}

/* --- the server --- */

static int listen_anywhere(char *port, size_t size)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
	socklen_t length = sizeof address;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	must(bind(fd, (void *)&address, length) == 0 && listen(fd, CONNECTIONS) == 0, "listen");
	must(getsockname(fd, (void *)&address, &length) == 0, "getsockname");
	snprintf(port, size, "%u", ntohs(address.sin_port));
	return fd;
}

static pid_t beside(void (*what)(const char *), const char *port)
{
	pid_t pid = fork();

	if (pid)
		return pid;
	what(port);
	_exit(0);
}

static void fail_after_fin(int fd)
{
	put(fd, 1);
	await_hangup(fd);
	fails(fd, EPIPE);
}

/* Answers everybody once, and finds out only when it has something to say again. */
static int victim_idle(char **args)
{
	struct pollfd ready[CONNECTIONS];
	char port[8];
	int listener = listen_anywhere(port, sizeof port);
	pid_t pid = beside(proxy, port);

	(void)args;
	for (int i = 0; i < CONNECTIONS; i++) {
		int fd = accept(listener, 0, 0);

		ready[i] = (struct pollfd){.fd = fd, .events = POLLIN};
	}
	for (int i = 0; i < CONNECTIONS; i++) {
		take(ready[i].fd, 100);
		put(ready[i].fd, 200);
	}
	must(waitpid(pid, 0, 0) == pid, "waitpid");
	rest(200);
	for (int i = 0; i < CONNECTIONS; i++)
		fail_after_fin(ready[i].fd);
	return 0;
}

static int victim_download(char **args)
{
	struct pollfd gone = {.events = POLLIN};
	char port[8];
	int listener = listen_anywhere(port, sizeof port);
	pid_t pid = beside(download, port);

	(void)args;
	gone.fd = accept(listener, 0, 0);
	take(gone.fd, 100);
	/* A write that meets the FIN is answered by a RST, as any other. */
	while (poll(&gone, 1, PACE) == 0)
		put(gone.fd, 100);
	must(waitpid(pid, 0, 0) == pid, "waitpid");
	fail_after_fin(gone.fd);
	return 0;
}

const struct victim victims[] = {{"idle", victim_idle}, {"download", victim_download}, {0}};

/* --- tests --- */

static void check_silence(const struct outcome *outcome, size_t i)
{
	const struct line *line = log_line(&outcome->log, "epipe", i);
	long long silence = line_number(line, "peer_silent_before_close_ms");

	ck_field(*outcome, line, "cause", "peer-closed");
	ck_assert_msg(silence >= IDLE - TOLERANCE && silence <= IDLE + TOLERANCE,
		      "%s: connection %zu: %lld ms in\n%s", case_label(), i, silence,
		      line_text(line));
	/* The figure is the peer's, whenever we found out. */
	ck_assert_msg(line_number(line, "silent_ms") >= silence, "%s: connection %zu: %s",
		      case_label(), i, line_text(line));
}

static void in_silence(const char *victim, size_t connections)
{
	struct outcome outcome = RUN(.mode = AUTO, .victim = victim);

	ck_lives(outcome);
	ck_count(outcome, "epipe", connections);
	for (size_t i = 0; i < connections; i++)
		check_silence(&outcome, i);
}

/* Both wait for the same three seconds. */
START_TEST(idle_and_download)
{
	pid_t pid = check_fork();
	int status;

	if (pid == 0) {
		in_silence("download", 1);
		exit(0);
	}
	in_silence("idle", CONNECTIONS);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
}
END_TEST

Suite *suite(void)
{
	Suite *suite = suite_create("silence");
	TCase *tcase = tcase_create("silence");

	tcase_set_timeout(tcase, 30);
	tcase_add_test(tcase, idle_and_download);
	suite_add_tcase(suite, tcase);
	return suite;
}
