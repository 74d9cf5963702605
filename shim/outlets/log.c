#include "outlets/log.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/raw.h"
#include "base/text.h"
#include "kernel/fd.h"
#include "outlets/json.h"
#include "outlets/own_write.h"
#include "state/beyond.h"
#include "state/program.h"
#include "state/settings.h"

#ifndef RWF_NOWAIT
#define RWF_NOWAIT 0x00000008 /* Linux 4.14; pipes take it on later kernels only */
#endif

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
	int64_t sound_end; /* a size that the file had with a newline as its last byte, or 0 */
	bool torn;	   /* the last write of ours stopped in the middle of a line */
	bool shared;	   /* others write to it too */
} place;

/* Moves an fd beyond the application's numbers, or to the highest free one of them. Returns the new
 * number, or the old. */
static int lift(int fd)
{
	struct rlimit64 limit;
	long most, lifted = beyond_move(fd);
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

static int own_fd(void)
{
	return __atomic_load_n(&log_fd, __ATOMIC_RELAXED);
}

static bool identify(int fd, struct stat64 *file)
{
	return fd >= 0 && raw_fstat(fd, file) == 0;
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
	bool same = identify(fd, &one) && identify(other, &two) && one.st_dev == two.st_dev &&
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
	if (!identify(fd, &file) || !S_ISREG(file.st_mode))
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
	if (!identify(fd, &file) || (!S_ISFIFO(file.st_mode) && !S_ISCHR(file.st_mode)))
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
	__atomic_store_n(&place.sound_end, 0, __ATOMIC_RELAXED);
	__atomic_store_n(&place.torn, false, __ATOMIC_RELAXED);
	__atomic_store_n(&place.shared, false, __ATOMIC_RELAXED);
}

static bool adopt(int fd)
{
	struct stat64 file;
	if (!identify(fd, &file))
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
	int old = own_fd();
	bool fits = identify(fd, &file) && (file.st_mode & S_IFMT) == place.kind;
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

void log_confine(void)
{
	wanted_before = log_wanted;
	log_wanted = log_wanted && log_is_at(log_fd) && is_plain();
}

void log_release(void)
{
	log_wanted = wanted_before;
}

/* Whether our fd is still what we opened. Where that must not be asked, the calls that might put
 * another file there are still seen. */
static bool is_ours(struct stat64 *file)
{
	if (!raw_confined)
		return identify(own_fd(), file) && is_same(&place.file, file);
	*file = (struct stat64){.st_mode = place.kind};
	return own_fd() >= 0;
}

bool log_is_at(int fd)
{
	struct stat64 file;
	return fd == own_fd() && is_ours(&file);
}

void log_make_room(void)
{
	struct stat64 file;
	int old = own_fd();
	long moved;
	if (!is_ours(&file))
		return;
	moved = RAW3(SYS_fcntl, old, F_DUPFD_CLOEXEC, 3);
	if (moved < 0 && raw_confined) {
		log_wanted = false;
		__atomic_store_n(&log_fd, -1, __ATOMIC_RELAXED);
	}
	if (moved < 0)
		return;
	__atomic_store_n(&log_fd, lift((int)moved), __ATOMIC_RELAXED);
	RAW1(SYS_close, old);
}

/* --- where the log is now --- */

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

/* What may be in vain is tried once a tick of the coarse clock (1 to 10 ms). */
static bool is_due(void)
{
	int64_t now_ms = clock_now_ms();
	return __atomic_exchange_n(&place.looked_ms, now_ms, __ATOMIC_RELAXED) != now_ms;
}

/* fd 2 is another file's by now, unless it shows to be the same. */
static bool may_reopen(void)
{
	struct stat64 file;
	if (settings.log == LOG_STDERR)
		return identify(STDERR_FILENO, &file) && is_same(&place.file, &file);
	return is_path_valid();
}

/* Opens anew what is lost, unless another thread just did or does. */
static bool reopen(struct stat64 *file)
{
	bool found;
	if (__atomic_exchange_n(&place.busy, true, __ATOMIC_ACQUIRE))
		return false;
	found = is_ours(file);
	if (!found) {
		__atomic_store_n(&log_fd, -1, __ATOMIC_RELAXED);
		found = may_reopen() && adopt(open_place()) && is_ours(file);
	}
	__atomic_store_n(&place.busy, false, __ATOMIC_RELEASE);
	return found;
}

/* Goes over to what is at the path now. Where that cannot be, the old file is still ours. */
static bool follow(struct stat64 *file)
{
	bool followed = false;
	if (__atomic_exchange_n(&place.busy, true, __ATOMIC_ACQUIRE))
		return false;
	if (is_ours(file) && is_path_valid())
		followed = exchange(open_place()) && is_ours(file);
	__atomic_store_n(&place.busy, false, __ATOMIC_RELEASE);
	return followed;
}

/* Finds the log, as far as it can be found; `file` is what its fd is now. What is written to a file
 * that has lost its last name nobody can read. */
static bool find(struct stat64 *file)
{
	bool removed;
	if (raw_confined)
		return is_ours(file);
	if (!is_ours(file))
		return (own_fd() >= 0 || is_due()) && reopen(file);
	removed = file->st_nlink == 0;
	if (settings.log != LOG_FILE || !S_ISREG(file->st_mode) || (!removed && !is_due()) ||
	    is_at_path(file))
		return true;
	return follow(file) || !removed;
}

/* --- a line --- */

static bool would_block(int fd)
{
	struct pollfd asked = {.fd = fd, .events = POLLOUT};
	struct timespec none = {0};
	return RAW5(SYS_ppoll, &asked, 1, &none, NULL, sizeof(uint64_t)) != 1 ||
	       !(asked.revents & POLLOUT);
}

/* A datagram: syslog(3)'s, without the line's end, or the journal's native one, where it ends the
 * field (systemd.journal-fields(7)). */
static long send_datagram(int fd, const char *line, size_t length)
{
	static const char syslog_head[] = "<28>bpguard: "; /* LOG_DAEMON | LOG_WARNING */
	static const char journal_head[] = "PRIORITY=4\nSYSLOG_IDENTIFIER=bpguard\nMESSAGE=";
	bool journal = settings.log == LOG_JOURNAL;
	const char *head = journal ? journal_head : syslog_head;
	struct iovec parts[2] = {{(char *)head, strlen(head)}, {(char *)line, length - !journal}};
	struct msghdr message = {.msg_iov = parts, .msg_iovlen = 2};
	return RAW3(SYS_sendmsg, fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
}

/* Whether a datagram's daemon ended, and another one may listen at the path. */
static bool is_daemon_gone(long result)
{
	return result == -ECONNREFUSED || result == -ECONNRESET || result == -ENOTCONN ||
	       result == -EPIPE;
}

static bool tell_daemon(const char *line, size_t length)
{
	struct stat64 file;
	long result = send_datagram(own_fd(), line, length);
	if (is_daemon_gone(result) && is_due() && follow(&file))
		result = send_datagram(own_fd(), line, length);
	return result >= 0;
}

static long write_line(const char *line, size_t length, mode_t kind)
{
	int fd = own_fd();
	long result;
	if (kind == S_IFSOCK)
		return RAW6(SYS_sendto, fd, line, length, MSG_NOSIGNAL | MSG_DONTWAIT, NULL, 0);
	if (kind == S_IFREG)
		return own_write(fd, line, length, 0);
	/* Room that is there when it is asked for may be another writer's a moment later. */
	result = own_write(fd, line, length, RWF_NOWAIT);
	if (result != -EOPNOTSUPP && result != -ENOSYS && result != -EINVAL && result != -EPERM)
		return result;
	return would_block(fd) ? -EAGAIN : own_write(fd, line, length, 0);
}

static bool ends_with_a_line(const struct stat64 *file)
{
	int64_t sound_end = __atomic_load_n(&place.sound_end, __ATOMIC_RELAXED);
	char last = '\n';
	if (!file->st_size || file->st_size == sound_end)
		return true;
	if (sound_end)
		__atomic_store_n(&place.shared, true, __ATOMIC_RELAXED);
	if (raw_pread(own_fd(), &last, 1, file->st_size - 1) < 0)
		return !__atomic_load_n(&place.torn, __ATOMIC_RELAXED);
	return last == '\n';
}

/* Whether the file ends in the middle of a line: somebody's write found the disk full, or its
 * process was killed. One that is under way looks the same, as the file grows page by page: an
 * empty write waits for the same lock, and then the size has changed (generic_perform_write,
 * mm/filemap.c). */
static bool is_torn(struct stat64 *file)
{
	enum { TRIES = 4 };
	int64_t before = -1;
	if (!S_ISREG(file->st_mode) || raw_confined)
		return __atomic_load_n(&place.torn, __ATOMIC_RELAXED);
	for (int i = 0; i < TRIES && before != file->st_size; i++) {
		if (ends_with_a_line(file))
			return false;
		before = file->st_size;
		RAW3(SYS_write, own_fd(), "", 0);
		if (!is_ours(file))
			break;
	}
	return true;
}

/* Whether our line, written whole to a file that ended as `before`, stands behind the rest of one
 * whose writer was killed since. It is looked for among what came in meanwhile. */
static bool is_behind_rest(const char *line, size_t length, const struct stat64 *before,
			   char *around, size_t size)
{
	struct stat64 after;
	int64_t at = before->st_size ? before->st_size - 1 : 0;
	if (!is_ours(&after) || after.st_size == before->st_size + (int64_t)length)
		return false;
	for (; at < after.st_size; at += (int64_t)(size - length)) {
		long got = raw_pread(own_fd(), around, size, at);
		const char *found = got > 0 ? memmem(around, (size_t)got, line, length) : NULL;
		if (found && found != around)
			return found[-1] != '\n';
	}
	return false;
}

/* Writes text[0..all). Returns whether all of it was. */
static bool write_all(const char *text, size_t all, const struct stat64 *file)
{
	long written = write_line(text, all, file->st_mode & S_IFMT);
	if (written > 0)
		__atomic_store_n(&place.torn, written < (long)all, __ATOMIC_RELAXED);
	if (written == (long)all)
		__atomic_store_n(&place.sound_end, file->st_size + written, __ATOMIC_RELAXED);
	return written == (long)all;
}

/* text[0] is a newline, to begin with where another line's rest would stand before ours. */
static bool write_whole(char *text, size_t length, struct stat64 *file, char *around, size_t size)
{
	if (is_torn(file))
		return write_all(text, length + 1, file);
	if (!write_all(text + 1, length, file))
		return false;
	if (__atomic_load_n(&place.shared, __ATOMIC_RELAXED) &&
	    is_behind_rest(text + 1, length, file, around, size))
		return write_all(text, length + 1, file);
	return true;
}

bool log_write(const struct record *record, char *text, char *around, size_t size)
{
	struct stat64 file;
	size_t length;
	if (!find(&file))
		return false;
	text[0] = '\n';
	length = json_format(record, text + 1, size - 1);
	if (settings.log == LOG_SYSLOG || settings.log == LOG_JOURNAL)
		return tell_daemon(text + 1, length);
	return write_whole(text, length, &file, around, size);
}
