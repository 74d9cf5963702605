#include "outlets/log.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "base/raw.h"
#include "outlets/json.h"
#include "outlets/log_place.h"
#include "outlets/own_write.h"
#include "state/settings.h"

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
	long result = send_datagram(log_own_fd(), line, length);
	if (is_daemon_gone(result) && log_is_due() && log_follow(&file))
		result = send_datagram(log_own_fd(), line, length);
	return result >= 0;
}

static bool ends_with_a_line(const struct stat64 *file)
{
	int64_t sound_end = __atomic_load_n(&log_end.sound, __ATOMIC_RELAXED);
	char last = '\n';
	if (!file->st_size || file->st_size == sound_end)
		return true;
	if (sound_end)
		__atomic_store_n(&log_end.shared, true, __ATOMIC_RELAXED);
	if (raw_pread(log_own_fd(), &last, 1, file->st_size - 1) < 0)
		return !__atomic_load_n(&log_end.torn, __ATOMIC_RELAXED);
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
	if (!S_ISREG(file->st_mode) || raw_filtered)
		return __atomic_load_n(&log_end.torn, __ATOMIC_RELAXED);
	for (int i = 0; i < TRIES && before != file->st_size; i++) {
		if (ends_with_a_line(file))
			return false;
		before = file->st_size;
		RAW3(SYS_write, log_own_fd(), "", 0);
		if (!log_is_ours(file))
			break;
	}
	return true;
}

/* Whether our line, written whole to a file that ended as `before`, stands behind the rest of one
 * whose writer was killed since. It is looked for among what came in meanwhile, and no farther than
 * so many looks: another writer may have made the file as long as it likes. */
static bool is_behind_rest(const char *line, size_t length, const struct stat64 *before,
			   char *around, size_t size)
{
	enum { MOST_LOOKS = 16 };
	struct stat64 after;
	int64_t at = before->st_size ? before->st_size - 1 : 0;
	if (!log_is_ours(&after) || after.st_size == before->st_size + (int64_t)length)
		return false;
	for (int i = 0; i < MOST_LOOKS && at < after.st_size; i++, at += (int64_t)(size - length)) {
		long got = raw_pread(log_own_fd(), around, size, at);
		const char *found = got > 0 ? memmem(around, (size_t)got, line, length) : NULL;
		if (found && found != around)
			return found[-1] != '\n';
	}
	return false;
}

/* Writes text[0..all). Returns whether all of it was. */
static bool write_all(const char *text, size_t all, const struct stat64 *file)
{
	long written = own_write_at_once(log_own_fd(), text, all, file->st_mode & S_IFMT);
	if (written > 0)
		__atomic_store_n(&log_end.torn, written < (long)all, __ATOMIC_RELAXED);
	if (written == (long)all)
		__atomic_store_n(&log_end.sound, file->st_size + written, __ATOMIC_RELAXED);
	return written == (long)all;
}

/* text[0] is a newline, to begin with where another line's rest would stand before ours. */
static bool write_whole(char *text, size_t length, struct stat64 *file, char *around, size_t size)
{
	if (is_torn(file))
		return write_all(text, length + 1, file);
	if (!write_all(text + 1, length, file))
		return false;
	if (__atomic_load_n(&log_end.shared, __ATOMIC_RELAXED) &&
	    is_behind_rest(text + 1, length, file, around, size))
		return write_all(text, length + 1, file);
	return true;
}

bool log_write(const struct record *record, char *text, char *around, size_t size)
{
	struct stat64 file;
	size_t length;
	if (!log_find(&file))
		return false;
	text[0] = '\n';
	length = json_format(record, text + 1, size - 1);
	if (settings.log == LOG_SYSLOG || settings.log == LOG_JOURNAL)
		return tell_daemon(text + 1, length);
	return write_whole(text, length, &file, around, size);
}
