#include "tools/command/guardable.h"

#include <errno.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "tools/command/complain.h"
#include "tools/command/library.h"
#include "tools/command/program.h"

/* By what `file` would run with more rights than its caller has, for the loader then reads no
 * LD_PRELOAD; NULL: by nothing. As execve(2) and capabilities(7) have it. */
static const char *gained_rights(const char *file)
{
	struct stat status;
	if (prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1 || stat(file, &status) < 0)
		return NULL;
	if ((status.st_mode & S_ISUID) && status.st_uid != getuid())
		return "set-user-ID";
	/* The bit counts only where the group may execute. */
	if ((status.st_mode & S_ISGID) && (status.st_mode & S_IXGRP) && status.st_gid != getgid())
		return "set-group-ID";
	if (getuid() != 0 && getxattr(file, "security.capability", NULL, 0) > 0)
		return "file capabilities";
	return NULL;
}

static struct verdict no_library(const struct elf *elf, const char *name)
{
	struct elf ours;
	const char *why =
	    elf_read(library_require(), &ours) && ours.class == elf->class ? "built for another "
									     "machine than "
									     "libbpguard.so"
									   : "other word size than "
									     "libbpguard.so";
	return (struct verdict){STATUS_FAILED, compose("%s: %s", name, why)};
}

static struct verdict judge_elf(const char *file, const char *name, const struct elf *elf)
{
	const char *library = library_for(elf), *libc, *ours, *rights;
	struct elf read;
	if (!library || !elf_read(library, &read))
		return no_library(elf, name);
	if (!elf->loader)
		return (struct verdict){STATUS_FAILED,
					compose("%s: static%s, nothing can be preloaded into it",
						name, elf->is_go ? ", Go's" : "")};
	if (elf->is_go && !elf->needs_libraries)
		return (struct verdict){STATUS_FAILED,
					compose("%s: Go's, without C code: its runtime makes its "
						"own system calls, past every library",
						name)};
	libc = elf_libc_of_loader(elf->loader);
	ours = elf_libc_of_library(&read);
	if (strcmp(libc, ours) != 0)
		return (struct verdict){STATUS_FAILED,
					compose("%s: linked to %s (%s), libbpguard.so to %s", name,
						libc, elf->loader, ours)};
	if (access(elf->loader, F_OK) < 0)
		return (struct verdict){STATUS_NOT_FOUND,
					compose("%s: its loader %s: not found", name, elf->loader)};
	rights = gained_rights(file);
	if (rights)
		return (struct verdict){
		    STATUS_FAILED,
		    compose("%s: %s, so it would run without preloads", name, rights)};
	return (struct verdict){0, compose("%s: dynamic, %s (%s)", name, libc, elf->loader)};
}

/* What keeps any file from being executed, or 0. */
static struct verdict judge_file(const char *file, const char *name)
{
	struct stat status;
	if (stat(file, &status) < 0) {
		if (errno != ENOENT && errno != ENOTDIR)
			return (struct verdict){STATUS_NOT_EXECUTABLE,
						compose("%s: %s", name, strerror(errno))};
		return (struct verdict){STATUS_NOT_FOUND, compose("%s: not found", name)};
	}
	if (S_ISDIR(status.st_mode))
		return (struct verdict){STATUS_NOT_EXECUTABLE, compose("%s: is a directory", name)};
	if (access(file, X_OK) < 0)
		return (struct verdict){STATUS_NOT_EXECUTABLE, compose("%s: not executable", name)};
	return (struct verdict){0, NULL};
}

static struct verdict judge(const char *file, const char *name, int depth)
{
	struct verdict verdict = judge_file(file, name);
	const char *interpreter, *path;
	struct elf elf;
	if (verdict.status)
		return verdict;
	if (access(file, R_OK) < 0)
		return (struct verdict){
		    0, compose("%s: may not be read, so nothing is known of it", name)};
	if (elf_read(file, &elf))
		return judge_elf(file, name, &elf);
	if (!program_is_script(file, &interpreter))
		return (struct verdict){STATUS_NOT_EXECUTABLE,
					compose("%s: not an executable format", name)};
	if (depth == PROGRAM_MOST_INTERPRETERS)
		return (struct verdict){STATUS_NOT_EXECUTABLE,
					compose("%s: too many interpreters", name)};
	if (!interpreter)
		return (struct verdict){STATUS_NOT_EXECUTABLE,
					compose("%s: its #! line names nothing", name)};
	if (program_on_path(interpreter, &path))
		path = interpreter;
	return judge(path, compose("%s: its interpreter %s", name, interpreter), depth + 1);
}

struct verdict guardable(const char *file, const char *name)
{
	return judge(file, name, 0);
}

const char *guardable_require(const char *program)
{
	const char *file;
	struct verdict verdict;
	switch (program_on_path(program, &file)) {
	case STATUS_NOT_EXECUTABLE:
		fail(STATUS_NOT_EXECUTABLE, "%s: not executable", program);
	case STATUS_NOT_FOUND:
		fail(STATUS_NOT_FOUND, "%s: not found", program);
	}
	verdict = guardable(file, program);
	if (verdict.status)
		fail(verdict.status, "%s", verdict.reason);
	return file;
}
