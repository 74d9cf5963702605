/* What comes between two system calls of a failing write, put there by a tracer (ptrace(2)): what a
 * busy machine does to one process in a million, done to this one for certain. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "channels.h"
#include "harness.h"
#include "writers.h"

/* --- a child of the victim's, guarded as it is, and stopped at each of its system calls --- */

/* linux/ptrace.h, which does not go together with sys/ptrace.h. */
struct step {
	unsigned char op; /* 1 at a system call's entry, 2 at its exit */
	unsigned char reserved[3];
	unsigned arch;
	unsigned long long instruction, stack;
	union {
		struct {
			unsigned long long number, arguments[6];
		} entry;
		struct {
			long long result;
			unsigned char failed;
		} exit;
	};
};

enum { ENTRY = 1, EXIT = 2, GET_SYSCALL_INFO = 0x420e };

typedef void on_step(pid_t child, const struct step *step);

/* Until it has ended; returns its wait status. Its signals reach it. */
static int follow(pid_t child, on_step *at)
{
	int status;

	while (waitpid(child, &status, 0) == child && WIFSTOPPED(status)) {
		int number = WSTOPSIG(status);
		struct step step = {0};

		if (number == (SIGTRAP | 0x80)) {
			must(ptrace((enum __ptrace_request)GET_SYSCALL_INFO, child, sizeof step,
				    &step) > 0,
			     "step");
			at(child, &step);
		}
		number = number == SIGSTOP || (number & ~0x80) == SIGTRAP ? 0 : number;
		must(ptrace(PTRACE_SYSCALL, child, 0, number) == 0, "PTRACE_SYSCALL");
	}
	return status;
}

static int step_through(void (*work)(void), on_step *at)
{
	pid_t child = fork();
	int status;

	must(child >= 0, "fork");
	if (child == 0) {
		must(ptrace(PTRACE_TRACEME, 0, 0, 0) == 0, "PTRACE_TRACEME");
		raise(SIGSTOP);
		work();
		_exit(0);
	}
	must(waitpid(child, &status, 0) == child && WIFSTOPPED(status), "stopped");
	must(ptrace(PTRACE_SETOPTIONS, child, 0, PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL) == 0,
	     "PTRACE_SETOPTIONS");
	must(ptrace(PTRACE_SYSCALL, child, 0, 0) == 0, "PTRACE_SYSCALL");
	return follow(child, at);
}

/* --- others write to the log between a look at its end and the line that follows --- */

static const char *outlet(void)
{
	return getenv("OUTLET");
}

static void append(const char *text)
{
	int fd = open(outlet(), O_WRONLY | O_APPEND);

	must(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text), "append");
	close(fd);
}

static bool is_outlet(pid_t pid, int fd)
{
	char path[64], target[300] = "";

	snprintf(path, sizeof path, "/proc/%d/fd/%d", (int)pid, fd);
	return readlink(path, target, sizeof target - 1) > 0 && strcmp(target, outlet()) == 0;
}

/* A line may be tried by one call after another; an empty write is no line. */
static bool is_line_written(pid_t child, const struct step *step)
{
	unsigned long long number = step->entry.number;

	if (step->op != ENTRY ||
	    (number != SYS_write && number != SYS_writev && number != SYS_pwritev2))
		return false;
	return step->entry.arguments[2] && is_outlet(child, (int)step->entry.arguments[0]);
}

/* Before the second line somebody else's, so that the log is known to be shared; before the third
 * the rest of a writer who was killed. */
static void write_as_others(pid_t child, const struct step *step)
{
	static const char *const of_others[] = {0, "\n", "{\"time\":\"20"};
	static unsigned done;
	struct log log;
	size_t lines;

	if (!is_line_written(child, step))
		return;
	log = log_read_damaged(outlet());
	lines = log_count(&log, "epipe");
	if (lines < 3 && of_others[lines] && !(done & 1U << lines)) {
		append(of_others[lines]);
		done |= 1U << lines;
	}
}

static void fail_three_times(void)
{
	int fd = broken_channel(PIPE).fd;

	for (int i = 0; i < 3; i++)
		must(write(fd, "x", 1) == -1 && errno == EPIPE, "EPIPE");
}

static int victim_behind_rest(char **args)
{
	(void)args;
	say("status %d", step_through(fail_three_times, write_as_others));
	return 0;
}

START_TEST(behind_the_rest_of_another)
{
	char setting[320], place[300];
	struct outcome outcome;
	struct log log;

	snprintf(place, sizeof place, "OUTLET=%s/outlet", case_directory());
	snprintf(setting, sizeof setting, "BPGUARD_LOG=%s", place + strlen("OUTLET="));
	outcome = RUN(.mode = AUTO, .victim = "behind-rest", .env = {setting, place});
	ck_lives(outcome);
	ck_heard(outcome, "status", 0);
	log = log_read_damaged(place + strlen("OUTLET="));
	ck_assert_msg(log_count(&log, "epipe") == 3 && log.torn == 1, "%zu records, %zu torn\n%s",
		      log_count(&log, "epipe"), log.torn, log.text);
}
END_TEST

/* --- another signal is delivered together with a write's SIGPIPE, below it --- */

static volatile sig_atomic_t handled;

static void count_signal(int number)
{
	(void)number;
	handled = handled + 1;
}

static const char *writer_name;

static void fail_and_be_signalled(void)
{
	struct channel channel = broken_channel(PIPE);

	signal(SIGUSR1, count_signal);
	must(fails_by(writer_name, channel.fd), "EPIPE");
	must(handled > 0, "handled");
}

/* SIGPIPE waits for it already; the lower number is delivered first. Once: a handler's return has
 * the result of what it interrupted. */
static void signal_at_failure(pid_t child, const struct step *step)
{
	static bool done;

	if (step->op != EXIT || step->exit.result != -EPIPE || done)
		return;
	done = true;
	must(syscall(SYS_tgkill, child, child, SIGUSR1) == 0, "tgkill");
}

static int victim_signalled(char **args)
{
	writer_name = args[0];
	say("status %d", step_through(fail_and_be_signalled, signal_at_failure));
	return 0;
}

static const char *const callers[] = {"write", "syscall", "assembly", "dprintf"};

START_TEST(signalled_at_once)
{
	struct outcome outcome = RUN(.mode = AUTO, .victim = "signalled", .args = {callers[_i]});

	ck_lives(outcome);
	ck_heard(outcome, "status", 0);
	ck_count(outcome, "epipe", 1);
	ck_field(outcome, log_line(&outcome.log, "epipe", 0), "call",
		 writer_named(callers[_i])->call);
}
END_TEST

const struct victim victims[] = {
    {"behind-rest", victim_behind_rest}, {"signalled", victim_signalled}, {0}};

static bool can_trace(void)
{
	pid_t child = fork();
	int status = -1;

	if (child == 0)
		_exit(ptrace(PTRACE_TRACEME, 0, 0, 0) != 0);
	waitpid(child, &status, 0);
	if (status != 0)
		printf("SKIP: ptrace(2) is forbidden here\n");
	return status == 0;
}

Suite *suite(void)
{
	Suite *suite = suite_create("between two system calls");
	TCase *tcase = tcase_create("steps");

	suite_add_tcase(suite, tcase);
	if (!can_trace())
		return suite;
	tcase_set_timeout(tcase, 30);
	tcase_add_test(tcase, behind_the_rest_of_another);
	tcase_add_loop_test(tcase, signalled_at_once, 0, 4);
	return suite;
}
