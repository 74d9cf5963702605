/* Programs that never look at errors: failures in a row on one socket or pipe, and what follows. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "channels.h"
#include "harness.h"
#include "waits.h"
#include "writers.h"

/* How often this process gave the processor away to wait for something. */
static long sleeps(void)
{
	struct rusage used;

	getrusage(RUSAGE_SELF, &used);
	return used.ru_nvcsw;
}

/* Writes on and on, and says how long it took and how often it slept. */
static int victim_loops(char **args)
{
	struct channel channel = broken_channel(kind_named(args[0]));
	const struct writer *writer = writer_named(args[1]);
	int times = atoi(args[2]);
	long begin = awaited_now(), slept = sleeps();

	if (args[3] && strcmp(args[3], "ignored") == 0)
		signal(SIGPIPE, SIG_IGN);
	for (int i = 0; i < times; i++)
		writer->put(channel.fd);
	say("ms %ld", awaited_now() - begin);
	say("slept %ld", sleeps() - slept);
	return 0;
}

static void ck_streaks(const struct outcome *outcome, size_t times)
{
	for (size_t i = 0; i < times; i++) {
		const struct line *line = log_line(&outcome->log, "epipe", i);

		ck_assert_msg(line_number(line, "streak") == (long long)i + 1, "%s: %zu: %s",
			      case_label(), i, line_text(line));
	}
}

START_TEST(counts_a_row)
{
	static const char *const names[] = {"write", "send", "writev", "dprintf", "assembly"};

	for (int i = 0; i < 5; i++)
		for (enum kind kind = TCP; kind < KINDS; kind++) {
			const struct writer *writer = writer_named(names[i]);
			struct outcome outcome;

			if (!kind_available(kind) || (writer->family == SEND && kind >= PIPE) ||
			    (kind == UNIX_SEQPACKET && !seen_by_wrapper(writer)))
				continue;
			outcome = RUN(.mode = AUTO, .victim = "loops",
				      .args = {kind_names[kind], names[i], "12"},
				      .env = {"BPGUARD_RUNAWAY=warn:5"});
			ck_lives(outcome);
			ck_count(outcome, "epipe", 12);
			ck_streaks(&outcome, 12);
			ck_count(outcome, "runaway", 1);
			ck_field(outcome, log_line(&outcome.log, "runaway", 0), "streak", "5");
			ck_field(outcome, log_line(&outcome.log, "runaway", 0), "call",
				 writer->call);
		}
}
END_TEST

/* Connection after connection at the same number, each lost once. */
static int victim_reuses(char **args)
{
	int first = -1;

	for (int i = 0; i < atoi(args[0]); i++) {
		struct channel channel = broken_channel(TCP);

		must(first < 0 || channel.fd == first, "the same number");
		first = channel.fd;
		must(write(channel.fd, "x", 1) == -1 && errno == EPIPE, "EPIPE");
		close(channel.fd);
	}
	return 0;
}

START_TEST(a_number_is_no_streak)
{
	struct outcome outcome = RUN(.mode = AUTO, .victim = "reuses", .args = {"1000"},
				     .env = {"BPGUARD_RUNAWAY=kill:2"});

	ck_lives(outcome);
	ck_count(outcome, "epipe", 1000);
	ck_count(outcome, "runaway", 0);
	for (size_t i = 0; i < 1000; i++)
		ck_field(outcome, log_line(&outcome.log, "epipe", i), "streak", "1");
}
END_TEST

static int victim_duplicates(char **args)
{
	struct channel channel = broken_channel(kind_named(args[0]));

	for (int i = 0; i < 8; i++)
		must(write(fcntl(channel.fd, F_DUPFD, 20 + i), "x", 1) == -1, "EPIPE");
	return 0;
}

START_TEST(duplicates_are_one)
{
	static const enum kind kinds[] = {TCP, UNIX_STREAM, PIPE};
	struct outcome outcome =
	    RUN(.mode = AUTO, .victim = "duplicates", .args = {kind_names[kinds[_i]]});

	ck_lives(outcome);
	ck_streaks(&outcome, 8);
}
END_TEST

START_TEST(off_tells_nothing)
{
	struct outcome outcome =
	    RUN(.mode = AUTO, .victim = "loops", .args = {"tcp", "write", "1200"},
		.env = {"BPGUARD_RUNAWAY=off"});

	ck_lives(outcome);
	ck_count(outcome, "epipe", 1200);
	ck_count(outcome, "runaway", 0);
}
END_TEST

/* The thousandth is long held back by the rate: what it completes is told all the same. */
START_TEST(is_not_held_back)
{
	struct outcome outcome =
	    RUN(.mode = AUTO, .victim = "loops", .args = {"tcp", "write", "3000"},
		.env = {"BPGUARD_RATE=100", "BPGUARD_RUNAWAY=warn:1000"});
	const struct line *detach = log_line(&outcome.log, "detach", 0);

	ck_lives(outcome);
	ck_assert_uint_eq(log_count(&outcome.log, "runaway"), 1);
	ck_field(outcome, log_line(&outcome.log, "runaway", 0), "streak", "1000");
	ck_assert(log_count(&outcome.log, "epipe") < 1500);
	ck_assert_int_eq(
	    (long long)log_count(&outcome.log, "epipe") + line_number(detach, "held_back"), 3000);
}
END_TEST

static struct outcome throttled(int mode, const char *writer, const char *how)
{
	return RUN(.mode = (enum mode)mode, .victim = "loops", .args = {"tcp", writer, "16", how},
		   .env = {"BPGUARD_RUNAWAY=throttle:3"});
}

/* 1 + 2 + ... + 64 and seven times 100 ms. A pause may be longer, never shorter. */
enum { PAUSES = 14, LONGEST_MS = 100, ALL_PAUSES_MS = 827 };

START_TEST(throttles)
{
	static const char *const names[] = {"write", "send", "dprintf", "assembly"};
	int mode = _i / 4 ? CALLS : AUTO;
	struct outcome outcome;

	if (!survives(mode, names[_i % 4]))
		return;
	outcome = throttled(mode, names[_i % 4], "");
	ck_lives(outcome);
	ck_count(outcome, "epipe", 16);
	ck_assert_int_ge(heard_number(&outcome, "ms"), ALL_PAUSES_MS);
	ck_assert_int_ge(heard_number(&outcome, "slept"), PAUSES);
}
END_TEST

START_TEST(throttles_who_ignores_the_signal)
{
	struct outcome outcome = throttled(AUTO, "write", "ignored");

	ck_lives(outcome);
	ck_assert_int_ge(heard_number(&outcome, "ms"), ALL_PAUSES_MS);
}
END_TEST

START_TEST(throttles_without_a_log)
{
	struct outcome outcome =
	    RUN(.mode = AUTO, .victim = "loops", .args = {"tcp", "write", "16"},
		.env = {"BPGUARD_RUNAWAY=throttle:3", "BPGUARD_LOG=off"});

	ck_lives(outcome);
	ck_assert_int_ge(heard_number(&outcome, "ms"), ALL_PAUSES_MS);
}
END_TEST

START_TEST(kills)
{
	static const char *const names[] = {"write", "send", "dprintf", "assembly"};
	static const int modes[] = {AUTO, CALLS, CALLS_MASKED};
	int mode = modes[_i / 4];
	struct outcome outcome;

	if (!survives(mode, names[_i % 4]))
		return;
	outcome = RUN(.mode = (enum mode)mode, .victim = "loops",
		      .args = {"tcp", names[_i % 4], "20"}, .env = {"BPGUARD_RUNAWAY=kill:5"});
	ck_dies(outcome);
	ck_count(outcome, "epipe", 5);
	ck_field(outcome, log_line(&outcome.log, "epipe", 3), "saved", "true");
	ck_field(outcome, log_line(&outcome.log, "epipe", 4), "action", "killed");
	ck_field(outcome, log_line(&outcome.log, "epipe", 4), "saved", "false");
	ck_count(outcome, "runaway", 1);
}
END_TEST

START_TEST(kills_nobody_who_ignores_the_signal)
{
	struct outcome outcome =
	    RUN(.mode = AUTO, .victim = "loops", .args = {"tcp", "write", "20", "ignored"},
		.env = {"BPGUARD_RUNAWAY=kill:5"});

	ck_lives(outcome);
	ck_count(outcome, "epipe", 20);
	ck_count(outcome, "runaway", 1);
}
END_TEST

/* A handler runs although the call that it interrupts is being held up, and ends that. */
static volatile sig_atomic_t is_writing, ticks;

static void tick(int number)
{
	(void)number;
	ticks += is_writing;
}

/* Whether a write was held up, interrupted, and back before its pause was over. */
static bool write_is_cut_short(int fd)
{
	long begin = awaited_now();
	int before = ticks;

	interrupt_when_asleep(SIGALRM);
	is_writing = 1;
	must(write(fd, "x", 1) == -1 && errno == EPIPE, "EPIPE");
	is_writing = 0;
	begin = awaited_now() - begin;
	wait(0);
	return ticks > before && begin < LONGEST_MS;
}

/* On a busy machine the signal may come too late for one or another pause. */
static int victim_is_alarmed(char **args)
{
	struct channel channel = broken_channel(TCP);
	struct sigaction action = {.sa_handler = tick};

	(void)args;
	for (int i = 0; i < 10; i++)
		write(channel.fd, "x", 1);
	sigaction(SIGALRM, &action, NULL);
	AWAIT(write_is_cut_short(channel.fd), "a pause that a signal ends");
	return 0;
}

START_TEST(a_signal_ends_the_wait)
{
	struct outcome outcome =
	    RUN(.mode = AUTO, .victim = "is-alarmed", .env = {"BPGUARD_RUNAWAY=throttle:1"});

	ck_lives(outcome);
}
END_TEST

const struct victim victims[] = {
    {"loops", victim_loops},
    {"reuses", victim_reuses},
    {"duplicates", victim_duplicates},
    {"is-alarmed", victim_is_alarmed},
    {0},
};

Suite *suite(void)
{
	Suite *suite = suite_create("programs that never look at errors");
	TCase *tcase = tcase_create("runaway");

	tcase_set_timeout(tcase, 30);
	tcase_add_test(tcase, counts_a_row);
	tcase_add_test(tcase, a_number_is_no_streak);
	tcase_add_loop_test(tcase, duplicates_are_one, 0, 3);
	tcase_add_test(tcase, off_tells_nothing);
	tcase_add_test(tcase, is_not_held_back);
	tcase_add_loop_test(tcase, throttles, 0, 8);
	tcase_add_test(tcase, throttles_who_ignores_the_signal);
	tcase_add_test(tcase, throttles_without_a_log);
	tcase_add_loop_test(tcase, kills, 0, 12);
	tcase_add_test(tcase, kills_nobody_who_ignores_the_signal);
	tcase_add_test(tcase, a_signal_ends_the_wait);
	suite_add_tcase(suite, tcase);
	return suite;
}
