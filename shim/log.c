#include "log.h"

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

#include "guard.h"
#include "json.h"
#include "raw.h"
#include "settings.h"
#include "text.h"

/* The kernel's table of fds grows to the highest one: not for the sake of a log. */
enum { HIGHEST = 65536 };

int log_fd = -1;
bool log_wanted;

static struct {
	char path[PATH_MAX]; /* absolute: the program may change its directory */
	dev_t device;
	ino_t inode;
	bool regular;
} place;

/* Moves an fd to the highest free number. Returns the new one, or the old. */
static int lift(int fd)
{
	struct rlimit limit;
	long most, lifted = -EMFILE;
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

static int open_file(void)
{
	return (int)RAW4(
	    SYS_openat, AT_FDCWD, place.path,
	    O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, 0640);
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
		return (int)RAW3(SYS_fcntl, STDERR_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
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

static void adopt(int fd)
{
	struct stat file;
	if (fd < 0 || RAW2(SYS_fstat, fd, &file) != 0)
		return;
	place.device = file.st_dev;
	place.inode = file.st_ino;
	place.regular = S_ISREG(file.st_mode);
	__atomic_store_n(&log_fd, lift(fd), __ATOMIC_RELAXED);
}

static void note_path(void)
{
	struct text path = text_in(place.path, sizeof(place.path));
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
}

void log_start(void)
{
	log_wanted = settings.log != LOG_OFF;
	if (!log_wanted)
		return;
	note_path();
	adopt(open_place());
}

/* Whether our fd is still what we opened. */
static bool is_ours(void)
{
	struct stat file;
	return log_fd >= 0 && RAW2(SYS_fstat, log_fd, &file) == 0 && file.st_dev == place.device &&
	       file.st_ino == place.inode;
}

bool log_is_at(int fd)
{
	return fd == log_fd && is_ours();
}

void log_make_room(void)
{
	long moved;
	if (!is_ours())
		return;
	moved = RAW3(SYS_fcntl, log_fd, F_DUPFD_CLOEXEC, 3);
	if (moved < 0)
		return;
	moved = lift((int)moved);
	RAW1(SYS_close, log_fd);
	__atomic_store_n(&log_fd, (int)moved, __ATOMIC_RELAXED);
}

static bool would_block(void)
{
	struct pollfd asked = {.fd = log_fd, .events = POLLOUT};
	struct timespec none = {0};
	return RAW5(SYS_ppoll, &asked, 1, &none, NULL, sizeof(uint64_t)) != 1 ||
	       !(asked.revents & POLLOUT);
}

/* A datagram: syslog(3)'s, without the line's end, or the journal's native one, where it ends the
 * field (systemd.journal-fields(7)). */
static long send_line(const char *line, size_t length)
{
	static const char syslog_head[] = "<28>bpguard: "; /* LOG_DAEMON | LOG_WARNING */
	static const char journal_head[] = "PRIORITY=4\nSYSLOG_IDENTIFIER=bpguard\nMESSAGE=";
	bool journal = settings.log == LOG_JOURNAL;
	const char *head = journal ? journal_head : syslog_head;
	struct iovec parts[2] = {{(char *)head, strlen(head)}, {(char *)line, length - !journal}};
	struct msghdr message = {.msg_iov = parts, .msg_iovlen = 2};
	return RAW3(SYS_sendmsg, log_fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
}

static long write_line(const char *line, size_t length)
{
	if (settings.log == LOG_SYSLOG || settings.log == LOG_JOURNAL)
		return send_line(line, length);
	if (!place.regular && would_block())
		return -EAGAIN;
	return guard_write_own(log_fd, line, length);
}

/* Opens again what is lost. fd 2 is another file's by now, unless it shows to be the same. */
static bool reopen(void)
{
	struct stat file;
	__atomic_store_n(&log_fd, -1, __ATOMIC_RELAXED);
	if (settings.log == LOG_STDERR &&
	    (RAW2(SYS_fstat, STDERR_FILENO, &file) != 0 || file.st_dev != place.device ||
	     file.st_ino != place.inode))
		return false;
	adopt(open_place());
	return log_fd >= 0;
}

bool log_write(const struct bpguard_record *record, char *text, size_t size)
{
	if (!is_ours() && !reopen())
		return false;
	return write_line(text, json_format(record, text, size)) >= 0;
}
