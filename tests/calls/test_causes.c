/* Why a write to a TCP connection broke, and what was lost: each way to end one that an application
 * meets, on real sockets. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "flows.h"
#include "rows.h"
#include "writers.h"

static struct channel accepted(void)
{
	struct channel flow = open_channel(TCP);

	introduce(&flow);
	return flow;
}

static struct channel opened(void)
{
	struct channel flow = turned(open_channel(TCP));

	introduce(&flow);
	return flow;
}

static void end_of_file(int fd)
{
	must(read(fd, &(char){0}, 1) == 0, "no end of file");
}

/* After the peer's close: the first write succeeds and is answered by a RST, the second fails. */
static void write_twice(int fd)
{
	put(fd, 1000);
	await_hangup(fd);
	fails(fd, EPIPE);
}

/* --- the peer closes --- */

static void peer_closes(void)
{
	struct channel flow = accepted();

	close(flow.peer);
	write_twice(flow.fd);
}

static void peer_closes_after_traffic(void)
{
	struct channel flow = accepted();

	put(flow.peer, 100);
	take(flow.fd, 100);
	put(flow.fd, 500);
	await_acked(flow.fd);
	take(flow.peer, 500);
	close(flow.peer);
	write_twice(flow.fd);
}

static void peer_closes_and_we_read_it(void)
{
	struct channel flow = accepted();

	close(flow.peer);
	end_of_file(flow.fd);
	write_twice(flow.fd);
}

static void peer_closes_and_we_fail_again(void)
{
	struct channel flow = accepted();

	close(flow.peer);
	write_twice(flow.fd);
	fails(flow.fd, EPIPE);
}

static void unread_left(size_t size)
{
	struct channel flow = accepted();

	put(flow.peer, size);
	await_acked(flow.peer);
	close(flow.peer);
	write_twice(flow.fd);
	take(flow.fd, size); /* all of it is there still */
	end_of_file(flow.fd);
}

static void unread_bytes(void)
{
	unread_left(10);
}

static void unread_pages(void)
{
	unread_left(10000);
}

static void server_closes(void)
{
	struct channel flow = opened();

	close(flow.peer);
	write_twice(flow.fd);
}

static void server_closes_after_traffic(void)
{
	struct channel flow = opened();

	put(flow.fd, 300);
	await_acked(flow.fd);
	take(flow.peer, 300);
	put(flow.peer, 200);
	take(flow.fd, 200);
	close(flow.peer);
	write_twice(flow.fd);
}

/* --- the peer resets --- */

static void unread_at_the_peer(void)
{
	struct channel flow = accepted();

	put(flow.fd, 1000);
	await_acked(flow.fd);
	close(flow.peer);
	await_hangup(flow.fd);
	fails(flow.fd, ECONNRESET);
	fails(flow.fd, EPIPE);
}

static void unread_at_both(void)
{
	struct channel flow = accepted();

	put(flow.peer, 10);
	await_acked(flow.peer);
	put(flow.fd, 1000);
	await_acked(flow.fd);
	close(flow.peer);
	await_hangup(flow.fd);
	fails(flow.fd, ECONNRESET);
	fails(flow.fd, EPIPE);
}

static void reset_taken_by_read(void)
{
	struct channel flow = accepted();

	put(flow.fd, 1000);
	await_acked(flow.fd);
	reset(flow.peer);
	await_hangup(flow.fd);
	read_fails(flow.fd, ECONNRESET);
	fails(flow.fd, EPIPE);
}

static void take_error(int fd, int expected)
{
	int error = 0;
	socklen_t size = sizeof error;

	must(getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) == 0 && error == expected,
	     "SO_ERROR");
}

/* With data left to read, what the peer's end was cannot be told any more. */
static void reset_taken_with_unread_data(void)
{
	struct channel flow = accepted();

	put(flow.peer, 10);
	await_acked(flow.peer);
	reset(flow.peer);
	await_hangup(flow.fd);
	take_error(flow.fd, ECONNRESET);
	fails(flow.fd, EPIPE);
}

static void fin_then_reset(void)
{
	struct channel flow = accepted();

	must(shutdown(flow.peer, SHUT_WR) == 0, "shutdown");
	await_state(flow.fd, CLOSE_WAIT);
	reset(flow.peer);
	await_hangup(flow.fd);
	fails(flow.fd, EPIPE);
}

/* A flow that the peer has stopped reading: some is acknowledged, some was never sent. */
static void reset_while_paused(void)
{
	struct channel flow = accepted();
	size_t written = fill(flow.fd), lost;

	do
		lost = unacked(flow.fd);
	while (lost + received(flow.peer) != written);
	say("received %zu", received(flow.peer));
	say("lost %zu", lost);
	reset(flow.peer);
	await_hangup(flow.fd);
	fails(flow.fd, ECONNRESET);
	fails(flow.fd, EPIPE);
}

/* --- half-closed --- */

static struct channel half_closed(void)
{
	struct channel flow = accepted();

	must(shutdown(flow.peer, SHUT_WR) == 0, "shutdown");
	await_state(flow.fd, CLOSE_WAIT);
	end_of_file(flow.fd);
	for (int i = 0; i < 3; i++) {
		must(write(flow.fd, (char[1000]){0}, 1000) == 1000, "write");
		take(flow.peer, 1000);
		await_acked(flow.fd);
	}
	return flow;
}

static void half_closed_all_along(void)
{
	struct channel flow = half_closed();

	close(flow.fd);
}

static void half_closed_then_closed(void)
{
	struct channel flow = half_closed();

	close(flow.peer);
	write_twice(flow.fd);
}

static void half_closed_then_reset(void)
{
	struct channel flow = half_closed();

	put(flow.fd, 1000);
	await_acked(flow.fd);
	close(flow.peer);
	await_hangup(flow.fd);
	fails(flow.fd, EPIPE);
}

/* --- our own shutdown --- */

static void own_shutdown(void)
{
	struct channel flow = accepted();

	put(flow.fd, 500);
	must(shutdown(flow.fd, SHUT_WR) == 0, "shutdown");
	await_state(flow.fd, FIN_WAIT2);
	fails(flow.fd, EPIPE);
}

/* As by another process that has the same socket. */
static void own_shutdown_unseen(void)
{
	struct channel flow = accepted();

	put(flow.fd, 500);
	raw_shutdown(flow.fd, SHUT_WR);
	await_state(flow.fd, FIN_WAIT2);
	fails(flow.fd, EPIPE);
}

static void both_shut(struct channel flow, int (*how)(int, int))
{
	put(flow.fd, 500);
	await_acked(flow.fd);
	take(flow.peer, 500);
	must(how(flow.fd, SHUT_WR) == 0, "shutdown");
	await_state(flow.fd, FIN_WAIT2);
	end_of_file(flow.peer);
	close(flow.peer);
	await_state(flow.fd, CLOSE); /* TIME_WAIT goes on without the application's socket */
	fails(flow.fd, EPIPE);
}

static int unseen(int fd, int how)
{
	raw_shutdown(fd, how);
	return 0;
}

static void own_shutdown_then_peer_closes(void)
{
	both_shut(accepted(), shutdown);
}

static void own_shutdown_unseen_then_peer_closes(void)
{
	both_shut(accepted(), unseen);
}

static void client_shutdown_unseen_then_server_closes(void)
{
	both_shut(opened(), unseen);
}

static void peer_closes_then_own_shutdown_unseen(void)
{
	struct channel flow = accepted();

	close(flow.peer);
	end_of_file(flow.fd);
	raw_shutdown(flow.fd, SHUT_WR);
	await_state(flow.fd, CLOSE);
	fails(flow.fd, EPIPE);
}

static void own_shutdown_then_reset(void)
{
	struct channel flow = accepted();

	must(shutdown(flow.fd, SHUT_WR) == 0, "shutdown");
	await_state(flow.fd, FIN_WAIT2);
	reset(flow.peer);
	await_hangup(flow.fd);
	fails(flow.fd, ECONNRESET);
	fails(flow.fd, EPIPE);
}

/* Nothing of it is lost yet: the kernel goes on sending as soon as the peer reads. */
static void own_shutdown_with_data_on_its_way(void)
{
	struct channel flow = accepted();
	size_t written = fill(flow.fd), lost;

	do
		lost = unacked(flow.fd);
	while (lost + received(flow.peer) != written);
	must(shutdown(flow.fd, SHUT_WR) == 0, "shutdown");
	say("received %zu", written - lost);
	say("lost %zu", lost);
	fails(flow.fd, EPIPE);
}

/* --- no connection --- */

static void never_connected(void)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	say("fd %d", fd);
	fails(fd, EPIPE);
}

static struct sockaddr_in bound(int fd)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
	socklen_t length = sizeof address;

	must(bind(fd, (void *)&address, length) == 0, "bind");
	must(getsockname(fd, (void *)&address, &length) == 0, "getsockname");
	return address;
}

static void listening(void)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	struct sockaddr_in address = bound(fd);

	must(listen(fd, 1) == 0, "listen");
	say("fd %d", fd);
	say("local 127.0.0.1:%u", ntohs(address.sin_port));
	fails(fd, EPIPE);
}

/* A port that is bound and not listened on refuses. */
static void refused(int flags, int error)
{
	int other = socket(AF_INET, SOCK_STREAM, 0), fd = socket(AF_INET, SOCK_STREAM | flags, 0);
	struct sockaddr_in address = bound(other);

	must(connect(fd, (void *)&address, sizeof address) == -1 && errno == error, "connect");
	say("fd %d", fd);
	say("peer 127.0.0.1:%u", ntohs(address.sin_port));
	must(getsockname(fd, (void *)&address, &(socklen_t){sizeof address}) == 0, "getsockname");
	say("local %s:%u", inet_ntoa(address.sin_addr), ntohs(address.sin_port));
	await_hangup(fd);
	if (flags)
		fails(fd, ECONNREFUSED);
	fails(fd, EPIPE);
}

static void connect_refused(void)
{
	refused(0, ECONNREFUSED);
}

static void connect_refused_later(void)
{
	refused(SOCK_NONBLOCK, EINPROGRESS);
}

/* --- how the connection came here --- */

/* Past every wrapper: nobody has noted who is there, nor who called whom. */
static void connected_unseen(void)
{
	int listener = socket(AF_INET, SOCK_STREAM, 0), fd = socket(AF_INET, SOCK_STREAM, 0), peer;
	struct sockaddr_in address = bound(listener);

	must(listen(listener, 1) == 0, "listen");
	must(raw_call(SYS_connect, fd, (long)&address, sizeof address) == 0, "connect");
	peer = accept(listener, 0, 0);
	say("fd %d", fd);
	must(getsockname(fd, (void *)&address, &(socklen_t){sizeof address}) == 0, "getsockname");
	say("local 127.0.0.1:%u", ntohs(address.sin_port));
	put(fd, 200);
	await_acked(fd);
	take(peer, 200);
	close(peer);
	write_twice(fd);
}

static void duplicated(void)
{
	struct channel flow = open_channel(TCP);

	must(dup2(flow.fd, 50) == 50, "dup2");
	close(flow.fd);
	flow.fd = 50;
	introduce(&flow);
	close(flow.peer);
	write_twice(flow.fd);
}

/* The note on the first connection is under the number that the second one gets. */
static void reused(void)
{
	struct channel first = open_channel(TCP), second = open_channel(TCP);

	close(first.peer);
	close(first.fd);
	must(raw_call(SYS_dup3, second.fd, first.fd, 0) == first.fd, "dup3");
	close(second.fd);
	say("fd %d", first.fd);
	say("local %s", second.local_name);
	close(second.peer);
	write_twice(first.fd);
}

static void passed(void)
{
	struct channel flow;
	int through[2];

	must(socketpair(AF_UNIX, SOCK_STREAM, 0, through) == 0, "socketpair");
	if (fork() == 0) {
		flow = open_channel(TCP);
		pass_fd(through[1], flow.fd);
		pass_fd(through[1], flow.peer);
		say("local %s", flow.local_name);
		say("peer %s", flow.peer_name);
		_exit(0);
	}
	flow.fd = receive_fd(through[0]);
	flow.peer = receive_fd(through[0]);
	must(wait(0) > 0, "wait");
	say("fd %d", flow.fd);
	close(flow.peer);
	write_twice(flow.fd);
}

enum { PEER = 7, AS_INETD = 0, ACTIVATED = 3 };

/* Executes the program anew, with the connection at 0 and 1 and its other end somewhere. */
static void inherit(struct channel flow, const char *victim)
{
	must(dup2(flow.peer, PEER) == PEER && dup2(flow.fd, 1) == 1, "dup2");
	must(dup2(flow.fd, AS_INETD) == AS_INETD, "dup2");
	close(flow.peer);
	close(flow.fd);
	flow.fd = AS_INETD;
	introduce(&flow);
	become(victim, 0);
}

static void inherited(void)
{
	inherit(open_channel(TCP), "inherited");
}

static void inherited_from_a_client(void)
{
	inherit(turned(open_channel(TCP)), "inherited");
}

static void inherited_shut_down_unseen(void)
{
	inherit(open_channel(TCP), "inherited-and-shut");
}

static int victim_inherited(char **args)
{
	(void)args;
	put(AS_INETD, 400);
	await_acked(AS_INETD);
	take(PEER, 400);
	close(PEER);
	write_twice(AS_INETD);
	return 0;
}

static int victim_inherited_and_shut(char **args)
{
	(void)args;
	both_shut((struct channel){.fd = AS_INETD, .peer = PEER}, unseen);
	return 0;
}

/* sd_listen_fds(3): a listening socket at 3, whose client has already come. */
static void activated(void)
{
	int listener = socket(AF_INET, SOCK_STREAM, 0), client = socket(AF_INET, SOCK_STREAM, 0);
	struct sockaddr_in address = bound(listener);
	char pid[16];

	must(listen(listener, 1) == 0, "listen");
	must(connect(client, (void *)&address, sizeof address) == 0, "connect");
	say("local 127.0.0.1:%u", ntohs(address.sin_port));
	must(getsockname(client, (void *)&address, &(socklen_t){sizeof address}) == 0, "client");
	say("peer 127.0.0.1:%u", ntohs(address.sin_port));
	must(dup2(client, PEER) == PEER && dup2(listener, 10) == 10, "dup2");
	close(client);
	close(listener);
	must(dup2(10, ACTIVATED) == ACTIVATED && close(10) == 0, "dup2");
	snprintf(pid, sizeof pid, "%d", getpid());
	must(setenv("LISTEN_FDS", "1", 1) == 0 && setenv("LISTEN_PID", pid, 1) == 0, "setenv");
	become("activated", 0);
}

static int victim_activated(char **args)
{
	int fd = accept(ACTIVATED, 0, 0);

	(void)args;
	say("fd %d", fd);
	close(PEER);
	write_twice(fd);
	return 0;
}

static void over_ipv6(void)
{
	struct channel flow = open_channel(TCP6);

	introduce(&flow);
	close(flow.peer);
	write_twice(flow.fd);
}

static void over_mapped_ipv4(void)
{
	struct sockaddr_in6 any = {.sin6_family = AF_INET6, .sin6_addr = in6addr_any};
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
	socklen_t length = sizeof any;
	int listener = socket(AF_INET6, SOCK_STREAM, 0), client = socket(AF_INET, SOCK_STREAM, 0);
	int fd;

	setsockopt(listener, IPPROTO_IPV6, IPV6_V6ONLY, &(int){0}, sizeof(int));
	must(bind(listener, (void *)&any, length) == 0 && listen(listener, 1) == 0, "listen");
	must(getsockname(listener, (void *)&any, &length) == 0, "getsockname");
	address.sin_port = any.sin6_port;
	must(connect(client, (void *)&address, sizeof address) == 0, "connect");
	say("local [::ffff:127.0.0.1]:%u", ntohs(address.sin_port));
	must(getsockname(client, (void *)&address, &(socklen_t){sizeof address}) == 0, "client");
	say("peer [::ffff:127.0.0.1]:%u", ntohs(address.sin_port));
	fd = accept(listener, 0, 0);
	say("fd %d", fd);
	close(client);
	write_twice(fd);
}

/* --- the table --- */

#define EPIPE_ON_TCP "event: epipe, errno: EPIPE, fd: $fd, type: tcp, local: $local"
#define EPIPE_ON(state) EPIPE_ON_TCP ", peer: $peer, age_ms: *, silent_ms: *, tcp_state: " state
#define EPIPE_GIVEN EPIPE_ON_TCP ", peer: $peer, silent_ms: *, tcp_state: CLOSE"
#define EPIPE_UNKNOWN EPIPE_ON_TCP ", silent_ms: *, tcp_state: CLOSE"
#define RESET                                                                                      \
	"event: reset, errno: ECONNRESET, fd: $fd, type: tcp, local: $local, peer: $peer, "        \
	"age_ms: *, silent_ms: *, tcp_state: CLOSE, cause: peer-reset"
#define BYTES(sent, acked, received)                                                               \
	", bytes_sent: " sent ", bytes_acked: " acked ", bytes_received: " received
#define AFTER_FIN ", peer_silent_before_close_ms: *"
#define LOST(bytes) ", lost: " bytes
/* What was sent and not acknowledged: the second write's failure is all that is known of it. */
#define AT_MOST(bytes) ", lost: " bytes ", lost_at_most: true"
#define CLOSED ", cause: peer-closed" AFTER_FIN

#define ON_TCP6                                                                                    \
	"event: epipe, errno: EPIPE, fd: $fd, type: tcp6, local: $local, peer: $peer, age_ms: *, " \
	"silent_ms: *, tcp_state: CLOSE" CLOSED BYTES("1000", "0", "0") AT_MOST("1000")

static const struct row table[] = {
    {"the peer closes",
     peer_closes,
     {EPIPE_ON("CLOSE") CLOSED BYTES("1000", "0", "0") AT_MOST("1000")}},
    {"the peer closes after a request and an answer",
     peer_closes_after_traffic,
     {EPIPE_ON("CLOSE") CLOSED BYTES("1500", "500", "100") AT_MOST("1000")}},
    {"the peer closes, end of file read",
     peer_closes_and_we_read_it,
     {EPIPE_ON("CLOSE") CLOSED BYTES("1000", "0", "0") AT_MOST("1000")}},
    {"the peer closes, and again",
     peer_closes_and_we_fail_again,
     {EPIPE_ON("CLOSE") CLOSED BYTES("1000", "0", "0") AT_MOST("1000"),
      EPIPE_ON("CLOSE") CLOSED BYTES("1000", "0", "0") AT_MOST("1000")}},
    /* A FIN that cannot be told from none leaves one byte of what was received untold. */
    {"the peer closes, bytes left unread",
     unread_bytes,
     {EPIPE_ON("CLOSE") ", cause: peer-gone, bytes_sent: 1000, bytes_acked: 0" AT_MOST("1000")}},
    {"the peer closes, pages left unread",
     unread_pages,
     {EPIPE_ON("CLOSE") ", cause: peer-gone, bytes_sent: 1000, bytes_acked: 0" AT_MOST("1000")}},
    {"our server closes",
     server_closes,
     {EPIPE_ON("CLOSE") CLOSED BYTES("1000", "0", "0") AT_MOST("1000")}},
    {"our server closes after a request and an answer",
     server_closes_after_traffic,
     {EPIPE_ON("CLOSE") CLOSED BYTES("1300", "300", "200") AT_MOST("1000")}},

    {"the peer leaves data unread",
     unread_at_the_peer,
     {RESET BYTES("1000", "1000", "0") LOST("0"),
      EPIPE_ON("CLOSE") ", cause: peer-reset" BYTES("1000", "1000", "0") LOST("0")}},
    {"both leave data unread",
     unread_at_both,
     {RESET BYTES("1000", "1000", "10") LOST("0"),
      EPIPE_ON("CLOSE") ", cause: peer-reset" BYTES("1000", "1000", "10") LOST("0")}},
    {"the reset is taken by a read",
     reset_taken_by_read,
     {EPIPE_ON("CLOSE") ", cause: peer-reset" BYTES("1000", "1000", "0") LOST("0")}},
    {"the reset is taken by SO_ERROR, data left unread",
     reset_taken_with_unread_data,
     {EPIPE_ON("CLOSE") ", cause: peer-gone, bytes_sent: 0, bytes_acked: 0" LOST("0")}},
    {"a FIN and then a RST",
     fin_then_reset,
     {EPIPE_ON("CLOSE") ", cause: peer-reset" AFTER_FIN BYTES("0", "0", "0") LOST("0")}},
    {"a reset of a paused flow",
     reset_while_paused,
     {RESET BYTES("*", "$received", "0") LOST("$lost"),
      EPIPE_ON("CLOSE") ", cause: peer-reset" BYTES("*", "$received", "0") LOST("$lost")}},

    {"half-closed all along", half_closed_all_along, {0}},
    {"half-closed, then closed",
     half_closed_then_closed,
     {EPIPE_ON("CLOSE") CLOSED BYTES("4000", "3000", "0") AT_MOST("1000")}},
    {"half-closed, then reset",
     half_closed_then_reset,
     {EPIPE_ON("CLOSE") ", cause: peer-reset" AFTER_FIN BYTES("4000", "4000", "0") LOST("0")}},

    {"own shutdown",
     own_shutdown,
     {EPIPE_ON("FIN_WAIT2") ", cause: local-shutdown" BYTES("500", "500", "0") LOST("0")}},
    {"own shutdown, unseen",
     own_shutdown_unseen,
     {EPIPE_ON("FIN_WAIT2") ", cause: local-shutdown" BYTES("500", "500", "0") LOST("0")}},
    {"own shutdown, then the peer closes",
     own_shutdown_then_peer_closes,
     {EPIPE_ON("CLOSE") ", cause: local-shutdown" AFTER_FIN BYTES("500", "500", "0") LOST("0")}},
    {"own shutdown, unseen, then the peer closes",
     own_shutdown_unseen_then_peer_closes,
     {EPIPE_ON("CLOSE") ", cause: local-shutdown" AFTER_FIN BYTES("500", "500", "0") LOST("0")}},
    {"a client's shutdown, unseen, then its server closes",
     client_shutdown_unseen_then_server_closes,
     {EPIPE_ON("CLOSE") ", cause: local-shutdown" AFTER_FIN BYTES("500", "500", "0") LOST("0")}},
    {"the peer closes, then own shutdown, unseen",
     peer_closes_then_own_shutdown_unseen,
     {EPIPE_ON("CLOSE") ", cause: local-shutdown" AFTER_FIN BYTES("0", "0", "0") LOST("0")}},
    {"own shutdown, then a reset",
     own_shutdown_then_reset,
     {RESET BYTES("0", "0", "0") LOST("0"),
      EPIPE_ON("CLOSE") ", cause: peer-reset" BYTES("0", "0", "0") LOST("0")}},
    {"own shutdown, data on its way",
     own_shutdown_with_data_on_its_way,
     {EPIPE_ON("FIN_WAIT1") ", cause: local-shutdown" BYTES("*", "$received", "0")
	  AT_MOST("$lost")}},

    {"never connected",
     never_connected,
     {"event: epipe, errno: EPIPE, fd: $fd, type: tcp, cause: never-connected, tcp_state: CLOSE"}},
    {"a listening socket", listening, {EPIPE_ON_TCP ", tcp_state: LISTEN"}},
    {"connect refused",
     connect_refused,
     {EPIPE_ON_TCP ", cause: never-connected, tcp_state: CLOSE"}},
    {"connect refused later",
     connect_refused_later,
     {EPIPE_ON_TCP ", cause: never-connected, tcp_state: CLOSE, peer: $peer, age_ms: *"}},

    {"connected unseen",
     connected_unseen,
     {EPIPE_UNKNOWN CLOSED BYTES("1200", "200", "0") AT_MOST("1000")}},
    {"a duplicate", duplicated, {EPIPE_ON("CLOSE") CLOSED BYTES("1000", "0", "0") AT_MOST("1000")}},
    {"a number used before",
     reused,
     {EPIPE_UNKNOWN CLOSED BYTES("1000", "0", "0") AT_MOST("1000")}},
    {"passed", passed, {EPIPE_GIVEN CLOSED BYTES("1000", "0", "0") AT_MOST("1000")}},
    {"inherited", inherited, {EPIPE_GIVEN CLOSED BYTES("1400", "400", "0") AT_MOST("1000")}},
    {"inherited from a client",
     inherited_from_a_client,
     {EPIPE_GIVEN CLOSED BYTES("1400", "400", "0") AT_MOST("1000")}},
    /* One more acknowledged than was sent: their SYN or our FIN. */
    {"inherited and shut down unseen",
     inherited_shut_down_unseen,
     {EPIPE_GIVEN AFTER_FIN BYTES("500", "500", "0") LOST("0")}},
    {"socket activation",
     activated,
     {EPIPE_ON("CLOSE") CLOSED BYTES("1000", "0", "0") AT_MOST("1000")}},
    /* Last, to be left out where there is no IPv6. */
    {"IPv6", over_ipv6, {ON_TCP6}},
    {"IPv4-mapped IPv6", over_mapped_ipv4, {ON_TCP6}},
};
enum { ROWS = sizeof table / sizeof *table, WITHOUT_IPV6 = ROWS - 2 };

static int victim_row(char **args)
{
	return row_play(table, ROWS, args);
}

const struct victim victims[] = {
    {"row", victim_row},
    {"inherited", victim_inherited},
    {"inherited-and-shut", victim_inherited_and_shut},
    {"activated", victim_activated},
    {0},
};

START_TEST(rows)
{
	if (_i >= WITHOUT_IPV6 && !kind_available(TCP6)) {
		printf("SKIP %s: this machine has no IPv6\n", table[_i].name);
		return;
	}
	row_check(&table[_i]);
}
END_TEST

Suite *suite(void)
{
	Suite *suite = suite_create("causes");
	TCase *tcase = tcase_create("tcp");

	tcase_set_timeout(tcase, 20);
	tcase_add_loop_test(tcase, rows, 0, ROWS);
	suite_add_tcase(suite, tcase);
	return suite;
}
