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
#include "waits.h"
#include "writers.h"

enum { CONNECTIONS = 50, IDLE = 3000, PACE = 20 /* ms */ };

/* The kernel tells these times by its ticks, of 10 ms at most: one for each end. */
enum { TICKS = 20 };

static void rest(long ms)
{
	nanosleep(&(struct timespec){ms / 1000, ms % 1000 * 1000000}, 0);
}

/* When something reached the server: later than one moment, earlier than another (ms). */
struct moment {
	long after, before;
};

static struct moment begin_moment(void)
{
	return (struct moment){awaited_now(), 0};
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
	long active;	    /* when anything last went through */
	struct moment said; /* when the server last got anything */
};

static int own_port(int fd)
{
	struct sockaddr_in address;
	socklen_t length = sizeof address;

	must(getsockname(fd, (void *)&address, &length) == 0, "getsockname");
	return ntohs(address.sin_port);
}

static struct moment put_timed(int fd, size_t size)
{
	struct moment moment = begin_moment();

	put(fd, size);
	await_acked(fd);
	moment.before = awaited_now();
	return moment;
}

/* Ends the connection's one direction, and says how long the peer had been silent then: by the port
 * that it has, the least and the most. */
static void leave_after(int fd, const struct moment *said)
{
	struct moment left = begin_moment();

	must(shutdown(fd, SHUT_WR) == 0, "shutdown");
	await_state(fd, FIN_WAIT2);
	left.before = awaited_now();
	say("least-%d %ld", own_port(fd), left.after - said->before);
	say("most-%d %ld", own_port(fd), left.before - said->after);
}

/* Hands on what has come; returns whether anything has. */
static bool hand_on(struct relay *relay, bool to_server)
{
	int from = to_server ? relay->client : relay->server;
	char bytes[4096];
	ssize_t size = recv(from, bytes, sizeof bytes, MSG_DONTWAIT);

	must(size > 0 || (size < 0 && errno == EAGAIN), "the proxy's read");
	if (size <= 0)
		return false;
	if (to_server)
		relay->said = put_timed(relay->server, (size_t)size);
	else
		put(relay->client, (size_t)size);
	return true;
}

/* Whether it has been silent for IDLE, and so is closed. */
static bool serve(struct relay *relay)
{
	bool moved = hand_on(relay, true);

	if (hand_on(relay, false) || moved)
		relay->active = awaited_now();
	if (awaited_now() - relay->active < IDLE)
		return false;
	leave_after(relay->server, &relay->said);
	close(relay->server);
	relay->server = -1;
	return true;
}

/* Ends when all are closed. */
static void relay_all(struct relay *relays)
{
	for (int open = CONNECTIONS; open; rest(1))
		for (int i = 0; i < CONNECTIONS; i++)
			open -= relays[i].server >= 0 && serve(&relays[i]);
}

/* Each client asks once. */
static void proxy(const char *port, int go)
{
	struct relay relays[CONNECTIONS];
	int ends[2];

	(void)go;
	for (int i = 0; i < CONNECTIONS; i++) {
		must(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0, "socketpair");
		relays[i] = (struct relay){.client = ends[1], .server = connect_to(port)};
		relays[i].active = awaited_now();
		put(ends[0], 100);
	}
	relay_all(relays);
}

/* Asks, takes the answer for IDLE, and leaves with nothing unread: after the server has stopped. */
static void download(const char *port, int go)
{
	int fd = connect_to(port);
	struct moment said = put_timed(fd, 100);
	char bytes[4096];

	while (awaited_now() - said.before < IDLE)
		take(fd, 100);
	leave_after(fd, &said);
	must(read(go, bytes, 1) == 1, "go");
	while (recv(fd, bytes, sizeof bytes, MSG_DONTWAIT) > 0)
		;
	must(errno == EAGAIN, "the rest");
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

static pid_t beside(void (*what)(const char *, int), const char *port, int *go)
{
	int ends[2];
	pid_t pid;

	must(pipe(ends) == 0, "pipe");
	*go = ends[1];
	pid = fork();
	if (pid)
		return pid;
	what(port, ends[0]);
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
	int go, listener = listen_anywhere(port, sizeof port);
	pid_t pid = beside(proxy, port, &go);

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
	for (int i = 0; i < CONNECTIONS; i++)
		fail_after_fin(ready[i].fd);
	return 0;
}

static int victim_download(char **args)
{
	struct pollfd gone = {.events = POLLIN};
	char port[8];
	int go, listener = listen_anywhere(port, sizeof port);
	pid_t pid = beside(download, port, &go);

	(void)args;
	gone.fd = accept(listener, 0, 0);
	take(gone.fd, 100);
	/* A write that meets the FIN is answered by a RST, as any other. */
	while (poll(&gone, 1, PACE) == 0)
		put(gone.fd, 100);
	await_acked(gone.fd);
	put(go, 1);
	must(waitpid(pid, 0, 0) == pid, "waitpid");
	fail_after_fin(gone.fd);
	return 0;
}

const struct victim victims[] = {{"idle", victim_idle}, {"download", victim_download}, {0}};

/* --- tests --- */

static long said_of(const struct outcome *outcome, const char *what, const struct line *line)
{
	char key[32];

	snprintf(key, sizeof key, "%s-%s", what, strrchr(line_value(line, "peer"), ':') + 1);
	return heard_number(outcome, key);
}

static void check_silence(const struct outcome *outcome, size_t i)
{
	const struct line *line = log_line(&outcome->log, "epipe", i);
	long long silence = line_number(line, "peer_silent_before_close_ms");
	long least = said_of(outcome, "least", line), most = said_of(outcome, "most", line);

	ck_field(*outcome, line, "cause", "peer-closed");
	ck_assert_msg(silence >= least - TICKS && silence <= most + TICKS,
		      "%s: connection %zu: %lld ms, not %ld to %ld in\n%s", case_label(), i,
		      silence, least, most, line_text(line));
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
