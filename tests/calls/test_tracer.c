/* A tracer that breaks a pipe of its own while it is told of a failure: its SIGPIPE is nobody's. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "channels.h"
#include "harness.h"
#include "writers.h"

static char place[] = "/tmp/bpguard-tracer.XXXXXX";
static char shim[64];

static void build(void)
{
	const char *cc = getenv("CC");
	char command[1024];

	ck_assert_ptr_nonnull(mkdtemp(place));
	snprintf(shim, sizeof shim, "%s/libbpguard.so", place);
	snprintf(command, sizeof command,
		 "%s -shared -fPIC -o %s/libbpguard-lttng.so tests/calls/beside/tracer.c && "
		 "cp %s %s",
		 cc ? cc : "cc", place, getenv("BPGUARD_LIB"), shim);
	ck_assert_int_eq(system(command), 0);
}

static void tidy(void)
{
	char command[128];

	snprintf(command, sizeof command, "rm -rf %s", place);
	if (system(command) != 0)
		perror(place);
}

static int victim_fails(char **args)
{
	sigset_t mask, pending;
	int fd = broken_channel(UNIX_STREAM).fd;

	for (int i = 0; i < 2; i++)
		must(fails_by(args[0], fd), "EPIPE");
	sigprocmask(SIG_SETMASK, 0, &mask);
	sigpending(&pending);
	say("blocked %d", sigismember(&mask, SIGPIPE));
	say("pending %d", sigismember(&pending, SIGPIPE));
	_exit(0);
}

const struct victim victims[] = {{"fails", victim_fails}, {0}};

static const char *const names[] = {"write", "send", "dprintf", "assembly"};
enum { NAMES = sizeof names / sizeof *names };

START_TEST(its_sigpipe_is_nobodys)
{
	enum mode mode = _i < NAMES ? AUTO : CALLS_MASKED;
	const char *name = names[_i % NAMES];
	struct outcome outcome;

	if (!survives((int)mode, name))
		return;
	outcome = RUN(.mode = mode, .victim = "fails", .args = {name}, .preload = shim,
		      .env = {"BPGUARD_LTTNG=on"});
	ck_lives(outcome);
	ck_heard(outcome, "blocked", 0);
	ck_heard(outcome, "pending", 0);
	ck_count(outcome, "epipe", 2);
}
END_TEST

Suite *suite(void)
{
	Suite *suite = suite_create("a tracer that breaks its own pipe");
	TCase *tcase = tcase_create("tracer");

	tcase_set_timeout(tcase, 30);
	tcase_add_unchecked_fixture(tcase, build, tidy);
	tcase_add_loop_test(tcase, its_sigpipe_is_nobodys, 0, 2 * NAMES);
	suite_add_tcase(suite, tcase);
	return suite;
}
