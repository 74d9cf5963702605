/* Programs with a SIGPIPE handler of their own: each failure is recorded before the handler runs,
 * whoever made the write and however the handler ends, and the handler finds what it would have
 * found unguarded. */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>

#include "channels.h"
#include "harness.h"
#include "writers.h"

static const char *const callers[] = {"write",	"writev",  "send",    "sendmsg",
				      "splice", "syscall", "fprintf", "assembly"};
enum { CALLERS = sizeof callers / sizeof *callers };

static const enum mode guarded[] = {AUTO, OBSERVE};

/* --- how the handler ends --- */

static sigjmp_buf out;

static volatile sig_atomic_t calls;

/* More may come of a wrong guard than ends well. */
static void say_called(void)
{
	say("called %d", ++calls);
	if (calls > 9)
		_exit(99);
}

static void handle_return(int number)
{
	(void)number;
	say_called();
}

static void handle_exit(int number)
{
	(void)number;
	say_called();
	exit(3);
}

static void handle_exit_now(int number)
{
	(void)number;
	say_called();
	_exit(4);
}

static void handle_jump(int number)
{
	(void)number;
	say_called();
	siglongjmp(out, 1);
}

static void handle_raise(int number)
{
	say_called();
	signal(number, SIG_DFL);
	raise(number);
}

/* It cannot be told from the kernel's own signal by what it interrupts: the write. */
static void handle_kill(int number)
{
	say_called();
	signal(number, SIG_DFL);
	kill(getpid(), number);
}

/* The process's own handler gets the process's own signal. */
static void handle_kill_once(int number)
{
	static bool sent;

	say_called();
	if (!sent) {
		sent = true;
		kill(getpid(), number);
	}
}

static void handle_print(int number)
{
	say_called();
	fprintf(stderr, "signal %d\n", number);
}

static const struct {
	const char *name;
	void (*handle)(int number);
} endings[] = {
    {"return", handle_return},	     {"exit", handle_exit},   {"_exit", handle_exit_now},
    {"jump", handle_jump},	     {"raise", handle_raise}, {"kill", handle_kill},
    {"kill-once", handle_kill_once}, {"print", handle_print},
};
enum { ENDINGS = sizeof endings / sizeof *endings };

static int victim_ending(char **args)
{
	struct channel channel = broken_channel(UNIX_STREAM);

	signal(SIGPIPE, endings[atoi(args[2])].handle);
	if (sigsetjmp(out, 1) == 0)
		say("right %d", fails_by(args[0], channel.fd));
	say("after");
	_exit(0);
}

static int victim_plain(char **args)
{
	fails_by(args[0], broken_channel(UNIX_STREAM).fd);
	_exit(0);
}

START_TEST(recorded_before_the_handler)
{
	for (int i = 0; i < CALLERS; i++) {
		char index[4] = {(char)('0' + _i), 0};
		struct outcome plain = RUN(.mode = UNGUARDED, .victim = "ending",
					   .args = {callers[i], endings[_i].name, index});

		/* The wrapper itself tells of a program without a handler. */
		struct outcome wrappers =
		    RUN(.mode = CALLS, .victim = "plain", .args = {callers[i]});
		const char *caller = line_value(log_line(&wrappers.log, "epipe", 0), "caller");

		for (int at = 0; at < 2; at++) {
			struct outcome outcome = RUN(.mode = guarded[at], .victim = "ending",
						     .args = {callers[i], endings[_i].name, index});
			const struct line *line = log_line(&outcome.log, "epipe", 0);

			ck_assert_msg(plain.status == outcome.status, "%s: %#x unguarded, %#x",
				      case_label(), (unsigned)plain.status,
				      (unsigned)outcome.status);
			ck_assert_str_eq(plain.said, outcome.said);
			ck_assert_str_eq(plain.error, outcome.error);
			ck_count(outcome, "epipe", 1);
			ck_field(outcome, line, "call", writer_named(callers[i])->call);
			ck_field(outcome, line, "sigpipe", "handled");
			ck_field(outcome, line, "action", "none");
			ck_field(outcome, line, "saved", "false");
			ck_field(outcome, line, "type", "unix-stream");
			if (seen_by_wrapper(writer_named(callers[i])) && machine_has("fd"))
				ck_field(outcome, line, "caller", caller);
		}
	}
}
END_TEST

/* --- what it finds --- */

enum { MASK_BITS = 31 };

static void say_mask(const char *name, const sigset_t *mask)
{
	char text[MASK_BITS + 1] = "";

	for (int number = 1; number <= MASK_BITS; number++)
		strcat(text, sigismember(mask, number) == 1 ? "1" : "0");
	say("%s %s", name, text);
}

static void look_around(int number, siginfo_t *info, void *argument)
{
	const ucontext_t *context = argument;
	struct sigaction action;
	sigset_t mask;
	stack_t stack;

	say("signal %d %d %d %d %d", number, info->si_signo, info->si_errno, info->si_code,
	    info->si_pid == getpid());
	say("errno %d", errno);
	sigprocmask(SIG_SETMASK, 0, &mask);
	say_mask("mask", &mask);
	say_mask("interrupted", &context->uc_sigmask);
	sigaltstack(0, &stack);
	say("stack %d", stack.ss_flags);
	sigaction(SIGPIPE, 0, &action);
	say("action %d flags %#x", action.sa_sigaction == look_around, (unsigned)action.sa_flags);
	say_mask("action mask", &action.sa_mask);
#ifdef __x86_64__
	say("registers %lld %lld", context->uc_mcontext.gregs[REG_RAX],
	    context->uc_mcontext.gregs[REG_RDI]);
#endif
	errno = EDOM;
}

static int victim_looking(char **args)
{
	static char memory[1 << 16];
	struct sigaction action = {.sa_sigaction = look_around};
	stack_t stack = {.ss_sp = memory, .ss_size = sizeof memory};
	struct channel channel = broken_channel(UNIX_STREAM);

	action.sa_flags = SA_SIGINFO | (int)strtoul(args[1], 0, 0);
	sigaddset(&action.sa_mask, SIGUSR1);
	sigaddset(&action.sa_mask, SIGTERM);
	must(sigaltstack(&stack, 0) == 0, "sigaltstack");
	must(sigaction(SIGPIPE, &action, 0) == 0, "sigaction");
	errno = EXDEV;
	say("result %zd", writer_named(args[0])->put(channel.fd));
	say("errno %d", errno);
	if (!(action.sa_flags & (int)SA_RESETHAND))
		say("result %zd", writer_named(args[0])->put(channel.fd));
	_exit(0);
}

START_TEST(handler_finds_the_same)
{
	static const unsigned flags[] = {
	    0,		SA_NODEFER,   SA_ONSTACK,
	    SA_RESTART, SA_RESETHAND, SA_ONSTACK | SA_NODEFER | SA_RESETHAND};

	for (int i = 0; i < CALLERS / 2 * 6; i++) {
		struct outcome plain, outcome;
		char text[16];

		snprintf(text, sizeof text, "%#x", flags[i % 6]);
		plain =
		    RUN(.mode = UNGUARDED, .victim = "looking", .args = {callers[i / 6 * 2], text});
		outcome = RUN(.mode = guarded[_i], .victim = "looking",
			      .args = {callers[i / 6 * 2], text});
		ck_lives(plain);
		ck_lives(outcome);
		ck_assert_str_eq(plain.said, outcome.said);
		ck_count(outcome, "epipe", flags[i % 6] & SA_RESETHAND ? 1 : 2);
	}
}
END_TEST

/* --- signals of no write --- */

static int victim_sent(char **args)
{
	(void)args;
	signal(SIGPIPE, handle_return);
	raise(SIGPIPE);
	kill(getpid(), SIGPIPE);
	if (fork() == 0) {
		kill(getppid(), SIGPIPE);
		_exit(0);
	}
	wait(0);
	say("calls %d", calls);
	_exit(0);
}

START_TEST(sent_is_not_recorded)
{
	struct outcome outcome = RUN(.mode = guarded[_i], .victim = "sent");

	ck_lives(outcome);
	ck_heard(outcome, "calls", 3);
	ck_count(outcome, "epipe", 0);
}
END_TEST

/* --- a stack that the program measured for itself --- */

static void count_call(int number)
{
	(void)number;
	calls++;
}

/* Room for the frame, this handler and some more, and nothing mapped below. */
static int victim_tight(char **args)
{
	struct sigaction action = {.sa_handler = count_call, .sa_flags = SA_ONSTACK};
	size_t page = (size_t)sysconf(_SC_PAGESIZE), size = getauxval(AT_MINSIGSTKSZ);
	size += (size_t)atoi(args[1]);
	size_t whole = (size + page - 1) / page * page;
	char *start =
	    mmap(0, whole + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	stack_t stack = {.ss_size = size};

	must(start != MAP_FAILED && mprotect(start, page, PROT_NONE) == 0, "mmap");
	stack.ss_sp = start + page;
	must(sigaltstack(&stack, 0) == 0, "sigaltstack");
	must(sigaction(SIGPIPE, &action, 0) == 0, "sigaction");
	say("right %d", fails_by(args[0], broken_channel(UNIX_STREAM).fd));
	say("calls %d", calls);
	_exit(0);
}

/* With more of it the failure is recorded; in between nothing is written below it. */
START_TEST(little_room_on_its_stack)
{
	for (int i = 0; i < CALLERS / 3 * 9; i++) {
		const char *caller = callers[i / 9 * 6];
		char more[8];
		struct outcome outcome;

		snprintf(more, sizeof more, "%d", 512 + i % 9 * 640);
		outcome = RUN(.mode = guarded[_i], .victim = "tight", .args = {caller, more});
		ck_lives(outcome);
		ck_heard(outcome, "right", 1);
		ck_heard(outcome, "calls", 1);
		if (i % 9 == 0 || i % 9 == 8)
			ck_count(outcome, "epipe",
				 i % 9 == 8 || seen_by_wrapper(writer_named(caller)));
	}
}
END_TEST

/* --- once --- */

/* The signal after is the default's. */
static int victim_once(char **args)
{
	struct channel channel = broken_channel(UNIX_STREAM);

	sysv_signal(SIGPIPE, handle_return);
	say("right %d", fails_by(args[0], channel.fd));
	say("told %d", signal(SIGPIPE, SIG_DFL) == SIG_DFL);
	say("right %d", fails_by(args[0], channel.fd));
	_exit(0);
}

START_TEST(handled_once)
{
	for (int i = 0; i < CALLERS; i++) {
		struct outcome outcome =
		    RUN(.mode = guarded[_i], .victim = "once", .args = {callers[i]});

		ck_heard(outcome, "called", 1);
		ck_heard(outcome, "told", 1);
		ck_count(outcome, "epipe", 2);
		ck_field(outcome, log_line(&outcome.log, "epipe", 0), "sigpipe", "handled");
		ck_field(outcome, log_line(&outcome.log, "epipe", 1), "sigpipe", "kill");
		if (guarded[_i] == AUTO)
			ck_lives(outcome);
		else
			ck_dies(outcome);
	}
}
END_TEST

/* --- a handler that changes the disposition: the call that it ran for has been recorded --- */

static void handle_ignore(int number)
{
	say_called();
	signal(number, SIG_IGN);
}

static void handle_default(int number)
{
	say_called();
	signal(number, SIG_DFL);
}

static int victim_changing(char **args)
{
	signal(SIGPIPE, *args[1] == 'i' ? handle_ignore : handle_default);
	say("right %d", fails_by(args[0], broken_channel(UNIX_STREAM).fd));
	_exit(0);
}

START_TEST(handler_changes_the_disposition)
{
	for (int i = 0; i < CALLERS * 2; i++) {
		struct outcome outcome =
		    RUN(.mode = guarded[_i], .victim = "changing",
			.args = {callers[i / 2], i % 2 ? "ignore" : "default"});

		ck_lives(outcome);
		ck_heard(outcome, "called", 1);
		ck_heard(outcome, "right", 1);
		ck_count(outcome, "epipe", 1);
	}
}
END_TEST

/* --- in children --- */

static int victim_child(char **args)
{
	struct channel channel = broken_channel(UNIX_STREAM);
	pid_t child;

	signal(SIGPIPE, handle_return);
	child = *args[1] == 'v' ? vfork() : fork();
	if (child == 0) {
		writer_named(args[0])->put(channel.fd);
		_exit(0);
	}
	wait(0);
	say("right %d", fails_by(args[0], channel.fd));
	_exit(0);
}

#pragma GCC diagnostic ignored "-Wclobbered"

START_TEST(handled_in_children)
{
	for (int i = 0; i < CALLERS * 2; i++) {
		struct outcome outcome = RUN(.mode = guarded[_i], .victim = "child",
					     .args = {callers[i / 2], i % 2 ? "vfork" : "fork"});

		ck_lives(outcome);
		ck_heard(outcome, "right", 1);
		ck_count(outcome, "epipe", 2);
		ck_field(outcome, log_line(&outcome.log, "epipe", 0), "sigpipe", "handled");
		ck_field(outcome, log_line(&outcome.log, "epipe", 1), "sigpipe", "handled");
	}
}
END_TEST

const struct victim victims[] = {
    {"ending", victim_ending},	   {"plain", victim_plain}, {"looking", victim_looking},
    {"sent", victim_sent},	   {"tight", victim_tight}, {"once", victim_once},
    {"changing", victim_changing}, {"child", victim_child}, {0},
};

Suite *suite(void)
{
	Suite *suite = suite_create("the application's own handler");
	TCase *tcase = tcase_create("handlers");

	tcase_set_timeout(tcase, 20);
	tcase_add_loop_test(tcase, recorded_before_the_handler, 0, ENDINGS);
	tcase_add_loop_test(tcase, handler_finds_the_same, 0, 2);
	tcase_add_loop_test(tcase, sent_is_not_recorded, 0, 2);
	tcase_add_loop_test(tcase, little_room_on_its_stack, 0, 2);
	tcase_add_loop_test(tcase, handled_once, 0, 2);
	tcase_add_loop_test(tcase, handler_changes_the_disposition, 0, 2);
	tcase_add_loop_test(tcase, handled_in_children, 0, 2);
	suite_add_tcase(suite, tcase);
	return suite;
}
