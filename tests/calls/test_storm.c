/* Broken writes while another process sends signals whose numbers are lower than
 * PIPE's: where both are delivered at once, their handler's frame lies between the write and ours.
 */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

#include "channels.h"
#include "harness.h"
#include "writers.h"

/* In all; split evenly over the rows below. */
static long total(void)
{
	const char *given = getenv("STORM_WRITES");

	return given ? strtol(given, 0, 10) : 400000;
}

/* Several, so that frames lie on frames. */
static const int lower[] = {SIGUSR1, SIGHUP, SIGUSR2};
enum { LOWER = sizeof lower / sizeof *lower };

static volatile sig_atomic_t stormed;

static void count_signal(int number)
{
	(void)number;
	stormed = stormed + 1;
}

/* How often a naive handler was fooled, where there is one: that the storm is one at all. */
static volatile sig_atomic_t fooled;
static bool until_fooled;

static void count_signal_with_info(int number, siginfo_t *info, void *context)
{
	(void)info, (void)context;
	count_signal(number);
}

/* A handler that writes to a broken pipe itself, from wherever it found the program. */
static int also_broken = -1;

static void write_in_handler(int number)
{
	int saved = errno;

	count_signal(number);
	if (write(also_broken, "x", 1) != -1 || errno != EPIPE)
		_exit(89);
	errno = saved;
}

static void set_handler(int flags, void (*handler)(int))
{
	struct sigaction action = {.sa_flags = flags};
	stack_t stack = {.ss_size = 1 << 16};

	action.sa_handler = handler;
	if (flags & SA_SIGINFO)
		action.sa_sigaction = count_signal_with_info;
	stack.ss_sp = malloc(stack.ss_size);
	must(sigaltstack(&stack, 0) == 0, "sigaltstack");
	for (int at = 0; at < LOWER; at++)
		must(sigaction(lower[at], &action, 0) == 0, "sigaction");
}

static const struct row {
	const char *name, *writer;
	int flags;
	void (*handler)(int);
} rows[] = {
    {"write", "write", 0, count_signal},
    {"write-info", "write", SA_SIGINFO | SA_RESTART, 0},
    {"write-restart", "write", SA_RESTART, count_signal},
    {"write-nested", "write", 0, write_in_handler},
    {"writev-altstack", "writev", SA_ONSTACK, count_signal},
    {"raw", "assembly", 0, count_signal},
    {"raw-info", "assembly", SA_SIGINFO | SA_RESTART, 0},
    {"raw-altstack", "assembly", SA_ONSTACK | SA_SIGINFO, 0},
};
enum { PAUSE = 40 }; /* microseconds between two signals, and what a sleep takes itself */
enum { ROWS = sizeof rows / sizeof *rows };

static const struct row *row_named(const char *name)
{
	for (int i = 0; i < ROWS; i++)
		if (strcmp(rows[i].name, name) == 0)
			return &rows[i];
	must(false, name);
	return 0;
}

/* Until the victim says so or is gone. Only signals to the thread lie below SIGPIPE's frame: those
 * to the process wait in another queue, which the kernel looks at after. */
static void storm(pid_t victim, const int *over)
{
	for (int i = 0; !*(const volatile int *)over && getppid() == victim; i++) {
		for (int at = 0; at < LOWER; at++)
			if (i % 4 == 0)
				kill(victim, lower[at]);
			else
				syscall(SYS_tgkill, victim, victim, lower[at]);
		usleep(PAUSE);
	}
}

/* The storm is a process of its own, which this one, its parent, can end without killing it. */
static void under_storm(void (*work)(const struct row *, long), const struct row *row, long count)
{
	int *over =
	    mmap(0, sizeof *over, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pid_t victim = getpid(), sender = fork();

	if (sender == 0) {
		storm(victim, over);
		_exit(0);
	}
	work(row, count);
	*over = 1;
	while (waitpid(sender, 0, 0) < 0)
		must(errno == EINTR, "waitpid");
}

/* As many signals as there may be frames on frames, on whatever processor is left for the sender.
 */
static bool is_storm(void)
{
	return stormed >= 10 * LOWER && (!until_fooled || fooled);
}

static void write_often(const struct row *row, long count)
{
	const struct writer *writer = writer_named(row->writer);
	struct channel channel = broken_channel(PIPE);
	long failed = 0, tried;

	for (tried = 0; tried < count || !is_storm(); tried++) {
		errno = 0;
		failed += writer->put(channel.fd) == -1 && errno == EPIPE;
	}
	say("failed %ld", failed);
	say("others %ld", tried - failed);
	say("signals %d", (int)stormed);
}

static int victim_write(char **args)
{
	const struct row *row = row_named(args[0]);

	also_broken = broken_channel(PIPE).fd;
	set_handler(row->flags, row->handler);
	under_storm(write_often, row, atol(args[1]));
	return 0;
}

/* The contrary: what was sent on purpose must not be taken for a write's. */
static void kill_itself(const struct row *row, long count)
{
	(void)count;
	write_often(row, 2000);
	kill(getpid(), SIGPIPE);
	for (;;)
		raise(SIGPIPE);
}

static int victim_kill(char **args)
{
	const struct row *row = row_named(args[0]);

	also_broken = broken_channel(PIPE).fd;
	set_handler(row->flags, row->handler);
	under_storm(kill_itself, row, 0);
	return 0;
}

static void *write_in_thread(void *row)
{
	long count = 20000, failed = 0;
	const struct writer *writer = writer_named(((const struct row *)row)->writer);
	struct channel channel = broken_channel(PIPE);

	for (long i = 0; i < count; i++)
		failed += writer->put(channel.fd) == -1 && errno == EPIPE;
	return (void *)(intptr_t)(failed == count);
}

static void write_in_threads(const struct row *row, long count)
{
	pthread_t threads[2];
	void *right;

	(void)count;
	for (int i = 0; i < 2; i++)
		pthread_create(&threads[i], 0, write_in_thread, (void *)(uintptr_t)row);
	for (int i = 0; i < 2; i++) {
		pthread_join(threads[i], &right);
		must(right != 0, "a thread's writes");
	}
}

static int victim_threads(char **args)
{
	const struct row *row = row_named(args[0]);

	also_broken = broken_channel(PIPE).fd;
	set_handler(row->flags & ~SA_ONSTACK, row->handler);
	under_storm(write_in_threads, row, 0);
	return 0;
}

#ifdef __x86_64__
static void judge_naively(int number, siginfo_t *info, void *context)
{
	const ucontext_t *at = context;

	(void)number, (void)info;
	fooled = fooled + (at->uc_mcontext.gregs[REG_RIP] == (greg_t)(uintptr_t)count_signal);
}
#endif

static int victim_naive(char **args)
{
	struct sigaction action = {.sa_flags = SA_SIGINFO};

	(void)args;
#ifdef __x86_64__
	action.sa_sigaction = judge_naively;
#else
	say("skip 1");
	return 0;
#endif
	must(sigaction(SIGPIPE, &action, 0) == 0, "sigaction");
	until_fooled = true;
	set_handler(0, count_signal);
	under_storm(write_often, row_named("write"), 0);
	say("fooled %d", (int)fooled);
	return 0;
}

const struct victim victims[] = {
    {"write", victim_write},
    {"kill", victim_kill},
    {"threads", victim_threads},
    {"naive", victim_naive},
    {0},
};

START_TEST(none_is_misjudged)
{
	char count[32];
	struct outcome outcome;

	snprintf(count, sizeof count, "%ld", total() / ROWS);
	outcome = RUN(.mode = AUTO, .victim = "write", .args = {rows[_i].name, count},
		      .env = {"BPGUARD_LOG=off"});
	ck_lives(outcome);
	ck_heard(outcome, "others", 0);
	if (getenv("STORM_SHOW"))
		printf("%s: %s writes under %s signals\n", rows[_i].name, count,
		       heard(&outcome, "signals"));
}
END_TEST

/* It writes until it is. */
START_TEST(would_fool_the_naive)
{
	struct outcome outcome = RUN(.mode = UNGUARDED, .victim = "naive");

	ck_lives(outcome);
	if (heard_number(&outcome, "skip") != 1)
		ck_assert_int_ge(heard_number(&outcome, "fooled"), 1);
}
END_TEST

START_TEST(in_threads)
{
	struct outcome outcome = RUN(.mode = AUTO, .victim = "threads", .args = {rows[_i].name},
				     .env = {"BPGUARD_LOG=off"});

	ck_lives(outcome);
}
END_TEST

/* With the log on, each failure is told once and as what it was. */
START_TEST(each_is_recorded)
{
	const char *call = strcmp(rows[_i].writer, "assembly") == 0 ? "raw" : rows[_i].writer;
	struct outcome outcome =
	    RUN(.mode = AUTO, .victim = "write", .args = {rows[_i].name, "1000"});
	size_t others = 0, failed = (size_t)heard_number(&outcome, "failed");

	ck_lives(outcome);
	for (size_t i = 0; i < log_count(&outcome.log, "epipe") && i < 50; i++)
		others += !line_is(log_line(&outcome.log, "epipe", i), "call", call) &&
			  rows[_i].handler != write_in_handler;
	ck_assert_uint_eq(others, 0);
	if (rows[_i].handler == write_in_handler)
		ck_assert_uint_ge(log_count(&outcome.log, "epipe"), failed);
	else
		ck_count(outcome, "epipe", failed);
}
END_TEST

START_TEST(kill_is_no_write)
{
	for (int i = 0; i < 5; i++) {
		struct outcome outcome = RUN(.mode = AUTO, .victim = "kill",
					     .args = {rows[_i].name}, .env = {"BPGUARD_LOG=off"});

		ck_dies(outcome);
	}
}
END_TEST

Suite *suite(void)
{
	Suite *suite = suite_create("under a storm of signals");
	TCase *tcase = tcase_create("storm");

	tcase_set_timeout(tcase, 120);
	tcase_add_loop_test(tcase, none_is_misjudged, 0, ROWS);
	tcase_add_test(tcase, would_fool_the_naive);
	tcase_add_loop_test(tcase, in_threads, 0, ROWS);
	tcase_add_loop_test(tcase, each_is_recorded, 0, ROWS);
	tcase_add_loop_test(tcase, kill_is_no_write, 0, ROWS);
	suite_add_tcase(suite, tcase);
	return suite;
}
