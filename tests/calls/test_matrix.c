/* Every call, on every channel, broken in every way, in every mode. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include "channels.h"
#include "harness.h"
#include "writers.h"

enum { NOSIGNAL_FLAG = 0x100 }; /* RWF_NOSIGNAL, Linux 6.18 */

struct cell {
	const struct writer *writer;
	enum kind kind;
	enum end end;
};

static struct cell cells[512];
static size_t cell_count;

/* What becomes of it without a guard. */
enum fate { DIES, FAILS, NO_SOCKET, REFUSED };

static enum fate fate(const struct cell *cell)
{
	bool on_pipe = cell->kind == PIPE || cell->kind == FIFO;

	if (cell->writer->family == SEND && on_pipe)
		return NO_SOCKET;
	if (cell->writer->pipes_only && !on_pipe)
		return REFUSED;
	return cell->kind == UNIX_SEQPACKET ? FAILS : DIES;
}

static int victim_write(char **args)
{
	const struct writer *writer = writer_named(args[0]);
	struct channel channel = open_channel(kind_named(args[1]));
	ssize_t result;

	break_channel(&channel, end_named(args[2]));
	say("fd %d", writer->fd ? writer->fd : channel.fd);
	say("peer %s", channel.peer_name);
	say("local %s", channel.local_name);
	errno = 0;
	result = writer->put(channel.fd);
	say("errno %d", errno);
	say("result %zd", result);
	/* At exit stdio would try again what it could not write. */
	_exit(0);
}

const struct victim victims[] = {{"write", victim_write}, {0}};

static bool kernel_knows_nosignal(void)
{
	struct iovec part = {"x", 1};
	int ends[2];
	bool knows;

	ck_assert_int_eq(pipe(ends), 0);
	knows = pwritev2(ends[1], &part, 1, -1, NOSIGNAL_FLAG) == 1;
	close(ends[0]);
	close(ends[1]);
	return knows;
}

/* The contract's table of modes, for what would die unguarded: the actions that may be told. */
static const char *protection(enum mode mode, enum family family)
{
	const char *by_flag =
	    kernel_knows_nosignal() && machine_has("pwritev2") ? " nosignal " : " masked ";

	if (mode == OBSERVE)
		return " killed ";
	if (mode == AUTO)
		return family == SEND ? " nosignal " : " backstop ";
	switch (family) {
	case SEND:
		return " nosignal ";
	case WRITE:
		return mode == CALLS ? by_flag : " masked ";
	case SYSCALL:
		return mode == CALLS ? " nosignal masked " : " masked ";
	case TRANSFER:
		return " masked ";
	default:
		return 0; /* no handler, no record */
	}
}

static bool among(const char *names, const char *name)
{
	char padded[64];

	snprintf(padded, sizeof padded, " %s ", name);
	return strstr(names, padded) != 0;
}

#define ck_among(line, key, names)                                                                 \
	ck_assert_msg(!line_value(line, key) || among(names, line_value(line, key)),               \
		      "%s is none of%sin %s", key, names, line_text(line))

static const char *likely_causes(const struct cell *cell)
{
	if (cell->kind == PIPE || cell->kind == FIFO)
		return " reader-gone reader-died ";
	return cell->end == SHUTDOWN ? " local-shutdown " : " peer-closed peer-reset peer-gone ";
}

static void check_channel(const struct cell *cell, const struct outcome *outcome,
			  const struct line *line)
{
	const char *local = heard(outcome, "local");
	char peer[192];

	if (*local)
		ck_field(*outcome, line, "local", local);
	snprintf(peer, sizeof peer, "%s", heard(outcome, "peer"));
	if (machine_has("cookies"))
		ck_field(*outcome, line, "peer", peer);
	ck_field(*outcome, line, "fd", heard(outcome, "fd"));
	ck_field(*outcome, line, "type", kind_names[cell->kind]);
	ck_among(line, "cause", likely_causes(cell));
}

static void check_record(const struct cell *cell, const struct outcome *outcome, const char *action)
{
	const struct writer *writer = cell->writer;
	const struct line *line = log_line(&outcome->log, "epipe", 0);
	bool killed = strcmp(action, " killed ") == 0, none = strcmp(action, " none ") == 0;

	ck_count(*outcome, "epipe", 1);
	ck_field(*outcome, line, "call", writer->call);
	ck_among(line, "syscall", writer->syscalls);
	ck_assert_msg(!seen_by_wrapper(writer) || line_value(line, "syscall"), "no syscall in %s",
		      line_text(line));
	if (seen_by_wrapper(writer) || machine_has("fd"))
		check_channel(cell, outcome, line);
	else
		ck_field(*outcome, line, "fd", 0);
	ck_field(*outcome, line, "errno", "EPIPE");
	ck_field(*outcome, line, "sigpipe", "kill");
	ck_assert_msg(line_value(line, "action") != 0, "no action in %s", line_text(line));
	ck_among(line, "action", action);
	ck_field(*outcome, line, "saved", killed || none ? "false" : "true");
	ck_assert_int_eq(line_number(line, "pid"), outcome->pid);
	ck_assert_int_eq(line_number(line, "tid"), outcome->pid);
	if (line_value(line, "requested"))
		ck_assert_int_eq(line_number(line, "requested"), WRITTEN);
}

static void check_survival(const struct cell *cell, const struct outcome *outcome, int error)
{
	ck_lives(*outcome);
	if (cell->writer->ends)
		return;
	ck_heard(*outcome, "result", -1);
	ck_heard(*outcome, "errno", error);
}

static void check_dying(const struct cell *cell, enum mode mode, const struct outcome *outcome)
{
	const char *action = protection(mode, cell->writer->family);

	if (mode == UNGUARDED || !action || strcmp(action, " killed ") == 0)
		ck_dies(*outcome);
	else
		check_survival(cell, outcome, EPIPE);
	if (mode == UNGUARDED || !action)
		ck_count(*outcome, "epipe", 0);
	else
		check_record(cell, outcome, action);
}

static void check_cell(const struct cell *cell, enum mode mode, const struct outcome *outcome)
{
	switch (fate(cell)) {
	case DIES:
		check_dying(cell, mode, outcome);
		break;
	case FAILS:
		check_survival(cell, outcome, EPIPE);
		if (mode != UNGUARDED && seen_by_wrapper(cell->writer))
			check_record(cell, outcome, " none ");
		else
			ck_count(*outcome, "epipe", 0);
		break;
	case NO_SOCKET:
		check_survival(cell, outcome, ENOTSOCK);
		ck_count(*outcome, "epipe", 0);
		break;
	case REFUSED:
		check_survival(cell, outcome,
			       strcmp(cell->writer->name, "tee") == 0 ? EINVAL : EBADF);
		ck_count(*outcome, "epipe", 0);
	}
}

static void try_cell(enum mode mode, int i)
{
	const struct cell *cell = &cells[i];

	if (!kind_available(cell->kind)) {
		printf("SKIP %s: this machine has no such address\n", kind_names[cell->kind]);
		return;
	}
	struct outcome outcome =
	    RUN(.mode = mode, .victim = "write",
		.args = {cell->writer->name, kind_names[cell->kind], end_names[cell->end]});
	check_cell(cell, mode, &outcome);
}

START_TEST(unguarded)
{
	try_cell(UNGUARDED, _i);
}
END_TEST

START_TEST(automatic)
{
	try_cell(AUTO, _i);
}
END_TEST

START_TEST(calls)
{
	try_cell(CALLS, _i);
}
END_TEST

START_TEST(calls_masked)
{
	try_cell(CALLS_MASKED, _i);
}
END_TEST

START_TEST(observe)
{
	try_cell(OBSERVE, _i);
}
END_TEST

static void list_cells(void)
{
	for (size_t i = 0; i < writer_count; i++)
		for (enum kind kind = 0; kind < KINDS; kind++)
			for (enum end end = 0; end < ENDS; end++)
				if (end_applies(kind, end) && machine_has(writers[i].name) &&
				    machine_has(kind_names[kind]))
					cells[cell_count++] = (struct cell){&writers[i], kind, end};
}

Suite *suite(void)
{
	const TTest *const tests[MODES] = {unguarded, automatic, calls, calls_masked, observe};
	Suite *suite = suite_create("call x channel x break");

	list_cells();
	for (enum mode mode = 0; mode < MODES; mode++) {
		TCase *tcase = tcase_create(mode_names[mode]);

		tcase_set_timeout(tcase, 10);
		tcase_add_loop_test(tcase, tests[mode], 0, (int)cell_count);
		suite_add_tcase(suite, tcase);
	}
	return suite;
}
