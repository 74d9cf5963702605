/* Programs that ignore SIGPIPE, or were started so. With BPGUARD_IGNORED=watch a handler stands in
 * for SIG_IGN: more is recorded, and neither the program nor what it executes finds a difference.
 */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "channels.h"
#include "executors.h"
#include "harness.h"
#include "waits.h"
#include "writers.h"

static const char *const callers[] = {"write",	"writev",  "send",    "sendmsg",
				      "splice", "syscall", "fprintf", "assembly"};
enum { CALLERS = sizeof callers / sizeof *callers };

static const char *const watch[] = {"BPGUARD_IGNORED=leave", "BPGUARD_IGNORED=watch"};

/* --- the failures --- */

static int victim_fails(char **args)
{
	struct sigaction action;

	must(sigaction(SIGPIPE, 0, &action) == 0, "sigaction");
	say("told %d", action.sa_handler == SIG_IGN);
	say("right %d", fails_by(args[0], broken_channel(UNIX_STREAM).fd));
	_exit(0);
}

static int victim_ignores(char **args)
{
	signal(SIGPIPE, SIG_IGN);
	return victim_fails(args);
}

/* It is found ignored at the start. */
static int victim_hands_on(char **args)
{
	signal(SIGPIPE, SIG_IGN);
	become("fails", args[0]);
}

START_TEST(failures_are_seen)
{
	static const enum mode modes[] = {AUTO, OBSERVE, CALLS};
	enum mode mode = modes[_i / 4];

	for (int i = 0; i < CALLERS; i++) {
		struct outcome outcome =
		    RUN(.mode = mode, .victim = _i % 2 ? "ignores" : "hands-on",
			.args = {callers[i]}, .env = {watch[_i / 2 % 2]});
		bool seen =
		    seen_by_wrapper(writer_named(callers[i])) || (_i / 2 % 2 && mode != CALLS);
		const struct line *line = log_line(&outcome.log, "epipe", 0);

		ck_lives(outcome);
		ck_heard(outcome, "told", 1);
		ck_heard(outcome, "right", 1);
		ck_count(outcome, "epipe", seen);
		if (!seen)
			continue;
		ck_field(outcome, line, "call", writer_named(callers[i])->call);
		ck_field(outcome, line, "sigpipe", "ignored");
		ck_field(outcome, line, "action", "none");
		ck_field(outcome, line, "saved", "false");
	}
}
END_TEST

/* --- what is not seen --- */

/* Found ignored at the start by a root, which attaches at once. */
static int victim_starts_root(char **args)
{
	signal(SIGPIPE, SIG_IGN);
	unsetenv("BPGUARD_ROOT");
	become("fails", args[0]);
}

static int victim_ignores_at_last(char **args)
{
	(void)args;
	signal(SIGPIPE, SIG_IGN);
	return 0;
}

START_TEST(what_is_not_seen_is_told)
{
	const char *unseen = _i ? 0 : "libc raw";
	struct outcome outcome =
	    RUN(.mode = AUTO, .victim = "starts-root", .args = {"fprintf"}, .env = {watch[_i]});

	ck_field(outcome, log_line(&outcome.log, "attach", 1), "sigpipe", "ignored");
	ck_field(outcome, log_line(&outcome.log, "attach", 1), "unseen", unseen);
	outcome = RUN(.mode = AUTO, .victim = "ignores-at-last", .env = {watch[_i]});
	ck_field(outcome, log_line(&outcome.log, "attach", 0), "unseen", 0);
	ck_field(outcome, log_line(&outcome.log, "detach", 0), "unseen", unseen);
}
END_TEST

/* --- what is executed --- */

static int victim_look(char **args)
{
	char line[256], key[16];
	unsigned long long set;
	FILE *file = fopen("/proc/self/status", "re");

	(void)args;
	while (fgets(line, sizeof line, file))
		if (sscanf(line, "%15[^:]: %llx", key, &set) == 2 && strncmp(key, "Sig", 3) == 0)
			say("%s %d", key, (set & 1ULL << (SIGPIPE - 1)) != 0);
	fclose(file);
	return 0;
}

static void fail_unseen(void)
{
	say("raw %d", fails_by("assembly", broken_channel(UNIX_STREAM).fd));
}

/* By an executor, unguarded: a guarded program's status shows our handler. The failure before and
 * after shows that this one watches on. */
static int victim_executes(char **args)
{
	if (strcmp(args[1], "sets") == 0)
		signal(SIGPIPE, SIG_IGN);
	unsetenv("LD_PRELOAD");
	fail_unseen();
	execute_by(args[0], "look", "unguarded");
	fail_unseen();
	return 0;
}

static int victim_inherits(char **args)
{
	char *words[] = {"victim", "victim", "executes", args[0], "finds", 0};

	signal(SIGPIPE, SIG_IGN);
	execv("/proc/self/exe", words);
	return 97;
}

START_TEST(executed_is_ignored)
{
	for (int i = 0; i < 2; i++) {
		struct outcome outcome =
		    RUN(.mode = AUTO, .victim = i ? "inherits" : "executes",
			.args = {executors[_i].name, "sets"}, .env = {watch[1]});

		ck_lives(outcome);
		ck_heard(outcome, "SigIgn", 1);
		ck_heard(outcome, "SigCgt", 0);
		ck_heard(outcome, "SigBlk", 0);
		ck_heard(outcome, "SigPnd", 0);
		ck_count(outcome, "epipe", executors[_i].below ? 2 : 1);
	}
}
END_TEST

/* A guarded one that is no server finds itself as unguarded too. */
static int victim_executes_guarded(char **args)
{
	signal(SIGPIPE, SIG_IGN);
	execute_by(args[0], "look", "guarded");
	return 0;
}

START_TEST(executed_and_guarded_is_ignored)
{
	struct outcome outcome;

	if (!executors[_i].below)
		return;
	outcome = RUN(.mode = AUTO, .victim = "executes-guarded", .args = {executors[_i].name},
		      .env = {watch[1]});
	ck_lives(outcome);
	ck_heard(outcome, "SigIgn", 1);
	ck_heard(outcome, "SigCgt", 0);
}
END_TEST

/* One that becomes a server, or sees a failure, watches from then on; with the others, from its
 * start. */
static int victim_listens(char **args)
{
	if (strcmp(args[0], "listens") == 0)
		open_channel(TCP);
	else if (strcmp(args[0], "fails") == 0)
		(void)!write(broken_channel(PIPE).fd, "x", 1);
	say("raw %d", fails_by("assembly", broken_channel(PIPE).fd));
	return 0;
}

static int victim_executes_server(char **args)
{
	signal(SIGPIPE, SIG_IGN);
	execute_by("posix_spawn", "listens", args[0]);
	return 0;
}

START_TEST(executed_watches_later)
{
	static const struct {
		const char *how, *children;
		size_t records;
	} rows[] = {{"nothing", "BPGUARD_CHILDREN=pipelines", 0},
		    {"listens", "BPGUARD_CHILDREN=pipelines", 1},
		    {"fails", "BPGUARD_CHILDREN=pipelines", 2},
		    {"all", "BPGUARD_CHILDREN=all", 1}};
	struct outcome outcome = RUN(.mode = AUTO, .victim = "executes-server",
				     .args = {rows[_i].how}, .env = {watch[1], rows[_i].children});

	ck_lives(outcome);
	ck_heard(outcome, "raw", 1);
	ck_count(outcome, "epipe", rows[_i].records);
}
END_TEST

/* What a child is given expressly counts. */
static int victim_spawns_default(char **args)
{
	char *words[] = {"victim", "victim", "look", 0};
	posix_spawnattr_t attributes;
	sigset_t set;
	pid_t child;

	(void)args;
	signal(SIGPIPE, SIG_IGN);
	unsetenv("LD_PRELOAD");
	sigemptyset(&set);
	sigaddset(&set, SIGPIPE);
	posix_spawnattr_init(&attributes);
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF);
	posix_spawnattr_setsigdefault(&attributes, &set);
	must(posix_spawn(&child, "/proc/self/exe", 0, &attributes, words, environ) == 0, "spawn");
	must(waitpid(child, 0, 0) == child, "waitpid");
	fail_unseen();
	return 0;
}

/* As python's subprocess does. */
static int victim_vforks_default(char **args)
{
	char *words[] = {"victim", "victim", "look", 0};
	pid_t child;

	(void)args;
	signal(SIGPIPE, SIG_IGN);
	unsetenv("LD_PRELOAD");
	child = vfork();
	if (child == 0) {
		signal(SIGPIPE, SIG_DFL);
		execv("/nonexistent", words);
		execv("/proc/self/exe", words);
		_exit(98);
	}
	must(waitpid(child, 0, 0) == child, "waitpid");
	fail_unseen();
	return 0;
}

START_TEST(executed_is_given_the_default)
{
	struct outcome outcome =
	    RUN(.mode = AUTO, .victim = _i ? "vforks-default" : "spawns-default",
		.env = {watch[1]});

	ck_lives(outcome);
	ck_heard(outcome, "SigIgn", 0);
	ck_heard(outcome, "SigCgt", 0);
	ck_heard(outcome, "raw", 1);
	ck_count(outcome, "epipe", 1);
}
END_TEST

/* Threads that execute at once, some in vain, and one whose executions end while others begin. */
enum { THREADS = 4, ROUNDS = 25 };
static int wrong;

static void *execute_often(void *unused)
{
	static const char command[] = "while read -r key bits; do case $key$bits in "
				      "SigIgn:????????????[13579bdf]??"
				      "?) exit 0;; esac; "
				      "done </proc/self/status; exit 1";
	char *words[] = {"sh", "-c", (char *)(unsigned long)command, 0};

	for (int i = 0; i < ROUNDS; i++) {
		pid_t child;
		int status = -1;

		execv("/nonexistent", words);
		must(posix_spawn(&child, "/bin/sh", 0, 0, words, environ) == 0, "posix_spawn");
		must(waitpid(child, &status, 0) == child, "waitpid");
		if (status != 0)
			__atomic_add_fetch(&wrong, 1, __ATOMIC_RELAXED);
	}
	return unused;
}

static int victim_threads(char **args)
{
	pthread_t threads[THREADS];

	(void)args;
	signal(SIGPIPE, SIG_IGN);
	unsetenv("LD_PRELOAD");
	for (int i = 0; i < THREADS; i++)
		must(pthread_create(&threads[i], 0, execute_often, 0) == 0, "pthread_create");
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], 0);
	say("wrong %d", wrong);
	fail_unseen();
	return 0;
}

START_TEST(executed_by_threads)
{
	struct outcome outcome = RUN(.mode = AUTO, .victim = "threads", .env = {watch[1]});

	ck_lives(outcome);
	ck_heard(outcome, "wrong", 0);
	ck_count(outcome, "epipe", 1);
}
END_TEST

/* --- signals of no write --- */

static bool pending(void)
{
	sigset_t set;

	must(sigpending(&set) == 0, "sigpending");
	return sigismember(&set, SIGPIPE);
}

static int victim_sent(char **args)
{
	sigset_t set;

	(void)args;
	signal(SIGPIPE, SIG_IGN);
	raise(SIGPIPE);
	kill(getpid(), SIGPIPE);
	if (fork() == 0) {
		kill(getppid(), SIGPIPE);
		_exit(0);
	}
	wait(0);
	sigemptyset(&set);
	sigaddset(&set, SIGPIPE);
	sigprocmask(SIG_BLOCK, &set, 0);
	signal(SIGPIPE, SIG_DFL);
	kill(getpid(), SIGPIPE);
	say("pending %d", pending());
	signal(SIGPIPE, SIG_IGN);
	say("dropped %d", !pending());
	signal(SIGPIPE, SIG_DFL);
	sigprocmask(SIG_UNBLOCK, &set, 0);
	return 0;
}

START_TEST(sent_is_ignored)
{
	struct outcome outcome =
	    RUN(.mode = _i ? OBSERVE : AUTO, .victim = "sent", .env = {watch[1]});

	ck_lives(outcome);
	ck_heard(outcome, "pending", 1);
	ck_heard(outcome, "dropped", 1);
	ck_count(outcome, "epipe", 0);
}
END_TEST

/* --- ignored no longer --- */

static void do_nothing(int number)
{
	(void)number;
}

static int victim_changes(char **args)
{
	signal(SIGPIPE, SIG_IGN);
	fail_unseen();
	must(signal(SIGPIPE, do_nothing) == SIG_IGN, "told otherwise");
	fail_unseen();
	must(signal(SIGPIPE, SIG_IGN) == do_nothing, "told otherwise");
	fail_unseen();
	must(signal(SIGPIPE, SIG_DFL) == SIG_IGN, "told otherwise");
	say("right %d", fails_by(args[0], broken_channel(UNIX_STREAM).fd));
	_exit(0);
}

START_TEST(ignored_no_longer)
{
	static const char *const expected[] = {"ignored", "handled", "ignored", "kill"};

	for (int i = 0; i < CALLERS * 2; i++) {
		enum mode mode = i % 2 ? OBSERVE : AUTO;
		struct outcome outcome = RUN(.mode = mode, .victim = "changes",
					     .args = {callers[i / 2]}, .env = {watch[1]});

		if (mode == AUTO)
			ck_lives(outcome);
		else
			ck_dies(outcome);
		ck_count(outcome, "epipe", 4);
		for (size_t at = 0; at < 4; at++)
			ck_field(outcome, log_line(&outcome.log, "epipe", at), "sigpipe",
				 expected[at]);
	}
}
END_TEST

const struct victim victims[] = {
    {"fails", victim_fails},
    {"ignores", victim_ignores},
    {"hands-on", victim_hands_on},
    {"starts-root", victim_starts_root},
    {"ignores-at-last", victim_ignores_at_last},
    {"look", victim_look},
    {"executes", victim_executes},
    {"inherits", victim_inherits},
    {"executes-guarded", victim_executes_guarded},
    {"listens", victim_listens},
    {"executes-server", victim_executes_server},
    {"spawns-default", victim_spawns_default},
    {"vforks-default", victim_vforks_default},
    {"threads", victim_threads},
    {"sent", victim_sent},
    {"changes", victim_changes},
    {0},
};

Suite *suite(void)
{
	Suite *suite = suite_create("SIGPIPE ignored");
	TCase *tcase = tcase_create("ignored");

	tcase_set_timeout(tcase, 20);
	tcase_add_loop_test(tcase, failures_are_seen, 0, 12);
	tcase_add_loop_test(tcase, what_is_not_seen_is_told, 0, 2);
	tcase_add_loop_test(tcase, executed_is_ignored, 0, EXECUTORS);
	tcase_add_loop_test(tcase, executed_and_guarded_is_ignored, 0, EXECUTORS);
	tcase_add_loop_test(tcase, executed_watches_later, 0, 4);
	tcase_add_loop_test(tcase, executed_is_given_the_default, 0, 2);
	tcase_add_test(tcase, executed_by_threads);
	tcase_add_loop_test(tcase, sent_is_ignored, 0, 2);
	tcase_add_test(tcase, ignored_no_longer);
	suite_add_tcase(suite, tcase);
	return suite;
}
