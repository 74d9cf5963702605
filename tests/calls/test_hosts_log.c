/* Logs that cannot be written, streams that are gone, strings that do not end: what is told about a
 * failure never harms the host, nor lands where it does not belong. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "channels.h"
#include "harness.h"
#include "writers.h"

static void fail_by(const char *writer)
{
	struct channel channel = broken_channel(PIPE);

	errno = 0;
	say("result %zd", writer_named(writer)->put(channel.fd));
	say("errno %d", errno);
}

/* --- a log that may not grow --- */

static volatile sig_atomic_t excesses;

static void count_excess(int number)
{
	(void)number;
	excesses++;
}

static void limit_files(rlim_t size)
{
	struct rlimit limit;

	must(getrlimit(RLIMIT_FSIZE, &limit) == 0, "getrlimit");
	limit.rlim_cur = size;
	must(setrlimit(RLIMIT_FSIZE, &limit) == 0, "setrlimit");
}

static int victim_limited(char **args)
{
	const struct writer *writer = writer_named(args[0]);
	struct channel channel = broken_channel(PIPE);
	sigset_t pending, mask;
	ssize_t result;
	int error;

	if (strcmp(args[1], "handled") == 0)
		signal(SIGXFSZ, count_excess);
	limit_files(0);
	errno = 0;
	result = writer->put(channel.fd);
	error = errno;
	limit_files(RLIM_INFINITY);
	sigpending(&pending);
	sigprocmask(SIG_SETMASK, 0, &mask);
	say("result %zd", result);
	say("errno %d", error);
	say("excesses %d", excesses);
	say("pending %d", sigismember(&pending, SIGXFSZ));
	say("blocked %d", sigismember(&mask, SIGXFSZ));
	_exit(0);
}

START_TEST(limit_of_files)
{
	static const char *const names[] = {"write", "writev", "dprintf"};

	for (int i = 0; i < 6; i++) {
		const char *name = names[i / 2];
		struct outcome outcome = RUN(.mode = (enum mode)_i, .victim = "limited",
					     .args = {name, i % 2 ? "handled" : "default"});

		if (!survives(_i, name)) {
			ck_dies(outcome);
			continue;
		}
		ck_lives(outcome);
		ck_heard(outcome, "result", -1);
		ck_heard(outcome, "errno", EPIPE);
		ck_heard(outcome, "excesses", 0);
		ck_heard(outcome, "pending", 0);
		ck_heard(outcome, "blocked", 0);
		ck_count(outcome, "epipe", 0);
	}
}
END_TEST

/* A file of the program's own still has its signal. */
static int victim_exceeds(char **args)
{
	char path[160];
	int file;

	(void)args;
	snprintf(path, sizeof path, "%s/own", case_directory());
	file = open(path, O_WRONLY | O_CREAT, 0600);
	must(file >= 0, "open");
	limit_files(0);
	(void)!write(file, "x", 1);
	return 0;
}

START_TEST(limit_of_own_files)
{
	struct outcome outcome = RUN(.mode = (enum mode)_i, .victim = "exceeds");

	ck_status(outcome, WIFSIGNALED(outcome.status) && WTERMSIG(outcome.status) == SIGXFSZ,
		  "SIGXFSZ");
}
END_TEST

/* --- a log on a stderr that broke --- */

static int victim_fails(char **args)
{
	sigset_t pending;

	fail_by(args[0]);
	sigpending(&pending);
	say("pending %d", sigismember(&pending, SIGPIPE));
	return 0;
}

static int broken_stderr(bool socket)
{
	int ends[2];

	ck_assert_int_eq(socket ? socketpair(AF_UNIX, SOCK_STREAM, 0, ends) : pipe(ends), 0);
	close(ends[socket ? 1 : 0]);
	return ends[socket ? 0 : 1];
}

START_TEST(broken_stderr_harms_nobody)
{
	static const char *const names[] = {"write", "dprintf"};

	for (int i = 0; i < 4; i++) {
		int error = broken_stderr(i / 2);
		struct outcome outcome =
		    RUN(.mode = (enum mode)_i, .victim = "fails", .args = {names[i % 2]},
			.env = {"BPGUARD_LOG=stderr"}, .error = error);

		close(error);
		if (!survives(_i, names[i % 2])) {
			ck_dies(outcome);
			continue;
		}
		ck_lives(outcome);
		ck_heard(outcome, "result", -1);
		ck_heard(outcome, "errno", EPIPE);
		ck_heard(outcome, "pending", 0);
	}
}
END_TEST

/* --- a stderr that was closed, and whose number is another file's --- */

static int victim_closed_stderr(char **args)
{
	close(2);
	become("reuses-stderr", args[0]);
}

static int victim_reuses_stderr(char **args)
{
	struct stat info;
	char path[160];
	int fd;

	snprintf(path, sizeof path, "%s/own", case_directory());
	fd = open(path, O_RDWR | O_CREAT, 0600);
	say("number %d", fd);
	fail_by(args[0]);
	must(fstat(fd, &info) == 0, "fstat");
	say("size %ld", (long)info.st_size);
	return 0;
}

START_TEST(no_record_in_own_file)
{
	static const char *const names[] = {"write", "dprintf"};

	for (int i = 0; i < 2; i++) {
		struct outcome outcome = RUN(.mode = (enum mode)_i, .victim = "closed-stderr",
					     .args = {names[i]}, .env = {"BPGUARD_LOG=stderr"});

		ck_heard(outcome, "number", 2);
		if (!survives(_i, names[i])) {
			ck_dies(outcome);
			continue;
		}
		ck_lives(outcome);
		ck_heard(outcome, "errno", EPIPE);
		ck_heard(outcome, "size", 0);
	}
}
END_TEST

/* --- streams that are gone at the end --- */

static void no_stdout(void)
{
	stdout = 0;
}

static void close_stdout(void)
{
	fclose(stdout);
}

static void close_unflushed(void)
{
	printf("unflushed");
	fclose(stdout);
}

static void close_all(void)
{
	fclose(stdin);
	fclose(stdout);
	fclose(stderr);
}

static void close_below(void)
{
	printf("lost");
	close(1);
}

static const struct {
	const char *name;
	void (*leave)(void);
} streams[] = {
    {"null", no_stdout},
    {"closed", close_stdout},
    {"closed-unflushed", close_unflushed},
    {"all-closed", close_all},
    {"descriptor-closed", close_below},
};
enum { STREAMS = sizeof streams / sizeof *streams };

static int victim_stream(char **args)
{
	streams[atoi(args[1])].leave();
	return 0;
}

START_TEST(streams_that_are_gone)
{
	for (int i = 0; i < STREAMS; i++) {
		char index[4] = {(char)('0' + i), 0};
		struct outcome outcome = RUN(.mode = (enum mode)_i, .victim = "stream",
					     .args = {streams[i].name, index});

		ck_lives(outcome);
		ck_assert_str_eq(outcome.out, i == 2 ? "unflushed" : "");
		ck_assert_str_eq(outcome.error, "");
		ck_count(outcome, "detach", _i != UNGUARDED);
	}
}
END_TEST

/* --- strings that do not end --- */

enum { DEPTH = 14, LEAF = 250, LONG = 3000 };

/* Each byte takes six in JSON, or is no UTF-8, or ends a string there. */
static void fill(char *at, size_t size, int salt)
{
	static const char hostile[] = "\x01\n\"\\\xff\x7f\xe2\x82{}\t\xc0";

	for (size_t i = 0; i < size; i++)
		at[i] = hostile[(i + (size_t)salt) % (sizeof hostile - 1)];
}

static void copy_program(const char *to)
{
	int from = open("/proc/self/exe", O_RDONLY), fd = open(to, O_WRONLY | O_CREAT, 0700);
	static char block[1 << 16];
	ssize_t size;

	must(from >= 0 && fd >= 0, to);
	while ((size = read(from, block, sizeof block)) > 0)
		must(write(fd, block, (size_t)size) == size, "copy");
	close(fd);
	close(from);
}

/* A place for this program that is nearly as long as one may be; '/' stands in no name. */
static void place_deep(char path[PATH_MAX], bool controls)
{
	size_t length = (size_t)snprintf(path, PATH_MAX, "%s", case_directory());

	for (int i = 0; i < DEPTH; i++) {
		path[length++] = '/';
		if (controls)
			memset(path + length, 1, LEAF);
		else
			fill(path + length, LEAF, i);
		path[length += LEAF] = 0;
		must(mkdir(path, 0700) == 0, "mkdir");
	}
	strcpy(path + length, "/program");
	copy_program(path);
}

static int victim_long(char **args)
{
	static char path[PATH_MAX], arg[LONG + 1];
	bool controls = strcmp(args[0], "controls") == 0;
	char *next[] = {arg, (char[]){"victim"}, (char[]){"long-fails"}, args[0], arg, arg, 0};

	place_deep(path, controls);
	if (controls)
		memset(arg, 1, LONG);
	else
		fill(arg, LONG, 0);
	execv(path, next);
	return 91;
}

static int victim_long_fails(char **args)
{
	bool controls = strcmp(args[0], "controls") == 0;
	struct channel channel;
	char name[107] = "", comm[16] = "";

	if (controls)
		memset(name + 1, 1, sizeof name - 1), memset(comm, 1, 15);
	else
		fill(name + 1, sizeof name - 1, 0), fill(comm, 15, 0);
	prctl(PR_SET_NAME, comm);
	channel = open_named(UNIX_STREAM, name, sizeof name);
	close(channel.peer);
	say("result %zd", write(channel.fd, "x", 1));
	_exit(0);
}

/* Whether each line stands for itself is asked of the log's reader, in every run. */
START_TEST(records_have_an_end)
{
	static const char *const kinds[] = {"controls", "mixed"};

	for (int i = 0; i < 2; i++) {
		struct outcome outcome = RUN(.mode = (enum mode)_i, .victim = "long",
					     .args = {kinds[i]}, .env = {"BPGUARD_CHILDREN=all"});

		if (_i == UNGUARDED || _i == OBSERVE)
			ck_dies(outcome);
		else
			ck_lives(outcome);
		ck_count(outcome, "epipe", _i != UNGUARDED);
		for (size_t n = 0; n < outcome.log.count; n++)
			ck_assert_msg(strcspn(outcome.log.lines[n].text, "\n") < 4096,
				      "%s: %zu bytes", case_label(),
				      strcspn(outcome.log.lines[n].text, "\n") + 1);
	}
}
END_TEST

const struct victim victims[] = {
    {"limited", victim_limited},
    {"exceeds", victim_exceeds},
    {"fails", victim_fails},
    {"closed-stderr", victim_closed_stderr},
    {"reuses-stderr", victim_reuses_stderr},
    {"stream", victim_stream},
    {"long", victim_long},
    {"long-fails", victim_long_fails},
    {0},
};

Suite *suite(void)
{
	Suite *suite = suite_create("logs, streams and strings of hosts");
	TCase *tcase = tcase_create("hosts");

	tcase_set_timeout(tcase, 20);
	tcase_add_loop_test(tcase, limit_of_files, 0, MODES);
	tcase_add_loop_test(tcase, limit_of_own_files, 0, MODES);
	tcase_add_loop_test(tcase, broken_stderr_harms_nobody, 0, MODES);
	tcase_add_loop_test(tcase, no_record_in_own_file, 0, MODES);
	tcase_add_loop_test(tcase, streams_that_are_gone, 0, MODES);
	tcase_add_loop_test(tcase, records_have_an_end, 0, MODES);
	suite_add_tcase(suite, tcase);
	return suite;
}
