/* Connections that came to be by other calls than accept and connect, that are more than TCP, and
 * that we dissolve ourselves. */
#include <arpa/inet.h>
#include <errno.h>
#include <features.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "flows.h"
#include "rows.h"
#include "writers.h"

enum { MULTIPATH = 262, GREETING = 5, PIDFD_OPEN = 434, PIDFD_GETFD = 438 };

static struct sockaddr_in address;

static int listen_by(int protocol)
{
	socklen_t length = sizeof address;
	int listener = socket(AF_INET, SOCK_STREAM, protocol);

	address = (struct sockaddr_in){.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
	must(bind(listener, (void *)&address, length) == 0 && listen(listener, 8) == 0, "listen");
	must(getsockname(listener, (void *)&address, &length) == 0, "getsockname");
	return listener;
}

static in_port_t own_port(int fd)
{
	struct sockaddr_in own;
	socklen_t length = sizeof own;

	must(getsockname(fd, (void *)&own, &length) == 0, "getsockname");
	return own.sin_port;
}

static struct channel between(int fd, int peer, in_port_t peers_port)
{
	struct channel flow = {.kind = TCP, .fd = fd, .peer = peer};

	snprintf(flow.local_name, sizeof flow.local_name, "127.0.0.1:%u", ntohs(own_port(fd)));
	snprintf(flow.peer_name, sizeof flow.peer_name, "127.0.0.1:%u", ntohs(peers_port));
	introduce(&flow);
	return flow;
}

static void peer_closes(struct channel flow)
{
	close(flow.peer);
	put(flow.fd, 1000);
	await_hangup(flow.fd);
	fails(flow.fd, EPIPE);
}

/* --- TCP Fast Open --- */

static void fast_open(ssize_t (*way)(int fd, void *data), int flags)
{
	int listener = listen_by(0), fd = socket(AF_INET, SOCK_STREAM | flags, 0), peer;
	ssize_t result = way(fd, "hello");

	must(result == GREETING || (flags && result == -1 && errno == EINPROGRESS), "fast open");
	peer = accept(listener, 0, 0);
	if (result > 0)
		take(peer, GREETING);
	peer_closes(between(fd, peer, address.sin_port));
}

static ssize_t by_sendto(int fd, void *data)
{
	return sendto(fd, data, GREETING, MSG_FASTOPEN, (void *)&address, sizeof address);
}

static ssize_t by_syscall(int fd, void *data)
{
	return syscall(SYS_sendto, fd, data, GREETING, MSG_FASTOPEN, &address, sizeof address);
}

static struct mmsghdr greeting(struct iovec *part, void *data)
{
	*part = (struct iovec){data, GREETING};
	return (struct mmsghdr){.msg_hdr = {.msg_name = &address,
					    .msg_namelen = sizeof address,
					    .msg_iov = part,
					    .msg_iovlen = 1}};
}

static ssize_t by_sendmsg(int fd, void *data)
{
	struct iovec part;
	struct mmsghdr message = greeting(&part, data);

	return sendmsg(fd, &message.msg_hdr, MSG_FASTOPEN);
}

static ssize_t by_sendmmsg(int fd, void *data)
{
	struct iovec part;
	struct mmsghdr message = greeting(&part, data);

	return sendmmsg(fd, &message, 1, MSG_FASTOPEN) == 1 ? GREETING : -1;
}

static void fast_open_sendto(void)
{
	fast_open(by_sendto, 0);
}

/* SIGPIPE is the application's own affair: another way through our call. */
static void fast_open_quietly(void)
{
	signal(SIGPIPE, SIG_IGN);
	fast_open(by_sendto, 0);
}

static void fast_open_later(void)
{
	fast_open(by_sendto, SOCK_NONBLOCK);
}

static void fast_open_syscall(void)
{
	fast_open(by_syscall, 0);
}

static void fast_open_sendmsg(void)
{
	fast_open(by_sendmsg, 0);
}

static void fast_open_sendmmsg(void)
{
	fast_open(by_sendmmsg, 0);
}

/* --- syscall() and pidfd_getfd --- */

static void accepted_by_syscall(void)
{
	int listener = listen_by(0), peer = socket(AF_INET, SOCK_STREAM, 0), fd;

	must(connect(peer, (void *)&address, sizeof address) == 0, "connect");
	fd = (int)syscall(SYS_accept4, listener, 0, 0, SOCK_CLOEXEC);
	must(fd >= 0, "accept4");
	peer_closes(between(fd, peer, own_port(peer)));
}

static void connected_by_syscall(void)
{
	int listener = listen_by(0), fd = socket(AF_INET, SOCK_STREAM, 0);

	must(syscall(SYS_connect, fd, &address, sizeof address) == 0, "connect");
	peer_closes(between(fd, accept(listener, 0, 0), address.sin_port));
}

static int take_by_syscall(int pidfd, int target)
{
	return (int)syscall(PIDFD_GETFD, pidfd, target, 0);
}

#if defined(__GLIBC__) && __GLIBC_PREREQ(2, 36)
int pidfd_getfd(int pidfd, int target, unsigned int flags);
static int take_by_function(int pidfd, int target)
{
	return pidfd_getfd(pidfd, target, 0);
}
#else
#define take_by_function take_by_syscall
#endif

/* The parent has never seen the connection that its child made. */
static void taken(int (*way)(int pidfd, int target))
{
	int listener = listen_by(0), told[2], fd, pidfd;
	in_port_t port;
	pid_t child;

	must(pipe(told) == 0, "pipe");
	child = fork();
	if (child == 0) {
		struct {
			int fd;
			in_port_t port;
		} made = {.fd = socket(AF_INET, SOCK_STREAM, 0)};

		must(connect(made.fd, (void *)&address, sizeof address) == 0, "connect");
		must(write(told[1], &made.fd, sizeof made.fd) == sizeof made.fd, "write");
		pause();
		_exit(0);
	}
	must(read(told[0], &fd, sizeof fd) == sizeof fd, "read");
	pidfd = (int)syscall(PIDFD_OPEN, child, 0);
	fd = way(pidfd, fd);
	must(fd >= 0, "pidfd_getfd");
	kill(child, SIGKILL);
	must(waitpid(child, 0, 0) == child, "waitpid");
	port = address.sin_port;
	peer_closes(between(fd, accept(listener, 0, 0), port));
}

static void taken_by_syscall(void)
{
	taken(take_by_syscall);
}

static void taken_by_function(void)
{
	taken(take_by_function);
}

/* --- our own connect to AF_UNSPEC --- */

static const struct sockaddr nobody = {.sa_family = AF_UNSPEC};

static void fails_twice(int fd)
{
	fails(fd, ECONNRESET);
	fails(fd, EPIPE);
}

static struct channel talked(struct channel flow)
{
	introduce(&flow);
	put(flow.fd, 500);
	await_acked(flow.fd);
	return flow;
}

static void accepted_and_dissolved(void)
{
	struct channel flow = talked(open_channel(TCP));

	must(connect(flow.fd, &nobody, sizeof nobody) == 0, "dissolve");
	fails_twice(flow.fd);
}

static void opened_and_dissolved(void)
{
	struct channel flow = talked(turned(open_channel(TCP)));

	must(connect(flow.fd, &nobody, sizeof nobody) == 0, "dissolve");
	fails_twice(flow.fd);
}

static void dissolved_by_syscall(void)
{
	struct channel flow = talked(turned(open_channel(TCP)));

	must(syscall(SYS_connect, flow.fd, &nobody, sizeof nobody) == 0, "dissolve");
	fails_twice(flow.fd);
}

/* As by another process that has the same socket. */
static void dissolved_unseen(void)
{
	struct channel flow = talked(turned(open_channel(TCP)));

	must(raw_call(SYS_connect, flow.fd, (long)&nobody, sizeof nobody) == 0, "dissolve");
	fails_twice(flow.fd);
}

/* The socket is another connection's by then. */
static void dissolved_and_connected_again(void)
{
	struct channel flow = turned(open_channel(TCP));
	int listener = listen_by(0);

	must(connect(flow.fd, &nobody, sizeof nobody) == 0, "dissolve");
	must(connect(flow.fd, (void *)&address, sizeof address) == 0, "connect");
	peer_closes(between(flow.fd, accept(listener, 0, 0), address.sin_port));
}

/* connect itself dissolves what was refused: nobody was there. */
static void refused_and_asked_again(void)
{
	int other = socket(AF_INET, SOCK_STREAM, 0), fd = socket(AF_INET, SOCK_STREAM, 0);

	address = (struct sockaddr_in){.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
	must(bind(other, (void *)&address, sizeof address) == 0, "bind");
	address.sin_port = own_port(other);
	must(connect(fd, (void *)&address, sizeof address) == -1 && errno == ECONNREFUSED,
	     "connect");
	say("fd %d", fd);
	fails(fd, EPIPE);
}

/* --- Multipath TCP --- */

static struct channel over_multipath(void)
{
	int listener = listen_by(MULTIPATH), peer = socket(AF_INET, SOCK_STREAM, MULTIPATH);

	must(connect(peer, (void *)&address, sizeof address) == 0, "connect");
	return between(accept(listener, 0, 0), peer, own_port(peer));
}

static void multipath_reset(void)
{
	struct channel flow = over_multipath();

	reset(flow.peer);
	await_hangup(flow.fd);
	fails_twice(flow.fd);
}

/* A client of an accepting side that resets: its first subflow is emptied, too. */
static void multipath_client_reset(void)
{
	int listener = listen_by(MULTIPATH), fd = socket(AF_INET, SOCK_STREAM, MULTIPATH), peer;
	struct channel flow;

	must(connect(fd, (void *)&address, sizeof address) == 0, "connect");
	peer = accept(listener, 0, 0);
	flow = between(fd, peer, address.sin_port);
	put(flow.fd, 300);
	take(flow.peer, 300);
	reset(flow.peer);
	await_hangup(flow.fd);
	read_fails(flow.fd, ECONNRESET);
	fails(flow.fd, EPIPE);
}

static void multipath_own_shutdown(void)
{
	struct channel flow = over_multipath();

	must(shutdown(flow.fd, SHUT_WR) == 0, "shutdown");
	fails(flow.fd, EPIPE);
}

static void multipath_dissolved(void)
{
	struct channel flow = over_multipath();

	must(connect(flow.fd, &nobody, sizeof nobody) == 0, "dissolve");
	fails(flow.fd, EPIPE);
}

static void multipath_never_connected(void)
{
	int fd = socket(AF_INET, SOCK_STREAM, MULTIPATH);

	say("fd %d", fd);
	fails(fd, EPIPE);
}

static void multipath_listening(void)
{
	int fd = listen_by(MULTIPATH);

	say("fd %d", fd);
	say("local 127.0.0.1:%u", ntohs(address.sin_port));
	fails(fd, EPIPE);
}

/* --- the table --- */

#define ON_TCP(event) event ", fd: $fd, type: tcp, local: "
#define EPIPE_ON ON_TCP("event: epipe, errno: EPIPE")
#define RESET_ON ON_TCP("event: reset, errno: ECONNRESET")
#define WITH_PEER ", peer: $peer, age_ms: *"
#define CLOSED(sent, acked)                                                                        \
	", silent_ms: *, tcp_state: CLOSE, cause: peer-closed, peer_silent_before_close_ms: *, "   \
	"bytes_sent: " sent ", bytes_acked: " acked                                                \
	", bytes_received: 0, lost: 1000, lost_at_most: true"
#define AFTER_GREETING EPIPE_ON "$local" WITH_PEER CLOSED("1005", "5")
#define DISSOLVED(local) local WITH_PEER ", tcp_state: CLOSE, cause: local-shutdown"
/* A byte count that the kernel does not tell would have to be made up. */
#define MULTIPATH_ON EPIPE_ON "$local" WITH_PEER

static const struct row table[] = {
    {"fast open, sendto", fast_open_sendto, {AFTER_GREETING}},
    {"fast open, SIGPIPE ignored", fast_open_quietly, {AFTER_GREETING}},
    {"fast open, later", fast_open_later, {EPIPE_ON "$local" WITH_PEER CLOSED("1000", "0")}},
    {"fast open, syscall", fast_open_syscall, {AFTER_GREETING}},
    {"fast open, sendmsg", fast_open_sendmsg, {AFTER_GREETING}},
    {"fast open, sendmmsg", fast_open_sendmmsg, {AFTER_GREETING}},

    {"accepted by syscall", accepted_by_syscall, {EPIPE_ON "$local" WITH_PEER CLOSED("1000", "0")}},
    {"connected by syscall",
     connected_by_syscall,
     {EPIPE_ON "$local" WITH_PEER CLOSED("1000", "0")}},
    {"pidfd_getfd", taken_by_function, {EPIPE_ON "$local, peer: $peer" CLOSED("1000", "0")}},
    {"pidfd_getfd by syscall",
     taken_by_syscall,
     {EPIPE_ON "$local, peer: $peer" CLOSED("1000", "0")}},

    {"accepted and dissolved",
     accepted_and_dissolved,
     {RESET_ON DISSOLVED("$local"), EPIPE_ON DISSOLVED("$local")}},
    {"opened and dissolved",
     opened_and_dissolved,
     {RESET_ON DISSOLVED("*"), EPIPE_ON DISSOLVED("*")}},
    {"dissolved by syscall",
     dissolved_by_syscall,
     {RESET_ON DISSOLVED("*"), EPIPE_ON DISSOLVED("*")}},
    {"dissolved unseen", dissolved_unseen, {RESET_ON DISSOLVED("*"), EPIPE_ON DISSOLVED("*")}},
    {"dissolved and connected again",
     dissolved_and_connected_again,
     {EPIPE_ON "$local" WITH_PEER CLOSED("1000", "0")}},
    {"refused", refused_and_asked_again, {EPIPE_ON "*, cause: never-connected, tcp_state: CLOSE"}},

    /* Last, to be left out where the kernel has no Multipath TCP. */
    {"multipath, reset",
     multipath_reset,
     {RESET_ON "$local" WITH_PEER ", cause: peer-reset", MULTIPATH_ON ", cause: peer-reset"}},
    {"multipath, a client's reset", multipath_client_reset, {MULTIPATH_ON}},
    {"multipath, own shutdown", multipath_own_shutdown, {MULTIPATH_ON ", cause: local-shutdown"}},
    {"multipath, dissolved", multipath_dissolved, {MULTIPATH_ON ", cause: local-shutdown"}},
    {"multipath, never connected",
     multipath_never_connected,
     {"event: epipe, errno: EPIPE, fd: $fd, type: tcp, cause: never-connected"}},
    {"multipath, a listening socket", multipath_listening, {EPIPE_ON "$local, tcp_state: LISTEN"}},
};
enum { ROWS = sizeof table / sizeof *table, WITHOUT_MULTIPATH = ROWS - 6 };

static int victim_row(char **args)
{
	return row_play(table, ROWS, args);
}

const struct victim victims[] = {{"row", victim_row}, {0}};

static bool has_multipath(void)
{
	int fd = socket(AF_INET, SOCK_STREAM, MULTIPATH);

	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

START_TEST(rows)
{
	if (_i >= WITHOUT_MULTIPATH && !has_multipath()) {
		printf("UNABLE %s: this kernel has no Multipath TCP\n", table[_i].name);
		return;
	}
	row_check(&table[_i]);
}
END_TEST

Suite *suite(void)
{
	Suite *suite = suite_create("openings");
	TCase *tcase = tcase_create("openings");

	tcase_set_timeout(tcase, 20);
	tcase_add_loop_test(tcase, rows, 0, ROWS);
	suite_add_tcase(suite, tcase);
	return suite;
}
