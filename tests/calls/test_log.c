/* What is in the log and what is held back from it; and that no log, however bad, hurts its host.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "channels.h"
#include "harness.h"
#include "waits.h"
#include "writers.h"

static int fail_times(int count)
{
	struct channel channel = broken_channel(PIPE);
	int failed = 0;

	for (int i = 0; i < count; i++)
		failed += write(channel.fd, "x", 1) == -1 && errno == EPIPE;
	close(channel.fd);
	return failed;
}

static int victim_fail(char **args)
{
	say("failed %d", fail_times(atoi(args[0])));
	return 0;
}

/* --- settings that are none --- */

static const char *const bad_settings[] = {
    "BPGUARD_PROTECT=bogus", "BPGUARD_PROTECT=AUTO",
    "BPGUARD_CHILDREN=some", "BPGUARD_RATE=fast",
    "BPGUARD_RATE=-1",	     "BPGUARD_RATE=99999999999999999999",
    "BPGUARD_LTTNG=perhaps", "BPGUARD_PROTECT=\"\\\n\xff",
    "BPGUARD_RATE=5 ",
};
enum { BAD_SETTINGS = sizeof bad_settings / sizeof *bad_settings };

/* Guarded as by default, and told once. */
START_TEST(bad_setting)
{
	struct outcome outcome =
	    RUN(.mode = AUTO, .victim = "fail", .args = {"2"}, .env = {bad_settings[_i]});
	const struct line *line = log_line(&outcome.log, "setting", 0);
	char *name = strndup(bad_settings[_i], strcspn(bad_settings[_i], "="));

	ck_lives(outcome);
	ck_heard(outcome, "failed", 2);
	ck_count(outcome, "setting", 1);
	ck_count(outcome, "epipe", 2);
	ck_assert_msg(strstr(line_text(line), name), "%s is not in %s", name, line_text(line));
}
END_TEST

START_TEST(good_settings)
{
	struct outcome outcome = RUN(.mode = AUTO, .victim = "fail", .args = {"1"},
				     .env = {"BPGUARD_CHILDREN=all", "BPGUARD_LTTNG=off",
					     "BPGUARD_RUNAWAY=warn:1000", "BPGUARD_RATE=0"});

	ck_lives(outcome);
	ck_count(outcome, "setting", 0);
	ck_count(outcome, "epipe", 1);
}
END_TEST

/* --- one record --- */

static int victim_named(char **args)
{
	(void)args;
	say("comm %d", open("/proc/self/comm", O_WRONLY));
	must(write(3, "a \"b\"\\\n\xff", 8) == 8, "comm");
	fail_times(1);
	return 0;
}

START_TEST(who_and_when)
{
	time_t before = time(0);
	struct outcome outcome = RUN(.mode = AUTO, .victim = "named", .args = {"\xff\"", "\n"});
	const struct line *line = log_line(&outcome.log, "epipe", 0);
	struct tm at = {0};
	char program[4096] = "";
	time_t told;

	ck_lives(outcome);
	ck_field(outcome, line, "comm", "a \"b\"\\\n\xc3\xbf");
	ck_assert_int_gt(readlink("/proc/self/exe", program, sizeof program - 1), 0);
	ck_field(outcome, line, "exe", program);
	ck_assert_ptr_nonnull(strptime(line_value(line, "time"), "%Y-%m-%dT%H:%M:%S", &at));
	told = timegm(&at);
	ck_assert_msg(told >= before - 1 && told <= time(0) + 1, "the time is %ld s off: %s",
		      (long)(told - before), line_text(line));
	ck_assert_msg(strstr(line_value(line, "caller"), "test_log+0x"), "caller in %s",
		      line_text(line));
}
END_TEST

/* A program starts with its argv, also where that is long; the first 128 bytes of it are told. */
START_TEST(argv_is_cut)
{
	static char longer[4000];
	struct outcome outcome;
	const char *argv;

	memset(longer, '"', sizeof longer - 1);
	outcome =
	    RUN(.mode = AUTO, .victim = "fail", .args = {"2", longer}, .env = {"BPGUARD_ARGV=all"});
	ck_lives(outcome);
	argv = line_value(log_line(&outcome.log, "epipe", 0), "argv");
	if (!argv)
		argv = line_value(log_line(&outcome.log, "attach", 0), "argv");
	ck_assert_ptr_nonnull(argv);
	ck_assert_uint_eq(strlen(argv), 128);
	ck_field(outcome, log_line(&outcome.log, "epipe", 1), "argv", 0);
}
END_TEST

/* --- held back --- */

/* Whatever the rate: the contract gives it for the default. */
enum { BURST = 200 };

static off_t log_size(void)
{
	struct stat info;

	must(stat(getenv("BPGUARD_LOG"), &info) == 0, "the log");
	return info.st_size;
}

/* The last one is told: then the rate lets one through again. */
static int victim_burst(char **args)
{
	long began = awaited_now();
	int failed = fail_times(atoi(args[0]));
	off_t size = log_size();

	AWAIT((failed += fail_times(1), log_size() > size), "a record after the burst");
	say("failed %d", failed);
	say("ms %ld", awaited_now() - began);
	return 0;
}

/* However long it takes, no more than the rate lets through in that time. */
static void check_rate(const char *setting, const char *count, long rate)
{
	struct outcome outcome =
	    RUN(.mode = AUTO, .victim = "burst", .args = {count}, .env = {setting});
	long long told = (long long)log_count(&outcome.log, "epipe");
	long most = BURST + heard_number(&outcome, "ms") * rate / 1000 + 1;

	ck_lives(outcome);
	ck_assert_msg(told > BURST && told <= most, "%s: %lld records of %ld", setting, told, most);
	for (size_t i = 0; i < outcome.log.count; i++)
		if (line_value(&outcome.log.lines[i], "suppressed"))
			told += line_number(&outcome.log.lines[i], "suppressed");
	ck_assert_msg(told == heard_number(&outcome, "failed"), "%s: %lld failures told of %s\n%s",
		      setting, told, heard(&outcome, "failed"), outcome.log.text);
}

START_TEST(rate_holds_back)
{
	check_rate("BPGUARD_RATE=5", "1000", 5);
	check_rate("BPGUARD_RATE=100", "5000", 100);
	check_rate("BPGUARD_RATE=1", "300", 1);
}
END_TEST

START_TEST(no_rate)
{
	struct outcome outcome = RUN(.mode = AUTO, .victim = "fail", .args = {"3000"});

	ck_lives(outcome);
	ck_count(outcome, "epipe", 3000);
	ck_assert_ptr_null(strstr(outcome.log.text, "suppressed"));
}
END_TEST

/* Many processes, one file: no line is torn. */
static int victim_crowd(char **args)
{
	(void)args;
	for (int i = 0; i < 8; i++)
		if (fork() == 0) {
			fail_times(500);
			_exit(0);
		}
	while (wait(0) > 0)
		;
	return 0;
}

START_TEST(crowd)
{
	struct outcome outcome = RUN(.mode = AUTO, .victim = "crowd");

	ck_lives(outcome);
	ck_count(outcome, "epipe", 4000);
}
END_TEST

/* --- places that are no good --- */

static const struct {
	const char *setting;
	const char *path; /* of one that cannot be opened */
} bad_logs[] = {
    {"BPGUARD_LOG=/nonexistent/log", "/nonexistent/log"},
    {"BPGUARD_LOG=/dev/full", 0},
    {"BPGUARD_LOG=/proc/self/mem", 0},
    {"BPGUARD_LOG=/", "/"},
    {"BPGUARD_LOG=syslog", "/dev/log"},
    {"BPGUARD_LOG=journal", "/run/systemd/journal/socket"},
    {"BPGUARD_LOG=", 0},
    {"BPGUARD_LOG=/dev/null", 0},
    {"BPGUARD_LOG=off", 0},
};
enum { BAD_LOGS = sizeof bad_logs / sizeof *bad_logs };

/* A place that may be opened, but a daemon's where there is one. */
static bool is_unreachable(const char *path)
{
	struct stat info;

	return path && (stat(path, &info) < 0 || S_ISDIR(info.st_mode));
}

/* What cannot be opened is told in one line at the root's start, and only there. */
START_TEST(bad_log)
{
	struct outcome outcome =
	    RUN(.mode = AUTO, .victim = "fail", .args = {"300"}, .env = {bad_logs[_i].setting});
	const char *line = strchr(outcome.error, '\n');

	ck_lives(outcome);
	ck_heard(outcome, "failed", 300);
	if (is_unreachable(bad_logs[_i].path))
		ck_assert_msg(strncmp(outcome.error, "bpguard: BPGUARD_LOG: ", 22) == 0 && line &&
				  !line[1],
			      "%s: no one line: %s", bad_logs[_i].setting, outcome.error);
	else
		ck_assert_str_eq(outcome.error, "");
}
END_TEST

/* Nobody reads it, and it is full soon: nothing may wait for it. */
START_TEST(log_is_a_fifo)
{
	char path[200], log[220];
	struct outcome outcome;
	int reader;

	snprintf(path, sizeof path, "%s/a fifo", case_directory());
	snprintf(log, sizeof log, "BPGUARD_LOG=%s", path);
	ck_assert_int_eq(mkfifo(path, 0600), 0);
	outcome = RUN(.mode = AUTO, .victim = "fail", .args = {"300"}, .env = {log});
	ck_lives(outcome);
	reader = open(path, O_RDONLY | O_NONBLOCK);
	outcome = RUN(.mode = AUTO, .victim = "fail", .args = {"3000"}, .env = {log});
	ck_lives(outcome);
	ck_heard(outcome, "failed", 3000);
	close(reader);
}
END_TEST

/* The log itself breaks: that is no failure of the application's. */
static void broken_stderr(enum mode mode, bool full)
{
	struct outcome outcome;
	int ends[2];

	ck_assert_int_eq(pipe(ends), 0);
	if (!full)
		close(ends[0]);
	outcome = RUN(.mode = mode, .victim = "fail", .args = {"2000"},
		      .env = {"BPGUARD_LOG=stderr"}, .error = ends[1]);
	ck_lives(outcome);
	ck_heard(outcome, "failed", 2000);
}

START_TEST(log_is_broken)
{
	broken_stderr((enum mode)_i, false);
}
END_TEST

START_TEST(log_is_full)
{
	broken_stderr((enum mode)_i, true);
}
END_TEST

/* --- a log whose size another writer plays with --- */

static int victim_swollen(char **args)
{
	enum { ROUNDS = 20000 };
	int log = open(getenv("BPGUARD_LOG"), O_RDWR), broken = broken_channel(PIPE).fd, failed = 0;
	volatile int *rounds =
	    mmap(0, sizeof *rounds, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pid_t other = fork();

	(void)args;
	for (; other == 0; ++*rounds)
		must(ftruncate(log, 1LL << 43) == 0 && ftruncate(log, 0) == 0, "ftruncate");
	while (*rounds < ROUNDS && write(broken, "x", 1) == -1 && errno == EPIPE)
		failed++;
	kill(other, SIGKILL);
	must(waitpid(other, 0, 0) == other, "waitpid");
	must(truncate(getenv("BPGUARD_LOG"), 0) == 0, "truncate");
	say("failed %d", failed);
	return 0;
}

START_TEST(log_that_is_swollen)
{
	struct outcome outcome = RUN(.mode = AUTO, .victim = "swollen", .env = {"BPGUARD_RATE=0"});

	ck_lives(outcome);
	ck_assert_int_gt(heard_number(&outcome, "failed"), 0);
}
END_TEST

/* --- a stderr that is somebody's socket --- */

/* Not a byte, whether the log is to be there or cannot be opened. */
START_TEST(stderr_of_a_peer)
{
	static const char *const logs[] = {"BPGUARD_LOG=stderr", "BPGUARD_LOG=/nonexistent/log"};
	char byte;
	int ends[2];
	struct outcome outcome;

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends), 0);
	outcome =
	    RUN(.mode = AUTO, .victim = "fail", .args = {"3"}, .env = {logs[_i]}, .error = ends[1]);
	close(ends[1]);
	ck_lives(outcome);
	ck_assert_int_eq(read(ends[0], &byte, 1), 0);
	close(ends[0]);
}
END_TEST

/* --- a relative path --- */

static int victim_wander(char **args)
{
	(void)args;
	must(mkdir("below", 0700) == 0 && chdir("below") == 0, "chdir");
	fail_times(1);
	must(raw_call(SYS_close_range, 3, 0x7fffffff, 0) == 0, "close_range");
	fail_times(1);
	must(chdir("..") == 0 && rmdir("below") == 0, "rmdir");
	return 0;
}

START_TEST(relative_path)
{
	char place[] = "/tmp/bpguard-relative.XXXXXX";
	int before = open(".", O_RDONLY | O_DIRECTORY);
	struct outcome outcome;
	struct log log;

	ck_assert(mkdtemp(place) && chdir(place) == 0);
	outcome = RUN(.mode = AUTO, .victim = "wander", .env = {"BPGUARD_LOG=log"});
	log = log_read("log");
	unlink("log");
	rmdir(place);
	ck_assert_int_eq(fchdir(before), 0);
	ck_lives(outcome);
	ck_assert_uint_eq(log_count(&log, "epipe"), 2);
}
END_TEST

const struct victim victims[] = {
    {"fail", victim_fail},
    {"named", victim_named},
    {"burst", victim_burst},
    {"crowd", victim_crowd},
    {"wander", victim_wander},
    {"swollen", victim_swollen},
    {0},
};

Suite *suite(void)
{
	Suite *suite = suite_create("the log");
	TCase *tcase = tcase_create("log");

	tcase_set_timeout(tcase, 30);
	tcase_add_loop_test(tcase, bad_setting, 0, BAD_SETTINGS);
	tcase_add_test(tcase, good_settings);
	tcase_add_test(tcase, who_and_when);
	tcase_add_test(tcase, argv_is_cut);
	tcase_add_test(tcase, rate_holds_back);
	tcase_add_test(tcase, no_rate);
	tcase_add_test(tcase, crowd);
	tcase_add_loop_test(tcase, bad_log, 0, BAD_LOGS);
	tcase_add_test(tcase, log_is_a_fifo);
	tcase_add_loop_test(tcase, log_is_broken, AUTO, OBSERVE);
	tcase_add_loop_test(tcase, log_is_full, AUTO, OBSERVE);
	tcase_add_test(tcase, log_that_is_swollen);
	tcase_add_loop_test(tcase, stderr_of_a_peer, 0, 2);
	tcase_add_test(tcase, relative_path);
	suite_add_tcase(suite, tcase);
	return suite;
}
