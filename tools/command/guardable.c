#include "tools/command/guardable.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "tools/command/complain.h"
#include "tools/command/library.h"

enum { MOST_INTERPRETERS = 5 };

/* 0, or why `file` is none that can be executed. */
static int executable(const char *file)
{
	struct stat status;
	if (stat(file, &status) < 0 || !S_ISREG(status.st_mode))
		return STATUS_NOT_FOUND;
	return access(file, X_OK) == 0 ? 0 : STATUS_NOT_EXECUTABLE;
}

int guardable_on_path(const char *name, const char **file)
{
	const char *path = getenv("PATH"), *end;
	int status = STATUS_NOT_FOUND;
	*file = name;
	if (strchr(name, '/'))
		return 0;
	if (!*name)
		return STATUS_NOT_FOUND;
	/* An empty element, also behind a last colon, means the current directory. */
	for (path = path ? path : "/usr/bin:/bin";; path = end + 1) {
		int found;
		end = strchrnul(path, ':');
		*file = end == path ? compose("./%s", name)
				    : compose("%.*s/%s", (int)(end - path), path, name);
		found = executable(*file);
		if (found == 0)
			return 0;
		if (found == STATUS_NOT_EXECUTABLE)
			status = found;
		if (!*end)
			return status;
	}
}

/* The first line of a file, without its end; NULL where it cannot be read. */
static char *first_line(const char *file)
{
	static char line[4096]; /* the kernel takes 255 bytes */
	ssize_t size;
	int fd = open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return NULL;
	size = read(fd, line, sizeof(line) - 1);
	close(fd);
	line[size > 0 ? size : 0] = '\0';
	line[strcspn(line, "\n")] = '\0';
	return line;
}

/* Of what env(1) is called with, the program that it runs. */
static const char *program_of_env(char **rest)
{
	const char *word;
	while ((word = strtok_r(NULL, " \t", rest)))
		if (*word != '-' && !strchr(word, '='))
			return compose("%s", word);
	return NULL;
}

static bool is_env(const char *word)
{
	size_t length = strlen(word);
	return length >= 4 && strcmp(word + length - 4, "/env") == 0;
}

/* Whether `file` begins with #!; `*interpreter` is the program that the line names, past env, or
 * NULL. */
static bool script(const char *file, const char **interpreter)
{
	char *line = first_line(file), *rest;
	const char *word;
	if (!line || strncmp(line, "#!", 2) != 0)
		return false;
	word = strtok_r(line + 2, " \t", &rest);
	*interpreter = word ? is_env(word) ? program_of_env(&rest) : compose("%s", word) : NULL;
	return true;
}

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
		return (struct verdict){
		    STATUS_FAILED, compose("%s: static, nothing can be preloaded into it", name)};
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
	if (!script(file, &interpreter))
		return (struct verdict){STATUS_NOT_EXECUTABLE,
					compose("%s: not an executable format", name)};
	if (depth == MOST_INTERPRETERS)
		return (struct verdict){STATUS_NOT_EXECUTABLE,
					compose("%s: too many interpreters", name)};
	if (!interpreter)
		return (struct verdict){STATUS_NOT_EXECUTABLE,
					compose("%s: its #! line names nothing", name)};
	if (guardable_on_path(interpreter, &path))
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
	switch (guardable_on_path(program, &file)) {
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

bool guardable_executed(const char *file, const char **executed, struct elf *elf)
{
	for (int depth = 0; depth <= MOST_INTERPRETERS; depth++) {
		const char *interpreter = NULL;
		*executed = file;
		if (elf_read(file, elf))
			return true;
		if (!script(file, &interpreter) || !interpreter ||
		    guardable_on_path(interpreter, &file))
			return false;
	}
	return false;
}
