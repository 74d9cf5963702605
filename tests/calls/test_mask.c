/* What a mask around a call could leave behind: after a jump out of it, after a cancellation. In
 * every mode, since nobody should have to know which way a call was made. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <unistd.h>

#include "channels.h"
#include "harness.h"
#include "waits.h"
#include "writers.h"

static char data[1 << 20];

static bool is_blocked(void)
{
	sigset_t set;

	must(pthread_sigmask(SIG_SETMASK, 0, &set) == 0, "sigmask");
	return sigismember(&set, SIGPIPE);
}

static bool is_pending(void)
{
	sigset_t set;

	must(sigpending(&set) == 0, "sigpending");
	return sigismember(&set, SIGPIPE);
}

/* --- calls that wait for room --- */

static ssize_t wait_write(int fd)
{
	return write(fd, data, sizeof data);
}

static ssize_t wait_writev(int fd)
{
	struct iovec part = {data, sizeof data};

	return writev(fd, &part, 1);
}

static ssize_t wait_send(int fd)
{
	return send(fd, data, sizeof data, 0);
}

static ssize_t wait_sendmsg(int fd)
{
	struct iovec part = {data, sizeof data};
	struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};

	return sendmsg(fd, &message, 0);
}

static ssize_t wait_splice(int fd)
{
	struct channel from = open_channel(PIPE);

	return splice(from.peer, 0, fd, 0, 1, 0);
}

static ssize_t wait_vmsplice(int fd)
{
	struct iovec part = {data, sizeof data};

	while (vmsplice(fd, &part, 1, 0) > 0)
		;
	return -1;
}

static const struct {
	const char *name;
	enum kind kind;
	ssize_t (*put)(int fd);
} waiters[] = {
    {"write", PIPE, wait_write},       {"writev", PIPE, wait_writev},
    {"write", TCP, wait_write},	       {"send", UNIX_STREAM, wait_send},
    {"sendmsg", TCP, wait_sendmsg},    {"splice", PIPE, wait_splice},
    {"vmsplice", PIPE, wait_vmsplice},
};
enum { WAITERS = sizeof waiters / sizeof *waiters };

/* --- a jump out of a handler that interrupts one --- */

static sigjmp_buf before;

static void jump(int number)
{
	(void)number;
	siglongjmp(before, 1);
}

static void wait_until_jump(int waiter)
{
	struct channel channel = open_channel(waiters[waiter].kind);

	interrupt_when_asleep(SIGALRM);
	for (;;)
		waiters[waiter].put(channel.fd);
}

/* Deeper in the stack than the call that was left, so that an old window could be mistaken. */
static void fail_deeper(void)
{
	volatile char below[512];
	struct channel channel = broken_channel(UNIX_STREAM);

	memset((char *)below, 0, sizeof below);
	say("result %zd", write(channel.fd, "x", 1));
	say("send %zd", send(channel.fd, "x", 1, 0));
}

static int victim_jump(char **args)
{
	bool saves = strcmp(args[1], "saved") == 0;
	struct channel channel = open_channel(PIPE);

	signal(SIGALRM, jump);
	if (sigsetjmp(before, saves) == 0)
		wait_until_jump(atoi(args[2]));
	say("write %zd", write(channel.fd, "x", 1));
	say("blocked %d", is_blocked());
	say("pending %d", is_pending());
	fail_deeper();
	say("blocked-after %d", is_blocked());
	_exit(0);
}

static int victim_jump_blocked(char **args)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGPIPE);
	sigprocmask(SIG_BLOCK, &set, 0);
	return victim_jump(args);
}

static struct outcome jump_from(enum mode mode, const char *victim, const char *saves, int waiter)
{
	char index[4] = {(char)('0' + waiter), 0};

	return RUN(.mode = mode, .victim = victim, .args = {waiters[waiter].name, saves, index});
}

START_TEST(jump_leaves_nothing)
{
	for (int i = 0; i < 2 * WAITERS; i++) {
		struct outcome outcome =
		    jump_from((enum mode)_i, "jump", i % 2 ? "saved" : "unsaved", i / 2);

		ck_heard(outcome, "write", 1);
		ck_heard(outcome, "blocked", 0);
		ck_heard(outcome, "pending", 0);
		if (_i == UNGUARDED || _i == OBSERVE) {
			ck_dies(outcome);
			continue;
		}
		ck_lives(outcome);
		ck_heard(outcome, "result", -1);
		ck_heard(outcome, "send", -1);
		ck_heard(outcome, "blocked-after", 0);
		ck_count(outcome, "epipe", 2);
	}
}
END_TEST

START_TEST(jump_keeps_the_applications_mask)
{
	for (int i = 0; i < 2 * WAITERS; i++) {
		struct outcome outcome =
		    jump_from((enum mode)_i, "jump-blocked", i % 2 ? "saved" : "unsaved", i / 2);

		ck_lives(outcome);
		ck_heard(outcome, "blocked", 1);
		ck_heard(outcome, "blocked-after", 1);
	}
}
END_TEST

/* --- a thread that is cancelled inside of one --- */

static void tell_cleanup(void *unused)
{
	(void)unused;
	say("cleanup-blocked %d", is_blocked());
}

static int cancel_type;
static pid_t waiting_thread;

static void *wait_until_cancelled(void *waiter)
{
	int i = *(int *)waiter;
	struct channel channel = open_channel(waiters[i].kind);

	pthread_cleanup_push(tell_cleanup, 0);
	pthread_setcanceltype(cancel_type, 0);
	__atomic_store_n(&waiting_thread, gettid(), __ATOMIC_RELEASE);
	for (;;)
		waiters[i].put(channel.fd);
	pthread_cleanup_pop(0);
	return 0;
}

static int victim_cancel(char **args)
{
	int waiter = atoi(args[1]);
	pthread_t thread;
	void *result = 0;

	cancel_type =
	    strcmp(args[2], "async") == 0 ? PTHREAD_CANCEL_ASYNCHRONOUS : PTHREAD_CANCEL_DEFERRED;
	must(pthread_create(&thread, 0, wait_until_cancelled, &waiter) == 0, "pthread_create");
	AWAIT(__atomic_load_n(&waiting_thread, __ATOMIC_ACQUIRE), "the thread");
	await_asleep(waiting_thread, -1);
	must(pthread_cancel(thread) == 0 && pthread_join(thread, &result) == 0, "cancel");
	say("cancelled %d", result == PTHREAD_CANCELED);
	say("blocked %d", is_blocked());
	say("pending %d", is_pending());
	fail_deeper();
	_exit(0);
}

START_TEST(cancellation_leaves_nothing)
{
	for (int i = 0; i < 2 * WAITERS; i++) {
		char index[4] = {(char)('0' + i / 2), 0};
		struct outcome outcome =
		    RUN(.mode = (enum mode)_i, .victim = "cancel",
			.args = {waiters[i / 2].name, index, i % 2 ? "async" : "deferred"});

		ck_heard(outcome, "cancelled", 1);
		ck_heard(outcome, "cleanup-blocked", 0);
		ck_heard(outcome, "blocked", 0);
		ck_heard(outcome, "pending", 0);
		if (_i == UNGUARDED || _i == OBSERVE)
			ck_dies(outcome);
		else
			ck_lives(outcome);
	}
}
END_TEST

/* --- a thread that is cancelled at any point of a failure and its record --- */

static int failing_fd;
static long failed_so_far;

static void *fail_until_cancelled(void *unused)
{
	pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, 0);
	for (;; __atomic_add_fetch(&failed_so_far, 1, __ATOMIC_RELAXED))
		if (write(failing_fd, data, 1) != -1)
			_exit(93);
	return unused;
}

/* More than there are places to put a record together: none is left behind taken. */
static int victim_cancel_failing(char **args)
{
	enum { TIMES = 50 };
	long cancelled = 0;

	(void)args;
	failing_fd = broken_channel(PIPE).fd;
	for (int i = 0; i < TIMES; i++) {
		long so_far = __atomic_load_n(&failed_so_far, __ATOMIC_RELAXED);
		pthread_t thread;
		void *result = 0;

		must(pthread_create(&thread, 0, fail_until_cancelled, 0) == 0, "pthread_create");
		/* At any moment of any failure but its first. */
		AWAIT(__atomic_load_n(&failed_so_far, __ATOMIC_RELAXED) > so_far, "a failure");
		must(pthread_cancel(thread) == 0 && pthread_join(thread, &result) == 0, "cancel");
		cancelled += result == PTHREAD_CANCELED;
	}
	say("cancelled %ld", cancelled);
	fail_deeper();
	say("blocked %d", is_blocked());
	_exit(0);
}

START_TEST(cancellation_of_a_failure)
{
	struct outcome outcome = RUN(.mode = (enum mode)_i, .victim = "cancel-failing");
	size_t count = log_count(&outcome.log, "epipe");

	if (_i == UNGUARDED || _i == OBSERVE) {
		ck_dies(outcome);
		return;
	}
	ck_lives(outcome);
	ck_heard(outcome, "cancelled", 50);
	ck_heard(outcome, "send", -1);
	ck_heard(outcome, "blocked", 0);
	ck_assert_uint_gt(count, 50);
	ck_field(outcome, log_line(&outcome.log, "epipe", count - 1), "call", "send");
}
END_TEST

/* --- threads and masks of their own --- */

enum { THREADS = 4, FAILURES = 500 };

static void *fail_often(void *caller)
{
	const struct writer *writer = caller;
	struct channel channel = broken_channel(PIPE);
	long failed = 0;

	for (int i = 0; i < FAILURES; i++) {
		errno = 0;
		failed += writer->put(channel.fd) == -1 && errno == EPIPE && !is_blocked();
	}
	return (void *)failed;
}

static int victim_threads(char **args)
{
	pthread_t threads[THREADS];
	long total = 0;
	void *failed;

	for (int i = 0; i < THREADS; i++)
		must(pthread_create(&threads[i], 0, fail_often,
				    (void *)(uintptr_t)writer_named(args[0])) == 0,
		     "pthread_create");
	for (int i = 0; i < THREADS; i++) {
		pthread_join(threads[i], &failed);
		total += (long)failed;
	}
	say("failed %ld", total);
	return 0;
}

START_TEST(threads_do_not_meet)
{
	struct outcome outcome =
	    RUN(.mode = (enum mode)_i, .victim = "threads", .args = {"writev"});

	ck_lives(outcome);
	ck_heard(outcome, "failed", THREADS * FAILURES);
	ck_count(outcome, "epipe", THREADS * FAILURES);
}
END_TEST

const struct victim victims[] = {
    {"jump", victim_jump},	 {"jump-blocked", victim_jump_blocked},
    {"cancel", victim_cancel},	 {"cancel-failing", victim_cancel_failing},
    {"threads", victim_threads}, {0},
};

Suite *suite(void)
{
	Suite *suite = suite_create("the mask around a call");
	TCase *tcase = tcase_create("mask");

	tcase_set_timeout(tcase, 30);
	tcase_add_loop_test(tcase, jump_leaves_nothing, 0, MODES);
	tcase_add_loop_test(tcase, jump_keeps_the_applications_mask, 0, MODES);
	tcase_add_loop_test(tcase, cancellation_leaves_nothing, 0, MODES);
	tcase_add_loop_test(tcase, cancellation_of_a_failure, 0, MODES);
	tcase_add_loop_test(tcase, threads_do_not_meet, AUTO, OBSERVE);
	suite_add_tcase(suite, tcase);
	return suite;
}
