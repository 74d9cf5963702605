/* bpguard-tree FINISH [ARG...] -- PROGRAM [ARG...]
 *
 * Runs PROGRAM as a child, hands signals on to it, waits until it and all that descends from it
 * have ended, runs FINISH, and ends as PROGRAM ended. Whoever is orphaned below becomes a child of
 * this process (a child subreaper), so that a program which daemonizes is waited for too. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum { FAILED = 125, NOT_EXECUTABLE = 126, NOT_FOUND = 127 };

static const int handed_on[] = {SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2, SIGWINCH};

/* What this process was started with, and PROGRAM shall be. */
static sigset_t mask_at_start;
static struct sigaction child_action_at_start;

static void fail(const char *what)
{
	fprintf(stderr, "bpguard: %s: %s\n", what, strerror(errno));
	exit(FAILED);
}

/* Blocks what this process waits for, SIGCHLD and the signals it hands on. */
static sigset_t prepare_signals(void)
{
	struct sigaction standard = {.sa_handler = SIG_DFL};
	sigset_t waited_for;

	sigemptyset(&waited_for);
	sigaddset(&waited_for, SIGCHLD);
	for (size_t i = 0; i < sizeof handed_on / sizeof *handed_on; i++)
		sigaddset(&waited_for, handed_on[i]);
	sigprocmask(SIG_BLOCK, &waited_for, &mask_at_start);
	/* With SIGCHLD ignored the kernel would reap, and nobody learn how PROGRAM ended. */
	sigaction(SIGCHLD, &standard, &child_action_at_start);
	return waited_for;
}

static void execute(char **command)
{
	sigaction(SIGCHLD, &child_action_at_start, NULL);
	sigprocmask(SIG_SETMASK, &mask_at_start, NULL);
	execvp(command[0], command);
	fprintf(stderr, "bpguard: %s: %s\n", command[0], strerror(errno));
	_exit(errno == ENOENT ? NOT_FOUND : NOT_EXECUTABLE);
}

static pid_t start(char **command)
{
	pid_t pid = fork();

	if (pid == 0)
		execute(command);
	return pid;
}

/* Sends a signal to every child: the daemons that PROGRAM left behind. Those that have children of
 * their own are left to hand it on, as ever. */
static void signal_children(int number)
{
	char path[64];
	char *word = NULL;
	size_t size = 0;
	FILE *children;

	snprintf(path, sizeof path, "/proc/self/task/%d/children", (int)getpid());
	children = fopen(path, "re");
	if (!children)
		return;
	while (getdelim(&word, &size, ' ', children) > 0) {
		pid_t pid = (pid_t)strtol(word, NULL, 10);

		if (pid > 0)
			kill(pid, number);
	}
	free(word);
	fclose(children);
}

/* Hands a signal on to PROGRAM, or, where that has ended, to what it left. What the terminal sends
 * (SI_KERNEL) it has sent to the whole process group: PROGRAM has it already. */
static void hand_on(const siginfo_t *info, pid_t program, bool ended)
{
	if (ended)
		signal_children(info->si_signo);
	else if (info->si_code != SI_KERNEL)
		kill(program, info->si_signo);
}

static bool in_foreground(void)
{
	int terminal = open("/dev/tty", O_RDONLY | O_CLOEXEC | O_NOCTTY);
	bool ours = terminal >= 0 && tcgetpgrp(terminal) == getpgrp();

	if (terminal >= 0)
		close(terminal);
	return ours;
}

/* PROGRAM stopped: its shell is to see that, as it would without us, and to continue both. */
static void stop_too(pid_t program)
{
	siginfo_t info = {0};

	if (!in_foreground())
		return;
	raise(SIGSTOP);
	/* A shell continues the whole process group; then PROGRAM needs no second signal. */
	if (waitid(P_PID, (id_t)program, &info, WCONTINUED | WNOHANG) == 0 && info.si_pid == 0)
		kill(program, SIGCONT);
}

/* Takes notice of every child that changed. Returns false once there is none left. */
static bool reap(pid_t program, bool *ended, int *status)
{
	int changed;
	pid_t pid;

	while ((pid = waitpid(-1, &changed, WNOHANG | WUNTRACED)) > 0) {
		if (pid == program && WIFSTOPPED(changed)) {
			stop_too(program);
		} else if (pid == program) {
			*ended = true;
			*status = changed;
		}
	}
	return pid == 0;
}

/* Waits until the last descendant has ended. Returns how PROGRAM did. */
static int wait_for_all(pid_t program, const sigset_t *waited_for)
{
	bool ended = false;
	int status = 0;
	siginfo_t info;

	for (;;) {
		int number = sigwaitinfo(waited_for, &info);

		if (number == SIGCHLD && !reap(program, &ended, &status))
			return status;
		if (number > 0 && number != SIGCHLD)
			hand_on(&info, program, ended);
	}
}

/* Runs FINISH while the signals that are handed on stay blocked, but for QUIT: what ended PROGRAM
 * shall not end this too. */
static void finish(char **command)
{
	pid_t pid;

	sigprocmask(SIG_BLOCK, NULL, &mask_at_start);
	sigdelset(&mask_at_start, SIGCHLD);
	sigdelset(&mask_at_start, SIGQUIT);
	child_action_at_start.sa_handler = SIG_DFL;
	pid = start(command);
	if (pid < 0)
		fail(command[0]);
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
}

/* Ends this process as PROGRAM ended, but without a core of its own. */
static void end_as(int status)
{
	struct rlimit none = {0, 0};
	sigset_t only;

	if (WIFEXITED(status))
		exit(WEXITSTATUS(status));
	setrlimit(RLIMIT_CORE, &none);
	/* Where cores are piped to a program the limit alone does not keep one away. */
	prctl(PR_SET_DUMPABLE, 0);
	signal(WTERMSIG(status), SIG_DFL);
	sigemptyset(&only);
	sigaddset(&only, WTERMSIG(status));
	sigprocmask(SIG_UNBLOCK, &only, NULL);
	raise(WTERMSIG(status));
	exit(128 + WTERMSIG(status));
}

/* Cuts the arguments at "--". Returns PROGRAM's, 0 where there are none. */
static char **cut(char **arguments)
{
	while (*arguments && strcmp(*arguments, "--") != 0)
		arguments++;
	if (!*arguments)
		return NULL;
	*arguments = NULL;
	return arguments[1] ? arguments + 1 : NULL;
}

int main(int argc, char **argv)
{
	char **program = argc > 1 ? cut(argv + 1) : NULL;
	sigset_t waited_for;
	pid_t pid;
	int status;

	if (!program || !argv[1]) {
		fputs("usage: bpguard-tree FINISH [ARG...] -- PROGRAM [ARG...]\n", stderr);
		return FAILED;
	}
	if (prctl(PR_SET_CHILD_SUBREAPER, 1) < 0)
		fail("no child subreaper");
	waited_for = prepare_signals();
	pid = start(program);
	if (pid < 0)
		fail(program[0]);
	status = wait_for_all(pid, &waited_for);
	finish(argv + 1);
	end_as(status);
}
