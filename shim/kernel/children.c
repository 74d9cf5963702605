#include "kernel/children.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/types.h>
#include <sys/wait.h>

#include "base/directory.h"
#include "base/raw.h"
#include "base/text.h"
#include "kernel/process.h"

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

/* As wait(2) tells it. */
static void format_status(int status, char *buffer, size_t size)
{
	struct text text = text_in(buffer, size);
	if (WIFEXITED(status)) {
		text_string(&text, "exited ");
		text_number(&text, WEXITSTATUS(status));
	} else {
		append_signal(&text, WTERMSIG(status));
	}
	text_end(&text);
}

static bool find_zombie(int64_t *pid, char *status, size_t size)
{
	siginfo_t info;
	info.si_pid = 0;
	if (RAW5(SYS_waitid, P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT, NULL) != 0 ||
	    info.si_pid == 0)
		return false;
	*pid = info.si_pid;
	format_status(info.si_code == CLD_EXITED ? info.si_status << 8 : info.si_status, status,
		      size);
	return true;
}

/* With very many threads, or children, it is not worth a failing call's time to ask them all. */
enum { MOST_THREADS = 64, MOST_CHILDREN = 32 };

/* A walk over the children of each thread. */
struct search {
	int children, threads;
	bool wants_dying;
	int64_t dying; /* its pid, or 0 */
	int exit_code;
};

static void add_child(struct search *search, int64_t pid)
{
	struct process process;
	search->children++;
	if (!search->wants_dying || search->dying || search->children > MOST_CHILDREN ||
	    !process_read(pid, &process) || !process.is_dying)
		return;
	search->dying = pid;
	search->exit_code = process.exit_code;
}

/* The pids in a thread's file of children, each with a blank behind it. */
static void search_file(struct search *search, long directory, const char *thread)
{
	char path[32], pids[256];
	struct text text = text_in(path, sizeof(path));
	long file, length;
	const char *at = pids;
	text_string(&text, thread);
	text_string(&text, "/children");
	text_end(&text);
	file = RAW4(SYS_openat, directory, path, O_RDONLY | O_CLOEXEC, 0);
	if (file < 0)
		return;
	length = RAW3(SYS_read, file, pids, sizeof(pids) - 1);
	RAW1(SYS_close, file);
	pids[length > 0 ? length : 0] = '\0';
	for (int64_t pid; (pid = text_parse(at, &at)) > 0 && *at == ' '; at++)
		add_child(search, pid);
}

static bool search_thread(const char *name, long directory, void *argument)
{
	struct search *search = argument;
	if (name[0] == '.')
		return true;
	search_file(search, directory, name);
	return ++search->threads <= MOST_THREADS;
}

bool children_find_dead(bool dying_too, int64_t *pid, char *status, size_t size)
{
	struct search search = {.wants_dying = true};
	if (find_zombie(pid, status, size))
		return true;
	if (!dying_too)
		return false;
	directory_each("/proc/self/task", search_thread, &search);
	if (!search.dying)
		return false;
	*pid = search.dying;
	format_status(search.exit_code, status, size);
	return true;
}

bool children_is_only_one(void)
{
	struct search search = {0};
	directory_each("/proc/self/task", search_thread, &search);
	return search.children == 1 && search.threads <= MOST_THREADS;
}
