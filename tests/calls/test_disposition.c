/* What the application made of SIGPIPE itself, and what it is told about that. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "channels.h"
#include "harness.h"
#include "writers.h"

/* glibc exports these and declares them nowhere, or not beside the others. */
int __sigaction(int number, const struct sigaction *action, struct sigaction *old);
sighandler_t bsd_signal(int number, sighandler_t handler);
sighandler_t __sysv_signal(int number, sighandler_t handler);

static volatile sig_atomic_t handled;

static void count_signal(int number)
{
	(void)number;
	handled = handled + 1;
}

static void other_handler(int number)
{
	(void)number;
}

#pragma GCC diagnostic ignored "-Wdeprecated-declarations" /* sigset and its like */

/* --- handled and ignored: as unguarded, and recorded where a wrapper or our handler sees it --- */

static const char *const callers[] = {"write",	  "writev", "syscall", "send",	  "sendmsg",
				      "sendfile", "splice", "fprintf", "assembly"};
enum { CALLERS = sizeof callers / sizeof *callers };

static void put_twice(const struct writer *writer)
{
	struct channel channel = broken_channel(UNIX_STREAM);

	errno = 0;
	say("result %zd", writer->put(channel.fd));
	say("errno %d", errno);
	say("again %zd", writer->put(channel.fd));
}

static int victim_handler(char **args)
{
	struct sigaction action = {.sa_handler = count_signal};

	must(sigaction(SIGPIPE, &action, 0) == 0, "sigaction");
	put_twice(writer_named(args[0]));
	say("handled %d", (int)handled);
	_exit(0);
}

static int victim_ignore(char **args)
{
	must(signal(SIGPIPE, SIG_IGN) == SIG_DFL, "not SIG_DFL before");
	put_twice(writer_named(args[0]));
	_exit(0);
}

/* One of them or the other, and then the default again. */
static int victim_default_again(char **args)
{
	must(signal(SIGPIPE, count_signal) == SIG_DFL, "not SIG_DFL before");
	must(signal(SIGPIPE, SIG_DFL) == count_signal, "not the handler before");
	must(signal(SIGPIPE, SIG_IGN) == SIG_DFL, "not SIG_DFL before");
	must(signal(SIGPIPE, SIG_DFL) == SIG_IGN, "not SIG_IGN before");
	must(signal(SIGPIPE, SIG_DFL) == SIG_DFL, "not SIG_DFL twice");
	put_twice(writer_named(args[0]));
	_exit(0);
}

/* The handler goes with the first signal, the second one kills unguarded. */
static int victim_reset_hand(char **args)
{
	struct sigaction action = {.sa_handler = count_signal, .sa_flags = (int)SA_RESETHAND};
	struct sigaction after;

	must(sigaction(SIGPIPE, &action, 0) == 0, "sigaction");
	put_twice(writer_named(args[0]));
	say("handled %d", (int)handled);
	must(sigaction(SIGPIPE, 0, &after) == 0, "sigaction");
	say("default %d", after.sa_handler == SIG_DFL);
	_exit(0);
}

static void check_quiet_failure(const struct outcome *outcome, bool seen, const char *sigpipe)
{
	const struct line *line = log_line(&outcome->log, "epipe", 0);

	ck_lives(*outcome);
	ck_heard(*outcome, "result", -1);
	ck_heard(*outcome, "errno", EPIPE);
	ck_heard(*outcome, "again", -1);
	ck_count(*outcome, "epipe", seen ? 2 : 0);
	if (!seen)
		return;
	ck_field(*outcome, line, "sigpipe", sigpipe);
	ck_field(*outcome, line, "action", "none");
	ck_field(*outcome, line, "saved", "false");
}

START_TEST(handler_runs_as_often)
{
	for (int i = 0; i < CALLERS; i++) {
		struct outcome outcome =
		    RUN(.mode = (enum mode)_i, .victim = "handler", .args = {callers[i]});

		check_quiet_failure(
		    &outcome,
		    _i == AUTO || _i == OBSERVE ||
			(_i != UNGUARDED && seen_by_wrapper(writer_named(callers[i]))),
		    "handled");
		ck_heard(outcome, "handled", 2);
	}
}
END_TEST

START_TEST(ignored_stays_ignored)
{
	for (int i = 0; i < CALLERS; i++) {
		struct outcome outcome =
		    RUN(.mode = (enum mode)_i, .victim = "ignore", .args = {callers[i]});

		check_quiet_failure(&outcome,
				    _i != UNGUARDED && seen_by_wrapper(writer_named(callers[i])),
				    "ignored");
	}
}
END_TEST

START_TEST(default_set_again)
{
	for (int i = 0; i < CALLERS; i++) {
		bool seen = seen_by_wrapper(writer_named(callers[i]));
		struct outcome outcome =
		    RUN(.mode = (enum mode)_i, .victim = "default-again", .args = {callers[i]});

		if (_i == UNGUARDED || _i == OBSERVE || (_i != AUTO && !seen)) {
			ck_dies(outcome);
			continue;
		}
		ck_lives(outcome);
		ck_heard(outcome, "again", -1);
		ck_count(outcome, "epipe", 2);
	}
}
END_TEST

START_TEST(handler_resets_itself)
{
	static const char *const names[] = {"write", "send", "writev"};

	for (size_t i = 0; i < 3; i++) {
		struct outcome outcome =
		    RUN(.mode = (enum mode)_i, .victim = "reset-hand", .args = {names[i]});

		if (_i == UNGUARDED || _i == OBSERVE) {
			ck_dies(outcome);
			continue;
		}
		ck_lives(outcome);
		ck_heard(outcome, "result", -1);
		ck_heard(outcome, "again", -1);
		ck_heard(outcome, "handled", 1);
		ck_heard(outcome, "default", 1);
	}
}
END_TEST

/* --- what the application is told --- */

static const char *handler_name(sighandler_t handler)
{
	return handler == SIG_DFL	  ? "default"
	       : handler == SIG_IGN	  ? "ignore"
	       : handler == SIG_ERR	  ? "error"
	       : handler == SIG_HOLD	  ? "hold"
	       : handler == count_signal  ? "count"
	       : handler == other_handler ? "other"
					  : "unknown";
}

static void tell_action(const char *when)
{
	struct sigaction action;
	sigset_t blocked;
	char mask[65] = "";

	memset(&action, 0x5a, sizeof action);
	must(sigaction(SIGPIPE, 0, &action) == 0, "sigaction");
	for (int number = 1; number < 32; number++)
		strcat(mask, sigismember(&action.sa_mask, number) == 1 ? "1" : "0");
	sigprocmask(SIG_SETMASK, 0, &blocked);
	say("%s: %s flags %#x mask %s blocked %d", when, handler_name(action.sa_handler),
	    (unsigned)action.sa_flags, mask, sigismember(&blocked, SIGPIPE));
}

static int victim_told_at_start(char **args)
{
	struct sigaction action;

	(void)args;
	memset(&action, 0x5a, sizeof action);
	must(sigaction(SIGPIPE, 0, &action) == 0, "sigaction");
	say("default %d", action.sa_handler == SIG_DFL);
	say("flags %d", action.sa_flags);
	say("mask %d", !sigisemptyset(&action.sa_mask));
	say("signal %s", handler_name(signal(SIGPIPE, SIG_DFL)));
	return 0;
}

static const struct {
	const char *name;
	sighandler_t (*set)(int number, sighandler_t handler);
} setters[] = {
    {"signal", signal},		  {"bsd_signal", bsd_signal},	    {"ssignal", ssignal},
    {"sysv_signal", sysv_signal}, {"__sysv_signal", __sysv_signal}, {"sigset", sigset},
};
enum { SETTERS = sizeof setters / sizeof *setters };

static void set_and_tell(int i, int number, sighandler_t handler)
{
	char when[64];

	errno = 0;
	snprintf(when, sizeof when, "%s(%d, %s) = %s, %d", setters[i].name, number,
		 handler_name(handler), handler_name(setters[i].set(number, handler)), errno);
	tell_action(when);
}

static void tell_setters(void)
{
	static const sighandler_t order[] = {SIG_DFL,	   SIG_DFL, count_signal, other_handler,
					     SIG_DFL,	   SIG_IGN, SIG_IGN,	  other_handler,
					     count_signal, SIG_IGN, SIG_DFL};

	for (int i = 0; i < SETTERS; i++) {
		for (size_t at = 0; at < sizeof order / sizeof *order; at++)
			set_and_tell(i, SIGPIPE, order[at]);
		set_and_tell(i, SIGPIPE, SIG_ERR);
		set_and_tell(i, 0, SIG_DFL);
		set_and_tell(i, 65, SIG_DFL);
		set_and_tell(i, SIGKILL, SIG_DFL);
	}
}

/* A default has flags and a mask like any other disposition. */
static void tell_actions(int (*set)(int, const struct sigaction *, struct sigaction *))
{
	static const int flags[] = {0,
				    SA_RESTART,
				    (int)SA_RESETHAND,
				    SA_NODEFER | SA_ONSTACK,
				    SA_SIGINFO,
				    SA_NOCLDSTOP | SA_NOCLDWAIT};
	static const sighandler_t handlers[] = {SIG_DFL, count_signal, SIG_IGN};
	struct sigaction action = {0}, old;
	char when[64];

	for (size_t i = 0; i < 18; i++) {
		action.sa_handler = handlers[i % 3];
		action.sa_flags = flags[i / 3];
		sigemptyset(&action.sa_mask);
		sigaddset(&action.sa_mask, SIGUSR1);
		sigaddset(&action.sa_mask, (int)i + 1);
		memset(&old, 0x5a, sizeof old);
		must(set(SIGPIPE, &action, &old) == 0, "sigaction");
		snprintf(when, sizeof when, "%zu was %s %#x %d", i, handler_name(old.sa_handler),
			 (unsigned)old.sa_flags, sigismember(&old.sa_mask, (int)i));
		tell_action(when);
	}
	must(set(SIGPIPE, &action, &action) == 0, "the same structure twice");
	say("bad %d %d", set(0, 0, &old), errno);
	say("bad %d %d", set(SIGKILL, &action, 0), errno);
	signal(SIGPIPE, SIG_DFL);
}

static void tell_interrupts(void)
{
	for (int i = 0; i < 2; i++) {
		signal(SIGPIPE, i ? count_signal : SIG_DFL);
		must(siginterrupt(SIGPIPE, 1) == 0, "siginterrupt");
		tell_action("interrupting");
		signal(SIGPIPE, i ? count_signal : SIG_DFL);
		tell_action("set anew");
		must(siginterrupt(SIGPIPE, 0) == 0, "siginterrupt");
		tell_action("restarting");
	}
	signal(SIGPIPE, SIG_DFL);
	must(sigignore(SIGPIPE) == 0, "sigignore");
	tell_action("sigignore");
	say("sigignore(0) %d %d", sigignore(0), errno);
	signal(SIGPIPE, SIG_DFL);
}

static void tell_holds(void)
{
	say("hold %s", handler_name(sigset(SIGPIPE, SIG_HOLD)));
	tell_action("held");
	say("hold %s", handler_name(sigset(SIGPIPE, SIG_HOLD)));
	say("hold %s", handler_name(sigset(SIGPIPE, count_signal)));
	tell_action("released");
	say("hold %s", handler_name(sigset(SIGPIPE, SIG_HOLD)));
	say("hold %s", handler_name(sigset(SIGPIPE, SIG_DFL)));
	tell_action("released");
}

static int victim_transcript(char **args)
{
	(void)args;
	tell_action("start");
	tell_setters();
	tell_actions(sigaction);
	tell_actions(__sigaction);
	tell_interrupts();
	tell_holds();
	return 0;
}

START_TEST(told_default_at_start)
{
	struct outcome outcome = RUN(.mode = (enum mode)_i, .victim = "told-at-start");

	ck_lives(outcome);
	ck_heard(outcome, "default", 1);
	ck_heard(outcome, "flags", 0);
	ck_heard(outcome, "mask", 0);
	ck_heard_text(outcome, "signal", "default");
}
END_TEST

/* Two transcripts of some hundred lines: shows the first line that differs. */
static void ck_same(const char *expected, const char *found)
{
	size_t line = 0, at = 0;

	for (; expected[at] && expected[at] == found[at]; at++)
		if (expected[at] == '\n')
			line = at + 1;
	ck_assert_msg(expected[at] == found[at], "%s: %.*s instead of %.*s", case_label(),
		      (int)strcspn(found + line, "\n"), found + line,
		      (int)strcspn(expected + line, "\n"), expected + line);
}

START_TEST(told_what_it_set_itself)
{
	struct outcome unguarded = RUN(.mode = UNGUARDED, .victim = "transcript");
	struct outcome outcome = RUN(.mode = (enum mode)_i, .victim = "transcript");
	struct outcome watched =
	    RUN(.mode = (enum mode)_i, .victim = "transcript", .env = {"BPGUARD_IGNORED=watch"});

	ck_lives(unguarded);
	ck_lives(outcome);
	ck_lives(watched);
	ck_assert_uint_gt(strlen(unguarded.said), 5000);
	ck_same(unguarded.said, outcome.said);
	ck_same(unguarded.said, watched.said);
}
END_TEST

/* --- children that share our memory --- */

static int dispose_default(void)
{
	struct sigaction action = {.sa_handler = SIG_DFL};

	return sigaction(SIGPIPE, &action, 0);
}

static int dispose_ignore(void)
{
	return signal(SIGPIPE, SIG_IGN) == SIG_ERR;
}

static int dispose_handler(void)
{
	return signal(SIGPIPE, other_handler) == SIG_ERR;
}

static const struct {
	const char *name;
	int (*dispose)(void);
} disposals[] = {
    {"default", dispose_default}, {"ignore", dispose_ignore}, {"handler", dispose_handler}};
enum { DISPOSALS = sizeof disposals / sizeof *disposals };

/* What python's subprocess does between vfork and exec, and a shutdown besides. */
static void spoil(const struct channel *channel, int disposal)
{
	if (disposals[disposal].dispose() != 0)
		_exit(1);
	dup2(channel->peer, channel->fd);
	close(channel->peer);
	dup2(channel->fd, 1);
	for (int fd = 3; fd < 64; fd++)
		close(fd);
	close_range(3, ~0U, 0);
	_exit(0);
}

static int victim_vfork(char **args)
{
	struct channel channel = open_channel(TCP);
	int status, disposal = atoi(args[1]);
	pid_t child = vfork();

	if (child == 0)
		spoil(&channel, disposal);
	must(waitpid(child, &status, 0) == child, "waitpid");
	say("child %d", status);
	break_channel(&channel, FIN);
	say("peer %s", channel.peer_name);
	say("told %s", handler_name(signal(SIGPIPE, SIG_DFL)));
	say("result %zd", write(channel.fd, "x", 1));
	say("send %zd", send(channel.fd, "x", 1, 0));
	say("raw %zd", raw_write(channel.fd, "x", 1));
	return 0;
}

START_TEST(vfork_child_spoils_nothing)
{
	struct outcome outcome = RUN(.mode = AUTO, .victim = "vfork",
				     .args = {disposals[_i].name, (char[]){(char)('0' + _i), 0}});

	ck_lives(outcome);
	ck_heard(outcome, "child", 0);
	ck_heard_text(outcome, "told", "default");
	ck_heard(outcome, "result", -1);
	ck_heard(outcome, "raw", -1);
	ck_count(outcome, "epipe", 3);
	for (size_t i = 0; i < 3; i++)
		ck_field(outcome, log_line(&outcome.log, "epipe", i), "peer",
			 heard(&outcome, "peer"));
}
END_TEST

/* --- what an executed program finds --- */

static int victim_look(char **args)
{
	char line[256], key[16];
	unsigned long long set;
	FILE *file = fopen("/proc/self/status", "re");
	int fds = 0;

	while (fgets(line, sizeof line, file))
		if (sscanf(line, "%15[^:]: %llx", key, &set) == 2 && strncmp(key, "Sig", 3) == 0)
			say("%s %#llx", key, set & 1ULL << (SIGPIPE - 1));
	fclose(file);
	for (int fd = 0; fd < 65536; fd++)
		fds += fcntl(fd, F_GETFD) >= 0;
	say("fds %d", fds);
	(void)args;
	return 0;
}

static void spawn_look(void)
{
	char *look[] = {"victim", "victim", "look", 0}, *env[2] = {0};
	pid_t child;

	must(asprintf(&env[0], "VICTIM_DIRECTORY=%s", case_directory()) > 0, "asprintf");
	must(posix_spawn(&child, "/proc/self/exe", 0, 0, look, env) == 0, "posix_spawn");
	must(waitpid(child, 0, 0) == child, "waitpid");
}

static int victim_become(char **args)
{
	struct channel channel = broken_channel(PIPE);

	if (strcmp(args[0], "after-failure") == 0)
		say("result %zd", write(channel.fd, "x", 1));
	close(channel.fd);
	if (strcmp(args[0], "after-spawn") != 0)
		become_unguarded("look", 0);
	spawn_look();
	return 0;
}

START_TEST(exec_inherits_nothing)
{
	static const char *const when[] = {"at-once", "after-failure", "after-spawn"};

	for (int i = 0; i < 3; i++) {
		if (i == 1 && _i == OBSERVE)
			continue;
		struct outcome outcome =
		    RUN(.mode = (enum mode)_i, .victim = "become", .args = {when[i]});

		ck_lives(outcome);
		ck_heard(outcome, "SigIgn", 0);
		ck_heard(outcome, "SigBlk", 0);
		ck_heard(outcome, "SigCgt", 0);
		ck_heard(outcome, "SigPnd", 0);
		ck_heard(outcome, "fds", 3);
	}
}
END_TEST

const struct victim victims[] = {
    {"handler", victim_handler},
    {"ignore", victim_ignore},
    {"default-again", victim_default_again},
    {"reset-hand", victim_reset_hand},
    {"told-at-start", victim_told_at_start},
    {"transcript", victim_transcript},
    {"vfork", victim_vfork},
    {"look", victim_look},
    {"become", victim_become},
    {0},
};

Suite *suite(void)
{
	Suite *suite = suite_create("the application's own disposition");
	TCase *tcase = tcase_create("disposition");

	tcase_set_timeout(tcase, 20);
	tcase_add_loop_test(tcase, handler_runs_as_often, 0, MODES);
	tcase_add_loop_test(tcase, ignored_stays_ignored, 0, MODES);
	tcase_add_loop_test(tcase, default_set_again, 0, MODES);
	tcase_add_loop_test(tcase, handler_resets_itself, 0, MODES);
	tcase_add_loop_test(tcase, told_default_at_start, 0, MODES);
	tcase_add_loop_test(tcase, told_what_it_set_itself, 1, MODES);
	tcase_add_loop_test(tcase, vfork_child_spoils_nothing, 0, DISPOSALS);
	tcase_add_loop_test(tcase, exec_inherits_nothing, 1, MODES);
	suite_add_tcase(suite, tcase);
	return suite;
}
