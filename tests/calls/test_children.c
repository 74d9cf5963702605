/* BPGUARD_CHILDREN: pipelines inside of a guarded program end as ever, everything else lives. */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "channels.h"
#include "harness.h"
#include "writers.h"

/* --- what breaks, and where the child has it --- */

static struct channel broken_pipe(void)
{
	return broken_channel(PIPE);
}

static int server_listener;

/* In the program that the child is then started by. */
static struct channel broken_pipe_of_server(void)
{
	server_listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	must(listen(server_listener, 8) == 0, "listen");
	return broken_channel(PIPE);
}

static struct channel broken_pair(void)
{
	struct channel channel = {.kind = UNIX_STREAM};
	int ends[2];

	must(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0, "socketpair");
	close(ends[1]);
	channel.fd = ends[0];
	return channel;
}

static struct channel broken_fifo(void)
{
	return broken_channel(FIFO);
}

static struct channel broken_named(void)
{
	return broken_channel(UNIX_STREAM);
}

static struct channel broken_tcp(void)
{
	return broken_channel(TCP);
}

static void at_stdout(int fd)
{
	must(dup2(fd, 1) == 1, "dup2");
	close(fd);
}

static void at_stdout_too(int fd)
{
	must(dup2(fd, 1) == 1 && dup2(fd, 10) == 10, "dup2");
}

static void at_stdout_by_dup3(int fd)
{
	must(dup3(fd, 1, 0) == 1, "dup3");
}

static void at_stdout_by_dup(int fd)
{
	close(1);
	must(dup(fd) == 1, "dup");
}

static void at_stdout_by_fcntl(int fd)
{
	close(1);
	must(fcntl(fd, F_DUPFD, 1) == 1, "fcntl");
}

static void at_stderr(int fd)
{
	must(dup2(fd, 2) == 2, "dup2");
	close(fd);
}

static void elsewhere(int fd)
{
	must(dup2(fd, 10) == 10, "dup2");
	close(fd);
}

/* Servers by what they were given besides stdin and stdout. */
static void at_stdout_with_listener(int fd)
{
	int listener = socket(AF_INET, SOCK_STREAM, 0);

	must(listen(listener, 1) == 0, "listen");
	at_stdout(fd);
}

static int accept_from(int client)
{
	struct sockaddr_in address;
	socklen_t length = sizeof address;

	must(getsockname(server_listener, (void *)&address, &length) == 0, "getsockname");
	must(connect(client, (void *)&address, length) == 0, "connect");
	return accept(server_listener, 0, 0);
}

static int accept_one(void)
{
	return accept_from(socket(AF_INET, SOCK_STREAM, 0));
}

static void at_stdout_with_connection(int fd)
{
	must(accept_one() > 2, "accept");
	at_stdout(fd);
}

static void at_stdout_with_connection_as_stdin(int fd)
{
	must(dup2(accept_one(), 0) == 0, "accept");
	at_stdout(fd);
}

/* Left over by a server that has others execute programs and moves their data. */
static void at_stdout_with_leftovers(int fd)
{
	must(accept_one() > 2 && dup2(server_listener, 20) == 20, "what is left over");
	at_stdout(fd);
}

static void at_stdout_as_by_ncat(int fd)
{
	int ends[2];

	must(pipe(ends) == 0 && dup2(ends[0], 0) == 0, "stdin");
	at_stdout_with_leftovers(fd);
}

/* The client has left already. */
static void at_stdout_as_by_ncat_late(int fd)
{
	int client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int connection = accept_from(client), ends[2];

	must(connection > 2 && dup2(server_listener, 20) == 20, "what is left over");
	reset(client);
	await_hangup(connection);
	must(pipe(ends) == 0 && dup2(ends[0], 0) == 0, "stdin");
	at_stdout(fd);
}

static void at_stdout_with_two(int fd)
{
	must(accept_one() > 2, "another one");
	at_stdout_as_by_ncat(fd);
}

static const struct place {
	const char *name;
	struct channel (*broken)(void);
	void (*arrange)(int fd);
	int fd; /* that is written to */
	/* Whether it dies, where BPGUARD_CHILDREN is pipelines, as a forked child of the root and
	 * as an executed one. */
	bool forked, executed;
} places[] = {
    {"stdout", broken_pipe, at_stdout, 1, 1, 1},
    {"stdout-and-10", broken_pipe, at_stdout_too, 10, 1, 1},
    {"dup3", broken_pipe, at_stdout_by_dup3, 1, 1, 1},
    {"close-dup", broken_pipe, at_stdout_by_dup, 1, 1, 1},
    {"close-fcntl", broken_pipe, at_stdout_by_fcntl, 1, 1, 1},
    {"stderr", broken_pipe, at_stderr, 2, 1, 1},
    {"elsewhere", broken_pipe, elsewhere, 10, 0, 1},
    {"fifo", broken_fifo, at_stdout, 1, 1, 1},
    {"fifo-elsewhere", broken_fifo, elsewhere, 10, 0, 1},
    {"socketpair", broken_pair, at_stdout, 1, 1, 1},
    {"socketpair-elsewhere", broken_pair, elsewhere, 10, 0, 1},
    {"named", broken_named, at_stdout, 1, 0, 0},
    {"tcp", broken_tcp, at_stdout, 1, 0, 0},
    {"with-listener", broken_pipe, at_stdout_with_listener, 1, 0, 0},
    {"with-connection", broken_pipe_of_server, at_stdout_with_connection, 1, 0, 0},
    {"with-stdin", broken_pipe_of_server, at_stdout_with_connection_as_stdin, 1, 0, 1},
    {"with-leftovers", broken_pipe_of_server, at_stdout_with_leftovers, 1, 0, 0},
    {"as-by-ncat", broken_pipe_of_server, at_stdout_as_by_ncat, 1, 0, 1},
    {"as-by-ncat-late", broken_pipe_of_server, at_stdout_as_by_ncat_late, 1, 0, 1},
    {"with-two", broken_pipe_of_server, at_stdout_with_two, 1, 0, 0},
};
enum { PLACES = sizeof places / sizeof *places };

static const struct place *place_named(const char *name)
{
	for (int i = 0; i < PLACES; i++)
		if (strcmp(places[i].name, name) == 0)
			return &places[i];
	must(false, name);
	return 0;
}

/* --- the children --- */

static int put(const char *writer, int fd)
{
	errno = 0;
	return writer_named(writer)->put(fd) == -1 && errno == EPIPE ? 0 : 1;
}

static void tell_status(const char *who, pid_t child)
{
	int status = -1;

	must(child > 0 && waitpid(child, &status, 0) == child, "waitpid");
	say("%s %d", who, WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status));
}

static int victim_fork(char **args)
{
	const struct place *place = place_named(args[0]);
	struct channel channel = place->broken();
	pid_t child = fork();

	if (child == 0) {
		place->arrange(channel.fd);
		_exit(put(args[1], place->fd));
	}
	tell_status("child", child);
	say("root %d", put(args[1], channel.fd));
	_exit(0);
}

static int victim_execute(char **args)
{
	const struct place *place = place_named(args[0]);
	struct channel channel = place->broken();
	char what[32];
	pid_t child = fork();

	snprintf(what, sizeof what, "%s %d", args[1], place->fd);
	if (child == 0) {
		place->arrange(channel.fd);
		become("put", what);
	}
	tell_status("child", child);
	say("root %d", put(args[1], channel.fd));
	_exit(0);
}

/* "WRITER FD" */
static int victim_put(char **args)
{
	char *fd = strchr(args[0], ' ');

	*fd++ = 0;
	_exit(put(args[0], atoi(fd)));
}

/* Forks once more, and only the grandchild writes. */
static int victim_grandchild(char **args)
{
	struct channel channel = broken_pipe();
	pid_t child = fork();

	(void)args;
	if (child == 0) {
		at_stdout(channel.fd);
		child = fork();
		if (child == 0)
			_exit(put("write", 1));
		tell_status("child", child);
		_exit(0);
	}
	waitpid(child, 0, 0);
	return 0;
}

/* A descendant that turns out to be a server, and the children it forks. */
static int victim_serve(char **args)
{
	int listener = socket(AF_INET, SOCK_STREAM, 0);
	pid_t child;

	(void)args;
	must(listen(listener, 1) == 0, "listen");
	say("server %d", put("write", 1));
	child = fork();
	if (child == 0)
		_exit(put("assembly", 1));
	tell_status("worker", child);
	return 0;
}

static int victim_execute_server(char **args)
{
	struct channel channel = broken_pipe();
	pid_t child = fork();

	(void)args;
	if (child == 0) {
		at_stdout(channel.fd);
		become("serve", 0);
	}
	tell_status("child", child);
	return 0;
}

/* With a broken pipe as its own stdout from the start. */
static int victim_root(char **args)
{
	pid_t child;

	say("write %d", put("write", 1));
	say("raw %d", put("assembly", 1));
	child = fork();
	if (child == 0)
		_exit(put("write", 1));
	tell_status("child", child);
	child = fork();
	if (child == 0)
		become("put", "write 1");
	tell_status("program", child);
	/* The same process still. */
	if (args[0])
		become("put", "write 1");
	_exit(0);
}

static int victim_own_stdout(char **args)
{
	struct channel channel = broken_pipe();

	at_stdout(channel.fd);
	say("result %d", put(args[0], 1));
	_exit(0);
}

/* With a connection as stdin or beside it, and a pipe as stdout. Who accepted it, or opened it, has
 * nothing open any more. WHO, FD */
static int victim_execute_connected(char **args)
{
	struct channel channel = broken_pipe(), connection = open_channel(TCP);
	bool accepted = strcmp(args[0], "accepted") == 0;
	pid_t child = fork();

	if (child == 0) {
		int at = atoi(args[1]);

		must(dup2(accepted ? connection.fd : connection.peer, at) == at, "dup2");
		close(connection.fd);
		close(connection.peer);
		at_stdout(channel.fd);
		become("put", "write 1");
	}
	tell_status("child", child);
	return 0;
}

const struct victim victims[] = {
    {"fork", victim_fork},
    {"execute", victim_execute},
    {"put", victim_put},
    {"grandchild", victim_grandchild},
    {"serve", victim_serve},
    {"execute-server", victim_execute_server},
    {"execute-connected", victim_execute_connected},
    {"root", victim_root},
    {"own-stdout", victim_own_stdout},
    {0},
};

/* --- tests --- */

static const char *const callers[] = {"write",	  "writev",  "syscall",
				      "vmsplice", "fprintf", "assembly"};
enum { CALLERS = sizeof callers / sizeof *callers, DIED = 128 + SIGPIPE };

static struct outcome in_child(const char *victim, const char *place, const char *caller,
			       const char *children)
{
	struct outcome outcome = RUN(.mode = AUTO, .victim = victim,
				     .args = {place, caller, children}, .env = {children});

	ck_lives(outcome);
	return outcome;
}

/* vmsplice is for pipes only. */
static bool applies(const char *caller, const struct place *place)
{
	if (place->broken == broken_fifo && !machine_has("fifo"))
		return false;
	return !writer_named(caller)->pipes_only || place->broken == broken_pipe ||
	       place->broken == broken_fifo || place->broken == broken_pipe_of_server;
}

static void try_place(const char *victim, const char *caller, const struct place *place,
		      const char *children, bool dies)
{
	struct outcome outcome;
	bool guarded = strcmp(children, "BPGUARD_CHILDREN=none") != 0;

	if (!applies(caller, place))
		return;
	outcome = in_child(victim, place->name, caller, children);
	ck_heard(outcome, "child", dies ? DIED : 0);
	ck_heard(outcome, "root", 0);
	ck_count(outcome, "epipe", guarded ? 2 : 1);
	if (guarded)
		ck_field(outcome, log_line(&outcome.log, "epipe", 0), "saved",
			 dies ? "false" : "true");
	if (guarded && dies)
		ck_field(outcome, log_line(&outcome.log, "epipe", 0), "action", "killed");
}

START_TEST(forked_pipelines)
{
	for (int i = 0; i < CALLERS; i++)
		try_place("fork", callers[i], &places[_i], "BPGUARD_CHILDREN=pipelines",
			  places[_i].forked);
}
END_TEST

START_TEST(forked_all)
{
	for (int i = 0; i < CALLERS; i++)
		try_place("fork", callers[i], &places[_i], "BPGUARD_CHILDREN=all", false);
}
END_TEST

START_TEST(executed_pipelines)
{
	for (int i = 0; i < CALLERS; i++)
		try_place("execute", callers[i], &places[_i], "BPGUARD_CHILDREN=pipelines",
			  places[_i].executed);
}
END_TEST

START_TEST(executed_all)
{
	for (int i = 0; i < CALLERS; i++)
		try_place("execute", callers[i], &places[_i], "BPGUARD_CHILDREN=all", false);
}
END_TEST

START_TEST(executed_none)
{
	for (int i = 0; i < CALLERS; i++)
		try_place("execute", callers[i], &places[_i], "BPGUARD_CHILDREN=none", true);
}
END_TEST

START_TEST(grandchild_of_a_pipeline)
{
	struct outcome outcome = RUN(.mode = AUTO, .victim = "grandchild");

	ck_heard(outcome, "child", DIED);
	outcome = RUN(.mode = AUTO, .victim = "grandchild", .env = {"BPGUARD_CHILDREN=all"});
	ck_heard(outcome, "child", 0);
}
END_TEST

START_TEST(server_lives)
{
	struct outcome outcome = RUN(.mode = AUTO, .victim = "execute-server");

	ck_heard(outcome, "server", 0);
	ck_heard(outcome, "worker", 0);
	ck_heard(outcome, "child", 0);
	ck_count(outcome, "epipe", 2);
}
END_TEST

/* Nobody listens there any more. Whom inetd has started is no server for its one connection. */
START_TEST(connections_beside_make_a_server)
{
	static const struct {
		const char *who, *fd;
		int child;
	} rows[] = {
	    {"accepted", "20", 0},
	    {"accepted", "0", DIED},
	    {"opened", "20", DIED},
	};
	struct outcome outcome =
	    RUN(.mode = AUTO, .victim = "execute-connected", .args = {rows[_i].who, rows[_i].fd});

	ck_heard(outcome, "child", rows[_i].child);
}
END_TEST

static struct outcome run_root(const char *arg, const char *children)
{
	int ends[2];
	struct outcome outcome;

	ck_assert_int_eq(pipe2(ends, O_CLOEXEC), 0);
	close(ends[0]);
	outcome =
	    RUN(.mode = AUTO, .victim = "root", .args = {arg}, .env = {children}, .out = ends[1]);
	close(ends[1]);
	return outcome;
}

/* Its children have the same pipe: the forked one as it was, the executed one as its stdout. */
START_TEST(root_lives_on_its_own_stdout)
{
	struct outcome outcome = run_root(0, 0);

	ck_lives(outcome);
	ck_heard(outcome, "write", 0);
	ck_heard(outcome, "raw", 0);
	ck_heard(outcome, "child", 0);
	ck_heard(outcome, "program", DIED);
	outcome = run_root(0, "BPGUARD_CHILDREN=all");
	ck_heard(outcome, "program", 0);
	outcome = run_root(0, "BPGUARD_CHILDREN=none");
	ck_lives(outcome);
	ck_heard(outcome, "write", 0);
	ck_heard(outcome, "program", DIED);
}
END_TEST

START_TEST(root_stays_root_by_exec)
{
	struct outcome outcome = run_root("again", 0);

	ck_lives(outcome);
	ck_heard(outcome, "program", DIED);
	ck_count(outcome, "epipe", 5);
}
END_TEST

START_TEST(root_may_redirect_itself)
{
	for (int i = 0; i < CALLERS; i++) {
		struct outcome outcome =
		    RUN(.mode = AUTO, .victim = "own-stdout", .args = {callers[i]});

		ck_lives(outcome);
		ck_heard(outcome, "result", 0);
	}
}
END_TEST

/* A mark that some other tree left, whose process is gone or is another one by now. */
START_TEST(foreign_mark)
{
	struct outcome outcome = RUN(.mode = AUTO, .victim = "execute", .args = {"stdout", "write"},
				     .env = {"BPGUARD_ROOT=999999999:1"});

	ck_heard(outcome, "child", DIED);
}
END_TEST

/* What the mask and the flag do for a pipeline, they must undo. */
START_TEST(pipelines_in_calls)
{
	static const char *const wrapped[] = {"write", "writev", "syscall", "vmsplice"};
	enum mode mode = _i % 2 ? CALLS : CALLS_MASKED;
	const char *victim = _i < 2 ? "fork" : "execute";

	for (size_t i = 0; i < 4; i++) {
		struct outcome outcome =
		    RUN(.mode = mode, .victim = victim, .args = {"stdout", wrapped[i]});

		ck_heard(outcome, "child", DIED);
		ck_heard(outcome, "root", 0);
		outcome = RUN(.mode = mode, .victim = victim, .args = {"elsewhere", wrapped[i]});
		ck_heard(outcome, "child", _i < 2 ? 0 : DIED);
	}
}
END_TEST

Suite *suite(void)
{
	Suite *suite = suite_create("children");
	TCase *forked = tcase_create("forked"), *tcase = tcase_create("children");

	tcase_set_timeout(forked, 20);
	tcase_add_loop_test(forked, forked_pipelines, 0, PLACES);
	tcase_add_loop_test(forked, forked_all, 0, PLACES);
	suite_add_tcase(suite, forked);
	tcase_set_timeout(tcase, 20);
	tcase_add_loop_test(tcase, executed_pipelines, 0, PLACES);
	tcase_add_loop_test(tcase, executed_all, 0, PLACES);
	tcase_add_loop_test(tcase, executed_none, 0, PLACES);
	tcase_add_test(tcase, grandchild_of_a_pipeline);
	tcase_add_test(tcase, server_lives);
	tcase_add_loop_test(tcase, connections_beside_make_a_server, 0, 3);
	tcase_add_test(tcase, root_lives_on_its_own_stdout);
	tcase_add_test(tcase, root_stays_root_by_exec);
	tcase_add_test(tcase, root_may_redirect_itself);
	tcase_add_test(tcase, foreign_mark);
	tcase_add_loop_test(tcase, pipelines_in_calls, 0, 4);
	suite_add_tcase(suite, tcase);
	return suite;
}
