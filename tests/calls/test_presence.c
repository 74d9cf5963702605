/* When a guarded program is told to have begun and to have ended, and whether its totals add up;
 * how near it is to its limit of fds; which code called. */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "channels.h"
#include "harness.h"
#include "writers.h"

static void broken_write(int fd)
{
	must(write(fd, "x", 1) == -1 && errno == EPIPE, "no EPIPE");
}

static void broken_writes(int count)
{
	int fd = broken_channel(PIPE).fd;

	while (count--)
		broken_write(fd);
	close(fd);
}

static int child_status(pid_t child)
{
	int status;

	must(waitpid(child, &status, 0) == child, "waitpid");
	return status;
}

/* --- how a program ends: the root, after it has failed twice --- */

static char *const quiet[] = {"victim", "victim", "quiet", 0};

static void end_by_exit(void)
{
	exit(0);
}

static void end_by__exit(void)
{
	_exit(0);
}

static void end_by__Exit(void)
{
	_Exit(0);
}

static void end_by_execve(void)
{
	execve("/proc/self/exe", quiet, environ);
}

static void end_by_execv(void)
{
	execv("/proc/self/exe", quiet);
}

static void end_by_execvp(void)
{
	execvp("/proc/self/exe", quiet);
}

static void end_by_execvpe(void)
{
	execvpe("/proc/self/exe", quiet, environ);
}

static void end_by_execl(void)
{
	execl("/proc/self/exe", "victim", "victim", "quiet", (char *)0);
}

static void end_by_execlp(void)
{
	execlp("/proc/self/exe", "victim", "victim", "quiet", (char *)0);
}

static void end_by_execle(void)
{
	execle("/proc/self/exe", "victim", "victim", "quiet", (char *)0, environ);
}

static void end_by_fexecve(void)
{
	fexecve(open("/proc/self/exe", O_RDONLY | O_CLOEXEC), quiet, environ);
}

static void end_by_execveat(void)
{
	execveat(AT_FDCWD, "/proc/self/exe", quiet, environ, 0);
}

static void end_by_kill(void)
{
	kill(getpid(), SIGKILL);
}

static const struct ending {
	const char *name;
	void (*end)(void);
	bool becomes_other; /* another program in the same process, which attaches by itself */
	bool untold;
} endings[] = {
    {"exit", end_by_exit, 0, 0},	 {"return", 0, 0, 0},
    {"_exit", end_by__exit, 0, 0},	 {"_Exit", end_by__Exit, 0, 0},
    {"execve", end_by_execve, 1, 0},	 {"execv", end_by_execv, 1, 0},
    {"execvp", end_by_execvp, 1, 0},	 {"execvpe", end_by_execvpe, 1, 0},
    {"execl", end_by_execl, 1, 0},	 {"execlp", end_by_execlp, 1, 0},
    {"execle", end_by_execle, 1, 0},	 {"fexecve", end_by_fexecve, 1, 0},
    {"execveat", end_by_execveat, 1, 0}, {"SIGKILL", end_by_kill, 0, 1},
};
enum { ENDINGS = sizeof endings / sizeof *endings };

/* args: the ending's name */
static int victim_end(char **args)
{
	broken_writes(2);
	for (int i = 0; i < ENDINGS; i++)
		if (strcmp(endings[i].name, args[0]) == 0 && endings[i].end) {
			endings[i].end();
			must(false, args[0]);
		}
	return 0;
}

static int victim_quiet(char **args)
{
	(void)args;
	say("quiet %d", getpid());
	return 0;
}

/* --- totals --- */

/* Two causes, and a failure that the program would have survived by itself. */
static int victim_causes(char **args)
{
	struct channel shut = open_channel(TCP);

	(void)args;
	broken_writes(3);
	break_channel(&shut, SHUTDOWN);
	broken_write(shut.fd);
	signal(SIGPIPE, SIG_IGN);
	broken_write(shut.fd);
	return 0;
}

/* A storm of failures, of which the rate lets through what it may. args: how many */
static int victim_many(char **args)
{
	broken_writes(atoi(args[0]));
	return 0;
}

/* args: what is wiped */
static int victim_wipes(char **args)
{
	memset(args[0], '*', strlen(args[0]));
	broken_writes(1);
	return 0;
}

/* --- more than one process --- */

/* args: as "fails", or as "quiet" */
static int victim_descendant(char **args)
{
	pid_t child = fork();

	if (child == 0)
		become(args[0], "3");
	must(child_status(child) == 0, "the child's status");
	say("child %d", child);
	return 0;
}

static int victim_forked(char **args)
{
	pid_t child;

	(void)args;
	broken_writes(2);
	child = fork();
	if (child == 0) {
		broken_writes(3);
		exit(0);
	}
	must(child_status(child) == 0, "the child's status");
	say("child %d", child);
	/* The second one has nothing to tell. */
	child = fork();
	if (child == 0)
		exit(0);
	must(child_status(child) == 0, "the child's status");
	broken_writes(1);
	return 0;
}

static int victim_failed_exec(char **args)
{
	(void)args;
	broken_writes(2);
	must(execv("/nonexistent", quiet) == -1 && errno == ENOENT, "execv");
	say("errno %d", errno);
	broken_writes(1);
	return 0;
}

/* args: whether the child executes */
static int victim_vfork(char **args)
{
	bool executes = strcmp(args[0], "execs") == 0;
	pid_t child;

	broken_writes(1);
	child = vfork();
	if (child == 0) {
		if (executes)
			execv("/proc/self/exe", quiet);
		_exit(executes ? 98 : 0);
	}
	must(child_status(child) == 0, "the child's status");
	say("child %d", child);
	broken_writes(2);
	return 0;
}

/* What SIGPIPE was for a descendant when it failed, which it tells in its attach. args: name */
static void set_sigpipe(const char *name)
{
	sigset_t only;

	sigemptyset(&only);
	sigaddset(&only, SIGPIPE);
	if (strcmp(name, "ignored") == 0)
		signal(SIGPIPE, SIG_IGN);
	if (strcmp(name, "blocked") == 0)
		must(sigprocmask(SIG_BLOCK, &only, 0) == 0, "sigprocmask");
}

static int victim_sigpipe(char **args)
{
	set_sigpipe(args[0]);
	if (args[1])
		become("many", "1");
	if (fork() == 0)
		become("many", "1");
	wait(0);
	return 0;
}

/* --- near the limit of fds --- */

enum { LIMIT = 64 };

/* Under the limit from its start, as with ulimit -n. */
static int fill(const char *victim, const char *left, rlim_t hard)
{
	struct rlimit limit = {0, 0}, small = {LIMIT, hard};
	int fd, next, last = -1;

	must(getrlimit(RLIMIT_NOFILE, &limit) == 0, "getrlimit");
	if (limit.rlim_cur != LIMIT) {
		must(setrlimit(RLIMIT_NOFILE, &small) == 0, "setrlimit");
		become(victim, left);
	}
	fd = broken_channel(PIPE).fd;
	while ((next = dup(fd)) >= 0)
		last = next;
	must(errno == EMFILE, "dup");
	for (int still = atoi(left); still > 0; still--)
		must(close(last--) == 0, "close");
	broken_write(fd);
	return 0;
}

/* args: how many are to be left */
static int victim_fds(char **args)
{
	return fill("fds", args[0], LIMIT);
}

/* The same where the log's fd is none of those that the limit leaves. */
static int victim_fds_and_room(char **args)
{
	return fill("fds-and-room", args[0], 4000);
}

/* --- which code called --- */

__attribute__((noinline)) static ssize_t failing_write(int fd)
{
	ssize_t result = write(fd, "x", 1);

	__asm__ volatile("" ::: "memory"); /* no tail call */
	return result;
}

__attribute__((noinline)) static ssize_t failing_raw_write(int fd)
{
	ssize_t result = raw_write(fd, "x", 1);

	__asm__ volatile("" ::: "memory");
	return result;
}

/* args: a library with call_it in it, or "raw" */
static int victim_caller(char **args)
{
	int fd = broken_channel(PIPE).fd;
	void *library = *args[0] == '/' ? dlopen(args[0], RTLD_NOW) : 0;
	ssize_t (*call)(int) = failing_write;

	if (*args[0] == '/')
		must(library != 0, "dlopen");
	if (library)
		*(void **)&call = dlsym(library, "call_it");
	if (strcmp(args[0], "raw") == 0)
		call = failing_raw_write;
	must(call != 0 && call(fd) == -1 && errno == EPIPE, "no EPIPE");
	return 0;
}

const struct victim victims[] = {
    {"end", victim_end},       {"quiet", victim_quiet},
    {"causes", victim_causes}, {"many", victim_many},
    {"wipes", victim_wipes},   {"descendant", victim_descendant},
    {"forked", victim_forked}, {"failed-exec", victim_failed_exec},
    {"vfork", victim_vfork},   {"sigpipe", victim_sigpipe},
    {"fds", victim_fds},       {"fds-and-room", victim_fds_and_room},
    {"caller", victim_caller}, {0},
};

/* --- tests --- */

static const char *text_of_number(long long number)
{
	static char text[4][24];
	static unsigned turn;

	snprintf(text[turn % 4], sizeof *text, "%lld", number);
	return text[turn++ % 4];
}

/* The i-th record of that event by that process. */
static const struct line *of_process(const struct outcome *outcome, const char *event,
				     long long pid, size_t i)
{
	for (size_t at = 0; at < outcome->log.count; at++) {
		const struct line *line = &outcome->log.lines[at];

		if (line_is(line, "event", event) && line_number(line, "pid") == pid && i-- == 0)
			return line;
	}
	return 0;
}

static size_t count_of_process(const struct outcome *outcome, const char *event, long long pid)
{
	size_t count = 0;

	while (of_process(outcome, event, pid, count))
		count++;
	return count;
}

#define ck_of_process(outcome, event, pid, n)                                                      \
	ck_assert_msg(count_of_process(&(outcome), event, pid) == (n),                             \
		      "%s: %zu records of %s by %lld, not %zu\n%s%s", case_label(),                \
		      count_of_process(&(outcome), event, pid), event, (long long)(pid),           \
		      (size_t)(n), (outcome).said, (outcome).log.text)

static void check_totals(const struct outcome *outcome, const struct line *detach,
			 const char *failures, const char *causes, const char *averted)
{
	ck_field(*outcome, detach, "failures", failures);
	ck_field(*outcome, detach, "causes", causes);
	ck_field(*outcome, detach, "averted", averted);
	ck_field(*outcome, detach, "held_back", "0");
	ck_field(*outcome, detach, "call", 0);
	ck_field(*outcome, detach, "errno", 0);
}

/* The attach comes first, the detach last. */
static void check_order(const struct outcome *outcome, long long pid)
{
	const struct line *attach = of_process(outcome, "attach", pid, 0);
	const struct line *failure = of_process(outcome, "epipe", pid, 0);
	const struct line *detach = of_process(outcome, "detach", pid, 0);

	ck_assert_msg(attach && (!failure || attach < failure), "%s: attach is not first\n%s",
		      case_label(), outcome->log.text);
	ck_assert_msg(!detach || !failure || failure < detach, "%s: detach is not last\n%s",
		      case_label(), outcome->log.text);
}

/* The attach's settings are name=value, a blank between two; each of these words is one. */
static void check_settings(const struct outcome *outcome, char *words)
{
	const struct line *attach = log_line(&outcome->log, "attach", 0);
	char settings[1024], wanted[256];

	snprintf(settings, sizeof settings, " %s ", or_absent(line_value(attach, "settings")));
	for (char *word = strtok(words, " "); word; word = strtok(0, " ")) {
		snprintf(wanted, sizeof wanted, " %s ", word);
		ck_assert_msg(strstr(settings, wanted), "%s: no %s in\n%s", case_label(), word,
			      line_text(attach));
	}
}

START_TEST(root_attaches_at_start)
{
	struct outcome outcome = RUN(.mode = (enum mode)_i, .victim = "quiet");
	const struct line *attach = log_line(&outcome.log, "attach", 0);
	static const char *const protect[MODES] = {0, "auto", "calls", "calls", "observe"};
	char words[512];

	ck_lives(outcome);
	ck_count(outcome, "attach", 1);
	ck_count(outcome, "detach", 1);
	ck_of_process(outcome, "attach", outcome.pid, 1);
	ck_field(outcome, attach, "version", BPGUARD_VERSION);
	ck_field(outcome, attach, "sigpipe", "kill");
	ck_field(outcome, attach, "argv", "victim");
	ck_field(outcome, attach, "tid", text_of_number(outcome.pid));
	snprintf(words, sizeof words,
		 "protect=%s children=pipelines log=%s/log lttng=off argv=program ignored=leave "
		 "rate=0 keepalive=off "
		 "user-timeout=off",
		 protect[_i], case_directory());
	check_settings(&outcome, words);
	ck_field(outcome, attach, "call", 0);
	check_order(&outcome, outcome.pid);
	check_totals(&outcome, log_line(&outcome.log, "detach", 0), "0", 0, "0");
}
END_TEST

/* What is in force, which is not what was asked for where that was no value. */
START_TEST(settings_in_force)
{
	struct outcome outcome = RUN(.mode = AUTO, .victim = "quiet",
				     .env = {"BPGUARD_CHILDREN=all", "BPGUARD_RATE=many",
					     "BPGUARD_KEEPALIVE=60,10", "BPGUARD_USER_TIMEOUT=5"});
	char words[512];

	snprintf(words, sizeof words,
		 "protect=auto children=all log=%s/log lttng=off argv=program ignored=leave "
		 "rate=100 keepalive=60,10 "
		 "user-timeout=5",
		 case_directory());
	check_settings(&outcome, words);
	ck_count(outcome, "setting", 1);
}
END_TEST

/* The command line's first 128 bytes. */
START_TEST(long_command_lines)
{
	char word[256], expected[512];
	struct outcome outcome;

	memset(word, 'w', sizeof word - 1);
	word[sizeof word - 1] = 0;
	outcome = RUN(.mode = AUTO, .victim = "quiet", .args = {word}, .env = {"BPGUARD_ARGV=all"});
	snprintf(expected, sizeof expected, "victim victim quiet %s", word);
	expected[128] = 0;
	ck_field(outcome, log_line(&outcome.log, "attach", 0), "argv", expected);
}
END_TEST

START_TEST(no_command_line)
{
	struct outcome outcome =
	    RUN(.mode = AUTO, .victim = "many", .args = {"1"}, .env = {"BPGUARD_ARGV=off"});

	ck_field(outcome, log_line(&outcome.log, "attach", 0), "argv", 0);
	ck_field(outcome, log_line(&outcome.log, "epipe", 0), "argv", 0);
}
END_TEST

/* An argument that the program wipes is in no record that comes after, and by default in none. */
START_TEST(wiped_argument)
{
	static const char *const wanted[] = {"victim", "victim victim wipes ******"};
	struct outcome outcome = RUN(.mode = AUTO, .victim = "wipes", .args = {"S3CRET"},
				     .env = {_i ? "BPGUARD_ARGV=all" : "BPGUARD_ARGV=program"});

	ck_lives(outcome);
	ck_field(outcome, log_line(&outcome.log, "epipe", 0), "argv", wanted[_i]);
	if (!_i)
		ck_assert_ptr_null(strstr(outcome.log.text, "S3CRET"));
}
END_TEST

START_TEST(nothing_unguarded)
{
	struct outcome outcome = RUN(.mode = AUTO, .victim = "quiet", .env = {"BPGUARD_LOG=off"});

	ck_lives(outcome);
	ck_assert_msg(outcome.log.count == 0, "a record of nothing:\n%s", outcome.log.text);
}
END_TEST

START_TEST(every_end)
{
	const struct ending *ending = &endings[_i];
	struct outcome outcome = RUN(.mode = AUTO, .victim = "end", .args = {ending->name});
	size_t programs = ending->becomes_other ? 2 : 1;

	if (ending->untold)
		ck_assert(WIFSIGNALED(outcome.status) && WTERMSIG(outcome.status) == SIGKILL);
	else
		ck_lives(outcome);
	ck_of_process(outcome, "attach", outcome.pid, programs);
	ck_of_process(outcome, "epipe", outcome.pid, 2);
	ck_of_process(outcome, "detach", outcome.pid, ending->untold ? 0 : programs);
	check_order(&outcome, outcome.pid);
	if (!ending->untold)
		check_totals(&outcome, of_process(&outcome, "detach", outcome.pid, 0), "2",
			     "reader-gone=2", "2");
	if (ending->becomes_other) {
		ck_heard(outcome, "quiet", outcome.pid);
		check_totals(&outcome, of_process(&outcome, "detach", outcome.pid, 1), "0", 0, "0");
	}
}
END_TEST

START_TEST(totals_by_cause)
{
	struct outcome outcome = RUN(.mode = (enum mode)_i, .victim = "causes");

	ck_lives(outcome);
	ck_count(outcome, "epipe", 5);
	check_totals(&outcome, log_line(&outcome.log, "detach", 0), "5",
		     "local-shutdown=2 reader-gone=3", "4");
}
END_TEST

/* The totals of the one process that there is, and what its records say of those held back. */
START_TEST(totals_with_a_rate)
{
	struct outcome outcome =
	    RUN(.mode = AUTO, .victim = "many", .args = {"1000"}, .env = {"BPGUARD_RATE=5"});
	const struct line *detach = log_line(&outcome.log, "detach", 0);
	long long held_back = line_number(detach, "held_back"), suppressed = 0;
	size_t records = log_count(&outcome.log, "epipe");

	ck_lives(outcome);
	ck_field(outcome, detach, "failures", "1000");
	ck_field(outcome, detach, "causes", "reader-gone=1000");
	ck_field(outcome, detach, "averted", "1000");
	ck_assert_msg(held_back > 0 && records >= 200, "%zu records, %lld held back", records,
		      held_back);
	ck_assert_msg((long long)records + held_back == 1000, "%zu records and %lld held back",
		      records, held_back);
	for (size_t i = 0; i < outcome.log.count; i++)
		if (line_value(&outcome.log.lines[i], "suppressed"))
			suppressed += line_number(&outcome.log.lines[i], "suppressed");
	ck_assert_msg(suppressed == held_back, "%lld suppressed, %lld held back", suppressed,
		      held_back);
}
END_TEST

START_TEST(descendant_that_fails)
{
	struct outcome outcome = RUN(.mode = AUTO, .victim = "descendant", .args = {"many"});
	long child = heard_number(&outcome, "child");
	const struct line *attach = of_process(&outcome, "attach", child, 0);

	ck_lives(outcome);
	ck_of_process(outcome, "attach", outcome.pid, 1);
	ck_of_process(outcome, "detach", outcome.pid, 1);
	check_totals(&outcome, of_process(&outcome, "detach", outcome.pid, 0), "0", 0, "0");
	ck_of_process(outcome, "attach", child, 1);
	ck_of_process(outcome, "epipe", child, 3);
	ck_of_process(outcome, "detach", child, 1);
	check_order(&outcome, child);
	ck_field(outcome, attach, "argv", "victim");
	ck_field(outcome, attach, "version", BPGUARD_VERSION);
	check_totals(&outcome, of_process(&outcome, "detach", child, 0), "3", "reader-gone=3", "3");
}
END_TEST

START_TEST(descendant_that_is_quiet)
{
	struct outcome outcome = RUN(.mode = AUTO, .victim = "descendant", .args = {"quiet"});

	ck_lives(outcome);
	ck_heard(outcome, "quiet", heard_number(&outcome, "child"));
	ck_assert_msg(outcome.log.count == 2, "%s: not just the root's two records\n%s",
		      case_label(), outcome.log.text);
	ck_of_process(outcome, "attach", outcome.pid, 1);
	ck_of_process(outcome, "detach", outcome.pid, 1);
}
END_TEST

START_TEST(forked_child)
{
	struct outcome outcome = RUN(.mode = AUTO, .victim = "forked");
	long child = heard_number(&outcome, "child");

	ck_lives(outcome);
	ck_count(outcome, "attach", 2);
	ck_count(outcome, "detach", 2);
	ck_of_process(outcome, "attach", child, 1);
	ck_of_process(outcome, "epipe", child, 3);
	check_order(&outcome, child);
	check_totals(&outcome, of_process(&outcome, "detach", child, 0), "3", "reader-gone=3", "3");
	ck_of_process(outcome, "epipe", outcome.pid, 3);
	check_totals(&outcome, of_process(&outcome, "detach", outcome.pid, 0), "3", "reader-gone=3",
		     "3");
}
END_TEST

/* Each part has totals of its own, so that they may be summed. */
START_TEST(failed_exec)
{
	struct outcome outcome = RUN(.mode = AUTO, .victim = "failed-exec");

	ck_lives(outcome);
	ck_heard(outcome, "errno", ENOENT);
	ck_of_process(outcome, "attach", outcome.pid, 2);
	ck_of_process(outcome, "epipe", outcome.pid, 3);
	ck_of_process(outcome, "detach", outcome.pid, 2);
	check_order(&outcome, outcome.pid);
	ck_assert(of_process(&outcome, "attach", outcome.pid, 1) >
		  of_process(&outcome, "detach", outcome.pid, 0));
	ck_assert(of_process(&outcome, "attach", outcome.pid, 1) <
		  of_process(&outcome, "epipe", outcome.pid, 2));
	for (size_t i = 0; i < 2; i++)
		ck_field(outcome, of_process(&outcome, "attach", outcome.pid, i), "argv", "victim");
	check_totals(&outcome, of_process(&outcome, "detach", outcome.pid, 0), "2", "reader-gone=2",
		     "2");
	check_totals(&outcome, of_process(&outcome, "detach", outcome.pid, 1), "1", "reader-gone=1",
		     "1");
}
END_TEST

START_TEST(vfork_child)
{
	struct outcome outcome =
	    RUN(.mode = AUTO, .victim = "vfork", .args = {_i ? "execs" : "exits"});
	long child = heard_number(&outcome, "child");

	ck_lives(outcome);
	if (_i)
		ck_heard(outcome, "quiet", child);
	ck_of_process(outcome, "detach", child, 0);
	ck_of_process(outcome, "attach", outcome.pid, 1);
	ck_of_process(outcome, "detach", outcome.pid, 1);
	ck_assert_ptr_eq(log_line(&outcome.log, "detach", 0),
			 &outcome.log.lines[outcome.log.count - 1]);
	check_totals(&outcome, log_line(&outcome.log, "detach", 0), "3", "reader-gone=3", "3");
}
END_TEST

/* Of the root at its start, and of a descendant when it fails. */
START_TEST(sigpipe_in_attach)
{
	static const char *const names[] = {"kill", "ignored", "blocked"};
	struct outcome outcome = RUN(.mode = AUTO, .victim = "sigpipe", .args = {names[_i]});
	struct outcome again =
	    RUN(.mode = AUTO, .victim = "sigpipe", .args = {names[_i], "by itself"});

	ck_lives(outcome);
	ck_count(outcome, "attach", 2);
	ck_field(outcome, log_line(&outcome.log, "attach", 0), "sigpipe", "kill");
	ck_field(outcome, log_line(&outcome.log, "attach", 1), "sigpipe", names[_i]);
	ck_lives(again);
	ck_count(again, "attach", 2);
	ck_field(again, log_line(&again.log, "attach", 1), "sigpipe", names[_i]);
}
END_TEST

enum { FDS_CASES = 5 };

/* More than nine tenths of 64 are taken where less than 6.4 are left. */
START_TEST(fds_left)
{
	static const struct {
		const char *left;
		bool told;
	} cases[FDS_CASES] = {{"0", 1}, {"1", 1}, {"6", 1}, {"7", 0}, {"30", 0}};
	const char *victim = _i < FDS_CASES ? "fds" : "fds-and-room";
	int at = _i % FDS_CASES;
	struct outcome outcome = RUN(.mode = AUTO, .victim = victim, .args = {cases[at].left});

	ck_lives(outcome);
	ck_count(outcome, "epipe", 1);
	ck_field(outcome, log_line(&outcome.log, "epipe", 0), "fds_left",
		 cases[at].told ? cases[at].left : 0);
}
END_TEST

/* --- caller --- */

static char *output_of(const char *command)
{
	static char line[1024];
	FILE *pipe = popen(command, "re");

	line[0] = 0;
	if (!pipe || !fgets(line, sizeof line, pipe))
		line[0] = 0;
	if (pipe)
		pclose(pipe);
	line[strcspn(line, "\n")] = 0;
	return line;
}

/* The address that a call returns to is the next function's where nothing follows the call: what
 * called lies a byte before. */
static void check_caller(const struct outcome *outcome, const char *module, const char *function)
{
	const struct line *line = log_line(&outcome->log, "epipe", 0);
	const char *caller = or_absent(line_value(line, "caller")), *plus = strrchr(caller, '+');
	char command[8192], *found;

	ck_lives(*outcome);
	ck_count(*outcome, "epipe", 1);
	ck_assert_msg(plus && strncmp(plus, "+0x", 3) == 0 &&
			  (size_t)(plus - caller) == strlen(module) &&
			  strncmp(caller, module, strlen(module)) == 0,
		      "%s: caller is %s, not in %s", case_label(), caller, module);
	snprintf(command, sizeof command, "addr2line -f -e '%s' %#llx", module,
		 strtoull(plus + 1, 0, 16) - 1);
	found = output_of(command);
	ck_assert_msg(strcmp(found, function) == 0, "%s: addr2line finds %s at %s, not %s",
		      case_label(), found, caller, function);
}

static bool can_run(const char *tool, const char *test)
{
	char command[64];

	snprintf(command, sizeof command, "command -v %s", tool);
	if (*output_of(command))
		return true;
	printf("SKIP %s: %s is not installed\n", test, tool);
	return false;
}

START_TEST(caller_in_the_program)
{
	char self[4096] = "";
	struct outcome outcome;

	if (!can_run("addr2line", "caller_in_the_program"))
		return;
	ck_assert_int_gt(readlink("/proc/self/exe", self, sizeof self - 1), 0);
	outcome = RUN(.mode = (enum mode)_i, .victim = "caller", .args = {"program"});
	check_caller(&outcome, self, "failing_write");
}
END_TEST

/* What no wrapper sees: the call itself, which is the program's own code. */
START_TEST(caller_of_a_raw_call)
{
	char self[4096] = "";
	struct outcome outcome;

	if (!can_run("addr2line", "caller_of_a_raw_call"))
		return;
	ck_assert_int_gt(readlink("/proc/self/exe", self, sizeof self - 1), 0);
	outcome = RUN(.mode = AUTO, .victim = "caller", .args = {"raw"});
	check_caller(&outcome, self, "raw_call");
}
END_TEST

START_TEST(caller_in_a_library)
{
	char library[160], command[1024];
	struct outcome outcome;

	if (!can_run("addr2line", "caller_in_a_library") || !can_run("cc", "caller_in_a_library"))
		return;
	snprintf(library, sizeof library, "%s/library.so", case_directory());
	snprintf(command, sizeof command,
		 "echo '#include <unistd.h>\n"
		 "ssize_t other(int fd) { return write(fd, \"other\", 5) + 1; }\n"
		 "ssize_t call_it(int fd) { return write(fd, \"it\", 2) + 0 * other(-1); }' |"
		 " cc -shared -fPIC -O0 -x c -o '%s' -",
		 library);
	ck_assert_int_eq(system(command), 0);
	outcome = RUN(.mode = AUTO, .victim = "caller", .args = {library});
	check_caller(&outcome, library, "call_it");
}
END_TEST

Suite *suite(void)
{
	Suite *suite = suite_create("presence");
	TCase *tcase = tcase_create("presence");

	tcase_set_timeout(tcase, 30);
	tcase_add_loop_test(tcase, root_attaches_at_start, AUTO, MODES);
	tcase_add_test(tcase, settings_in_force);
	tcase_add_test(tcase, long_command_lines);
	tcase_add_test(tcase, no_command_line);
	tcase_add_loop_test(tcase, wiped_argument, 0, 2);
	tcase_add_test(tcase, nothing_unguarded);
	tcase_add_loop_test(tcase, every_end, 0, ENDINGS);
	tcase_add_loop_test(tcase, totals_by_cause, AUTO, OBSERVE);
	tcase_add_test(tcase, totals_with_a_rate);
	tcase_add_test(tcase, descendant_that_fails);
	tcase_add_test(tcase, descendant_that_is_quiet);
	tcase_add_test(tcase, forked_child);
	tcase_add_test(tcase, failed_exec);
	tcase_add_loop_test(tcase, vfork_child, 0, 2);
	tcase_add_loop_test(tcase, sigpipe_in_attach, 0, 3);
	tcase_add_loop_test(tcase, fds_left, 0, 2 * FDS_CASES);
	tcase_add_loop_test(tcase, caller_in_the_program, AUTO, OBSERVE);
	tcase_add_test(tcase, caller_of_a_raw_call);
	tcase_add_test(tcase, caller_in_a_library);
	suite_add_tcase(suite, tcase);
	return suite;
}
