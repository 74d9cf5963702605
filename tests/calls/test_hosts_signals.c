/* What hosts do with signals around a write that fails: hold them back and let them come in every
 * way there is, handle them once, set them by number, leave their stacks, execute another program
 * out of a handler. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/select.h>
#include <sys/sendfile.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

#include "channels.h"
#include "harness.h"
#include "waits.h"
#include "writers.h"

static volatile sig_atomic_t hits;

static void count_hit(int number)
{
	(void)number;
	hits++;
}

static void fail_by(const char *writer)
{
	struct channel channel = broken_channel(PIPE);

	errno = 0;
	say("result-%s %zd", writer, writer_named(writer)->put(channel.fd));
	say("errno-%s %d", writer, errno);
}

/* What a default SIGPIPE does to a process that fails by that writer. */
static const char *number_text(int i)
{
	static char text[16];

	snprintf(text, sizeof text, "%d", i);
	return text;
}

/* --- a signal that is owed comes by whatever lets it --- */

static void block_all(void)
{
	sigset_t all;

	sigfillset(&all);
	sigdelset(&all, SIGALRM);
	must(sigprocmask(SIG_BLOCK, &all, 0) == 0, "block");
}

static void fail_blocked(void)
{
	block_all();
	fail_by("write");
}

static void fail_in_handler(int number)
{
	(void)number;
	fail_by("write");
}

static void owed_at_return(void)
{
	struct sigaction action = {.sa_handler = fail_in_handler};

	sigfillset(&action.sa_mask);
	must(sigaction(SIGUSR1, &action, 0) == 0, "sigaction");
	raise(SIGUSR1);
}

static void owed_at_sigprocmask(void)
{
	sigset_t none;

	fail_blocked();
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, 0);
}

static void owed_at_ppoll(void)
{
	struct timespec soon = {.tv_nsec = 1000000};
	sigset_t none;

	fail_blocked();
	sigemptyset(&none);
	ppoll(0, 0, &soon, &none);
}

static void owed_at_pselect(void)
{
	struct timespec soon = {.tv_nsec = 1000000};
	sigset_t none;

	fail_blocked();
	sigemptyset(&none);
	pselect(0, 0, 0, 0, &soon, &none);
}

static void owed_at_epoll(void)
{
	struct epoll_event event;
	sigset_t none;

	fail_blocked();
	sigemptyset(&none);
	epoll_pwait(epoll_create1(0), &event, 1, 1, &none);
}

static void owed_at_sigsuspend(void)
{
	sigset_t none;

	fail_blocked();
	sigemptyset(&none);
	sigsuspend(&none);
}

static void owed_at_jump(void)
{
	sigjmp_buf before;

	if (sigsetjmp(before, 1) == 0) {
		fail_blocked();
		siglongjmp(before, 1);
	}
}

static const struct {
	const char *name;
	void (*let)(void);
} lets[] = {
    {"return", owed_at_return},	  {"sigprocmask", owed_at_sigprocmask},
    {"ppoll", owed_at_ppoll},	  {"pselect", owed_at_pselect},
    {"epoll", owed_at_epoll},	  {"sigsuspend", owed_at_sigsuspend},
    {"siglongjmp", owed_at_jump},
};
enum { LETS = sizeof lets / sizeof *lets };

static int victim_owed(char **args)
{
	sigset_t none;

	alarm(60);
	lets[atoi(args[1])].let();
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, 0);
	say("survived 1");
	if (args[2])
		kill(getpid(), SIGPIPE);
	_exit(0);
}

START_TEST(owed_signal_is_known)
{
	for (int i = 0; i < LETS; i++) {
		struct outcome outcome = RUN(.mode = (enum mode)_i, .victim = "owed",
					     .args = {lets[i].name, number_text(i)});
		const struct line *line = log_line(&outcome.log, "epipe", 0);

		ck_heard(outcome, "result-write", -1);
		ck_heard(outcome, "errno-write", EPIPE);
		if (_i == AUTO)
			ck_lives(outcome);
		else
			ck_dies(outcome);
		ck_count(outcome, "epipe", _i != UNGUARDED);
		if (_i != UNGUARDED)
			ck_field(outcome, line, "sigpipe", "blocked");
	}
}
END_TEST

/* Only one was owed. */
START_TEST(kill_after_owed_kills)
{
	for (int i = 0; i < LETS; i++) {
		struct outcome outcome = RUN(.mode = (enum mode)_i, .victim = "owed",
					     .args = {lets[i].name, number_text(i), "kill"});

		ck_dies(outcome);
		ck_assert_int_eq(heard_number(&outcome, "survived") == 1, _i == AUTO);
	}
}
END_TEST

/* --- handlers for one signal --- */

static void handle_once(void)
{
	struct sigaction action = {.sa_handler = count_hit, .sa_flags = (int)SA_RESETHAND};

	must(sigaction(SIGPIPE, &action, 0) == 0, "sigaction");
}

static void count_informed_hit(int number, siginfo_t *info, void *context)
{
	(void)context;
	hits += number == SIGPIPE && info->si_signo == SIGPIPE;
}

static void handle_once_informed(void)
{
	struct sigaction action = {.sa_sigaction = count_informed_hit,
				   .sa_flags = (int)(SA_RESETHAND | SA_SIGINFO)};

	must(sigaction(SIGPIPE, &action, 0) == 0, "sigaction");
}

static void handle_once_as_sysv(void)
{
	must(sysv_signal(SIGPIPE, count_hit) == SIG_DFL, "sysv_signal");
}

static void (*const setters[])(void) = {handle_once, handle_once_informed, handle_once_as_sysv};
static const char *const setter_names[] = {"sigaction", "siginfo", "sysv"};
/* What calls the handler, and what fails afterwards. */
static const char *const firings[][2] = {
    {"raise", "write"},	    {"raise", "dprintf"}, {"write", "write"},	   {"write", "dprintf"},
    {"dprintf", "dprintf"}, {"dprintf", "write"}, {"assembly", "dprintf"}, {"assembly", "write"},
};
static const char *const seconds[] = {"write", "dprintf"};
enum { SETTERS = 3, FIRINGS = 8, SECONDS = 2 };

static void tell_disposition(const char *when)
{
	struct sigaction now;

	must(sigaction(SIGPIPE, 0, &now) == 0, "sigaction");
	say("%s %s", when,
	    now.sa_handler == SIG_DFL						    ? "default"
	    : now.sa_handler == SIG_IGN						    ? "ignored"
	    : now.sa_handler == count_hit || now.sa_sigaction == count_informed_hit ? "mine"
										    : "foreign");
	say("%s-resets %d", when, ((unsigned)now.sa_flags & SA_RESETHAND) != 0);
}

static int victim_once(char **args)
{
	setters[atoi(args[3])]();
	tell_disposition("before");
	if (strcmp(args[1], "raise") == 0)
		raise(SIGPIPE);
	else
		fail_by(args[1]);
	say("hits %d", hits);
	tell_disposition("after");
	fail_by(args[2]);
	say("hits-at-last %d", hits);
	_exit(0);
}

static void check_once(int mode, int setter, const char *firing, const char *second)
{
	struct outcome outcome =
	    RUN(.mode = (enum mode)mode, .victim = "once",
		.args = {setter_names[setter], firing, second, number_text(setter)});

	ck_heard_text(outcome, "before", "mine");
	ck_heard(outcome, "before-resets", 1);
	ck_heard(outcome, "hits", 1);
	ck_heard_text(outcome, "after", "default");
	/* What the kernel resets by itself is learnt of in calls by a failing call only. */
	if ((mode == CALLS || mode == CALLS_MASKED) &&
	    (strcmp(firing, "write") != 0 || strcmp(second, "write") != 0))
		return;
	if (mode != UNGUARDED && strcmp(firing, "write") == 0)
		ck_field(outcome, log_line(&outcome.log, "epipe", 0), "sigpipe", "handled");
	if (mode == UNGUARDED || mode == OBSERVE) {
		ck_dies(outcome);
		return;
	}
	ck_lives(outcome);
	ck_heard(outcome, "hits-at-last", 1);
	ck_field(outcome, log_line(&outcome.log, "epipe", log_count(&outcome.log, "epipe") - 1),
		 "saved", "true");
}

START_TEST(handler_runs_once)
{
	for (int i = 0; i < SETTERS * FIRINGS; i++)
		check_once(_i, i % SETTERS, firings[i / SETTERS][0], firings[i / SETTERS][1]);
}
END_TEST

static sigjmp_buf out;

static void jump_out(int number)
{
	(void)number;
	siglongjmp(out, 1);
}

/* The handler never returns to its call; then the same fd fails in another way. */
static int victim_leaves(char **args)
{
	struct sigaction action = {.sa_handler = jump_out, .sa_flags = (int)SA_RESETHAND};
	int fd = broken_channel(PIPE).fd;
	sigset_t none;

	must(sigaction(SIGPIPE, &action, 0) == 0, "sigaction");
	if (sigsetjmp(out, 1) == 0)
		writer_named("write")->put(fd);
	if (strcmp(args[0], "blocked") == 0)
		block_all();
	else
		must(signal(SIGPIPE, SIG_IGN) != SIG_ERR, "signal");
	say("result %zd", writer_named("write")->put(fd));
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, 0);
	_exit(0);
}

/* A failure after a jump out of such a handler is not taken for the one that it handled. */
START_TEST(handler_left_by_a_jump)
{
	static const char *const ways[] = {"blocked", "ignored"};

	for (int i = 0; i < 2; i++) {
		struct outcome outcome =
		    RUN(.mode = (enum mode)_i, .victim = "leaves", .args = {ways[i]});

		ck_heard(outcome, "result", -1);
		if (i == 1 || _i == AUTO)
			ck_lives(outcome);
		else
			ck_dies(outcome);
		if (_i != UNGUARDED)
			ck_field(
			    outcome,
			    log_line(&outcome.log, "epipe", log_count(&outcome.log, "epipe") - 1),
			    "sigpipe", ways[i]);
	}
}
END_TEST

/* --- dispositions set by number --- */

struct kernel_action {
	void (*handler)(int);
	unsigned long flags;
	void (*restorer)(void);
	unsigned long mask[8 / sizeof(unsigned long)];
};

/* With libc's own restorer, which every handler of libc's has. */
static void dispose_by_number(void (*handler)(int))
{
	struct kernel_action action;

	signal(SIGUSR2, count_hit);
	must(syscall(SYS_rt_sigaction, SIGUSR2, 0L, &action, 8L) == 0, "rt_sigaction");
	action.handler = handler;
	must(syscall(SYS_rt_sigaction, SIGPIPE, &action, 0L, 8L) == 0, "rt_sigaction");
}

static int victim_by_number(char **args)
{
	dispose_by_number(strcmp(args[0], "handler") == 0  ? count_hit
			  : strcmp(args[0], "ignore") == 0 ? SIG_IGN
							   : SIG_DFL);
	tell_disposition("now");
	fail_by("write");
	say("hits %d", hits);
	_exit(0);
}

START_TEST(set_by_number)
{
	static const char *const kinds[] = {"handler", "ignore", "default"};
	static const char *const told[] = {"mine", "ignored", "default"};
	static const char *const sigpipe[] = {"handled", "ignored", "kill"};

	for (int i = 0; i < 3; i++) {
		struct outcome outcome =
		    RUN(.mode = (enum mode)_i, .victim = "by-number", .args = {kinds[i]});

		ck_heard_text(outcome, "now", told[i]);
		ck_count(outcome, "epipe", _i != UNGUARDED);
		if (_i != UNGUARDED)
			ck_field(outcome, log_line(&outcome.log, "epipe", 0), "sigpipe",
				 sigpipe[i]);
		if (i == 2 && !survives(_i, "write")) {
			ck_dies(outcome);
			continue;
		}
		ck_lives(outcome);
		ck_heard(outcome, "hits", i == 0);
	}
}
END_TEST

/* --- stacks --- */

/* As small as a host may make it, and nothing is mapped below. */
static void stand_on_little(void)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	char *start = mmap(0, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	stack_t stack = {.ss_sp = start + page, .ss_size = 2048};

	must(start != MAP_FAILED && munmap(start, page) == 0, "mmap");
	/* Some kernels refuse 2048 bytes where the vector registers take more. */
	say("sigaltstack %d", sigaltstack(&stack, 0));
}

static int victim_altstack(char **args)
{
	stand_on_little();
	fail_by(args[0]);
	_exit(0);
}

START_TEST(small_alternate_stack)
{
	for (int i = 0; i < SECONDS; i++) {
		struct outcome outcome =
		    RUN(.mode = (enum mode)_i, .victim = "altstack", .args = {seconds[i]});

		if (!survives(_i, seconds[i])) {
			ck_dies(outcome);
			continue;
		}
		ck_lives(outcome);
		ck_count(outcome, "epipe", 1);
	}
}
END_TEST

static sigjmp_buf before_coroutine;
static ucontext_t main_context, coroutine;
static const char *waits_in;

static void leave(int number)
{
	(void)number;
	siglongjmp(before_coroutine, 1);
}

static void wait_in(const char *call)
{
	static char data[1 << 20];
	struct channel full = open_channel(PIPE), empty = open_channel(PIPE);

	if (strcmp(call, "write") == 0)
		(void)!write(full.fd, data, sizeof data);
	else
		splice(empty.peer, 0, full.fd, 0, sizeof data, 0);
}

static void wait_there(void)
{
	wait_in(waits_in);
}

/* The jump goes back to the first stack, and the other, with the call's frame, is gone. */
static void leave_a_stack(void)
{
	enum { SIZE = 256 * 1024 };
	char *stack = mmap(0, SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	must(stack != MAP_FAILED && getcontext(&coroutine) == 0, "coroutine");
	coroutine.uc_stack.ss_sp = stack;
	coroutine.uc_stack.ss_size = SIZE;
	coroutine.uc_link = &main_context;
	makecontext(&coroutine, wait_there, 0);
	signal(SIGALRM, leave);
	if (sigsetjmp(before_coroutine, 1) == 0) {
		interrupt_when_asleep(SIGALRM);
		swapcontext(&main_context, &coroutine);
	}
	must(munmap(stack, SIZE) == 0, "munmap");
}

static int victim_coroutine(char **args)
{
	sigset_t mask;

	waits_in = args[0];
	leave_a_stack();
	say("write %zd", write(open("/dev/null", O_WRONLY), "x", 1));
	say("sendfile %zd", sendfile(open_channel(PIPE).fd, open("/dev/zero", O_RDONLY), 0, 1));
	sigprocmask(SIG_SETMASK, 0, &mask);
	say("blocked %d", sigismember(&mask, SIGPIPE));
	fail_by(args[1]);
	_exit(0);
}

START_TEST(stack_that_is_gone)
{
	static const char *const waits[] = {"write", "splice"};

	for (int i = 0; i < 2 * SECONDS; i++) {
		const char *second = seconds[i % SECONDS];
		struct outcome outcome = RUN(.mode = (enum mode)_i, .victim = "coroutine",
					     .args = {waits[i / SECONDS], second});

		ck_heard(outcome, "write", 1);
		ck_heard(outcome, "sendfile", 1);
		ck_heard(outcome, "blocked", 0);
		if (!survives(_i, second)) {
			ck_dies(outcome);
			continue;
		}
		ck_lives(outcome);
		ck_count(outcome, "epipe", 1);
	}
}
END_TEST

/* --- another program out of a handler --- */

static void execute(int number)
{
	(void)number;
	become_unguarded("tell-mask", 0);
}

static void execute_in_child(int number)
{
	if (fork() == 0)
		execute(number);
	_exit(0);
}

static int victim_tell_mask(char **args)
{
	sigset_t mask;

	(void)args;
	sigprocmask(SIG_SETMASK, 0, &mask);
	say("blocked %d", sigismember(&mask, SIGPIPE));
	_exit(0);
}

static int victim_executes(char **args)
{
	signal(SIGALRM, args[1] ? execute_in_child : execute);
	interrupt_when_asleep(SIGALRM);
	wait_in(args[0]);
	_exit(1);
}

START_TEST(executed_is_not_blocked)
{
	static const char *const waits[] = {"write", "splice"};

	for (int i = 0; i < 4; i++) {
		struct outcome outcome = RUN(.mode = (enum mode)_i, .victim = "executes",
					     .args = {waits[i / 2], i % 2 ? "child" : 0});

		ck_lives(outcome);
		await_said("blocked 0"); /* the child may come after its parent's end */
	}
}
END_TEST

const struct victim victims[] = {
    {"owed", victim_owed},
    {"once", victim_once},
    {"leaves", victim_leaves},
    {"by-number", victim_by_number},
    {"altstack", victim_altstack},
    {"coroutine", victim_coroutine},
    {"executes", victim_executes},
    {"tell-mask", victim_tell_mask},
    {0},
};

Suite *suite(void)
{
	Suite *suite = suite_create("signals around a failure");
	TCase *tcase = tcase_create("hosts");

	tcase_set_timeout(tcase, 20);
	tcase_add_loop_test(tcase, owed_signal_is_known, 0, MODES);
	tcase_add_loop_test(tcase, kill_after_owed_kills, 0, MODES);
	tcase_add_loop_test(tcase, handler_runs_once, 0, MODES);
	tcase_add_loop_test(tcase, handler_left_by_a_jump, 0, MODES);
	tcase_add_loop_test(tcase, set_by_number, 0, MODES);
	tcase_add_loop_test(tcase, small_alternate_stack, 0, MODES);
	tcase_add_loop_test(tcase, stack_that_is_gone, 0, MODES);
	tcase_add_loop_test(tcase, executed_is_not_blocked, 0, MODES);
	suite_add_tcase(suite, tcase);
	return suite;
}
