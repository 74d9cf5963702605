#include "state/pipeline.h"

#include "kernel/fd.h"
#include "state/lineage.h"
#include "state/settings.h"

/* Pipes that a forked child was given as output; the oldest gives way. */
enum { MOST_OUTPUTS = 8 };

static struct {
	struct identity outputs[MOST_OUTPUTS];
	unsigned count;
	struct identity first[2]; /* stdout and stderr as the program got them */
} pipeline;

static bool is_among(const struct identity *list, unsigned count, const struct stat64 *file)
{
	for (unsigned i = 0; i < count; i++)
		if (fd_is_same(&list[i], file))
			return true;
	return false;
}

static bool is_output(const struct stat64 *file)
{
	unsigned count = pipeline.count < MOST_OUTPUTS ? pipeline.count : MOST_OUTPUTS;
	return is_among(pipeline.outputs, count, file);
}

void pipeline_start(void)
{
	struct stat64 file;
	for (int fd = 1; fd <= 2; fd++)
		if (fd_file(fd, &file))
			pipeline.first[fd - 1] = (struct identity){file.st_dev, file.st_ino};
}

void pipeline_note_output(int fd)
{
	struct stat64 file;
	/* In an executed program all are pipelines. Whose memory it is comes next: a fork past libc
	 * shows there. The root's own output, put back by a child, is guarded as it was. */
	if ((fd != 1 && fd != 2) || lineage.descendant || !lineage_claim_memory() ||
	    !lineage.forked || !fd_file(fd, &file) || !fd_is_between_commands(fd, &file) ||
	    is_output(&file) || is_among(pipeline.first, 2, &file))
		return;
	pipeline.outputs[pipeline.count++ % MOST_OUTPUTS] =
	    (struct identity){file.st_dev, file.st_ino};
}

/* What a forked child has as output now, by whatever call it came there, unless it is what the
 * program began with. */
static bool is_forked_output(const struct stat64 *file)
{
	struct stat64 output;
	if (is_among(pipeline.first, 2, file))
		return false;
	for (int fd = 1; fd <= 2; fd++)
		if (fd_file(fd, &output) && output.st_dev == file->st_dev &&
		    output.st_ino == file->st_ino)
			return true;
	return false;
}

/* Whoever made it, and under whatever number an executed program was given it or opened it. */
static bool is_pipeline(int fd)
{
	struct stat64 file;
	return fd_file(fd, &file) && fd_is_between_commands(fd, &file) &&
	       (lineage.descendant || is_output(&file) || is_forked_output(&file));
}

/* Where the fd is not told, it is stdout or stderr that is meant to end the process. */
static bool is_broken_output(void)
{
	return (is_pipeline(1) && fd_is_broken(1)) || (is_pipeline(2) && fd_is_broken(2));
}

bool pipeline_ends_below(int fd)
{
	/* Most who have failures to judge are known as servers; who else is one takes a search. */
	return !lineage.server && (fd >= 0 ? is_pipeline(fd) : is_broken_output()) &&
	       !lineage_is_server();
}
