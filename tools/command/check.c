/* bpguard-check ODD PRELOAD check PROGRAM|PID
 *
 * Says whether PROGRAM can be guarded or the process PID is, and what SIGPIPE does there. */
#include <errno.h>
#include <glob.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tools/command/complain.h"
#include "tools/command/elf.h"
#include "tools/command/guardable.h"
#include "tools/command/library.h"
#include "tools/command/options.h"
#include "tools/command/program.h"

/* The value of the line `name` of a process's status, without its end; "" where there is none.
 * `process` is a number or "self". */
static const char *status_line(const char *process, const char *name)
{
	const size_t length = strlen(name);
	char *line = NULL;
	size_t size = 0;
	const char *value = "";
	FILE *file = fopen(compose("/proc/%s/status", process), "re");
	while (file && getline(&line, &size, file) > 0) {
		if (strncmp(line, name, length) != 0 || line[length] != ':')
			continue;
		line[strcspn(line, "\n")] = '\0';
		value = compose("%s", line + length + 1 + strspn(line + length + 1, " \t"));
		break;
	}
	if (file)
		fclose(file);
	free(line);
	return value;
}

/* Whether SIGPIPE is in one of a process's signal sets: SigIgn, SigBlk or SigCgt. */
static bool has_sigpipe(const char *process, const char *set)
{
	return strtoull(status_line(process, set), NULL, 16) >> (SIGPIPE - 1) & 1;
}

static const char *named(const char *process)
{
	return compose("%s (%s)", process, status_line(process, "Name"));
}

/* The farthest ancestor in an unbroken line of processes that ignore SIGPIPE. */
static const char *first_ignorer(const char *process)
{
	for (;;) {
		const char *parent = status_line(process, "PPid");
		if (strtol(parent, NULL, 10) <= 0 || !has_sigpipe(parent, "SigIgn"))
			return process;
		process = parent;
	}
}

static void print_sigpipe(const char *process)
{
	if (has_sigpipe(process, "SigIgn")) {
		printf("SIGPIPE: ignored, first by process %s\n", named(first_ignorer(process)));
		puts(
		    "  Writes made inside libc (stdio) then fail without a trace that anyone could "
		    "see.");
	} else if (has_sigpipe(process, "SigBlk")) {
		puts("SIGPIPE: blocked");
	} else if (has_sigpipe(process, "SigCgt")) {
		puts("SIGPIPE: handled");
	} else {
		puts("SIGPIPE: default, a failing write kills");
	}
}

static void print_verdict(const struct verdict *verdict)
{
	printf("%s be guarded: %s\n", verdict->status ? "cannot" : "can", verdict->reason);
}

/* Go's runtime makes its own system calls, and has a SIGPIPE handler of its own. */
static void print_runtime(const char *file)
{
	struct elf elf;
	if (!elf_read(file, &elf) || !elf.is_go || !elf.needs_libraries)
		return;
	puts("Go's runtime is in it, with C code beside it (cgo):\n"
	     "  guarded: what C code writes, on its own threads too.\n"
	     "  not guarded: what Go code writes. A broken stdout or stderr ends it by SIGPIPE,\n"
	     "  but with --protect auto it gets ECONNRESET there; elsewhere it gets EPIPE and "
	     "lives.");
}

enum guarded { GUARDED, UNGUARDED, NOT_TOLD };

/* Whether our library is mapped in a process. A process that has ended and waits for its parent has
 * nothing mapped. */
static enum guarded guarded(const char *process)
{
	char *line = NULL;
	size_t size = 0;
	bool any = false, found = false;
	FILE *maps = fopen(compose("/proc/%s/maps", process), "re");
	while (maps && !found && getline(&line, &size, maps) > 0) {
		any = true;
		found = strstr(line, "/libbpguard.so") != NULL;
	}
	if (maps)
		fclose(maps);
	free(line);
	return found ? GUARDED : any ? UNGUARDED : NOT_TOLD;
}

static bool is_guarded(const char *process)
{
	enum guarded answer = guarded(process);
	if (answer == NOT_TOLD)
		fail(1, "%s: %s", process,
		     access(compose("/proc/%s/exe", process), F_OK) == 0 || errno == EACCES
			 ? "may not be looked into; its owner and root may"
			 : "has ended and waits for its parent, or is the kernel's own");
	return answer == GUARDED;
}

/* Whether `ancestor` is among those that a process comes from. */
static bool comes_from(const char *process, const char *ancestor)
{
	enum { MOST_GENERATIONS = 256 };
	for (int i = 0; i < MOST_GENERATIONS && strtol(process, NULL, 10) > 1; i++) {
		process = status_line(process, "PPid");
		if (strcmp(process, ancestor) == 0)
			return true;
	}
	return false;
}

/* The processes below that run unguarded: who started them gave them an environment of its own, or
 * the loader preloads nothing into them. */
static void print_unguarded_below(const char *process)
{
	enum { MOST_TOLD = 20 };
	glob_t all;
	size_t count = 0;
	if (glob("/proc/[1-9]*", GLOB_NOSORT, NULL, &all) != 0)
		return;
	for (size_t i = 0; i < all.gl_pathc; i++) {
		const char *other = strrchr(all.gl_pathv[i], '/') + 1;
		if (!comes_from(other, process) || guarded(other) != UNGUARDED)
			continue;
		if (count++ < MOST_TOLD)
			printf("below it, unguarded: %s\n", named(other));
	}
	if (count > MOST_TOLD)
		printf("below it, unguarded: %zu more\n", count - MOST_TOLD);
	globfree(&all);
}

static struct verdict judge_process(const char *process)
{
	static char name[PATH_MAX];
	const char *link = compose("/proc/%s/exe", process);
	ssize_t length = readlink(link, name, sizeof(name) - 1);
	name[length > 0 ? length : 0] = '\0';
	return guardable(link, name);
}

static int check_process(const char *process)
{
	struct verdict verdict = {0};
	struct stat status;
	if (stat(compose("/proc/%s", process), &status) < 0)
		fail(1, "%s: no such process", process);
	if (is_guarded(process)) {
		printf("%s: is guarded\n", named(process));
		print_unguarded_below(process);
	} else {
		verdict = judge_process(process);
		printf("%s: is not guarded\n", named(process));
		print_verdict(&verdict);
	}
	print_runtime(compose("/proc/%s/exe", process));
	print_sigpipe(process);
	if (!verdict.reason && has_sigpipe(process, "SigCgt"))
		puts("  By the guard's own handler, where the program has none.");
	return verdict.status ? 1 : 0;
}

/* This process, as /proc counts: that may be another namespace's. */
static const char *self(void)
{
	static char number[32];
	ssize_t length = readlink("/proc/self", number, sizeof(number) - 1);
	number[length > 0 ? length : 0] = '\0';
	return length > 0 ? number : "self";
}

static int check_program(const char *program)
{
	const char *file;
	struct verdict verdict;
	struct elf elf;
	if (program_on_path(program, &file))
		file = compose("./%s", program);
	verdict = guardable(file, program);
	print_verdict(&verdict);
	if (elf_read(file, &elf) && elf_has_asan(&elf))
		puts("AddressSanitizer: its demand to be loaded first is waived");
	if (verdict.status == 0)
		print_runtime(file);
	puts("As it would inherit it here:");
	print_sigpipe(self());
	return verdict.status ? 1 : 0;
}

int main(int argc, char **argv)
{
	const struct options options = options_read(COMMAND_CHECK, argv);
	const char *what = options.program[0];
	(void)argc;
	library_require();
	if (!what || options.program[1])
		fail(STATUS_FAILED, "check: takes a program or a process id");
	if (*what && strspn(what, "0123456789") == strlen(what))
		return check_process(what);
	return check_program(what);
}
