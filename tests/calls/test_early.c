/* Calls that another library's constructor makes, before ours ran. */
#include <dlfcn.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "channels.h"
#include "harness.h"
#include "writers.h"

static char library[128];

static int victim_tell(char **args)
{
	const char *(*told)(void) = (const char *(*)(void))dlsym(RTLD_DEFAULT, "early_told");
	struct channel channel = broken_channel(TCP);

	(void)args;
	must(told != 0, "the second library is not loaded");
	say("%s", told());
	say("write %zd", write(channel.fd, "x", 1));
	return 0;
}

static int victim_ignores(char **args)
{
	struct channel channel = broken_channel(PIPE);

	(void)args;
	must(signal(SIGPIPE, SIG_IGN) == SIG_DFL, "the default");
	return write(channel.fd, "x", 1) == -1 && errno == EPIPE ? 0 : 9;
}

const struct victim victims[] = {{"tell", victim_tell}, {"ignores", victim_ignores}, {0}};

static void build(void)
{
	static char place[] = "/tmp/bpguard-early.XXXXXX";
	const char *cc = getenv("CC");
	char command[512];

	if (!mkdtemp(place))
		return;
	snprintf(library, sizeof library, "%s/early.so", place);
	snprintf(command, sizeof command, "%s -shared -fPIC -o %s tests/calls/early/early.c",
		 cc ? cc : "cc", library);
	if (system(command) != 0)
		fprintf(stderr, "early.so could not be built\n");
}

static void tidy(void)
{
	char *end = strrchr(library, '/');

	unlink(library);
	*end = 0;
	rmdir(library);
}

static struct outcome preload_for(const char *victim, enum mode mode, bool shim_first,
				  const char *env)
{
	char both[512];

	snprintf(both, sizeof both, shim_first ? "%1$s:%2$s" : "%2$s:%1$s", getenv("BPGUARD_LIB"),
		 library);
	return RUN(.mode = mode, .victim = victim, .preload = both, .env = {env});
}

static struct outcome preload(enum mode mode, bool shim_first, const char *env)
{
	return preload_for("tell", mode, shim_first, env);
}

static struct outcome unguarded(void)
{
	char alone[160];

	snprintf(alone, sizeof alone, "LD_PRELOAD=%s", library);
	return RUN(.mode = UNGUARDED, .victim = "tell", .env = {alone});
}

/* Up to where the unguarded one died. */
START_TEST(calls_before_ours)
{
	struct outcome alone, outcome;

	alone = unguarded();
	ck_assert_msg(strstr(alone.said, "ignored 1\n"), "unguarded said:\n%s%s", alone.said,
		      alone.error);
	for (int first = 0; first < 2; first++) {
		outcome = preload((enum mode)_i, first, 0);
		ck_assert_msg(strncmp(alone.said, outcome.said, strlen(alone.said)) == 0,
			      "%s: said\n%sinstead of\n%s%s", case_label(), outcome.said,
			      alone.said, outcome.error);
		if (_i == OBSERVE) {
			ck_dies(outcome);
			continue;
		}
		ck_lives(outcome);
		ck_count(outcome, "epipe", 1);
	}
}
END_TEST

/* Before its constructor ran the shim has read no setting; what it may do is live or die as ever.
 */
START_TEST(broken_before_ours)
{
	struct outcome outcome;

	outcome = preload(AUTO, true, "EARLY_BREAKS=1");
	if (WIFSIGNALED(outcome.status))
		ck_dies(outcome);
	else
		ck_lives(outcome);
}
END_TEST

/* A filter that was there first: not one system call of ours, whatever the mode. */
START_TEST(filtered_before_ours)
{
	struct outcome outcome = preload_for("ignores", (enum mode)_i, true, "EARLY_FILTERS=1");

	ck_lives(outcome);
	ck_count(outcome, "epipe", 0);
}
END_TEST

Suite *suite(void)
{
	Suite *suite = suite_create("calls before the constructor");
	TCase *tcase = tcase_create("early");

	tcase_set_timeout(tcase, 30);
	tcase_add_unchecked_fixture(tcase, build, tidy);
	tcase_add_loop_test(tcase, calls_before_ours, 1, MODES);
	tcase_add_test(tcase, broken_before_ours);
	tcase_add_loop_test(tcase, filtered_before_ours, 1, MODES);
	suite_add_tcase(suite, tcase);
	return suite;
}
