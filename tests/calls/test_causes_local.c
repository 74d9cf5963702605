/* Why a write to a UNIX socket, a pipe or a FIFO broke, who was there, and whose child is dead. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include "flows.h"
#include "rows.h"
#include "waits.h"
#include "writers.h"

/* --- UNIX sockets --- */

/* This process is at both ends. */
static void say_who(void)
{
	char comm[16];

	prctl(PR_GET_NAME, comm);
	say("pid %d", getpid());
	say("uid %d", (int)getuid());
	say("comm %s", comm);
}

static struct channel named(enum kind kind)
{
	struct channel flow = open_channel(kind);

	say_who();
	introduce(&flow);
	return flow;
}

static void unix_peer_closes(void)
{
	struct channel flow = named(UNIX_STREAM);

	close(flow.peer);
	fails(flow.fd, EPIPE);
}

static void unix_client_closes(void)
{
	struct channel flow = turned(named(UNIX_STREAM));

	say("server %d", flow.fd);
	close(flow.peer);
	fails(flow.fd, EPIPE);
}

static void unix_packets(void)
{
	struct channel flow = named(UNIX_SEQPACKET);

	close(flow.peer);
	fails(flow.fd, EPIPE);
}

static void unix_abstract(void)
{
	char name[32];
	struct channel flow;

	snprintf(name, sizeof name, "%cbpguard-%d", 0, getpid());
	flow = open_named(UNIX_STREAM, name, (unsigned)strlen(name + 1) + 1);
	say_who();
	say("fd %d", flow.fd);
	say("peer unix:@%s", name + 1);
	close(flow.peer);
	fails(flow.fd, EPIPE);
}

/* Both ends bound, as datagram-minded clients do. */
static void unix_both_bound(void)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int listener = socket(AF_UNIX, SOCK_STREAM, 0), fd = socket(AF_UNIX, SOCK_STREAM, 0), peer;

	snprintf(address.sun_path, sizeof address.sun_path, "%s/ours", case_directory());
	must(bind(fd, (void *)&address, sizeof address) == 0, "bind");
	say("local unix:%s", address.sun_path);
	snprintf(address.sun_path, sizeof address.sun_path, "%s/theirs", case_directory());
	must(bind(listener, (void *)&address, sizeof address) == 0, "bind");
	say("peer unix:%s", address.sun_path);
	must(listen(listener, 1) == 0, "listen");
	must(connect(fd, (void *)&address, sizeof address) == 0, "connect");
	peer = accept(listener, 0, 0);
	say_who();
	say("fd %d", fd);
	close(peer);
	fails(fd, EPIPE);
}

/* The client was another process, which is gone and reaped: its pid is told, its name is not. */
static void unix_client_dies(void)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int listener = socket(AF_UNIX, SOCK_STREAM, 0), fd;
	pid_t client;

	snprintf(address.sun_path, sizeof address.sun_path, "%s/socket", case_directory());
	must(bind(listener, (void *)&address, sizeof address) == 0, "bind");
	must(listen(listener, 1) == 0, "listen");
	client = fork();
	if (client == 0) {
		int end = socket(AF_UNIX, SOCK_STREAM, 0);

		_exit(connect(end, (void *)&address, sizeof address) != 0);
	}
	fd = accept(listener, 0, 0);
	must(waitpid(client, 0, 0) == client, "waitpid");
	say("pid %d", client);
	say("uid %d", (int)getuid());
	say("fd %d", fd);
	say("local unix:%s", address.sun_path);
	fails(fd, EPIPE);
}

static int pair(int *peer)
{
	int ends[2];

	must(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0, "socketpair");
	*peer = ends[1];
	say("fd %d", ends[0]);
	return ends[0];
}

static void pair_peer_closes(void)
{
	int peer, fd = pair(&peer);

	close(peer);
	fails(fd, EPIPE);
}

static void pair_own_shutdown(void)
{
	int peer, fd = pair(&peer);

	must(shutdown(fd, SHUT_WR) == 0, "shutdown");
	fails(fd, EPIPE);
}

static void pair_own_shutdown_then_peer_closes(void)
{
	int peer, fd = pair(&peer);

	must(shutdown(fd, SHUT_RDWR) == 0, "shutdown");
	close(peer);
	fails(fd, EPIPE);
}

/* Not to be told from the next one. */
static void pair_own_shutdown_unseen(void)
{
	int peer, fd = pair(&peer);

	raw_shutdown(fd, SHUT_WR);
	fails(fd, EPIPE);
}

static void pair_peer_stops_reading(void)
{
	int peer, fd = pair(&peer);

	must(shutdown(peer, SHUT_RD) == 0, "shutdown");
	fails(fd, EPIPE);
}

static void unix_own_shutdown(void)
{
	struct channel flow = named(UNIX_STREAM);

	must(shutdown(flow.fd, SHUT_WR) == 0, "shutdown");
	fails(flow.fd, EPIPE);
}

/* unix(7): the error waits for a read or for SO_ERROR, and a write does not take it. */
static void say_error(int fd)
{
	int error = 0;
	socklen_t size = sizeof error;

	must(getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) == 0, "SO_ERROR");
	say("error %d", error);
}

static void pair_peer_leaves_data_unread(void)
{
	int peer, fd = pair(&peer);

	put(fd, 100);
	close(peer);
	fails(fd, EPIPE);
	say_error(fd);
}

/* Told by a read first, then by the write. */
static void pair_error_taken_by_read(void)
{
	int peer, fd = pair(&peer);

	put(fd, 100);
	close(peer);
	read_fails(fd, ECONNRESET);
	fails(fd, EPIPE);
	say_error(fd);
}

static void udp_own_shutdown(void)
{
	struct sockaddr_in address = {
	    .sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}, .sin_port = htons(9)};
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	must(connect(fd, (void *)&address, sizeof address) == 0, "connect");
	must(getsockname(fd, (void *)&address, &(socklen_t){sizeof address}) == 0, "getsockname");
	must(shutdown(fd, SHUT_WR) == 0, "shutdown");
	say("fd %d", fd);
	say("local 127.0.0.1:%u", ntohs(address.sin_port));
	fails(fd, EPIPE);
}

/* --- pipes, FIFOs and children --- */

enum end_of_child { EXITS, CRASHES, IS_KILLED, LIVES };

/* Dies only when it has been told: until then the other children and the pipe are made. */
static pid_t child(enum end_of_child end, int go)
{
	pid_t pid = fork();
	char byte;

	if (pid)
		return pid;
	setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
	must(read(go, &byte, 1) == 1, "go");
	switch (end) {
	case EXITS:
		_exit(3);
	case CRASHES:
		raise(SIGSEGV);
		_exit(90);
	case IS_KILLED:
		raise(SIGRTMIN);
		_exit(90);
	default:
		pause();
		_exit(90);
	}
}

static void await_death(pid_t pid)
{
	siginfo_t info;

	must(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT) == 0, "waitid");
}

/* The application still gets what it waits for. */
static void reap(pid_t pid)
{
	int status = 0;

	must(waitpid(pid, &status, 0) == pid, "waitpid");
	say("status %#x", (unsigned)status);
}

static struct channel piped(void)
{
	struct channel flow = open_channel(PIPE);

	introduce(&flow);
	return flow;
}

static int starting_gun(int *go)
{
	int ends[2];

	must(pipe(ends) == 0, "pipe");
	*go = ends[0];
	return ends[1];
}

static void only_child(struct channel flow, enum end_of_child end)
{
	int go, gun = starting_gun(&go);
	pid_t pid = child(end, go);

	close(flow.peer);
	say("child %d", pid);
	put(gun, 1);
	await_death(pid);
	fails(flow.fd, EPIPE);
	reap(pid);
}

/* It dies as this process sleeps in its write: it has closed its end, and cannot be waited for yet.
 */
static pid_t dies_while_we_write(int fd, int peer, enum end_of_child end)
{
	pid_t parent = getpid(), pid = fork();

	if (pid == 0) {
		setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
		await_asleep(parent, fd);
		if (end == CRASHES)
			raise(SIGSEGV);
		_exit(3);
	}
	close(peer);
	return pid;
}

static void dying_child(int fd, int peer, enum end_of_child end, int error)
{
	pid_t pid = dies_while_we_write(fd, peer, end);

	say("child %d", pid);
	fails(fd, error);
	reap(pid);
}

static struct channel filled(void)
{
	static const char page[4096];
	struct channel flow = piped();

	must(fcntl(flow.fd, F_SETPIPE_SZ, sizeof page) == sizeof page, "F_SETPIPE_SZ");
	must(raw_write(flow.fd, page, sizeof page) == sizeof page, "fill");
	return flow;
}

static void reader_exits_while_we_write(void)
{
	struct channel flow = filled();

	dying_child(flow.fd, flow.peer, EXITS, EPIPE);
}

static void reader_crashes_while_we_write(void)
{
	struct channel flow = filled();

	dying_child(flow.fd, flow.peer, CRASHES, EPIPE);
}

static void pair_child_exits_while_we_write(void)
{
	int peer, fd = pair(&peer);

	fill(fd); /* which it leaves unread: unix(7) has that as a reset */
	dying_child(fd, peer, EXITS, ECONNRESET);
}

/* It is told from one that lives. */
static void one_of_two_exits_while_we_write(void)
{
	struct channel flow = filled();
	int go, gun = starting_gun(&go);
	pid_t other = fork();

	if (other == 0) {
		close(flow.peer);
		close(flow.fd);
		close(gun);
		_exit(read(go, &(char){0}, 1) != 0);
	}
	dying_child(flow.fd, flow.peer, EXITS, EPIPE);
	kill(other, SIGKILL);
	must(waitpid(other, 0, 0) == other, "waitpid");
}

static void reader_closed(void)
{
	struct channel flow = piped();

	close(flow.peer);
	fails(flow.fd, EPIPE);
}

static void reader_exited(void)
{
	only_child(piped(), EXITS);
}

static void reader_crashed(void)
{
	only_child(piped(), CRASHES);
}

static void reader_killed_namelessly(void)
{
	only_child(piped(), IS_KILLED);
}

static void reader_lives_on(void)
{
	struct channel flow = piped();
	int go, gun = starting_gun(&go);
	pid_t pid = child(LIVES, go);

	put(gun, 1);
	close(flow.peer);
	/* It has the reading end still, until it is executed or killed: dead, but reaped. */
	kill(pid, SIGKILL);
	must(waitpid(pid, 0, 0) == pid, "waitpid");
	fails(flow.fd, EPIPE);
}

/* The reader is the one that lives, and only closed its end: the other one's death is a fact, and
 * not the cause. */
static void other_child_died(void)
{
	struct channel flow = piped();
	int go, gun = starting_gun(&go);
	pid_t reader, other;

	fcntl(flow.peer, F_SETFD, FD_CLOEXEC);
	close(flow.peer);
	reader = child(LIVES, go);
	other = child(EXITS, go);
	say("child %d", other);
	put(gun, 2);
	await_death(other);
	fails(flow.fd, EPIPE);
	kill(reader, SIGKILL);
	must(waitpid(reader, 0, 0) == reader, "waitpid");
	reap(other);
}

static pid_t forked_in_thread;
static int go_of_thread;

static void *fork_in_thread(void *unused)
{
	forked_in_thread = child(LIVES, go_of_thread);
	/* A thread's children pass to another one when it ends. */
	for (;;)
		pause();
	return unused;
}

/* Each thread has children of its own in /proc. */
static void other_threads_child(void)
{
	struct channel flow = piped();
	int gun = starting_gun(&go_of_thread);
	pid_t other = child(EXITS, go_of_thread);
	pthread_t thread;

	close(flow.peer);
	put(gun, 1);
	await_death(other);
	must(pthread_create(&thread, 0, fork_in_thread, 0) == 0, "pthread_create");
	AWAIT(__atomic_load_n(&forked_in_thread, __ATOMIC_ACQUIRE), "the thread's child");
	say("child %d", other);
	fails(flow.fd, EPIPE);
	kill(forked_in_thread, SIGKILL);
	reap(other);
}

/* No child is kept for anyone: nothing can be told of it. */
static void children_ignored(void)
{
	struct channel flow = piped();
	int go, gun = starting_gun(&go);

	signal(SIGCHLD, SIG_IGN);
	pid_t pid = child(EXITS, go);
	close(flow.peer);
	put(gun, 1);
	must(waitpid(pid, 0, 0) == -1 && errno == ECHILD, "waitpid");
	fails(flow.fd, EPIPE);
}

static void fifo_reader_closed(void)
{
	struct channel flow = open_channel(FIFO);

	introduce(&flow);
	close(flow.peer);
	fails(flow.fd, EPIPE);
}

static void fifo_reader_exited(void)
{
	struct channel flow = open_channel(FIFO);

	introduce(&flow);
	only_child(flow, EXITS);
}

/* As python's multiprocessing.Pipe: a socketpair, with a child at its other end. */
static void pair_child_exited(void)
{
	int peer, fd = pair(&peer);

	only_child((struct channel){.fd = fd, .peer = peer}, EXITS);
}

static void stdout_broken(void)
{
	struct channel flow = open_channel(PIPE);

	must(dup2(flow.fd, 1) == 1, "dup2");
	close(flow.fd);
	flow.fd = 1;
	introduce(&flow);
	close(flow.peer);
	fails(1, EPIPE);
}

/* --- the table --- */

#define EPIPE_ON(type) "event: epipe, errno: EPIPE, fd: $fd, type: " type
#define UNIX_PEER ", peer: $peer, peer_pid: $pid, peer_uid: $uid, peer_comm: $comm"
#define CONNECTED ", age_ms: *"
#define ON_PIPE EPIPE_ON("pipe") ", peer: $peer, cause: "
#define ON_FIFO EPIPE_ON("fifo") ", peer: $peer, cause: "
#define CHILD(status) ", child_pid: $child, child_status: " status

static const struct row table[] = {
    {"unix by path",
     unix_peer_closes,
     {EPIPE_ON("unix-stream") UNIX_PEER CONNECTED ", cause: peer-closed"}},
    {"unix by path, accepted",
     unix_client_closes,
     {"event: epipe, errno: EPIPE, fd: $server, type: unix-stream, local: $peer, peer_pid: $pid, "
      "peer_uid: $uid, peer_comm: $comm, age_ms: *, cause: peer-closed"}},
    {"unix packets",
     unix_packets,
     {EPIPE_ON("unix-seqpacket") UNIX_PEER CONNECTED ", cause: peer-closed"}},
    {"unix abstract",
     unix_abstract,
     {EPIPE_ON("unix-stream") UNIX_PEER CONNECTED ", cause: peer-closed"}},
    {"unix, both bound",
     unix_both_bound,
     {EPIPE_ON("unix-stream") ", local: $local" UNIX_PEER CONNECTED ", cause: peer-closed"}},
    {"unix, the client is dead",
     unix_client_dies,
     {EPIPE_ON("unix-stream") ", local: $local, peer_pid: $pid, peer_uid: $uid, age_ms: *, "
			      "cause: peer-closed"}},
    {"unix, own shutdown",
     unix_own_shutdown,
     {EPIPE_ON("unix-stream") UNIX_PEER CONNECTED ", cause: local-shutdown"}},
    {"pair", pair_peer_closes, {EPIPE_ON("unix-stream") ", cause: peer-closed"}},
    {"pair, own shutdown", pair_own_shutdown, {EPIPE_ON("unix-stream") ", cause: local-shutdown"}},
    {"pair, own shutdown, then the peer closes",
     pair_own_shutdown_then_peer_closes,
     {EPIPE_ON("unix-stream") ", cause: local-shutdown"}},
    {"pair, own shutdown, unseen", pair_own_shutdown_unseen, {EPIPE_ON("unix-stream")}},
    {"pair, the peer stops reading", pair_peer_stops_reading, {EPIPE_ON("unix-stream")}},
    {"pair, unread data",
     pair_peer_leaves_data_unread,
     {EPIPE_ON("unix-stream") ", cause: peer-closed"}},
    {"pair, unread data, error taken",
     pair_error_taken_by_read,
     {EPIPE_ON("unix-stream") ", cause: peer-closed"}},
    {"pair, the child exited",
     pair_child_exited,
     {EPIPE_ON("unix-stream") ", cause: reader-died" CHILD("exited 3")}},
    {"pair, the child exits while we write",
     pair_child_exits_while_we_write,
     {"event: reset, errno: ECONNRESET, fd: $fd, type: unix-stream, cause: peer-reset" CHILD(
	 "exited 3")}},
    {"udp, own shutdown",
     udp_own_shutdown,
     {EPIPE_ON("udp") ", local: $local, peer: 127.0.0.1:9, age_ms: *, cause: local-shutdown"}},

    {"reader closed", reader_closed, {ON_PIPE "reader-gone"}},
    {"reader exited", reader_exited, {ON_PIPE "reader-died" CHILD("exited 3")}},
    {"reader exits while we write",
     reader_exits_while_we_write,
     {ON_PIPE "reader-died" CHILD("exited 3")}},
    {"reader crashes while we write",
     reader_crashes_while_we_write,
     {ON_PIPE "reader-died" CHILD("killed SIGSEGV")}},
    {"one of two exits while we write",
     one_of_two_exits_while_we_write,
     {ON_PIPE "reader-gone" CHILD("exited 3")}},
    {"reader crashed", reader_crashed, {ON_PIPE "reader-died" CHILD("killed SIGSEGV")}},
    {"reader killed by a signal without a name",
     reader_killed_namelessly,
     {ON_PIPE "reader-died" CHILD("killed SIG34")}},
    {"reader reaped", reader_lives_on, {ON_PIPE "reader-gone"}},
    {"another child died", other_child_died, {ON_PIPE "reader-gone" CHILD("exited 3")}},
    {"another thread has a child", other_threads_child, {ON_PIPE "reader-gone" CHILD("exited 3")}},
    {"children ignored", children_ignored, {ON_PIPE "reader-gone"}},
    {"stdout", stdout_broken, {ON_PIPE "reader-gone"}},
    {"fifo", fifo_reader_closed, {ON_FIFO "reader-gone"}},
    {"fifo, reader exited", fifo_reader_exited, {ON_FIFO "reader-died" CHILD("exited 3")}},
};
enum { ROWS = sizeof table / sizeof *table };

static int victim_row(char **args)
{
	return row_play(table, ROWS, args);
}

/* Ignoring SIGPIPE it lives to see the error unguarded too. */
static int victim_ignoring(char **args)
{
	signal(SIGPIPE, SIG_IGN);
	return victim_row(args);
}

/* Nobody reads any more, and the child, which lives, has died by the time that this program ends.
 */
static int victim_late(char **args)
{
	struct channel flow = piped();
	int go, gun = starting_gun(&go);
	pid_t pid;

	close(flow.peer);
	pid = fork();
	if (pid == 0) {
		close(gun);
		must(read(go, &(char){0}, 1) >= 0, "go");
		_exit(7);
	}
	say("child %d", pid);
	fails(flow.fd, EPIPE);
	if (strcmp(args[0], "dies") == 0) {
		close(gun);
		await_death(pid);
	}
	if (args[1]) /* it has named the child itself then */
		fails(flow.fd, EPIPE);
	return 0;
}

const struct victim victims[] = {
    {"row", victim_row}, {"ignoring", victim_ignoring}, {"late", victim_late}, {0}};

START_TEST(rows)
{
	row_check(&table[_i]);
}
END_TEST

/* What the application finds after its write failed is what it finds without a guard: the children
 * to wait for and the error of the socket. */
static const struct {
	const char *row, *key, *value;
} found[] = {
    {"reader exited", "status", "0x300"},
    {"another child died", "status", "0x300"},
    {"pair, unread data", "error", "104"},
    {"pair, unread data, error taken", "error", "0"},
};
enum { FOUND = sizeof found / sizeof *found };

START_TEST(left_alone)
{
	struct outcome unguarded =
	    RUN(.mode = UNGUARDED, .victim = "ignoring", .args = {found[_i].row});
	struct outcome guarded = RUN(.mode = AUTO, .victim = "row", .args = {found[_i].row});

	ck_lives(unguarded);
	ck_heard_text(unguarded, found[_i].key, found[_i].value);
	ck_lives(guarded);
	ck_heard_text(guarded, found[_i].key, found[_i].value);
}
END_TEST

START_TEST(a_child_that_dies_later)
{
	struct outcome outcome = RUN(.mode = AUTO, .victim = "late", .args = {"dies"});
	const struct line *failure = log_line(&outcome.log, "epipe", 0);
	const struct line *child = log_line(&outcome.log, "child", 0);

	ck_lives(outcome);
	ck_count(outcome, "epipe", 1);
	ck_count(outcome, "child", 1);
	ck_field(outcome, failure, "child_pid", 0);
	ck_field(outcome, child, "child_pid", heard(&outcome, "child"));
	ck_field(outcome, child, "child_status", "exited 7");
	ck_field(outcome, child, "cause", "reader-died");
	ck_field(outcome, child, "type", "pipe");
	ck_field(outcome, child, "peer", line_value(failure, "peer"));
	ck_field(outcome, child, "connection", line_value(failure, "connection"));
	ck_field(outcome, log_line(&outcome.log, "detach", 0), "failures", "1");
}
END_TEST

START_TEST(a_child_that_lives_is_not_told)
{
	struct outcome outcome = RUN(.mode = AUTO, .victim = "late", .args = {"lives"});

	ck_count(outcome, "epipe", 1);
	ck_count(outcome, "child", 0);
}
END_TEST

START_TEST(a_child_that_a_failure_has_named)
{
	struct outcome outcome = RUN(.mode = AUTO, .victim = "late", .args = {"dies", "again"});

	ck_count(outcome, "epipe", 2);
	ck_field(outcome, log_line(&outcome.log, "epipe", 1), "child_status", "exited 7");
	ck_count(outcome, "child", 0);
}
END_TEST

Suite *suite(void)
{
	Suite *suite = suite_create("causes_local");
	TCase *tcase = tcase_create("local");

	tcase_set_timeout(tcase, 20);
	tcase_add_loop_test(tcase, rows, 0, ROWS);
	tcase_add_loop_test(tcase, left_alone, 0, FOUND);
	tcase_add_test(tcase, a_child_that_dies_later);
	tcase_add_test(tcase, a_child_that_lives_is_not_told);
	tcase_add_test(tcase, a_child_that_a_failure_has_named);
	suite_add_tcase(suite, tcase);
	return suite;
}
