/* Writes that no call of the program's makes: io_uring's, and POSIX's asynchronous ones. */
#include <aio.h>
#include <errno.h>
#include <fcntl.h>
#include <liburing.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "channels.h"
#include "harness.h"
#include "writers.h"

/* --- io_uring --- */

static const struct ring_row {
	const char *name;
	enum kind kind;
	bool sends, links, asynchronous;
	bool deadly; /* SIGPIPE comes, measured on Linux 6.18 */
} ring_rows[] = {
    {"write-pipe", PIPE, .deadly = true},
    {"write-fifo", FIFO, .deadly = true},
    {"write-socket", UNIX_STREAM, .deadly = true},
    {"write-tcp", TCP, .deadly = true},
    {"send-socket", UNIX_STREAM, .sends = true},
    {"send-tcp", TCP, .sends = true},
    {"write-pipe-async", PIPE, .asynchronous = true},
    {"write-two", PIPE, .links = true, .deadly = true},
};
enum { RINGS = sizeof ring_rows / sizeof *ring_rows };

static void prepare(struct io_uring *ring, const struct ring_row *row, int fd)
{
	struct io_uring_sqe *entry = io_uring_get_sqe(ring);

	if (row->sends)
		io_uring_prep_send(entry, fd, "x", 1, 0);
	else
		io_uring_prep_write(entry, fd, "x", 1, 0);
	if (row->asynchronous)
		io_uring_sqe_set_flags(entry, IOSQE_ASYNC);
}

static int take_result(struct io_uring *ring)
{
	struct io_uring_cqe *entry;
	int result;

	must(io_uring_wait_cqe(ring, &entry) == 0, "io_uring_wait_cqe");
	result = entry->res;
	io_uring_cqe_seen(ring, entry);
	return result;
}

static int victim_ring(char **args)
{
	const struct ring_row *row = &ring_rows[atoi(args[1])];
	int fd = broken_channel(row->kind).fd, count = row->links ? 2 : 1, submitted;
	struct io_uring ring;
	sigset_t pending;

	if (io_uring_queue_init(8, &ring, 0) != 0) {
		say("refused %d", errno);
		_exit(0);
	}
	for (int i = 0; i < count; i++)
		prepare(&ring, row, fd);
	submitted = io_uring_submit(&ring);
	say("submitted %d", submitted == count);
	for (int i = 0; i < count; i++)
		must(take_result(&ring) == -EPIPE, "-EPIPE");
	say("right 1");
	sigpending(&pending);
	say("pending %d", sigismember(&pending, SIGPIPE));
	say("own %d", fails_by("write", broken_channel(PIPE).fd));
	_exit(0);
}

START_TEST(rings)
{
	for (int i = 0; i < RINGS; i++) {
		char index[4] = {(char)('0' + i), 0};
		const struct ring_row *row = &ring_rows[i];
		struct outcome outcome =
		    RUN(.mode = (enum mode)_i, .victim = "ring", .args = {row->name, index});
		const struct line *line = log_line(&outcome.log, "epipe", 0);

		if (*heard(&outcome, "refused")) {
			printf("SKIP %s: io_uring is not permitted here\n", case_label());
			return;
		}
		if (row->deadly && _i != AUTO) {
			ck_dies(outcome);
			ck_assert_str_eq(heard(&outcome, "right"), "");
			ck_count(outcome, "epipe", _i == OBSERVE);
			continue;
		}
		ck_heard(outcome, "submitted", 1);
		ck_heard(outcome, "right", 1);
		ck_heard(outcome, "pending", 0);
		if (!survives(_i, "write")) {
			ck_dies(outcome);
			continue;
		}
		ck_lives(outcome);
		ck_heard(outcome, "own", 1);
		ck_count(outcome, "epipe", (size_t)(1 + row->deadly));
		if (!row->deadly)
			continue;
		ck_field(outcome, line, "syscall", "io_uring_enter");
		ck_field(outcome, line, "call", "raw");
		ck_field(outcome, line, "fd", 0);
		ck_field(outcome, line, "peer", 0);
		ck_field(outcome, line, "action", "backstop");
		ck_field(outcome, line, "saved", "true");
	}
}
END_TEST

/* --- aio_write: a thread of libc's own, which blocks every signal --- */

static int victim_aio(char **args)
{
	struct channel channel = broken_channel(strcmp(args[0], "pipe") == 0 ? PIPE : UNIX_STREAM);
	struct aiocb request = {.aio_fildes = channel.fd, .aio_buf = args[0], .aio_nbytes = 1};
	const struct aiocb *all[] = {&request};
	sigset_t pending;

	must(aio_write(&request) == 0, "aio_write");
	while (aio_error(&request) == EINPROGRESS)
		aio_suspend(all, 1, 0);
	say("error %d", aio_error(&request));
	say("result %zd", aio_return(&request));
	sigpending(&pending);
	say("pending %d", sigismember(&pending, SIGPIPE));
	say("own %d", fails_by("write", broken_channel(PIPE).fd));
	_exit(0);
}

START_TEST(asynchronous_writes)
{
	static const char *const kinds[] = {"pipe", "socket"};

	for (int i = 0; i < 2; i++) {
		struct outcome outcome =
		    RUN(.mode = (enum mode)_i, .victim = "aio", .args = {kinds[i]});

		ck_heard(outcome, "error", EPIPE);
		ck_heard(outcome, "result", -1);
		ck_heard(outcome, "pending", 0);
		if (!survives(_i, "write")) {
			ck_dies(outcome);
			continue;
		}
		ck_lives(outcome);
		ck_heard(outcome, "own", 1);
	}
}
END_TEST

const struct victim victims[] = {
    {"ring", victim_ring},
    {"aio", victim_aio},
    {0},
};

Suite *suite(void)
{
	Suite *suite = suite_create("rings and asynchronous writes");
	TCase *tcase = tcase_create("hosts");

	tcase_set_timeout(tcase, 30);
	tcase_add_loop_test(tcase, rings, 0, MODES);
	tcase_add_loop_test(tcase, asynchronous_writes, 0, MODES);
	suite_add_tcase(suite, tcase);
	return suite;
}
