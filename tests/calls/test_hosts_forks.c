/* Children of every kind that write, and descriptors that come and go: forked while other threads
 * fail, sharing the parent's memory, spawned, daemonized; with no streams, few numbers, or very
 * many connections. */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "channels.h"
#include "harness.h"
#include "waits.h"
#include "writers.h"

static int status_of(pid_t child)
{
	int status = -1;

	must(child > 0 && waitpid(child, &status, 0) == child, "waitpid");
	return status;
}

static bool is_blocked(void)
{
	sigset_t set;

	sigprocmask(SIG_SETMASK, 0, &set);
	return sigismember(&set, SIGPIPE);
}

/* Whether the call fails as it must. */
/* --- forks while other threads fail --- */

static int broken_fd;
static bool over;

static void *fail_on(void *unused)
{
	while (!__atomic_load_n(&over, __ATOMIC_RELAXED) && usleep(100) == 0) {
		must(fails_by("write", broken_fd), "write");
		must(fails_by("dprintf", broken_fd) || errno == EPIPE, "dprintf");
	}
	return unused;
}

static void *fail_on_by_calls(void *unused)
{
	while (!__atomic_load_n(&over, __ATOMIC_RELAXED) && usleep(100) == 0)
		must(fails_by("write", broken_fd) && fails_by("writev", broken_fd), "write");
	return unused;
}

static int victim_fork_beside(char **args)
{
	enum { THREADS = 4, TIMES = 60 };
	pthread_t threads[THREADS];
	int bad = 0;

	alarm(60);
	broken_fd = broken_channel(PIPE).fd;
	for (int i = 0; i < THREADS; i++)
		must(pthread_create(&threads[i], 0,
				    strcmp(args[0], "auto") == 0 ? fail_on : fail_on_by_calls,
				    0) == 0,
		     "pthread_create");
	for (int i = 0; i < TIMES; i++) {
		pid_t child = fork();

		if (child == 0) {
			alarm(60);
			_exit(!fails_by("write", broken_fd) || is_blocked());
		}
		bad += status_of(child) != 0;
	}
	__atomic_store_n(&over, true, __ATOMIC_RELAXED);
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], 0);
	say("bad %d", bad);
	say("children %d", TIMES);
	_exit(0);
}

START_TEST(fork_beside_failures)
{
	struct outcome outcome = RUN(.mode = (enum mode)_i, .victim = "fork-beside",
				     .args = {_i == AUTO ? "auto" : "calls"});
	long children = 0, parent;

	if (!survives(_i, "write")) {
		ck_dies(outcome);
		return;
	}
	ck_lives(outcome);
	ck_heard(outcome, "bad", 0);
	parent = outcome.pid;
	for (size_t i = 0; i < outcome.log.count; i++)
		children += line_is(&outcome.log.lines[i], "event", "epipe") &&
			    line_number(&outcome.log.lines[i], "pid") != parent;
	ck_assert_int_eq(children, heard_number(&outcome, "children"));
}
END_TEST

/* --- children in the parent's memory --- */

static const char *its_writer;

static int write_in_child(void *unused)
{
	(void)unused;
	_exit(fails_by(its_writer, broken_fd) ? 0 : 94);
}

static pid_t by_vfork(void)
{
	pid_t child = vfork();

	if (child == 0)
		write_in_child(0);
	return child;
}

static pid_t by_clone(int flags)
{
	enum { SIZE = 256 * 1024 };
	char *stack = mmap(0, SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	must(stack != MAP_FAILED, "mmap");
	return clone(write_in_child, stack + SIZE, flags | SIGCHLD, 0);
}

static pid_t by_clone_vm(void)
{
	return by_clone(CLONE_VM);
}

static pid_t by_clone_vfork(void)
{
	return by_clone(CLONE_VM | CLONE_VFORK);
}

static pid_t by_clone_files(void)
{
	return by_clone(CLONE_VM | CLONE_FILES | CLONE_FS);
}

static pid_t by_clone3(void)
{
	struct {
		uint64_t flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls;
	} arguments = {.flags = 0, .exit_signal = SIGCHLD};
	pid_t child = (pid_t)syscall(435, &arguments, sizeof arguments);

	if (child == 0)
		write_in_child(0);
	return child;
}

static const struct {
	const char *name;
	pid_t (*make)(void);
} sharers[] = {
    {"vfork", by_vfork},
    {"clone-vm", by_clone_vm},
    {"clone-vm-vfork", by_clone_vfork},
    {"clone-vm-files", by_clone_files},
    {"clone3", by_clone3},
};
enum { SHARERS = sizeof sharers / sizeof *sharers };

/* The child may die in the middle of a call, in this memory: nothing of it is left behind. */
static int victim_sharer(char **args)
{
	struct channel whole = open_channel(PIPE);
	char byte;

	its_writer = args[1];
	broken_fd = broken_channel(PIPE).fd;
	say("child %d", status_of(sharers[atoi(args[2])].make()));
	say("whole %zd", write(whole.fd, "x", 1));
	say("read %zd", read(whole.peer, &byte, 1));
	say("blocked %d", is_blocked());
	say("own %d", fails_by("write", broken_fd));
	say("own-send %d", fails_by("send", broken_channel(UNIX_STREAM).fd));
	_exit(0);
}

START_TEST(child_in_the_same_memory)
{
	static const char *const names[] = {"write", "assembly"};

	for (int i = 0; i < 2 * SHARERS; i++) {
		char index[4] = {(char)('0' + i / 2), 0};
		const char *name = names[i % 2];
		struct outcome outcome = RUN(.mode = (enum mode)_i, .victim = "sharer",
					     .args = {sharers[i / 2].name, name, index});
		bool lives = survives(_i, name);

		ck_heard(outcome, "child", lives ? 0 : SIGPIPE);
		ck_heard(outcome, "whole", 1);
		ck_heard(outcome, "read", 1);
		ck_heard(outcome, "blocked", 0);
		if (!survives(_i, "write")) {
			ck_dies(outcome);
			continue;
		}
		ck_lives(outcome);
		ck_heard(outcome, "own", 1);
		ck_heard(outcome, "own-send", 1);
		ck_count(outcome, "epipe", (size_t)(2 + lives));
		ck_field(outcome, log_line(&outcome.log, "epipe", (size_t)(1 + lives)), "saved",
			 "true");
	}
}
END_TEST

/* --- spawned, daemonized --- */

static int victim_put(char **args)
{
	_exit(!fails_by(args[0], broken_channel(TCP).fd));
}

static int victim_spawn(char **args)
{
	char *words[] = {(char[]){"victim"}, (char[]){"victim"}, (char[]){"put"}, args[0], 0};
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	sigset_t defaults;
	pid_t child;

	sigfillset(&defaults);
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addclose(&actions, 0);
	posix_spawnattr_init(&attributes);
	posix_spawnattr_setsigdefault(&attributes, &defaults);
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF);
	must(posix_spawn(&child, "/proc/self/exe", &actions, &attributes, words, environ) == 0,
	     "posix_spawn");
	say("child %d", status_of(child));
	say("own %d", fails_by("write", broken_channel(PIPE).fd));
	_exit(0);
}

START_TEST(spawned_and_its_parent)
{
	static const char *const names[] = {"write", "dprintf"};

	for (int i = 0; i < 2; i++) {
		struct outcome outcome =
		    RUN(.mode = (enum mode)_i, .victim = "spawn", .args = {names[i]});

		ck_heard(outcome, "child", survives(_i, names[i]) ? 0 : SIGPIPE);
		if (survives(_i, "write"))
			ck_heard(outcome, "own", 1);
		else
			ck_dies(outcome);
	}
}
END_TEST

static void daemonize(void)
{
	must(daemon(0, 0) == 0, "daemon");
}

static void fork_twice(void)
{
	if (fork() != 0)
		_exit(0);
	setsid();
	if (fork() != 0)
		_exit(0);
	for (int fd = 0; fd < 1024; fd++)
		close(fd);
	must(open("/dev/null", O_RDWR) == 0 && dup(0) == 1 && dup(0) == 2, "streams");
}

/* The test waits for its parent only: what is said last says that it is done. */
static int victim_daemon(char **args)
{
	bool right;

	if (strcmp(args[0], "daemon") == 0)
		daemonize();
	else
		fork_twice();
	right = fails_by("write", broken_channel(PIPE).fd) &&
		(strcmp(args[1], "auto") != 0 || fails_by("dprintf", broken_channel(PIPE).fd));
	say("right %d", right);
	say("pid %d", getpid());
	_exit(0);
}

START_TEST(daemons)
{
	static const char *const ways[] = {"daemon", "forked-twice"};

	for (int i = 0; i < 2 && survives(_i, "write"); i++) {
		char path[160];
		struct log log;
		struct outcome outcome = RUN(.mode = (enum mode)_i, .victim = "daemon",
					     .args = {ways[i], mode_names[_i]});

		ck_lives(outcome);
		await_said("pid ");
		snprintf(path, sizeof path, "%s/log", case_directory());
		log = log_read(path);
		ck_assert_msg(!log.fault, "%s", log.fault);
		ck_assert_uint_eq(log_count(&log, "epipe"), _i == AUTO ? 2 : 1);
	}
}
END_TEST

/* --- descriptors --- */

/* A failure on each of the three numbers, none of which is a stream any more. */
static int victim_streams(char **args)
{
	int fds[3], right = 0;

	(void)args;
	for (int i = 0; i < 3; i++)
		close(i);
	for (int i = 0; i < 3; i++) {
		int ends[2];

		must(pipe(ends) == 0, "pipe");
		close(ends[0]);
		fds[i] = dup2(ends[1], i);
		if (ends[1] != i)
			close(ends[1]);
	}
	for (int i = 0; i < 3; i++)
		right += fails_by("write", fds[i]) && fds[i] == i;
	say("right %d", right);
	_exit(0);
}

START_TEST(other_things_as_streams)
{
	static const char *const logs[] = {0, "BPGUARD_LOG=stderr"};

	for (int i = 0; i < 2; i++) {
		struct outcome outcome =
		    RUN(.mode = (enum mode)_i, .victim = "streams", .env = {logs[i]});

		if (!survives(_i, "write")) {
			ck_dies(outcome);
			continue;
		}
		ck_lives(outcome);
		ck_heard(outcome, "right", 3);
		if (i == 0)
			ck_count(outcome, "epipe", 3);
	}
}
END_TEST

static void limit_descriptors(rlim_t most)
{
	struct rlimit limit = {most, most};

	must(setrlimit(RLIMIT_NOFILE, &limit) == 0, "setrlimit");
}

/* The loader needs one more than the streams to begin with. */
static int victim_few(char **args)
{
	limit_descriptors((rlim_t)atoi(args[0]));
	become("few-left", args[0]);
}

static int victim_few_left(char **args)
{
	int count = 0;

	while (open("/dev/null", O_RDONLY) >= 0)
		count++;
	for (int fd = 3; fd < 3 + count; fd++)
		close(fd);
	if (atoi(args[0]) >= 5)
		must(fails_by("write", broken_channel(PIPE).fd), "write");
	say("count %d", count);
	limit_descriptors(3);
	must(write(1, "x", 1) == 1, "write");
	must(open("/dev/null", O_RDONLY) == -1 && errno == EMFILE, "open");
	_exit(0);
}

/* With as few as these not even the log takes one. */
START_TEST(few_descriptors)
{
	static const char *const limits[] = {"4", "5", "15"};

	for (int i = 0; i < 3; i++) {
		struct outcome outcome =
		    RUN(.mode = (enum mode)_i, .victim = "few", .args = {limits[i]});

		if (i > 0 && !survives(_i, "write")) {
			ck_dies(outcome);
			continue;
		}
		ck_lives(outcome);
		ck_heard(outcome, "count", atoi(limits[i]) - 3);
	}
}
END_TEST

/* --- very many connections --- */

static long wanted_connections(void)
{
	const char *given = getenv("HOSTS_CONNECTIONS");

	return given ? strtol(given, 0, 10) : 4000;
}

/* An address has only so many ports to connect from. */
enum { EACH = 20000, LISTENERS = 8 };
static struct sockaddr_in addresses[LISTENERS];

static int listen_at(long number)
{
	struct sockaddr_in *address = &addresses[number];
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	socklen_t length = sizeof *address;

	address->sin_family = AF_INET;
	address->sin_addr.s_addr = htonl(0x7f000002 + (uint32_t)number);
	must(bind(fd, (void *)address, length) == 0 && listen(fd, 4096) == 0, "listen");
	must(getsockname(fd, (void *)address, &length) == 0, "getsockname");
	return fd;
}

/* Resets them all, once it is told to. */
__attribute__((noreturn)) static void connect_all(long count, int told)
{
	struct linger now = {1, 0};
	char byte;

	for (long i = 0; i < count; i++) {
		int fd = socket(AF_INET, SOCK_STREAM, 0);

		must(fd >= 0, "socket");
		must(connect(fd, (void *)&addresses[i / EACH], sizeof *addresses) == 0, "connect");
		setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
	}
	(void)!read(told, &byte, 1);
	_exit(0);
}

static int victim_connections(char **args)
{
	long count = atol(args[0]), right = 0;
	int listeners[LISTENERS], tell[2], *own = malloc((size_t)count * sizeof *own);
	pid_t peer;

	for (long i = 0; i <= count / EACH && i < LISTENERS; i++)
		listeners[i] = listen_at(i);
	must(pipe(tell) == 0, "pipe");
	peer = fork();
	if (peer == 0) {
		close(tell[1]);
		connect_all(count, tell[0]);
	}
	for (long i = 0; i < count; i++) {
		own[i] = accept(listeners[i / EACH], 0, 0);
		must(own[i] >= 0, "accept");
	}
	close(tell[1]);
	must(status_of(peer) == 0, "the peers");
	for (long i = 0; i < count; i++) {
		await_hangup(own[i]);
		right += write(own[i], "x", 1) == -1 && errno == ECONNRESET;
		right += fails_by(i % 2 ? "write" : "send", own[i]);
	}
	say("right %ld", right);
	_exit(0);
}

/* As many as are wanted and may be had. */
static long connections(void)
{
	enum { OTHERS = 64 };
	long wanted = wanted_connections();
	struct rlimit limit;

	getrlimit(RLIMIT_NOFILE, &limit);
	limit.rlim_cur = (rlim_t)wanted + OTHERS;
	if (limit.rlim_max < limit.rlim_cur)
		limit.rlim_max = limit.rlim_cur;
	if (setrlimit(RLIMIT_NOFILE, &limit) == 0)
		return wanted;
	getrlimit(RLIMIT_NOFILE, &limit);
	limit.rlim_cur = limit.rlim_max;
	must(setrlimit(RLIMIT_NOFILE, &limit) == 0, "setrlimit");
	printf("SKIP many_connections: more than %ld, by RLIMIT_NOFILE\n",
	       (long)limit.rlim_max - OTHERS);
	return (long)limit.rlim_max - OTHERS;
}

START_TEST(many_connections)
{
	long number = connections();
	char count[16];
	struct outcome outcome;
	size_t nameless = 0;

	snprintf(count, sizeof count, "%ld", number);
	outcome = RUN(.mode = (enum mode)_i, .victim = "connections", .args = {count});
	if (!survives(_i, "write")) {
		ck_dies(outcome);
		return;
	}
	ck_lives(outcome);
	ck_heard(outcome, "right", 2 * number);
	ck_count(outcome, "epipe", (size_t)number);
	ck_count(outcome, "reset", (size_t)number);
	for (size_t i = 0; i < outcome.log.count; i++)
		nameless += line_value(&outcome.log.lines[i], "fd") &&
			    !line_value(&outcome.log.lines[i], "peer");
	ck_assert_uint_eq(nameless, 0);
}
END_TEST

const struct victim victims[] = {
    {"fork-beside", victim_fork_beside},
    {"sharer", victim_sharer},
    {"put", victim_put},
    {"spawn", victim_spawn},
    {"daemon", victim_daemon},
    {"streams", victim_streams},
    {"few", victim_few},
    {"few-left", victim_few_left},
    {"connections", victim_connections},
    {0},
};

Suite *suite(void)
{
	Suite *suite = suite_create("children and descriptors");
	TCase *tcase = tcase_create("hosts"), *many = tcase_create("connections");

	tcase_set_timeout(tcase, 60);
	tcase_set_timeout(many, wanted_connections() > 10000 ? 300 : 60);
	tcase_add_loop_test(tcase, fork_beside_failures, 0, MODES);
	tcase_add_loop_test(tcase, child_in_the_same_memory, 0, MODES);
	tcase_add_loop_test(tcase, spawned_and_its_parent, 0, MODES);
	tcase_add_loop_test(tcase, daemons, 0, MODES);
	tcase_add_loop_test(tcase, other_things_as_streams, 0, MODES);
	tcase_add_loop_test(tcase, few_descriptors, 0, MODES);
	tcase_add_loop_test(many, many_connections, 0, MODES);
	suite_add_tcase(suite, tcase);
	suite_add_tcase(suite, many);
	return suite;
}
