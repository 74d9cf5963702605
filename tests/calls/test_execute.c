/* Programs that execute others, each way that there is: what they are told, and what the other one
 * finds. */
#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "channels.h"
#include "executors.h"
#include "harness.h"
#include "waits.h"
#include "writers.h"

/* --- what is executed --- */

static int victim_ends(char **args)
{
	const char *mark = getenv("BPGUARD_ROOT");

	say("mark %s", mark ? mark : "none");
	say("executed %d", getpid());
	return atoi(args[0]);
}

/* --- what whoever executes is told --- */

/* args: by which way */
static int victim_executes(char **args)
{
	int status = execute_by(args[0], "ends", "7");

	say("status %d", WIFEXITED(status) ? WEXITSTATUS(status) : -1);
	return 7;
}

START_TEST(executes)
{
	for (enum mode mode = UNGUARDED; mode <= AUTO; mode++) {
		struct outcome outcome =
		    RUN(.mode = mode, .victim = "executes", .args = {executors[_i].name});

		ck_status(outcome, WIFEXITED(outcome.status) && WEXITSTATUS(outcome.status) == 7,
			  "exit 7");
		ck_assert_int_gt(heard_number(&outcome, "executed"), 0);
		if (executors[_i].below)
			ck_heard(outcome, "status", 7);
		else
			ck_heard(outcome, "executed", outcome.pid);
	}
}
END_TEST

/* What leads nowhere is for the kernel to refuse. */
static int refused(char *const *environment)
{
	char *words[] = {"true", 0};

	return execve("/bin/true", words, environment) ? errno : 0;
}

/* Each by its own kind of error. */
static int victim_fails(char **args)
{
	char *nowhere[] = {"LD_PRELOAD=", (char *)1, 0}, *words[] = {"no", 0};
	char *const *volatile nothing = (char *const *)1;
	pid_t child;

	(void)args;
	say("variable %d", refused(nowhere));
	say("environment %d", refused(nothing));
	say("posix_spawn %d", posix_spawn(&child, "/nonexistent", 0, 0, words, environ));
	say("posix_spawnp %d", posix_spawnp(&child, "/nonexistent", 0, 0, words, environ));
	say("popen %d", popen("true", "neither") ? 0 : errno);
	say("system %d", system("exit 3"));
	say("shell %d", system(0) != 0);
	return 0;
}

START_TEST(errors)
{
	struct outcome outcome = RUN(.mode = (enum mode)_i, .victim = "fails");

	ck_lives(outcome);
	ck_heard(outcome, "variable", EFAULT);
	ck_heard(outcome, "environment", EFAULT);
	ck_heard(outcome, "posix_spawn", ENOENT);
	ck_heard(outcome, "posix_spawnp", ENOENT);
	ck_heard(outcome, "popen", EINVAL);
	ck_heard(outcome, "system", 3 << 8);
	ck_heard(outcome, "shell", 1);
}
END_TEST

/* --- who is below whom: a root attaches at once, a quiet descendant never --- */

/* args: by which way */
static int victim_root(char **args)
{
	say("edited %d", getenv("BPGUARD_ROOT") != 0);
	execute_by(args[0], "ends", "0");
	say("edited %d", getenv("BPGUARD_ROOT") != 0);
	return 0;
}

/* What libc executes by itself gets the mark from the shell in between, which knows of a root above
 * it and not of which. */
static bool is_by_libc(const struct executor *executor)
{
	return strcmp(executor->name, "system") == 0 || strcmp(executor->name, "popen") == 0;
}

START_TEST(below_the_root)
{
	char root[32] = "0:0";
	struct outcome outcome = RUN(.mode = AUTO, .victim = "root", .args = {executors[_i].name});

	ck_lives(outcome);
	ck_heard(outcome, "edited", 0);
	ck_assert_ptr_null(strstr(outcome.said, "edited 1"));
	ck_count(outcome, "attach", executors[_i].below ? 1 : 2);
	if (!is_by_libc(&executors[_i]))
		snprintf(root, sizeof root, "%d:", outcome.pid);
	ck_assert_msg(strncmp(heard(&outcome, "mark"), root, strlen(root)) == 0,
		      "%s: the mark is %s, not %s", case_label(), heard(&outcome, "mark"), root);
}
END_TEST

/* Its parent is gone when it executes: only the mark tells. */
static int victim_orphaned(char **args)
{
	pid_t parent = getpid();

	if (fork() != 0)
		_exit(0);
	AWAIT(getppid() != parent, "the parent's end");
	execute_by(args[0], "ends", "0");
	return 1;
}

START_TEST(orphan)
{
	char path[192];
	struct log log;

	RUN(.mode = AUTO, .victim = "orphaned", .args = {_i ? "execve" : "execv"});
	await_said("executed");
	snprintf(path, sizeof path, "%s/log", case_directory());
	log = log_read(path);
	ck_assert_uint_eq(log_count(&log, "attach"), 1);
}
END_TEST

/* --- out of a handler that interrupted a call of ours --- */

static const char *way;

static int victim_tell_mask(char **args)
{
	sigset_t mask;

	(void)args;
	sigprocmask(SIG_SETMASK, 0, &mask);
	say("blocked %d", sigismember(&mask, SIGPIPE));
	_exit(0);
}

static void execute_here(int number)
{
	(void)number;
	execute_by(way, "tell-mask", "now");
	_exit(0);
}

/* args: by which way */
static int victim_interrupted(char **args)
{
	struct channel channel = open_channel(PIPE);
	char many[1 << 17] = "";

	way = args[0];
	signal(SIGALRM, execute_here);
	interrupt_when_asleep(SIGALRM);
	must(write(channel.fd, many, sizeof many) < 0, "write");
	_exit(1);
}

/* A thread inherits the mask of the one that makes it, before it executes anything. */
START_TEST(nothing_is_blocked)
{
	struct outcome outcome;

	if (strcmp(executors[_i].name, "thread") == 0)
		return;
	outcome = RUN(.mode = CALLS_MASKED, .victim = "interrupted", .args = {executors[_i].name});
	ck_lives(outcome);
	ck_heard(outcome, "blocked", 0);
}
END_TEST

const struct victim victims[] = {
    {"ends", victim_ends},
    {"executes", victim_executes},
    {"fails", victim_fails},
    {"root", victim_root},
    {"orphaned", victim_orphaned},
    {"tell-mask", victim_tell_mask},
    {"interrupted", victim_interrupted},
    {0},
};

Suite *suite(void)
{
	Suite *suite = suite_create("programs that execute others");
	TCase *tcase = tcase_create("execute");

	tcase_set_timeout(tcase, 30);
	tcase_add_loop_test(tcase, executes, 0, EXECUTORS);
	tcase_add_loop_test(tcase, errors, UNGUARDED, MODES);
	tcase_add_loop_test(tcase, below_the_root, 0, EXECUTORS);
	tcase_add_loop_test(tcase, orphan, 0, 2);
	tcase_add_loop_test(tcase, nothing_is_blocked, 0, EXECUTORS);
	suite_add_tcase(suite, tcase);
	return suite;
}
