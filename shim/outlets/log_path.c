#include "outlets/log_path.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/raw.h"
#include "base/text.h"
#include "kernel/fd.h"
#include "outlets/own_write.h"
#include "signal/mask.h"
#include "state/settings.h"

static char path[PATH_MAX];	  /* absolute */
static struct identity root;	  /* of the tree that the path is of */
static struct identity on_stderr; /* what fd 2 was */

static struct identity identity_of(const struct stat64 *file)
{
	return (struct identity){file->st_dev, file->st_ino};
}

static void note_path(void)
{
	struct text text = text_in(path, sizeof(path));
	struct stat64 file;
	if (settings.log_path[0] != '/') {
		long length = RAW2(SYS_getcwd, path, sizeof(path));
		/* Removed, too long, or outside our root: it has no name to put before. */
		text.cut = length < 2 || path[0] != '/';
		text.at += text.cut ? 0 : length - 1;
		text_char(&text, '/');
	}
	text_string(&text, settings.log_path);
	text_end(&text);
	if (text.cut) /* a name that no file can have: none is better than another's */
		path[0] = '\0';
	if (raw_stat("/", &file, 0) == 0)
		root = identity_of(&file);
}

bool log_path_start(void)
{
	struct stat64 file;
	if (settings.log == LOG_FILE)
		note_path();
	if (settings.log != LOG_STDERR || !fd_file(STDERR_FILENO, &file))
		return true;
	on_stderr = identity_of(&file);
	return !S_ISSOCK(file.st_mode);
}

/* Without waiting: a FIFO may have no reader (then ENXIO), a terminal may be stopped. */
static int open_at(const char *name, int flags)
{
	return (int)RAW4(SYS_openat, AT_FDCWD, name,
			 flags | O_APPEND | O_CLOEXEC | O_NONBLOCK | O_NOCTTY | O_LARGEFILE, 0640);
}

/* Takes `other` for `fd` where both are the same file. */
static int prefer(int other, int fd)
{
	struct stat64 one, two;
	bool same = fd_file(fd, &one) && fd_file(other, &two) && one.st_dev == two.st_dev &&
		    one.st_ino == two.st_ino;
	if (other >= 0)
		RAW1(SYS_close, same ? fd : other);
	return same ? other : fd;
}

/* A regular file for reading too, where that is allowed: whether it ends with a line's end is seen
 * in it only. */
static int open_file(void)
{
	struct stat64 file;
	int fd = open_at(path, O_WRONLY | O_CREAT | O_NOFOLLOW);
	if (!fd_file(fd, &file) || !S_ISREG(file.st_mode))
		return fd;
	return prefer(open_at(path, O_RDWR | O_NOFOLLOW), fd);
}

/* A pipe or a terminal is opened anew, where that is allowed: a write to the application's own
 * would wait, and O_NONBLOCK is no business of ours there. A file is not: its offset is shared with
 * whatever else writes to stderr. */
static int open_stderr(void)
{
	struct stat64 file;
	int fd = (int)RAW3(SYS_fcntl, STDERR_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	if (!fd_file(fd, &file) || (!S_ISFIFO(file.st_mode) && !S_ISCHR(file.st_mode)))
		return fd;
	return prefer(open_at("/proc/self/fd/2", O_WRONLY), fd);
}

static int open_socket(const char *name)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = (int)RAW3(SYS_socket, AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	long result;
	strcpy(address.sun_path, name);
	if (fd < 0)
		return fd;
	result = RAW3(SYS_connect, fd, &address, sizeof(address));
	if (result == 0)
		return fd;
	RAW1(SYS_close, fd);
	return (int)result;
}

int log_path_open(void)
{
	switch (settings.log) {
	case LOG_STDERR:
		return open_stderr();
	case LOG_SYSLOG:
		return open_socket("/dev/log");
	case LOG_JOURNAL:
		return open_socket("/run/systemd/journal/socket");
	case LOG_FILE:
		return open_file();
	case LOG_OFF:
		break;
	}
	return -ENOENT;
}

bool log_path_is_valid(void)
{
	struct stat64 file;
	if (settings.log == LOG_STDERR)
		return fd_file(STDERR_FILENO, &file) && fd_is_same(&on_stderr, &file);
	return settings.log != LOG_FILE ||
	       (raw_stat("/", &file, 0) == 0 && fd_is_same(&root, &file));
}

bool log_path_holds(const struct stat64 *file)
{
	struct stat64 there;
	return raw_stat(path, &there, AT_SYMLINK_NOFOLLOW) == 0 && there.st_dev == file->st_dev &&
	       there.st_ino == file->st_ino;
}

void log_path_complain(int error)
{
	char line[512];
	struct text text = text_in(line, sizeof(line) - 1); /* room for the end whatever was cut */
	struct stat64 file;
	uint64_t mask;
	if (!fd_file(STDERR_FILENO, &file) || S_ISSOCK(file.st_mode))
		return;
	text_string(&text, "bpguard: BPGUARD_LOG: ");
	text_string(&text, settings.log == LOG_FILE && *path ? path : settings.log_path);
	text_string(&text, ": ");
	text_string(&text, strerror(error));
	text.end++;
	text_char(&text, '\n');
	mask = mask_block_all();
	own_write_at_once(STDERR_FILENO, line, (size_t)(text.at - line), file.st_mode & S_IFMT);
	mask_restore(mask);
}
