/* SIGPIPEs that came from no write keep their effect, and one that the application blocked stays
 * where the application finds it. */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "channels.h"
#include "harness.h"
#include "waits.h"
#include "writers.h"

static sigset_t only_sigpipe(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGPIPE);
	return set;
}

static void block(void)
{
	sigset_t set = only_sigpipe();

	must(sigprocmask(SIG_BLOCK, &set, 0) == 0, "block");
}

static void unblock(void)
{
	sigset_t set = only_sigpipe();

	must(sigprocmask(SIG_UNBLOCK, &set, 0) == 0, "unblock");
}

static bool take(void)
{
	sigset_t set = only_sigpipe();
	struct timespec none = {0};

	return sigtimedwait(&set, 0, &none) == SIGPIPE;
}

static bool pending(void)
{
	sigset_t set;

	must(sigpending(&set) == 0, "sigpending");
	return sigismember(&set, SIGPIPE);
}

static void fail_at(const char *writer)
{
	struct channel channel = broken_channel(UNIX_STREAM);

	errno = 0;
	say("result %zd", writer_named(writer)->put(channel.fd));
	say("errno %d", errno);
}

/* --- sent on purpose --- */

static void send_raise(void)
{
	raise(SIGPIPE);
}

static void send_kill(void)
{
	kill(getpid(), SIGPIPE);
}

static void send_group(void)
{
	setpgid(0, 0);
	kill(0, SIGPIPE);
}

static void send_thread(void)
{
	pthread_kill(pthread_self(), SIGPIPE);
}

static void send_tgkill(void)
{
	syscall(SYS_tgkill, getpid(), (int)syscall(SYS_gettid), SIGPIPE);
}

static void send_queued(void)
{
	sigqueue(getpid(), SIGPIPE, (union sigval){.sival_int = 1});
}

static void send_raw(void)
{
	raw_call(SYS_kill, getpid(), SIGPIPE, 0);
}

static void send_by_child(void)
{
	if (fork() == 0) {
		kill(getppid(), SIGPIPE);
		_exit(0);
	}
	wait(0);
}

/* The signal finds the process inside of a write that waits. A mask around the write can only hold
 * it back until the write is over, whichever way that ends. */
static void send_into_write(bool all_is_read)
{
	static char data[1 << 20];
	struct channel channel = open_channel(PIPE);
	pid_t writer = getpid();

	if (fork() == 0) {
		close(channel.fd);
		await_asleep(writer, channel.fd);
		kill(writer, SIGPIPE);
		/* Dead, or back in it with the signal held back. */
		AWAIT(has_ended(writer) || is_asleep(writer, channel.fd), "what the signal does");
		while (read(channel.peer, data, sizeof data) > 0 && all_is_read)
			;
		_exit(0);
	}
	close(channel.peer);
	say("written %zd", write(channel.fd, data, sizeof data));
}

static void send_into_whole_write(void)
{
	send_into_write(true);
}

static void send_into_broken_write(void)
{
	send_into_write(false);
}

/* Twice, so that the second one meets whatever the first has left. */
static void send_after_failure(void)
{
	fail_at("write");
	fail_at("send");
	kill(getpid(), SIGPIPE);
}

/* What the thread is known to have failed at while it blocked SIGPIPE is no licence later on. */
static void send_after_taken(void)
{
	block();
	fail_at("write");
	must(take(), "nothing to take");
	unblock();
	kill(getpid(), SIGPIPE);
}

static void *from_thread(void *unused)
{
	kill(getpid(), SIGPIPE);
	return unused;
}

static void send_by_thread(void)
{
	pthread_t thread;

	pthread_create(&thread, 0, from_thread, 0);
	pthread_join(thread, 0);
}

static void send_while_blocked(void)
{
	block();
	kill(getpid(), SIGPIPE);
	unblock();
}

static void raise_in_handler(int number)
{
	(void)number;
	kill(getpid(), SIGPIPE);
}

static void send_in_handler(void)
{
	signal(SIGUSR1, raise_in_handler);
	raise(SIGUSR1);
}

static const struct {
	const char *name;
	void (*send)(void);
	bool fails_before; /* which in observe is the death already */
} senders[] = {
    {"raise", send_raise, 0},
    {"kill", send_kill, 0},
    {"kill-group", send_group, 0},
    {"pthread_kill", send_thread, 0},
    {"tgkill", send_tgkill, 0},
    {"sigqueue", send_queued, 0},
    {"assembly", send_raw, 0},
    {"child", send_by_child, 0},
    {"into-whole-write", send_into_whole_write, 0},
    {"into-broken-write", send_into_broken_write, 1},
    {"thread", send_by_thread, 0},
    {"blocked", send_while_blocked, 0},
    {"in-handler", send_in_handler, 0},
    {"after-failure", send_after_failure, 1},
    {"after-taken", send_after_taken, 1},
};
enum { SENDERS = sizeof senders / sizeof *senders };

static int victim_sender(char **args)
{
	senders[atoi(args[1])].send();
	return 0;
}

START_TEST(sent_on_purpose_kills)
{
	for (int i = 0; i < SENDERS; i++) {
		char index[4];

		snprintf(index, sizeof index, "%d", i);
		struct outcome outcome = RUN(.mode = (enum mode)_i, .victim = "sender",
					     .args = {senders[i].name, index});

		ck_dies(outcome);
		if (!senders[i].fails_before)
			ck_count(outcome, "epipe", 0);
	}
}
END_TEST

/* --- blocked by the application --- */

static const char *const callers[] = {"write",	"writev",  "syscall",  "send",
				      "__send", "sendmsg", "sendmmsg", "sendfile",
				      "splice", "fprintf", "assembly"};
enum { CALLERS = sizeof callers / sizeof *callers };

static int victim_blocked(char **args)
{
	block();
	fail_at(args[0]);
	say("pending %d", pending());
	say("taken %d", take());
	say("again %d", take());
	_exit(0);
}

static void *blocked_thread(void *writer)
{
	block();
	fail_at(writer);
	say("taken %d", take());
	return 0;
}

static int victim_blocked_thread(char **args)
{
	pthread_t thread;

	pthread_create(&thread, 0, blocked_thread, args[0]);
	pthread_join(thread, 0);
	say("main %d", take());
	_exit(0);
}

START_TEST(blocked_stays_pending)
{
	static const char *const victim[] = {"blocked", "blocked-thread"};

	for (int i = 0; i < 2 * CALLERS; i++) {
		const char *caller = callers[i / 2];
		bool seen = _i != UNGUARDED && seen_by_wrapper(writer_named(caller));
		struct outcome outcome =
		    RUN(.mode = (enum mode)_i, .victim = victim[i % 2], .args = {caller});
		const struct line *line = log_line(&outcome.log, "epipe", 0);

		ck_lives(outcome);
		ck_heard(outcome, "result", -1);
		ck_heard(outcome, "errno", EPIPE);
		ck_heard(outcome, "taken", 1);
		if (i % 2 == 0) {
			ck_heard(outcome, "pending", 1);
			ck_heard(outcome, "again", 0);
		}
		ck_count(outcome, "epipe", seen);
		if (!seen)
			continue;
		ck_field(outcome, line, "sigpipe", "blocked");
		ck_field(outcome, line, "action", "none");
		ck_field(outcome, line, "saved", "false");
	}
}
END_TEST

/* One that was pending before the failure is still the application's. */
static int victim_pending_before(char **args)
{
	block();
	kill(getpid(), SIGPIPE);
	fail_at(args[0]);
	say("pending %d", pending());
	say("taken %d", take());
	_exit(0);
}

START_TEST(pending_before_stays)
{
	for (int i = 0; i < CALLERS; i++) {
		struct outcome outcome =
		    RUN(.mode = (enum mode)_i, .victim = "pending-before", .args = {callers[i]});

		ck_lives(outcome);
		ck_heard(outcome, "pending", 1);
		ck_heard(outcome, "taken", 1);
	}
}
END_TEST

/* A common mistake of libraries, which kills unguarded. */
static int victim_block_write_unblock(char **args)
{
	for (int i = 0; i < 3; i++) {
		block();
		fail_at(args[0]);
		unblock();
	}
	say("survived 1");
	if (args[1])
		kill(getpid(), SIGPIPE);
	_exit(0);
}

START_TEST(unblocked_without_taking)
{
	for (int i = 0; i < CALLERS; i++) {
		/* What no wrapper saw fail looks like a kill at the unblock. */
		if (!seen_by_wrapper(writer_named(callers[i])))
			continue;
		struct outcome outcome = RUN(.mode = (enum mode)_i, .victim = "block-write-unblock",
					     .args = {callers[i]});

		if (_i == AUTO) {
			ck_lives(outcome);
			ck_count(outcome, "epipe", 3);
		} else {
			ck_dies(outcome);
		}
		outcome = RUN(.mode = (enum mode)_i, .victim = "block-write-unblock",
			      .args = {callers[i], "kill"});
		ck_dies(outcome);
	}
}
END_TEST

/* What was left pending was taken out: the next one is somebody's. */
static int victim_kill_after_taking(char **args)
{
	block();
	fail_at(args[0]);
	say("taken %d", take());
	kill(getpid(), SIGPIPE);
	unblock();
	_exit(0);
}

START_TEST(kill_after_taking_kills)
{
	for (int i = 0; i < CALLERS; i++) {
		struct outcome outcome =
		    RUN(.mode = (enum mode)_i, .victim = "kill-after-taking", .args = {callers[i]});

		ck_heard(outcome, "taken", 1);
		ck_dies(outcome);
	}
}
END_TEST

/* --- where nothing broke --- */

static int victim_unbroken(char **args)
{
	(void)args;
	for (size_t i = 0; i < writer_count; i++) {
		struct channel channel = open_channel(writers[i].pipes_only ? PIPE : UNIX_STREAM);

		if (writers[i].ends)
			continue;
		say("%s %zd", writers[i].name, writers[i].put(channel.fd));
		must(!pending(), "SIGPIPE pending");
	}
	_exit(0);
}

START_TEST(unbroken_is_as_unguarded)
{
	struct outcome unguarded = RUN(.mode = UNGUARDED, .victim = "unbroken");
	struct outcome outcome = RUN(.mode = (enum mode)_i, .victim = "unbroken");

	ck_lives(outcome);
	ck_assert_str_eq(unguarded.said, outcome.said);
	ck_heard(outcome, "splice", WRITTEN);
	ck_count(outcome, "epipe", 0);
}
END_TEST

/* ECONNRESET makes no signal, but a record of its own. */
static int victim_reset(char **args)
{
	struct channel channel = open_channel(TCP);

	say("peer %s", channel.peer_name);
	reset(channel.peer);
	await_hangup(channel.fd);
	errno = 0;
	say("result %zd", writer_named(args[0])->put(channel.fd));
	say("errno %d", errno);
	_exit(0);
}

START_TEST(reset_is_told_as_such)
{
	static const char *const names[] = {"write", "writev", "send", "sendmsg", "sendfile"};

	for (size_t i = 0; i < 5; i++) {
		struct outcome outcome =
		    RUN(.mode = (enum mode)_i, .victim = "reset", .args = {names[i]});
		const struct line *line = log_line(&outcome.log, "reset", 0);

		ck_lives(outcome);
		ck_heard(outcome, "result", -1);
		ck_heard(outcome, "errno", ECONNRESET);
		ck_count(outcome, "epipe", 0);
		if (_i == UNGUARDED)
			continue;
		ck_count(outcome, "reset", 1);
		ck_field(outcome, line, "errno", "ECONNRESET");
		ck_field(outcome, line, "call", names[i]);
		ck_field(outcome, line, "peer", heard(&outcome, "peer"));
		ck_field(outcome, line, "action", "none");
		ck_field(outcome, line, "saved", "false");
	}
}
END_TEST

const struct victim victims[] = {
    {"sender", victim_sender},
    {"blocked", victim_blocked},
    {"blocked-thread", victim_blocked_thread},
    {"pending-before", victim_pending_before},
    {"kill-after-taking", victim_kill_after_taking},
    {"block-write-unblock", victim_block_write_unblock},
    {"unbroken", victim_unbroken},
    {"reset", victim_reset},
    {0},
};

Suite *suite(void)
{
	Suite *suite = suite_create("signals");
	TCase *tcase = tcase_create("signals");

	tcase_set_timeout(tcase, 20);
	tcase_add_loop_test(tcase, sent_on_purpose_kills, 0, MODES);
	tcase_add_loop_test(tcase, blocked_stays_pending, 0, MODES);
	tcase_add_loop_test(tcase, pending_before_stays, 0, MODES);
	tcase_add_loop_test(tcase, unblocked_without_taking, 0, MODES);
	tcase_add_loop_test(tcase, kill_after_taking_kills, 0, MODES);
	tcase_add_loop_test(tcase, unbroken_is_as_unguarded, 0, MODES);
	tcase_add_loop_test(tcase, reset_is_told_as_such, 0, MODES);
	suite_add_tcase(suite, tcase);
	return suite;
}
