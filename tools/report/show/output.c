#include "show/output.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A link stays one: what it leads to is replaced. */
static char *target_of(const char *path)
{
	char *target = realpath(path, NULL);
	return target ? target : strdup(path);
}

/* As a file would have that open(2) makes; or as the one had that is there. */
static mode_t mode_for(const char *path)
{
	struct stat status;
	mode_t mask;
	if (stat(path, &status) == 0)
		return status.st_mode & 0777;
	mask = umask(0);
	umask(mask);
	return 0666 & ~mask;
}

/* Hidden, and with another ending: who collects the files of a directory passes it by. */
static char *part_of(const char *path)
{
	const char *slash = strrchr(path, '/');
	int directory = slash ? (int)(slash + 1 - path) : 0;
	char *part;
	return asprintf(&part, "%.*s.%.200s.XXXXXX", directory, path, path + directory) < 0 ? NULL
											    : part;
}

static bool open_part(struct output *output, const char *path)
{
	int fd;
	output->path = target_of(path);
	output->part = output->path ? part_of(output->path) : NULL;
	fd = output->part ? mkostemp(output->part, O_CLOEXEC) : -1;
	if (fd >= 0) {
		fchmod(fd, mode_for(output->path));
		output->file = fdopen(fd, "w");
		return output->file != NULL;
	}
	free(output->path);
	free(output->part);
	output->path = output->part = NULL;
	return false;
}

bool output_open(struct output *output, const char *path)
{
	struct stat status;
	*output = (struct output){.file = stdout};
	if (!path)
		return true;
	if (stat(path, &status) == 0 && !S_ISREG(status.st_mode))
		return (output->file = fopen(path, "we")) != NULL;
	return open_part(output, path);
}

bool output_close(struct output *output)
{
	bool written = fflush(output->file) == 0 && !ferror(output->file);
	int error = errno;
	if (output->file != stdout && fclose(output->file) != 0 && written) {
		written = false;
		error = errno;
	}
	if (written && output->part && rename(output->part, output->path) != 0) {
		written = false;
		error = errno;
	}
	if (!written && output->part)
		unlink(output->part);
	free(output->path);
	free(output->part);
	errno = error;
	return written;
}
