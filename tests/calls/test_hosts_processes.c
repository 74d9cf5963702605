/* Processes that come about past libc, live where no signal kills, or have the loader at work in
 * other threads. */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "channels.h"
#include "harness.h"
#include "writers.h"

static volatile sig_atomic_t hits;

static void count_hit(int number)
{
	(void)number;
	hits++;
}

static void fail_by(const char *writer, int fd)
{
	errno = 0;
	say("result-%s %zd", writer, writer_named(writer)->put(fd));
	say("errno-%s %d", writer, errno);
}

static int status_of(pid_t child)
{
	int status = -1;

	must(child > 0 && waitpid(child, &status, 0) == child, "waitpid");
	return status;
}

/* --- forks that libc's handlers do not see --- */

#ifdef SYS_fork
static pid_t fork_by_number(void)
{
	return (pid_t)syscall(SYS_fork);
}

static pid_t fork_by_assembly(void)
{
	return (pid_t)raw_call(SYS_fork, 0, 0, 0);
}
#endif

static pid_t clone_by_number(void)
{
	return (pid_t)syscall(SYS_clone, (long)SIGCHLD, 0L, 0L, 0L, 0L);
}

static pid_t clone_by_assembly(void)
{
	return (pid_t)raw_call(SYS_clone, SIGCHLD, 0, 0);
}

/* Since glibc 2.34. */
static pid_t fork_quietly(void)
{
	pid_t (*quiet)(void) = (pid_t(*)(void))dlsym(RTLD_DEFAULT, "_Fork");

	return quiet ? quiet() : fork();
}

static const struct {
	const char *name;
	pid_t (*make)(void);
} forks[] = {
    {"fork", fork},
    {"_Fork", fork_quietly},
    {"syscall-clone", clone_by_number},
    {"assembly-clone", clone_by_assembly},
#ifdef SYS_fork
    {"syscall-fork", fork_by_number},
    {"assembly-fork", fork_by_assembly},
#endif
};
enum { FORKS = sizeof forks / sizeof *forks };

static struct outcome run_fork(int mode, const char *victim, int i, const char *writer)
{
	char index[4] = {(char)('0' + i), 0};

	return RUN(.mode = (enum mode)mode, .victim = victim,
		   .args = {forks[i].name, index, writer});
}

/* Guarded up to here, so that what was known before the fork would be wrong in the child. */
static int victim_child_handles(char **args)
{
	struct channel channel = broken_channel(UNIX_STREAM);
	pid_t child = forks[atoi(args[1])].make();

	if (child == 0) {
		signal(SIGPIPE, count_hit);
		fail_by(args[2], channel.fd);
		say("hits %d", hits);
		_exit(0);
	}
	say("child %d", status_of(child));
	return 0;
}

START_TEST(childs_handler_runs)
{
	static const char *const names[] = {"send", "write", "dprintf"};

	for (int i = 0; i < 3 * FORKS; i++) {
		struct outcome outcome = run_fork(_i, "child-handles", i / 3, names[i % 3]);
		bool recorded = _i == AUTO || _i == OBSERVE || (_i != UNGUARDED && i % 3 < 2);

		ck_lives(outcome);
		ck_heard(outcome, "child", 0);
		ck_heard(outcome, "hits", 1);
		ck_count(outcome, "epipe", recorded);
		if (recorded)
			ck_field(outcome, log_line(&outcome.log, "epipe", 0), "sigpipe", "handled");
	}
}
END_TEST

/* The parent ignores the signal, which needs no guard; the child's default does. */
static int victim_child_defaults(char **args)
{
	struct channel channel = broken_channel(PIPE);
	pid_t child;

	signal(SIGPIPE, SIG_IGN);
	child = forks[atoi(args[1])].make();
	if (child == 0) {
		signal(SIGPIPE, SIG_DFL);
		fail_by(args[2], channel.fd);
		_exit(0);
	}
	say("child %d", status_of(child));
	fail_by("write", channel.fd);
	return 0;
}

START_TEST(childs_default_is_guarded)
{
	static const char *const names[] = {"write", "dprintf"};

	for (int i = 0; i < 2 * FORKS; i++) {
		struct outcome outcome = run_fork(_i, "child-defaults", i / 2, names[i % 2]);

		ck_lives(outcome);
		ck_heard(outcome, "child", survives(_i, names[i % 2]) ? 0 : SIGPIPE);
		ck_heard(outcome, "result-write", -1);
	}
}
END_TEST

/* It has the parent's memory, and dispositions of its own. */
static int victim_vfork(char **args)
{
	sighandler_t parents = strcmp(args[0], "handler") == 0 ? count_hit : SIG_DFL;
	sighandler_t childs = parents == SIG_DFL ? SIG_IGN : SIG_DFL;
	struct channel channel = broken_channel(UNIX_STREAM);
	volatile pid_t child;

	signal(SIGPIPE, parents);
	child = vfork();
	if (child == 0) {
		signal(SIGPIPE, childs);
		_exit(0);
	}
	say("child %d", status_of(child));
	fail_by("send", channel.fd);
	fail_by("write", channel.fd);
	say("hits %d", hits);
	return 0;
}

START_TEST(vfork_child_changes_nothing)
{
	struct outcome outcome = RUN(.mode = (enum mode)_i, .victim = "vfork", .args = {"handler"});

	ck_lives(outcome);
	ck_heard(outcome, "hits", 2);
	outcome = RUN(.mode = (enum mode)_i, .victim = "vfork", .args = {"default"});
	if (!survives(_i, "send")) {
		ck_dies(outcome);
		return;
	}
	ck_lives(outcome);
	ck_count(outcome, "epipe", 2);
	ck_field(outcome, log_line(&outcome.log, "epipe", 1), "sigpipe", "kill");
	ck_field(outcome, log_line(&outcome.log, "epipe", 1), "saved", "true");
}
END_TEST

/* --- forks while others hold the loader's lock --- */

static int look(struct dl_phdr_info *info, size_t size, void *data)
{
	(void)info, (void)size, (void)data;
	return 0;
}

__attribute__((noreturn)) static void *look_for_ever(void *unused)
{
	for (;;)
		dl_iterate_phdr(look, unused);
}

/* The calls for which the shim may ask who made them, or look for a name. */
__attribute__((noreturn)) static void use_sockets(void)
{
	struct iovec part = {(char[1]){0}, 1};
	struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
	int ends[2];

	alarm(60);
	must(socket(AF_INET, SOCK_STREAM, 0) >= 0, "socket");
	must(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0, "socketpair");
	must(send(ends[0], "x", 1, 0) == 1, "send");
	must(recvmsg(ends[1], &message, 0) == 1, "recvmsg");
	close(ends[1]);
	signal(SIGPIPE, SIG_IGN);
	must(send(ends[0], "x", 1, 0) == -1 && errno == EPIPE, "a send that fails");
	_exit(0);
}

static int victim_fork_beside(char **args)
{
	enum { THREADS = 4, TIMES = 60 };
	pthread_t thread;

	(void)args;
	for (int i = 0; i < THREADS; i++)
		must(pthread_create(&thread, 0, look_for_ever, 0) == 0, "pthread_create");
	for (int i = 0; i < TIMES; i++) {
		pid_t child = fork();
		int status;

		if (child == 0)
			use_sockets();
		status = status_of(child);
		if (status != 0) {
			say("child %d of %d: %#x", i, TIMES, (unsigned)status);
			_exit(1);
		}
	}
	_exit(0);
}

START_TEST(fork_beside_the_loader)
{
	struct outcome outcome = RUN(.mode = (enum mode)_i, .victim = "fork-beside");

	ck_lives(outcome);
}
END_TEST

/* --- a shim that is loaded late, and let go --- */

static int victim_dlclose(char **args)
{
	void *shim = dlopen(getenv("SHIM"), RTLD_NOW);
	pid_t child;

	must(shim != 0, "dlopen");
	must(dlclose(shim) == 0, "dlclose");
	child = fork();
	if (child == 0) {
		fail_by(args[0], broken_channel(PIPE).fd);
		_exit(0);
	}
	say("child %d", status_of(child));
	fail_by(args[0], broken_channel(PIPE).fd);
	return 0;
}

/* Ours is a handler in memory that must stay. */
START_TEST(dlclose_leaves_the_handler)
{
	static const char *const protects[] = {"auto", "calls", "observe"};
	char shim[4200], protect[64];
	struct outcome outcome;

	snprintf(shim, sizeof shim, "SHIM=%s", getenv("BPGUARD_LIB"));
	snprintf(protect, sizeof protect, "BPGUARD_PROTECT=%s", protects[_i]);
	outcome = RUN(.mode = UNGUARDED, .victim = "dlclose", .args = {"write"},
		      .env = {shim, protect, "BPGUARD_LTTNG=off", "BPGUARD_LOG=off"});
	if (_i != 0) {
		ck_heard(outcome, "child", SIGPIPE);
		ck_dies(outcome);
		return;
	}
	ck_heard(outcome, "child", 0);
	ck_lives(outcome);
	ck_heard(outcome, "result-write", -1);
}
END_TEST

/* --- process 1 --- */

static int victim_process_1(char **args)
{
	(void)args;
	say("pid %d", getpid());
	fail_by("write", broken_channel(PIPE).fd);
	fail_by("send", broken_channel(UNIX_STREAM).fd);
	fail_by("dprintf", broken_channel(PIPE).fd);
	raise(SIGPIPE);
	kill(getpid(), SIGPIPE);
	say("alive 1");
	return 0;
}

static int victim_namespace(char **args)
{
	pid_t child;

	(void)args;
	must(unshare(CLONE_NEWPID) == 0 || unshare(CLONE_NEWUSER | CLONE_NEWPID) == 0, "unshare");
	child = fork();
	if (child == 0)
		become("process-1", 0);
	say("child %d", status_of(child));
	return 0;
}

static bool may_make_namespaces(void)
{
	pid_t pid = check_fork();
	int status;

	/* The tracer's threads forbid a namespace of users. */
	if (pid == 0 && getenv("VICTIM_LTTNG"))
		_exit(unshare(CLONE_NEWPID) != 0);
	if (pid == 0)
		_exit(unshare(CLONE_NEWPID) != 0 && unshare(CLONE_NEWUSER | CLONE_NEWPID) != 0);
	return waitpid(pid, &status, 0) == pid && status == 0;
}

START_TEST(process_1)
{
	const char *ci = getenv("CI");
	struct outcome outcome;
	const struct line *line;

	if (!may_make_namespaces() && !(ci && strcmp(ci, "true") == 0)) {
		printf("SKIP process_1: no process namespace may be made here\n");
		return;
	}
	outcome = RUN(.mode = (enum mode)_i, .victim = "namespace");
	ck_lives(outcome);
	ck_heard(outcome, "child", 0);
	ck_heard(outcome, "pid", 1);
	ck_heard(outcome, "result-write", -1);
	ck_heard(outcome, "errno-write", EPIPE);
	ck_heard(outcome, "result-send", -1);
	ck_heard(outcome, "result-dprintf", -1);
	ck_heard(outcome, "alive", 1);
	if (_i == UNGUARDED)
		return;
	ck_assert_uint_ge(log_count(&outcome.log, "epipe"), 2);
	for (size_t i = 0; (line = log_line(&outcome.log, "epipe", i)); i++)
		ck_field(outcome, line, "saved", "false");
}
END_TEST

const struct victim victims[] = {
    {"child-handles", victim_child_handles},
    {"child-defaults", victim_child_defaults},
    {"vfork", victim_vfork},
    {"fork-beside", victim_fork_beside},
    {"dlclose", victim_dlclose},
    {"process-1", victim_process_1},
    {"namespace", victim_namespace},
    {0},
};

Suite *suite(void)
{
	Suite *suite = suite_create("unusual processes");
	TCase *tcase = tcase_create("hosts");

	tcase_set_timeout(tcase, 20);
	tcase_add_loop_test(tcase, childs_handler_runs, 0, MODES);
	tcase_add_loop_test(tcase, childs_default_is_guarded, 0, MODES);
	tcase_add_loop_test(tcase, vfork_child_changes_nothing, 0, MODES);
	tcase_add_loop_test(tcase, fork_beside_the_loader, 0, MODES);
	tcase_add_loop_test(tcase, dlclose_leaves_the_handler, 0, 3);
	tcase_add_loop_test(tcase, process_1, 0, MODES);
	suite_add_tcase(suite, tcase);
	return suite;
}
