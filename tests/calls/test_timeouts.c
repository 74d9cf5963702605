/* Connections that end by nobody's answer: keep-alive and user timeout across a link that is cut,
 * and a peer that is there but reads nothing. The link is a veth pair between two network
 * namespaces that the victim makes; they go when it ends. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "flows.h"
#include "rows.h"
#include "writers.h"

/* --- two hosts --- */

static int near, far; /* the namespaces: the victim writes in near */

static int make_namespace(void)
{
	int fd;

	must(unshare(CLONE_NEWNET) == 0, "unshare");
	fd = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	must(fd >= 0, "namespace");
	return fd;
}

static void run_in(int namespace, const char *commands)
{
	must(setns(namespace, CLONE_NEWNET) == 0, "setns");
	must(system(commands) == 0, commands);
}

static void write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	must(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text), path);
	close(fd);
}

/* Ethernet addresses are told to either side beforehand: a cut link is silent, where a neighbour
 * that cannot be found makes EHOSTUNREACH. */
static void make_link(void)
{
	char command[256];

	near = make_namespace();
	far = make_namespace();
	snprintf(command, sizeof command,
		 "nsenter --net=/proc/%d/fd/%d ip link add name near address 02:00:00:00:00:01 "
		 "type veth peer name far address 02:00:00:00:00:02 netns %d",
		 getpid(), near, getpid());
	run_in(far, command);
	run_in(far, "ip address add 192.0.2.2/24 dev far && ip link set far up && "
		    "ip neighbour add 192.0.2.1 lladdr 02:00:00:00:00:01 dev far");
	run_in(near, "ip address add 192.0.2.1/24 dev near && ip link set near up && "
		     "ip neighbour add 192.0.2.2 lladdr 02:00:00:00:00:02 dev near");
}

/* Somewhere on the way. */
static void cut(void)
{
	run_in(far, "ip address del 192.0.2.2/24 dev far");
}

/* In our own queue: nothing was sent, whatever bytes_sent says. */
static void choke(void)
{
	run_in(near, "tc qdisc replace dev near root pfifo limit 0");
}

static struct channel over_link(void)
{
	struct sockaddr_in address = {.sin_family = AF_INET};
	socklen_t length = sizeof address;
	struct channel flow = {.kind = TCP};
	int listener;

	must(setns(near, CLONE_NEWNET) == 0, "setns");
	listener = socket(AF_INET, SOCK_STREAM, 0);
	inet_pton(AF_INET, "192.0.2.1", &address.sin_addr);
	must(bind(listener, (void *)&address, length) == 0 && listen(listener, 1) == 0, "listen");
	must(getsockname(listener, (void *)&address, &length) == 0, "getsockname");
	must(setns(far, CLONE_NEWNET) == 0, "setns");
	flow.peer = socket(AF_INET, SOCK_STREAM, 0);
	must(connect(flow.peer, (void *)&address, length) == 0, "connect");
	snprintf(flow.local_name, sizeof flow.local_name, "192.0.2.1:%u", ntohs(address.sin_port));
	flow.fd = accept(listener, (void *)&address, &length);
	must(flow.fd >= 0, "accept");
	snprintf(flow.peer_name, sizeof flow.peer_name, "192.0.2.2:%u", ntohs(address.sin_port));
	introduce(&flow);
	return flow;
}

static struct channel connected(void)
{
	make_link();
	return over_link();
}

static void set(int fd, int option, int value)
{
	must(setsockopt(fd, IPPROTO_TCP, option, &value, sizeof value) == 0, "setsockopt");
}

/* A second of idling, a probe, a second without an answer. */
static void keep_alive(int fd)
{
	set(fd, TCP_KEEPIDLE, 1);
	set(fd, TCP_KEEPINTVL, 1);
	set(fd, TCP_KEEPCNT, 1);
	must(setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &(int){1}, sizeof(int)) == 0, "SO_KEEPALIVE");
}

static void take_error(int fd, int expected)
{
	int error = 0;
	socklen_t size = sizeof error;

	must(getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) == 0 && error == expected,
	     "SO_ERROR");
}

/* --- the link is cut --- */

static void keep_alive_fails(void)
{
	struct channel flow = connected();

	keep_alive(flow.fd);
	put(flow.fd, 300);
	await_acked(flow.fd);
	cut();
	await_hangup(flow.fd);
	fails(flow.fd, ETIMEDOUT);
	fails(flow.fd, EPIPE);
}

static void keep_alive_fails_and_we_read_it(void)
{
	struct channel flow = connected();

	keep_alive(flow.fd);
	cut();
	await_hangup(flow.fd);
	read_fails(flow.fd, ETIMEDOUT);
	fails(flow.fd, EPIPE);
}

/* The peer has half-closed; then it is gone, and so is the error. */
static void keep_alive_fails_after_fin(void)
{
	struct channel flow = connected();

	keep_alive(flow.fd);
	must(shutdown(flow.peer, SHUT_WR) == 0, "shutdown");
	await_state(flow.fd, CLOSE_WAIT);
	cut();
	await_hangup(flow.fd);
	take_error(flow.fd, ETIMEDOUT);
	fails(flow.fd, EPIPE);
}

static struct channel unanswered(void (*end)(void))
{
	struct channel flow = connected();

	set(flow.fd, TCP_USER_TIMEOUT, 500);
	put(flow.fd, 300);
	await_acked(flow.fd);
	end();
	put(flow.fd, 1000);
	await_hangup(flow.fd);
	return flow;
}

static void user_timeout(void)
{
	struct channel flow = unanswered(cut);

	fails(flow.fd, ETIMEDOUT);
	fails(flow.fd, EPIPE);
}

static void user_timeout_choked(void)
{
	struct channel flow = unanswered(choke);

	fails(flow.fd, ETIMEDOUT);
	fails(flow.fd, EPIPE);
}

/* Under a number that nobody has noted: whether its SYN is among what is acknowledged is not to be
 * told from bytes_sent then. */
static void user_timeout_choked_unseen(void)
{
	struct channel flow = unanswered(choke);
	int fd = 60;

	must(raw_call(SYS_dup3, flow.fd, fd, 0) == fd, "dup3");
	fails(fd, ETIMEDOUT);
	say("other %d", fd);
}

static void user_timeout_and_we_read_it(void)
{
	struct channel flow = unanswered(cut);

	read_fails(flow.fd, ETIMEDOUT);
	fails(flow.fd, EPIPE);
}

/* Where the neighbour is looked for and not found, our own kernel says so by ICMP: the error that
 * ends the connection is another one. */
static void host_unreachable(void)
{
	struct channel flow = connected();

	set(flow.fd, TCP_USER_TIMEOUT, 1000);
	run_in(near, "ip link set lo up && ip neighbour del 192.0.2.2 dev near");
	write_file("/proc/sys/net/ipv4/neigh/near/retrans_time_ms", "50");
	run_in(far, "ip link set far down");
	put(flow.fd, 1000);
	await_hangup(flow.fd);
	fails(flow.fd, EHOSTUNREACH);
	fails(flow.fd, EPIPE);
}

/* Nothing ends by an error that only tells of the way to somebody. */
static void datagram_unreachable(void)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(9)};
	int fd;

	make_link();
	must(setns(near, CLONE_NEWNET) == 0, "setns");
	inet_pton(AF_INET, "198.51.100.1", &address.sin_addr);
	fd = socket(AF_INET, SOCK_DGRAM, 0);
	must(sendto(fd, "x", 1, 0, (void *)&address, sizeof address) == -1 && errno == ENETUNREACH,
	     "sendto");
}

/* --- the link is there --- */

/* A cookie holds no time of the handshake, so that TCP_INFO tells of no round trip. */
static void unmeasured(void)
{
	struct channel flow;

	make_link();
	for (int i = 0; i < 2; i++) {
		must(setns(i ? near : far, CLONE_NEWNET) == 0, "setns");
		write_file("/proc/sys/net/ipv4/tcp_timestamps", "0");
		write_file("/proc/sys/net/ipv4/tcp_syncookies", "2");
	}
	flow = over_link();
	reset(flow.peer);
	await_hangup(flow.fd);
	read_fails(flow.fd, ECONNRESET);
	fails(flow.fd, EPIPE);
}

/* Every probe is answered, and nothing is ever read. With a small buffer some data would be dropped
 * at the window's edge, and retransmitted. */
static struct channel stalled(void)
{
	struct channel flow = open_channel(TCP);
	size_t pending;

	introduce(&flow);
	must(setsockopt(flow.peer, SOL_SOCKET, SO_RCVBUF, &(int){1 << 20}, sizeof(int)) == 0,
	     "SO_RCVBUF");
	set(flow.fd, TCP_USER_TIMEOUT, 100); /* too short for a second probe */
	fill(flow.fd);
	await_hangup(flow.fd);
	pending = unacked(flow.fd);
	say("lost %zu", pending);
	say("received %zu", received(flow.peer));
	return flow;
}

static void peer_stalls(void)
{
	struct channel flow = stalled();

	fails(flow.fd, ETIMEDOUT);
	fails(flow.fd, EPIPE);
}

static void peer_stalls_and_we_read_it(void)
{
	struct channel flow = stalled();

	read_fails(flow.fd, ETIMEDOUT);
	fails(flow.fd, EPIPE);
}

/* --- the table --- */

#define ON_TCP                                                                                     \
	"fd: $fd, type: tcp, local: $local, peer: $peer, age_ms: *, silent_ms: *, tcp_state: "     \
	"CLOSE"
#define TIMEOUT ON_TCP ", event: timeout, errno: ETIMEDOUT, cause: timed-out"
#define EPIPE_AFTER ON_TCP ", event: epipe, errno: EPIPE"
#define BYTES(sent, acked, lost)                                                                   \
	", bytes_sent: " sent ", bytes_acked: " acked ", bytes_received: 0, lost: " lost
#define AT_MOST ", lost_at_most: true"

static const struct row table[] = {
    {"keep-alive",
     keep_alive_fails,
     {TIMEOUT BYTES("300", "300", "0"), EPIPE_AFTER BYTES("300", "300", "0") ", cause: timed-out"}},
    {"keep-alive, taken by a read",
     keep_alive_fails_and_we_read_it,
     {EPIPE_AFTER BYTES("0", "0", "0")}},
    {"keep-alive after a FIN, taken",
     keep_alive_fails_after_fin,
     {EPIPE_AFTER BYTES("0", "0", "0") ", peer_silent_before_close_ms: *"}},
    {"user timeout",
     user_timeout,
     {TIMEOUT BYTES("*", "300", "1000") AT_MOST,
      EPIPE_AFTER BYTES("*", "300", "1000") AT_MOST ", cause: timed-out"}},
    {"user timeout, choked",
     user_timeout_choked,
     {TIMEOUT BYTES("*", "300", "1000"),
      EPIPE_AFTER BYTES("*", "300", "1000") ", cause: timed-out"}},
    {"user timeout, choked, unseen",
     user_timeout_choked_unseen,
     {"event: timeout, errno: ETIMEDOUT, fd: $other, type: tcp, local: $local, silent_ms: *, "
      "tcp_state: CLOSE, cause: timed-out, bytes_sent: *, bytes_received: 0, lost: 1000"}},
    {"user timeout, taken by a read",
     user_timeout_and_we_read_it,
     {EPIPE_AFTER BYTES("*", "300", "1000") AT_MOST}},
    {"host unreachable",
     host_unreachable,
     {ON_TCP ", event: timeout, errno: EHOSTUNREACH, cause: timed-out" BYTES("*", "0", "1000")
	  AT_MOST,
      EPIPE_AFTER BYTES("*", "0", "1000") AT_MOST ", cause: timed-out"}},
    {"a datagram's way is not known", datagram_unreachable, {0}},
    {"a connection by cookie",
     unmeasured,
     {EPIPE_AFTER BYTES("0", "0", "0") ", cause: peer-reset"}},
};
enum { ROWS = sizeof table / sizeof *table };

static const struct row stalls[] = {
    {"the peer stalls",
     peer_stalls,
     {TIMEOUT BYTES("*", "$received", "$lost"),
      EPIPE_AFTER BYTES("*", "$received", "$lost") ", cause: timed-out"}},
    {"the peer stalls, taken by a read",
     peer_stalls_and_we_read_it,
     {EPIPE_AFTER BYTES("*", "$received", "$lost")}},
};
enum { STALLS = sizeof stalls / sizeof *stalls };

static int victim_row(char **args)
{
	for (int i = 0; i < STALLS; i++)
		if (strcmp(stalls[i].name, args[0]) == 0)
			return row_play(stalls, STALLS, args);
	return row_play(table, ROWS, args);
}

const struct victim victims[] = {{"row", victim_row}, {0}};

/* Asked in a child: the namespace goes with it. */
static bool may_make_links(void)
{
	pid_t pid = check_fork();
	int status;

	if (pid == 0) {
		if (unshare(CLONE_NEWNET) != 0)
			_exit(1);
		_exit(system("ip link add name near type veth peer name far >/dev/null 2>&1 && "
			     "command -v nsenter >/dev/null") != 0);
	}
	return waitpid(pid, &status, 0) == pid && status == 0;
}

START_TEST(cut_links)
{
	const char *ci = getenv("CI");

	if (!may_make_links() && !(ci && strcmp(ci, "true") == 0)) {
		printf("SKIP cut_links: no network namespaces with veth links may be made here\n");
		return;
	}
	rows_check_together(table, ROWS);
}
END_TEST

START_TEST(stalled_peers)
{
	rows_check_together(stalls, STALLS);
}
END_TEST

Suite *suite(void)
{
	Suite *suite = suite_create("timeouts");
	TCase *tcase = tcase_create("timeouts");

	tcase_set_timeout(tcase, 30);
	tcase_add_test(tcase, cut_links);
	tcase_add_test(tcase, stalled_peers);
	suite_add_tcase(suite, tcase);
	return suite;
}
