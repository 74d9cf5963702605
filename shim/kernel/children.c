#include "kernel/children.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/types.h>
#include <sys/wait.h>

#include "base/directory.h"
#include "base/raw.h"
#include "base/text.h"

static const char *const signal_names[] = {
    [SIGHUP] = "HUP",	[SIGINT] = "INT",   [SIGQUIT] = "QUIT",	    [SIGILL] = "ILL",
    [SIGTRAP] = "TRAP", [SIGABRT] = "ABRT", [SIGBUS] = "BUS",	    [SIGFPE] = "FPE",
    [SIGKILL] = "KILL", [SIGUSR1] = "USR1", [SIGSEGV] = "SEGV",	    [SIGUSR2] = "USR2",
    [SIGPIPE] = "PIPE", [SIGALRM] = "ALRM", [SIGTERM] = "TERM",	    [SIGSTKFLT] = "STKFLT",
    [SIGXCPU] = "XCPU", [SIGXFSZ] = "XFSZ", [SIGVTALRM] = "VTALRM", [SIGPROF] = "PROF",
    [SIGIO] = "IO",	[SIGPWR] = "PWR",   [SIGSYS] = "SYS",
};

static void append_signal(struct text *text, int number)
{
	size_t index = (size_t)number;
	text_string(text, "killed SIG");
	if (index < sizeof(signal_names) / sizeof(*signal_names) && signal_names[index])
		text_string(text, signal_names[index]);
	else
		text_number(text, number);
}

bool children_find_dead(int64_t *pid, char *status, size_t size)
{
	struct text text = text_in(status, size);
	siginfo_t info;
	info.si_pid = 0;
	if (RAW5(SYS_waitid, P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT, NULL) != 0 ||
	    info.si_pid == 0)
		return false;
	*pid = info.si_pid;
	if (info.si_code == CLD_EXITED) {
		text_string(&text, "exited ");
		text_number(&text, info.si_status);
	} else {
		append_signal(&text, info.si_status);
	}
	text_end(&text);
	return true;
}

/* The pids in a thread's file of children, separated by blanks; two are as good as more. */
static int count_in_file(long directory, const char *thread)
{
	char path[32], pids[32];
	struct text text = text_in(path, sizeof(path));
	long file, length;
	int count = 0;
	text_string(&text, thread);
	text_string(&text, "/children");
	text_end(&text);
	file = RAW4(SYS_openat, directory, path, O_RDONLY | O_CLOEXEC, 0);
	if (file < 0)
		return 0;
	length = RAW3(SYS_read, file, pids, sizeof(pids));
	RAW1(SYS_close, file);
	for (long i = 0; i < length; i++)
		count += pids[i] == ' ';
	return count;
}

/* With very many threads it is not worth a failing call's time to ask them all. */
enum { MOST_THREADS = 64 };

struct count {
	int children, threads;
};

static bool add_thread(const char *name, long directory, void *argument)
{
	struct count *count = argument;
	if (name[0] == '.')
		return true;
	count->children += count_in_file(directory, name);
	return ++count->threads <= MOST_THREADS && count->children < 2;
}

bool children_is_only_one(void)
{
	struct count count = {0};
	directory_each("/proc/self/task", add_thread, &count);
	return count.children == 1 && count.threads <= MOST_THREADS;
}
