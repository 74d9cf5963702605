/* A child that shares its parent's memory and has a thread pointer of its own, with nothing there,
 * as chromium's sandbox makes them: no thread-local variable, errno included, is there to touch. */
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "channels.h"
#include "harness.h"

/* A thread pointer is set by the number of a descriptor, on i386. */
#ifndef __i386__
static char stack[64 * 1024], data[16 * 1024] __attribute__((aligned(64)));
static char *const true_words[] = {"true", 0};

static void by_exit(void)
{
	_exit(3);
}

static void by_execve(void)
{
	execve("/bin/true", true_words, environ);
}

static void by_execv(void)
{
	execv("/bin/true", true_words);
}

static void by_execl(void)
{
	execl("/bin/true", "true", (char *)0);
}

static void by_no_program(void)
{
	execve("/nowhere/at/all", true_words, environ);
	_exit(4);
}

static void with_descriptors(void)
{
	close(dup2(0, 9));
	_exit(5);
}

static const struct way {
	const char *name;
	void (*end)(void);
	int status;
} ways[] = {
    {"exit", by_exit, 3},   {"execve", by_execve, 0},	      {"execv", by_execv, 0},
    {"execl", by_execl, 0}, {"no-program", by_no_program, 4}, {"descriptors", with_descriptors, 5},
};
enum { WAYS = sizeof ways / sizeof ways[0] };

static int child(void *way)
{
	((const struct way *)way)->end();
	_exit(99);
}

static int victim_child(char **args)
{
	int status = -1;
	sigset_t pipe_only;
	const struct way *way = &ways[atoi(args[0])];
	pid_t pid;

	sigemptyset(&pipe_only);
	sigaddset(&pipe_only, SIGPIPE);
	sigprocmask(SIG_BLOCK, &pipe_only, 0); /* which an exec may want to undo */
	pid = clone(child, stack + sizeof stack,
		    CLONE_VM | CLONE_VFORK | CLONE_SETTLS | CLONE_FS | SIGCHLD, (void *)way, 0,
		    data + sizeof data / 2, 0);
	must(pid > 0 && waitpid(pid, &status, 0) == pid, "waitpid");
	say("status %d", WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status));
	return 0;
}

START_TEST(thread_data_is_not_touched)
{
	const struct way *way = &ways[_i % WAYS];
	char number[8];
	struct outcome outcome;

	snprintf(number, sizeof number, "%d", _i % WAYS);
	outcome = RUN(.mode = (enum mode)(_i / WAYS), .victim = "child", .args = {number});
	ck_lives(outcome);
	ck_assert_msg(heard_number(&outcome, "status") == way->status, "%s: %s: %s", case_label(),
		      way->name, heard(&outcome, "status"));
	if (_i / WAYS != UNGUARDED) /* the parent's own end */
		ck_count(outcome, "detach", 1);
}
END_TEST
#endif

const struct victim victims[] = {
#ifndef __i386__
    {"child", victim_child},
#endif
    {0},
};

Suite *suite(void)
{
	Suite *suite = suite_create("children without thread-local data");
	TCase *tcase = tcase_create("children");

	tcase_set_timeout(tcase, 20);
#ifndef __i386__
	tcase_add_loop_test(tcase, thread_data_is_not_touched, 0, MODES * WAYS);
#endif
	suite_add_tcase(suite, tcase);
	return suite;
}
