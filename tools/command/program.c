#include "tools/command/program.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tools/command/complain.h"

/* 0, or why `file` is none that can be executed. */
static int executable(const char *file)
{
	struct stat status;
	if (stat(file, &status) < 0 || !S_ISREG(status.st_mode))
		return STATUS_NOT_FOUND;
	return access(file, X_OK) == 0 ? 0 : STATUS_NOT_EXECUTABLE;
}

int program_on_path(const char *name, const char **file)
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

bool program_is_script(const char *file, const char **interpreter)
{
	char *line = first_line(file), *rest;
	const char *word;
	if (!line || strncmp(line, "#!", 2) != 0)
		return false;
	word = strtok_r(line + 2, " \t", &rest);
	*interpreter = word ? is_env(word) ? program_of_env(&rest) : compose("%s", word) : NULL;
	return true;
}

bool program_executed(const char *file, const char **executed, struct elf *elf)
{
	for (int depth = 0; depth <= PROGRAM_MOST_INTERPRETERS; depth++) {
		const char *interpreter = NULL;
		*executed = file;
		if (elf_read(file, elf))
			return true;
		if (!program_is_script(file, &interpreter) || !interpreter ||
		    program_on_path(interpreter, &file))
			return false;
	}
	return false;
}
