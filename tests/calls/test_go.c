/* Go's runtime as far as the guard sees it: a note, a SIGPIPE handler that ends the process by
 * threads of C's, and system calls of the program's own. The real one: tests/long/go.bats. */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "channels.h"
#include "harness.h"
#include "writers.h"

/* What cmd/link writes: sizes of the name and the text, the type, both of these. */
__asm__(".pushsection .note.go.buildid, \"a\", %note\n"
	".balign 4\n.long 4, 8, 4\n.ascii \"Go\\0\\0build-id\"\n"
	".popsection\n");

enum { ENDED_BY_GO = 77 };

static void gos_handler(int number)
{
	stack_t stack;
	(void)number;
	sigaltstack(0, &stack);
	if (stack.ss_flags & SS_DISABLE)
		_exit(ENDED_BY_GO);
}

static void begin_go(void)
{
	static char stack[64 * 1024];
	struct sigaction action = {.sa_handler = gos_handler, .sa_flags = SA_ONSTACK | SA_RESTART};
	must(sigaction(SIGPIPE, &action, 0) == 0, "sigaction");
	must(sigaltstack(&(stack_t){.ss_sp = stack, .ss_size = sizeof stack}, 0) == 0,
	     "sigaltstack");
}

static void *write_by(void *name)
{
	const struct writer *writer = writer_named(name);
	int fd = broken_channel(writer->pipes_only || writer->family != SEND ? PIPE : TCP).fd;

	errno = 0;
	say("result %zd", writer->put(fd));
	say("errno %d", errno);
	return 0;
}

/* A thread of C's. */
static int victim_thread(char **args)
{
	pthread_t thread;

	begin_go();
	must(pthread_create(&thread, 0, write_by, args[0]) == 0, "pthread_create");
	pthread_join(thread, 0);
	return 0;
}

/* C code on one of Go's: the runtime's handler lets it be. */
static int victim_thread_of_go(char **args)
{
	begin_go();
	write_by(args[0]);
	return 0;
}

/* Go code, which ends itself where these return EPIPE. */
static int victim_go_code(char **args)
{
	int fd = atoi(args[0]);

	begin_go();
	must(dup2(broken_channel(PIPE).fd, fd) == fd, "dup2");
	say("errno %d", raw_call(SYS_write, fd, (long)"x", 1) == -1 ? errno : 0);
	return 0;
}

const struct victim victims[] = {{"thread", victim_thread},
				 {"thread-of-go", victim_thread_of_go},
				 {"go-code", victim_go_code},
				 {0}};

static const char *const names[] = {"write", "writev", "send", "sendmsg", "sendfile", "dprintf"};
enum { NAMES = sizeof names / sizeof names[0] };

START_TEST(threads_of_cs_live)
{
	enum mode mode = (enum mode)(_i / NAMES);
	const char *name = names[_i % NAMES];
	struct outcome outcome = RUN(.mode = mode, .victim = "thread", .args = {name});
	bool lives = mode == AUTO ||
		     ((mode == CALLS || mode == CALLS_MASKED) && strcmp(name, "dprintf") != 0);

	if (!lives)
		ck_status(outcome, WEXITSTATUS(outcome.status) == ENDED_BY_GO, "Go's end");
	if (!lives && mode != OBSERVE)
		return;
	ck_count(outcome, "epipe", 1);
	ck_field(outcome, log_line(&outcome.log, "epipe", 0), "sigpipe", "kill");
	ck_field(outcome, log_line(&outcome.log, "epipe", 0), "saved", lives ? "true" : "false");
	if (!lives)
		return;
	ck_lives(outcome);
	ck_heard(outcome, "errno", EPIPE);
}
END_TEST

START_TEST(gos_own_threads_are_left_to_its_handler)
{
	struct outcome outcome =
	    RUN(.mode = (enum mode)_i, .victim = "thread-of-go", .args = {"write"});

	ck_lives(outcome);
	ck_heard(outcome, "errno", EPIPE);
	if (_i == UNGUARDED)
		return;
	ck_count(outcome, "epipe", 1);
	ck_field(outcome, log_line(&outcome.log, "epipe", 0), "sigpipe", "handled");
}
END_TEST

START_TEST(go_code_outlives_its_stdout)
{
	static const char *const fds[] = {"1", "2", "7"};
	const char *fd = fds[_i % 3];
	enum mode mode = (enum mode)(_i / 3);
	struct outcome outcome = RUN(.mode = mode, .victim = "go-code", .args = {fd});
	bool ends = strcmp(fd, "7") != 0;

	if (!machine_has("fd"))
		return;
	ck_lives(outcome);
	ck_heard(outcome, "errno", mode == AUTO && ends ? ECONNRESET : EPIPE);
	if (mode == AUTO)
		ck_field(outcome, log_line(&outcome.log, "epipe", 0), "saved",
			 ends ? "true" : "false");
}
END_TEST

START_TEST(a_record_says_what_is_not_reached)
{
	struct outcome outcome =
	    RUN(.mode = (enum mode)_i, .victim = "thread-of-go", .args = {"send"});

	ck_count(outcome, "setting", 1);
	ck_field(outcome, log_line(&outcome.log, "setting", 0), "value", "Go's own code");
}
END_TEST

Suite *suite(void)
{
	Suite *suite = suite_create("Go's runtime");
	TCase *tcase = tcase_create("go");

	tcase_set_timeout(tcase, 20);
	tcase_add_loop_test(tcase, threads_of_cs_live, 0, MODES * NAMES);
	tcase_add_loop_test(tcase, gos_own_threads_are_left_to_its_handler, 0, MODES);
	tcase_add_loop_test(tcase, go_code_outlives_its_stdout, 0, MODES * 3);
	tcase_add_loop_test(tcase, a_record_says_what_is_not_reached, AUTO, MODES);
	suite_add_tcase(suite, tcase);
	return suite;
}
