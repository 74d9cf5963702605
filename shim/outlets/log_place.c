#include "outlets/log_place.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/raw.h"
#include "base/text.h"
#include "kernel/fd.h"
#include "outlets/log.h"
#include "state/private.h"
#include "state/program.h"
#include "state/settings.h"

/* The kernel's table of fds grows to the highest one: not for the sake of a log. */
enum { HIGHEST = 65536 };

int log_fd = -1;
bool log_wanted;

static struct {
	char path[PATH_MAX];  /* absolute: the program may change its directory */
	struct identity root; /* of the tree that the path is of: the program may change that too */
	struct identity file; /* what lies at log_fd */
	mode_t kind;	      /* of it: S_IFMT's bits */
	/* One thread opens at a time; the others' records of that moment are held back. */
	bool busy;
	int64_t looked_ms; /* when the path was last looked at */
} place;

struct log_end log_end;

/* Moves an fd beyond the application's numbers, or to the highest free one of them. Returns the new
 * number, or the old. */
static int lift(int fd)
{
	struct rlimit64 limit;
	long most, lifted = private_move(fd);
	if (lifted >= 0)
		return (int)lifted;
	if (RAW4(SYS_prlimit64, 0, RLIMIT_NOFILE, NULL, &limit) != 0)
		return fd;
	most = limit.rlim_cur < HIGHEST ? (long)limit.rlim_cur : HIGHEST;
	/* F_DUPFD gives the lowest free number from the third argument on. */
	for (long at = most - 1; at > fd && lifted < 0; at--)
		lifted = RAW3(SYS_fcntl, fd, F_DUPFD_CLOEXEC, at);
	if (lifted < 0)
		return fd;
	RAW1(SYS_close, fd);
	return (int)lifted;
}

static bool is_same(const struct identity *known, const struct stat64 *file)
{
	return __atomic_load_n(&known->device, __ATOMIC_RELAXED) == file->st_dev &&
	       __atomic_load_n(&known->inode, __ATOMIC_RELAXED) == file->st_ino;
}

static void note(struct identity *known, const struct stat64 *file)
{
	__atomic_store_n(&known->device, file->st_dev, __ATOMIC_RELAXED);
	__atomic_store_n(&known->inode, file->st_ino, __ATOMIC_RELAXED);
}

/* Without waiting: a FIFO may have no reader (then ENXIO), a terminal may be stopped. */
static int open_at(const char *path, int flags)
{
	return (int)RAW4(SYS_openat, AT_FDCWD, path,
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
	int fd = open_at(place.path, O_WRONLY | O_CREAT | O_NOFOLLOW);
	if (!fd_file(fd, &file) || !S_ISREG(file.st_mode))
		return fd;
	return prefer(open_at(place.path, O_RDWR | O_NOFOLLOW), fd);
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

static int open_socket(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = (int)RAW3(SYS_socket, AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	strcpy(address.sun_path, path);
	if (fd >= 0 && RAW3(SYS_connect, fd, &address, sizeof(address)) != 0) {
		RAW1(SYS_close, fd);
		return -1;
	}
	return fd;
}

static int open_place(void)
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
	return -1;
}

/* Its identity goes first: what lies at an fd is compared with it. */
static void note_place(const struct stat64 *file)
{
	note(&place.file, file);
	__atomic_store_n(&place.kind, file->st_mode & S_IFMT, __ATOMIC_RELAXED);
	__atomic_store_n(&log_end.sound, 0, __ATOMIC_RELAXED);
	__atomic_store_n(&log_end.torn, false, __ATOMIC_RELAXED);
	__atomic_store_n(&log_end.shared, false, __ATOMIC_RELAXED);
}

static bool adopt(int fd)
{
	struct stat64 file;
	if (!fd_file(fd, &file))
		return false;
	note_place(&file);
	__atomic_store_n(&log_fd, lift(fd), __ATOMIC_RELAXED);
	return true;
}

/* Puts `fd` where the log was, in one step: another thread may be about to write to that number.
 * One beyond the application's cannot be given again, nor can anybody else get it. A file gives way
 * to a file only, whatever somebody has put at its path. */
static bool exchange(int fd)
{
	struct stat64 file;
	int old = log_own_fd();
	bool fits = fd_file(fd, &file) && (file.st_mode & S_IFMT) == place.kind;
	if (fits && RAW3(SYS_dup3, fd, old, O_CLOEXEC) < 0) {
		adopt(fd);
		RAW1(SYS_close, old);
		return true;
	}
	if (fits)
		note_place(&file);
	if (fd >= 0)
		RAW1(SYS_close, fd);
	return fits;
}

static void note_path(void)
{
	struct text path = text_in(place.path, sizeof(place.path));
	struct stat64 root;
	if (settings.log != LOG_FILE)
		return;
	if (settings.log_path[0] != '/') {
		long length = RAW2(SYS_getcwd, place.path, sizeof(place.path));
		path.at += length > 1 ? length - 1 : 0;
		text_char(&path, '/');
	}
	text_string(&path, settings.log_path);
	text_end(&path);
	if (path.cut) /* a name that no file can have: none is better than another's */
		place.path[0] = '\0';
	if (raw_stat("/", &root, 0) == 0)
		note(&place.root, &root);
}

void log_start(void)
{
	log_wanted = settings.log != LOG_OFF && !program_may_open_little();
	if (!log_wanted)
		return;
	note_path();
	adopt(open_place());
}

void log_forked(void)
{
	place.busy = false;
}

/* Whether a line can be written by nothing but write(2): without asking for room, without a signal.
 */
static bool is_plain(void)
{
	struct rlimit64 limit;
	return place.kind == S_IFREG && RAW4(SYS_prlimit64, 0, RLIMIT_FSIZE, NULL, &limit) == 0 &&
	       limit.rlim_cur == RLIM_INFINITY;
}

/* As log_wanted was before the filter. */
static bool wanted_before;

void log_filtered(void)
{
	wanted_before = log_wanted;
	log_wanted = log_wanted && log_is_at(log_fd) && is_plain();
}

void log_release(void)
{
	log_wanted = wanted_before;
}

bool log_is_ours(struct stat64 *file)
{
	if (!raw_filtered)
		return log_own_fd() >= 0 && raw_fstat(log_own_fd(), file) == 0 &&
		       is_same(&place.file, file);
	*file = (struct stat64){.st_mode = place.kind};
	return log_own_fd() >= 0;
}

bool log_is_at(int fd)
{
	struct stat64 file;
	return fd == log_own_fd() && log_is_ours(&file);
}

void log_make_room(void)
{
	struct stat64 file;
	int old = log_own_fd();
	long moved;
	if (!log_is_ours(&file))
		return;
	moved = RAW3(SYS_fcntl, old, F_DUPFD_CLOEXEC, 3);
	if (moved < 0 && raw_filtered) {
		log_wanted = false;
		__atomic_store_n(&log_fd, -1, __ATOMIC_RELAXED);
	}
	if (moved < 0)
		return;
	__atomic_store_n(&log_fd, lift((int)moved), __ATOMIC_RELAXED);
	RAW1(SYS_close, old);
}

/* Whether a path still leads where it led at the start: not after chroot(2). */
static bool is_path_valid(void)
{
	struct stat64 root;
	return settings.log != LOG_FILE ||
	       (raw_stat("/", &root, 0) == 0 && is_same(&place.root, &root));
}

/* Whether the log has its name still: not rotated, not removed. */
static bool is_at_path(const struct stat64 *file)
{
	struct stat64 there;
	return raw_stat(place.path, &there, AT_SYMLINK_NOFOLLOW) == 0 &&
	       there.st_dev == file->st_dev && there.st_ino == file->st_ino;
}

bool log_is_due(void)
{
	int64_t now_ms = clock_now_ms();
	return __atomic_exchange_n(&place.looked_ms, now_ms, __ATOMIC_RELAXED) != now_ms;
}

/* fd 2 is another file's by now, unless it shows to be the same. */
static bool may_reopen(void)
{
	struct stat64 file;
	if (settings.log == LOG_STDERR)
		return fd_file(STDERR_FILENO, &file) && is_same(&place.file, &file);
	return is_path_valid();
}

/* Opens anew what is lost, unless another thread just did or does. */
static bool reopen(struct stat64 *file)
{
	bool found;
	if (__atomic_exchange_n(&place.busy, true, __ATOMIC_ACQUIRE))
		return false;
	found = log_is_ours(file);
	if (!found) {
		__atomic_store_n(&log_fd, -1, __ATOMIC_RELAXED);
		found = may_reopen() && adopt(open_place()) && log_is_ours(file);
	}
	__atomic_store_n(&place.busy, false, __ATOMIC_RELEASE);
	return found;
}

bool log_follow(struct stat64 *file)
{
	bool followed = false;
	if (__atomic_exchange_n(&place.busy, true, __ATOMIC_ACQUIRE))
		return false;
	if (log_is_ours(file) && is_path_valid())
		followed = exchange(open_place()) && log_is_ours(file);
	__atomic_store_n(&place.busy, false, __ATOMIC_RELEASE);
	return followed;
}

bool log_find(struct stat64 *file)
{
	bool removed;
	if (raw_filtered)
		return log_is_ours(file);
	if (!log_is_ours(file))
		return (log_own_fd() >= 0 || log_is_due()) && reopen(file);
	removed = file->st_nlink == 0;
	if (settings.log != LOG_FILE || !S_ISREG(file->st_mode) || (!removed && !log_is_due()) ||
	    is_at_path(file))
		return true;
	return log_follow(file) || !removed;
}
