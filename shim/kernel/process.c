#include "kernel/process.h"

#include <fcntl.h>
#include <stddef.h>
#include <string.h>

#include "base/raw.h"
#include "base/text.h"

/* The fields of proc(5); the name stands in parentheses and may hold some itself. */
enum field { NAME = 2, FLAGS = 9, THREADS = 20, BEGUN = 22, EXIT_CODE = 52 };

static long read_stat(int64_t pid, char *stat, size_t size)
{
	char path[32];
	struct text text = text_in(path, sizeof(path));
	long file, length;
	text_string(&text, "/proc/");
	text_number(&text, pid);
	text_string(&text, "/stat");
	text_end(&text);
	file = RAW4(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC, 0);
	if (file < 0)
		return file;
	length = RAW3(SYS_read, file, stat, size - 1);
	RAW1(SYS_close, file);
	return length;
}

/* The number in field `to`; `at` stands in field `from` and is moved behind it. 0 where it ends
 * before. */
static int64_t number_at(const char **at, enum field from, enum field to)
{
	for (int field = (int)from; field < (int)to && *at; field++) {
		const char *blank = strchr(*at, ' ');
		*at = blank ? blank + 1 : NULL;
	}
	return *at ? text_parse(*at, at) : 0;
}

/* How another user's process ends is shown as 0 (ptrace(2), "Ptrace access mode checking"). */
static bool is_ours(int64_t pid)
{
	char path[32];
	struct text text = text_in(path, sizeof(path));
	struct stat64 directory;
	text_string(&text, "/proc/");
	text_number(&text, pid);
	text_end(&text);
	return raw_stat(path, &directory, 0) == 0 && directory.st_uid == (uid_t)RAW0(RAW_GETEUID) &&
	       directory.st_gid == (gid_t)RAW0(RAW_GETEGID);
}

/* PF_EXITING (include/linux/sched.h) is the first thread's, which may have ended alone, with 0:
 * then others are left. do_exit (kernel/exit.c) sets it, and the exit code, before a file is
 * closed. */
static bool is_dying(int64_t pid, int64_t flags, int64_t threads, int64_t exit_code)
{
	enum { PF_EXITING = 4 };
	return (flags & PF_EXITING) && (exit_code || (threads == 1 && is_ours(pid)));
}

bool process_read(int64_t pid, struct process *process)
{
	enum { TICK_MS = 10 /* USER_HZ, on every machine served */ };
	char stat[512];
	long length = read_stat(pid, stat, sizeof(stat));
	struct text comm = text_in(process->comm, sizeof(process->comm));
	const char *begin, *at;
	int64_t flags, threads, exit_code;
	if (length <= 0)
		return false;
	stat[length] = '\0';
	begin = strchr(stat, '(');
	at = strrchr(stat, ')');
	if (!begin || !at)
		return false;
	text_bytes(&comm, begin + 1, (size_t)(at - begin - 1));
	text_end(&comm);
	flags = number_at(&at, NAME, FLAGS);
	threads = number_at(&at, FLAGS, THREADS);
	process->begun_ms = number_at(&at, THREADS, BEGUN) * TICK_MS;
	exit_code = number_at(&at, BEGUN, EXIT_CODE);
	process->is_dying = is_dying(pid, flags, threads, exit_code);
	process->exit_code = (int)exit_code;
	return true;
}
