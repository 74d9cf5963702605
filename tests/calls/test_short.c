/* A write that is larger than what fits, and whose reader dies midway: the result is a short count,
 * errno is left alone, and the kernel sends SIGPIPE all the same. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "channels.h"
#include "harness.h"
#include "waits.h"
#include "writers.h"

enum { MEBIBYTE = 1 << 20, UNTOUCHED = 4711 };

static char data[MEBIBYTE];

static ssize_t put_write(int fd)
{
	return write(fd, data, MEBIBYTE);
}

static ssize_t put_writev(int fd)
{
	struct iovec parts[2] = {{data, MEBIBYTE / 2}, {data + MEBIBYTE / 2, MEBIBYTE / 2}};

	return writev(fd, parts, 2);
}

static ssize_t put_pwritev2(int fd)
{
	struct iovec part = {data, MEBIBYTE};

	return pwritev2(fd, &part, 1, -1, 0);
}

static ssize_t put_syscall(int fd)
{
	return syscall(SYS_write, fd, data, (size_t)MEBIBYTE);
}

static ssize_t put_assembly(int fd)
{
	return raw_write(fd, data, MEBIBYTE);
}

/* To TCP these two are many sends in the kernel, of which the last one fails. */
static ssize_t put_sendfile(int fd)
{
	char path[160];
	int from;

	snprintf(path, sizeof path, "%s/mebibyte", case_directory());
	from = open(path, O_RDWR | O_CREAT, 0600);
	must(ftruncate(from, MEBIBYTE) == 0, "ftruncate");
	errno = UNTOUCHED;
	return sendfile(fd, from, 0, MEBIBYTE);
}

static ssize_t put_splice(int fd)
{
	struct channel from = open_channel(PIPE);

	must(fcntl(from.fd, F_SETPIPE_SZ, MEBIBYTE) == MEBIBYTE, "F_SETPIPE_SZ");
	must(raw_write(from.fd, data, MEBIBYTE) == MEBIBYTE, "source");
	errno = UNTOUCHED;
	return splice(from.peer, 0, fd, 0, MEBIBYTE, 0);
}

static const struct {
	const char *name;
	enum kind kind;
	ssize_t (*put)(int fd);
	bool wrapped;
} ways[] = {
    {"write", PIPE, put_write, true},	     {"writev", PIPE, put_writev, true},
    {"pwritev2", PIPE, put_pwritev2, true},  {"syscall", PIPE, put_syscall, true},
    {"assembly", PIPE, put_assembly, false}, {"write", FIFO, put_write, true},
    {"sendfile", TCP, put_sendfile, true},   {"splice", TCP, put_splice, true},
};
enum { WAYS = sizeof ways / sizeof *ways };

/* Takes a little, waits until the writer waits for more room, and goes; a TCP socket with
 * a FIN, and then with a RST, because of what it has not read. */
static void read_and_die(int fd, pid_t writer)
{
	char some[8192];

	await_readable(
	    fd); /* a FIFO's reader was opened before there was a writer, so as not to wait */
	must(read(fd, some, sizeof some) > 0, "read");
	await_asleep(writer, -1);
	if (shutdown(fd, SHUT_WR) == 0)
		await_asleep(writer, -1);
	raw_call(SYS_exit_group, 0, 0, 0);
}

static struct channel dying_reader(enum kind kind)
{
	struct channel channel = open_channel(kind);
	int small = 1 << 14;
	pid_t writer = getpid(), reader = fork();

	must(reader >= 0, "fork");
	if (reader == 0) {
		close(channel.fd);
		read_and_die(channel.peer, writer);
	}
	close(channel.peer);
	setsockopt(channel.fd, SOL_SOCKET, SO_SNDBUF, &small, sizeof small);
	return channel;
}

static int victim_write(char **args)
{
	int way = atoi(args[1]);
	struct channel channel = dying_reader(ways[way].kind);
	ssize_t result;

	errno = UNTOUCHED;
	result = ways[way].put(channel.fd);
	say("errno %d", errno);
	say("result %zd", result);
	_exit(0);
}

static volatile sig_atomic_t handled;

static void count_signal(int number)
{
	(void)number;
	handled = handled + 1;
}

static int victim_handler(char **args)
{
	struct channel channel;
	ssize_t result;

	(void)args;
	signal(SIGPIPE, count_signal);
	channel = dying_reader(PIPE);
	errno = UNTOUCHED;
	result = put_write(channel.fd);
	say("errno %d", errno);
	say("result %zd", result);
	say("handled %d", (int)handled);
	return 0;
}

const struct victim victims[] = {
    {"write", victim_write},
    {"handler", victim_handler},
    {0},
};

static struct outcome cut_short(enum mode mode, int way)
{
	char index[4] = {(char)('0' + way), 0};

	return RUN(.mode = mode, .victim = "write",
		   .args = {ways[way].name, index, kind_names[ways[way].kind]});
}

static void check_short(const struct outcome *outcome)
{
	long result = heard_number(outcome, "result");

	ck_lives(*outcome);
	ck_heard(*outcome, "errno", UNTOUCHED);
	ck_assert_msg(result > 0 && result < MEBIBYTE, "%s: %ld is no short count", case_label(),
		      result);
}

START_TEST(dies_unguarded)
{
	struct outcome outcome;

	if (!machine_has(ways[_i].name))
		return;
	outcome = cut_short(UNGUARDED, _i);
	ck_dies(outcome);
}
END_TEST

START_TEST(lives_in_auto)
{
	struct outcome outcome;
	const struct line *line;

	if (!machine_has(ways[_i].name))
		return;
	outcome = cut_short(AUTO, _i);
	line = log_line(&outcome.log, "epipe", 0);
	check_short(&outcome);
	ck_count(outcome, "epipe", 1);
	ck_field(outcome, line, "call", ways[_i].wrapped ? ways[_i].name : "raw");
	if (ways[_i].wrapped || machine_has("fd"))
		ck_field(outcome, line, "type", kind_names[ways[_i].kind]);
	ck_field(outcome, line, "action", "backstop");
	ck_field(outcome, line, "saved", "true");
	if (ways[_i].wrapped || machine_has("raw-number"))
		ck_field(outcome, line, "requested", "1048576");
}
END_TEST

static void check_calls(enum mode mode, int way)
{
	struct outcome outcome;

	if (!machine_has(ways[way].name))
		return;
	outcome = cut_short(mode, way);
	if (!ways[way].wrapped) {
		ck_dies(outcome);
		return;
	}
	check_short(&outcome);
	ck_count(outcome, "epipe", 1);
}

START_TEST(lives_in_calls)
{
	check_calls(CALLS, _i);
}
END_TEST

START_TEST(lives_in_calls_masked)
{
	check_calls(CALLS_MASKED, _i);
}
END_TEST

START_TEST(dies_in_observe)
{
	struct outcome outcome;

	if (!machine_has(ways[_i].name))
		return;
	outcome = cut_short(OBSERVE, _i);
	ck_dies(outcome);
	ck_count(outcome, "epipe", 1);
	ck_field(outcome, log_line(&outcome.log, "epipe", 0), "action", "killed");
}
END_TEST

START_TEST(runs_the_handler_once)
{
	struct outcome outcome = RUN(.mode = (enum mode)_i, .victim = "handler");

	check_short(&outcome);
	ck_heard(outcome, "handled", 1);
}
END_TEST

Suite *suite(void)
{
	Suite *suite = suite_create("short pipe writes");
	TCase *tcase = tcase_create("reader dies midway");

	tcase_set_timeout(tcase, 20);
	tcase_add_loop_test(tcase, dies_unguarded, 0, WAYS);
	tcase_add_loop_test(tcase, lives_in_auto, 0, WAYS);
	tcase_add_loop_test(tcase, lives_in_calls, 0, WAYS);
	tcase_add_loop_test(tcase, lives_in_calls_masked, 0, WAYS);
	tcase_add_loop_test(tcase, dies_in_observe, 0, WAYS);
	tcase_add_loop_test(tcase, runs_the_handler_once, 0, MODES);
	suite_add_tcase(suite, tcase);
	return suite;
}
