/* Calls that end in another order than they began, or never: coroutines whose library hooks
 * write(2), and stacks that are gone. A failure is its own connection's, once. */
#include <dlfcn.h>
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <ucontext.h>
#include <unistd.h>

#include "channels.h"
#include "harness.h"
#include "waits.h"

/* --- coroutines --- */

enum { COROUTINES = 2, STACK = 128 * 1024 };

/* How they switch: with the signal mask, as swapcontext(3) does, or without, as most libraries do.
 */
enum switching { WITH_MASK, WITHOUT_MASK };

static struct coroutine {
	int fd;
	ucontext_t context;
	void *point[5];
	bool begun, over;
	ssize_t result;
	int error;
} coroutines[COROUTINES], *current;

static ucontext_t home;
static void *home_point[5];
static enum switching switching;

/* Not longjmp(3), which calls the cleanup handlers of the stack that it leaves. */
static __attribute__((noinline, noreturn)) void jump(void **point)
{
	__builtin_longjmp(point, 1);
}

static __attribute__((noinline, noreturn)) void begin(const ucontext_t *context)
{
	setcontext(context);
	abort();
}

static __attribute__((noinline)) void leave(struct coroutine *self)
{
	if (switching == WITH_MASK)
		swapcontext(&self->context, &home);
	else if (__builtin_setjmp(self->point) == 0)
		jump(home_point);
}

/* What hook.c calls around each write. */
static void give_way(int fd)
{
	if (current && current->fd == fd)
		leave(current);
}

static void body(int which)
{
	static const char data[200];
	struct coroutine *self = &coroutines[which];

	self->result = write(self->fd, data, which ? 200 : 100);
	self->error = errno;
	self->over = true;
	leave(self);
}

static __attribute__((noinline)) void enter(struct coroutine *self)
{
	if (switching == WITH_MASK || !self->begun) {
		self->begun = true;
		if (switching == WITHOUT_MASK) /* but setcontext(3) has one */
			sigprocmask(SIG_SETMASK, NULL, &self->context.uc_sigmask);
		if (switching == WITH_MASK)
			swapcontext(&home, &self->context);
		else if (__builtin_setjmp(home_point) == 0)
			begin(&self->context);
	} else if (__builtin_setjmp(home_point) == 0) {
		jump(self->point);
	}
}

static void resume(struct coroutine *self)
{
	current = self;
	enter(self);
	current = NULL;
}

static void make(int which, bool broken)
{
	struct coroutine *self = &coroutines[which];
	int pair[2];

	must(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0, "socketpair");
	self->fd = pair[0];
	if (broken)
		close(pair[1]);
	getcontext(&self->context);
	self->context.uc_stack.ss_sp =
	    mmap(NULL, STACK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	self->context.uc_stack.ss_size = STACK;
	makecontext(&self->context, (void (*)(void))body, 1, which);
}

static bool all_over(void)
{
	return coroutines[0].over && coroutines[1].over;
}

static void say_mask(void)
{
	sigset_t mask;

	sigprocmask(SIG_SETMASK, NULL, &mask);
	say("blocked %d", sigismember(&mask, SIGPIPE));
}

/* BROKEN (which of "ab"), SWITCHING, WHEN ("before", "after", "both"), DISPOSITION */
static int victim_interleaved(char **args)
{
	void (*hook)(void (*)(int), void (*)(int));

	*(void **)&hook = dlsym(RTLD_DEFAULT, "hook_switches");
	must(hook != NULL, "the hook is not loaded");
	if (strcmp(args[3], "ignored") == 0)
		signal(SIGPIPE, SIG_IGN);
	switching = strcmp(args[1], "mask") == 0 ? WITH_MASK : WITHOUT_MASK;
	for (int i = 0; i < COROUTINES; i++) {
		make(i, strchr(args[0], 'a' + i));
		say("fd-%c %d", 'a' + i, coroutines[i].fd);
	}
	hook(strcmp(args[2], "after") == 0 ? NULL : give_way,
	     strcmp(args[2], "before") == 0 ? NULL : give_way);
	for (int turn = 0; turn < 8 && !all_over(); turn++)
		resume(&coroutines[turn % COROUTINES]);
	hook(NULL, NULL);
	must(all_over(), "a coroutine did not end");
	for (int i = 0; i < COROUTINES; i++)
		say("result-%c %zd", 'a' + i, coroutines[i].result);
	say_mask();
	return 0;
}

static char place[] = "/tmp/bpguard-coroutines.XXXXXX";
static char preload[160];

static void build(void)
{
	const char *cc = getenv("CC");
	char command[512];

	ck_assert_ptr_nonnull(mkdtemp(place));
	snprintf(command, sizeof command,
		 "%s -shared -fPIC -o %s/hook.so tests/calls/beside/hook.c", cc ? cc : "cc", place);
	ck_assert_int_eq(system(command), 0);
	snprintf(preload, sizeof preload, "%s %s/hook.so", getenv("BPGUARD_LIB"), place);
}

static void tidy(void)
{
	char command[128];

	snprintf(command, sizeof command, "rm -rf %s", place);
	if (system(command) != 0)
		perror(place);
}

static const char *const breaks[] = {"a", "b", "ab"};
static const char *const switchings[] = {"mask", "bare"};
static const char *const times[] = {"before", "after", "both"};
static const char *const dispositions[] = {"default", "ignored"};
static const enum mode modes[] = {AUTO, CALLS, CALLS_MASKED};
enum { BREAKS = 3, SWITCHINGS = 2, TIMES = 3, DISPOSITIONS = 2, GUARDED = 3 };

/* One record of that fd where it was broken, none where not. */
static void check_records(const struct outcome *outcome, const char *broken)
{
	ck_count(*outcome, "epipe", strlen(broken));
	for (char which = 'a'; which <= 'b'; which++) {
		char key[8];
		size_t found = 0;

		snprintf(key, sizeof key, "fd-%c", which);
		for (size_t i = 0; i < strlen(broken); i++)
			found +=
			    line_is(log_line(&outcome->log, "epipe", i), "fd", heard(outcome, key));
		ck_assert_msg(found == (strchr(broken, which) != NULL),
			      "%s: %zu records of %s\n%s%s", case_label(), found, key,
			      outcome->said, outcome->log.text);
	}
}

START_TEST(each_failure_is_its_own_connections)
{
	int i = _i;
	enum mode mode = modes[i % GUARDED];
	const char *broken = breaks[(i /= GUARDED) % BREAKS];
	const char *how = switchings[(i /= BREAKS) % SWITCHINGS];
	const char *when = times[(i /= SWITCHINGS) % TIMES];
	const char *disposition = dispositions[(i / TIMES) % DISPOSITIONS];
	struct outcome outcome;

	/* A signal that is kept back by the mask, and a library that puts its own there before the
	 * call returns: it is let in (doc/coverage.md). */
	if (mode != AUTO && strcmp(how, "mask") == 0 && strcmp(when, "before") != 0 &&
	    strcmp(disposition, "default") == 0)
		return;
	outcome = RUN(.mode = mode, .victim = "interleaved", .preload = preload,
		      .args = {broken, how, when, disposition});
	ck_lives(outcome);
	ck_heard(outcome, "result-a", strchr(broken, 'a') ? -1 : 100);
	ck_heard(outcome, "result-b", strchr(broken, 'b') ? -1 : 200);
	ck_heard(outcome, "blocked", 0);
	check_records(&outcome, broken);
}
END_TEST

/* --- stacks that are gone --- */

enum { SMALL = 32 * 1024 };
static sigjmp_buf out;
static int full, broken_fd;

static void on_alarm(int number)
{
	(void)number;
	siglongjmp(out, 1);
}

/* Nobody reads: it waits until the alarm. */
static void write_for_ever(void)
{
	static char data[1 << 20];

	must(write(full, data, sizeof data) < 0, "a write that waits");
}

static void write_outside_wrappers(void)
{
	must(dprintf(broken_fd, "hello\n") < 0 && errno == EPIPE, "EPIPE");
}

static void write_inside(void)
{
	must(write(broken_fd, "hello\n", 6) < 0 && errno == EPIPE, "EPIPE");
}

static void run_on(char *stack, void (*function)(void))
{
	ucontext_t context;

	mprotect(stack, SMALL, PROT_READ | PROT_WRITE);
	getcontext(&context);
	context.uc_stack.ss_sp = stack;
	context.uc_stack.ss_size = SMALL;
	context.uc_link = &home;
	makecontext(&context, function, 0);
	swapcontext(&home, &context);
}

static void *ring_when_asleep(void *pid)
{
	await_asleep((pid_t)(intptr_t)pid, full);
	kill((pid_t)(intptr_t)pid, SIGALRM);
	return NULL;
}

/* A write is left by a jump, its stack unmapped; the next one's lies right below. */
static int victim_left(char **args)
{
	char *area = mmap(NULL, 4 * SMALL, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int pair[2];
	pid_t self = getpid(), watcher;

	must(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0, "socketpair");
	full = pair[0];
	broken_fd = broken_channel(UNIX_STREAM).fd;
	signal(SIGALRM, on_alarm);
	watcher = fork();
	if (watcher == 0) {
		ring_when_asleep((void *)(intptr_t)self);
		_exit(0);
	}
	if (sigsetjmp(out, 1) == 0)
		run_on(area + SMALL, write_for_ever);
	must(waitpid(watcher, NULL, 0) == watcher, "waitpid");
	munmap(area + SMALL, SMALL);
	run_on(area, strcmp(args[0], "dprintf") == 0 ? write_outside_wrappers : write_inside);
	say_mask();
	return 0;
}

START_TEST(a_stack_that_is_gone_is_not_read)
{
	const char *call = _i % 2 ? "dprintf" : "write";
	enum mode mode = modes[_i / 2];
	struct outcome outcome;

	if (mode != AUTO && _i % 2) /* libc's own calls are not safe there */
		return;
	outcome = RUN(.mode = mode, .victim = "left", .args = {call});
	ck_lives(outcome);
	ck_count(outcome, "epipe", 1);
	ck_heard(outcome, "blocked", 0);
	ck_field(outcome, log_line(&outcome.log, "epipe", 0), "call", _i % 2 ? "libc" : "write");
}
END_TEST

const struct victim victims[] = {{"interleaved", victim_interleaved}, {"left", victim_left}, {0}};

Suite *suite(void)
{
	Suite *suite = suite_create("coroutines, and stacks that are gone");
	TCase *tcase = tcase_create("coroutines");

	tcase_set_timeout(tcase, 60);
	tcase_add_unchecked_fixture(tcase, build, tidy);
	tcase_add_loop_test(tcase, each_failure_is_its_own_connections, 0,
			    GUARDED * BREAKS * SWITCHINGS * TIMES * DISPOSITIONS);
	tcase_add_loop_test(tcase, a_stack_that_is_gone_is_not_read, 0, 2 * GUARDED);
	suite_add_tcase(suite, tcase);
	return suite;
}
