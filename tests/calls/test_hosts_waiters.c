/* Hosts that wait for SIGPIPE instead of being interrupted by it, handlers with every flag there
 * is, libraries that are opened apart and closed again, and writes that nobody's thread makes:
 * io_uring and POSIX's asynchronous ones. */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "channels.h"
#include "harness.h"
#include "waits.h"
#include "writers.h"

static sigset_t block(int number)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, number);
	must(pthread_sigmask(SIG_BLOCK, &set, 0) == 0, "block");
	return set;
}

static const char *const names[] = {"write", "writev", "send", "sendmsg", "dprintf", "assembly"};
enum { NAMES = sizeof names / sizeof *names };

/* --- waited for --- */

static int victim_signalfd(char **args)
{
	sigset_t set = block(SIGPIPE);
	int waiter = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
	struct signalfd_siginfo info = {0};

	must(waiter >= 0, "signalfd");
	say("right %d", fails_by(args[0], broken_channel(UNIX_STREAM).fd));
	say("read %zd", read(waiter, &info, sizeof info));
	say("number %u", info.ssi_signo);
	say("code %d", info.ssi_code);
	say("sender %d", (pid_t)info.ssi_pid == getpid());
	say("again %zd", read(waiter, &info, sizeof info));
	_exit(0);
}

static int victim_sigwait(char **args)
{
	sigset_t set = block(SIGPIPE);
	struct timespec soon = {.tv_sec = PATIENCE_MS / 1000};
	siginfo_t info;

	say("right %d", fails_by(args[0], broken_channel(UNIX_STREAM).fd));
	say("number %d", sigtimedwait(&set, &info, &soon));
	say("code %d", info.si_code);
	say("sender %d", info.si_pid == getpid());
	say("right-again %d", fails_by(args[0], broken_channel(PIPE).fd) || errno == ENOTSOCK);
	if (errno != ENOTSOCK) {
		int number = 0;

		must(sigwait(&set, &number) == 0 && number == SIGPIPE, "sigwait");
	}
	_exit(0);
}

START_TEST(waited_for)
{
	for (int i = 0; i < 2 * NAMES; i++) {
		const char *victim = i % 2 ? "sigwait" : "signalfd";
		struct outcome outcome =
		    RUN(.mode = (enum mode)_i, .victim = victim, .args = {names[i / 2]});

		ck_lives(outcome);
		ck_heard(outcome, "right", 1);
		ck_heard(outcome, "number", SIGPIPE);
		ck_heard(outcome, "code", SI_USER);
		ck_heard(outcome, "sender", 1);
		if (i % 2 == 0) {
			ck_heard(outcome, "read", sizeof(struct signalfd_siginfo));
			ck_heard(outcome, "again", -1);
		}
	}
}
END_TEST

/* A thread that takes the process's signals gets none that a write made in another thread. */
static volatile int waited;

static void *wait_for_any(void *unused)
{
	sigset_t set;
	int number;

	sigemptyset(&set);
	sigaddset(&set, SIGPIPE);
	sigaddset(&set, SIGTERM);
	while (sigwait(&set, &number) == 0 && number != SIGTERM)
		__atomic_add_fetch(&waited, 1, __ATOMIC_RELAXED);
	return unused;
}

static int victim_waiting_thread(char **args)
{
	sigset_t set = block(SIGPIPE);
	struct timespec none = {0};
	pthread_t thread;

	block(SIGTERM);
	must(pthread_create(&thread, 0, wait_for_any, 0) == 0, "pthread_create");
	say("right %d", fails_by(args[0], broken_channel(UNIX_STREAM).fd));
	say("own %d", sigtimedwait(&set, 0, &none));
	kill(getpid(), SIGPIPE);
	AWAIT(__atomic_load_n(&waited, __ATOMIC_RELAXED), "the signal in the thread");
	kill(getpid(), SIGTERM);
	pthread_join(thread, 0);
	say("waited %d", waited);
	_exit(0);
}

START_TEST(waited_for_in_a_thread)
{
	for (int i = 0; i < NAMES; i++) {
		struct outcome outcome =
		    RUN(.mode = (enum mode)_i, .victim = "waiting-thread", .args = {names[i]});

		ck_lives(outcome);
		ck_heard(outcome, "right", 1);
		ck_heard(outcome, "own", SIGPIPE);
		ck_heard(outcome, "waited", 1);
	}
}
END_TEST

/* --- handlers --- */

static volatile sig_atomic_t hits, on_stack, nested;
static int nested_fd = -1;
static char stack_memory[1 << 16];

static void count_hit(int number)
{
	char here;

	(void)number;
	hits++;
	on_stack +=
	    (char *)&here >= stack_memory && (char *)&here < stack_memory + sizeof stack_memory;
}

/* Breaks once more, which calls it again where it is not masked. */
static void fail_again(int number)
{
	count_hit(number);
	if (nested++ < 2)
		(void)!write(nested_fd, "x", 1);
}

static void tell_hits(const char *writer)
{
	sigset_t pending, mask;

	say("right %d", fails_by(writer, broken_channel(PIPE).fd));
	say("hits %d", hits);
	say("on-stack %d", on_stack);
	sigpending(&pending);
	sigprocmask(SIG_SETMASK, 0, &mask);
	say("pending %d", sigismember(&pending, SIGPIPE));
	say("blocked %d", sigismember(&mask, SIGPIPE));
}

static int victim_handler(char **args)
{
	struct sigaction action = {.sa_handler = fail_again};
	stack_t stack = {.ss_sp = stack_memory, .ss_size = sizeof stack_memory};

	nested_fd = broken_channel(PIPE).fd;
	must(sigaltstack(&stack, 0) == 0, "sigaltstack");
	action.sa_flags = (int)strtoul(args[1], 0, 0);
	must(sigaction(SIGPIPE, &action, 0) == 0, "sigaction");
	tell_hits(args[0]);
	_exit(0);
}

START_TEST(handlers_flags)
{
	static const unsigned flags[] = {0, SA_NODEFER, SA_ONSTACK, SA_NODEFER | SA_ONSTACK,
					 SA_RESTART};
	static const char *const writers_seen[] = {"write", "dprintf"};

	for (unsigned i = 0; i < 10; i++) {
		char text[16];
		struct outcome plain, outcome;

		snprintf(text, sizeof text, "%#x", flags[i / 2]);
		plain = RUN(.mode = UNGUARDED, .victim = "handler",
			    .args = {writers_seen[i % 2], text});
		outcome = RUN(.mode = (enum mode)_i, .victim = "handler",
			      .args = {writers_seen[i % 2], text});
		ck_lives(plain);
		ck_lives(outcome);
		ck_heard(outcome, "hits", 3);
		ck_heard(outcome, "on-stack", flags[i / 2] & SA_ONSTACK ? 3 : 0);
		ck_assert_str_eq(plain.said, outcome.said);
	}
}
END_TEST

static pthread_t reader;
static bool goes_on;

/* A signal finds the read waiting; where it goes on after, a byte finds it so too. */
static void *send_to_reader(void *argument)
{
	const struct channel *channel = argument;

	await_asleep(getpid(), channel->peer);
	pthread_kill(reader, SIGPIPE);
	if (!goes_on)
		return 0;
	AWAIT(hits, "the handler");
	await_asleep(getpid(), channel->peer);
	must(raw_write(channel->fd, "x", 1) == 1, "byte");
	return 0;
}

/* Whether a read that waits goes on after the handler. */
static int victim_interrupted(char **args)
{
	struct channel channel = open_channel(PIPE);
	pthread_t thread;
	char byte;
	ssize_t result;

	signal(SIGPIPE, count_hit);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
	siginterrupt(SIGPIPE, atoi(args[0]));
#pragma GCC diagnostic pop
	reader = pthread_self();
	goes_on = atoi(args[0]) == 0;
	must(pthread_create(&thread, 0, send_to_reader, &channel) == 0, "pthread_create");
	errno = 0;
	result = read(channel.peer, &byte, 1);
	say("result %zd", result);
	say("interrupted %d", result < 0 && errno == EINTR);
	_exit(0);
}

START_TEST(interrupts_as_told)
{
	for (int i = 0; i < 2; i++) {
		struct outcome outcome =
		    RUN(.mode = (enum mode)_i, .victim = "interrupted", .args = {i ? "1" : "0"});

		ck_lives(outcome);
		ck_heard(outcome, "result", i ? -1 : 1);
		ck_heard(outcome, "interrupted", i);
	}
}
END_TEST

/* --- libraries of their own scope --- */

static char deep[128];

static void build(void)
{
	static char place[] = "/tmp/bpguard-deep.XXXXXX";
	const char *cc = getenv("CC");
	char command[512];

	if (!mkdtemp(place))
		return;
	snprintf(deep, sizeof deep, "%s/deep.so", place);
	snprintf(
	    command, sizeof command,
	    "printf '#include <unistd.h>\\nlong deep_put(int fd) { return write(fd, \"x\", 1); }'"
	    " | %s -shared -fPIC -x c -o %s -",
	    cc ? cc : "cc", deep);
	if (system(command) != 0)
		fprintf(stderr, "deep.so could not be built\n");
}

static void tidy(void)
{
	char *end = strrchr(deep, '/');

	unlink(deep);
	*end = 0;
	rmdir(deep);
}

static int victim_deep(char **args)
{
	void *library = dlopen(args[0], RTLD_NOW | RTLD_LOCAL | atoi(args[1]));
	long (*put)(int) = library ? (long (*)(int))dlsym(library, "deep_put") : 0;

	must(put != 0, "dlopen");
	errno = 0;
	say("result %ld", put(broken_channel(PIPE).fd));
	say("errno %d", errno);
	must(dlclose(library) == 0, "dlclose");
	say("own %d", fails_by("write", broken_channel(PIPE).fd));
	_exit(0);
}

/* With RTLD_DEEPBIND its write is libc's, and ours does not see it. */
START_TEST(opened_and_closed)
{
	for (int i = 0; i < 2; i++) {
		char flag[16];
		bool seen = i == 0;
		struct outcome outcome;

		snprintf(flag, sizeof flag, "%d", seen ? 0 : RTLD_DEEPBIND);
		outcome = RUN(.mode = (enum mode)_i, .victim = "deep", .args = {deep, flag});
		if (!(_i == AUTO || (seen && survives(_i, "write")))) {
			ck_dies(outcome);
			continue;
		}
		ck_lives(outcome);
		ck_heard(outcome, "result", -1);
		ck_heard(outcome, "errno", EPIPE);
		ck_heard(outcome, "own", 1);
		ck_count(outcome, "epipe", 2);
		ck_field(outcome, log_line(&outcome.log, "epipe", 0), "call",
			 seen ? "write" : "libc");
	}
}
END_TEST

const struct victim victims[] = {
    {"signalfd", victim_signalfd},
    {"sigwait", victim_sigwait},
    {"waiting-thread", victim_waiting_thread},
    {"handler", victim_handler},
    {"interrupted", victim_interrupted},
    {"deep", victim_deep},
    {0},
};

Suite *suite(void)
{
	Suite *suite = suite_create("waiters, handlers, libraries");
	TCase *tcase = tcase_create("hosts");

	tcase_set_timeout(tcase, 30);
	tcase_add_unchecked_fixture(tcase, build, tidy);
	tcase_add_loop_test(tcase, waited_for, 0, MODES);
	tcase_add_loop_test(tcase, waited_for_in_a_thread, 0, MODES);
	tcase_add_loop_test(tcase, handlers_flags, 0, MODES);
	tcase_add_loop_test(tcase, interrupts_as_told, 0, MODES);
	tcase_add_loop_test(tcase, opened_and_closed, 0, MODES);
	suite_add_tcase(suite, tcase);
	return suite;
}
