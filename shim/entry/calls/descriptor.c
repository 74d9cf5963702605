/* Calls that copy, close and ask for fds: notes go along; our own fd is spared, and not open to
 * them.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "entry/calls/call.h"
#include "outlets/log.h"
#include "outlets/lttng.h"
#include "state/lineage.h"
#include "state/peers.h"
#include "state/pipeline.h"

/* A stderr that the log is to be a copy of. */
ALWAYS_INLINE void keep_source(int fd)
{
	if (RARELY(fd == log_source && fd >= 0))
		log_keep();
}

/* The log's fd is none of the application's: to it the number is not open. */
ALWAYS_INLINE bool is_spared(int fd)
{
	return RARELY(fd == log_fd) && lineage_claim_memory() && log_is_at(fd);
}

static int not_open(void)
{
	errno = EBADF;
	return -1;
}

EXPORT int close(int fd)
{
	keep_source(fd);
	return is_spared(fd) ? not_open() : next.close(fd);
}

#ifdef __GLIBC__
int __close(int fd);
EXPORT int __close(int fd)
{
	keep_source(fd);
	return is_spared(fd) ? not_open() : next.__close(fd);
}
#endif

/* Closes a range but for the tracer's fds, which it would abort without. A mere flag
 * (CLOSE_RANGE_CLOEXEC) harms nobody. */
static int close_part(unsigned int first, unsigned int last, int flags)
{
	if (first > last)
		return 0;
	if (!flags && lttng_is_on() && lineage_claim_memory())
		return lttng_close_range(first, last, next.close);
	return next.close_range(first, last, flags);
}

EXPORT int close_range(unsigned int first, unsigned int last, int flags)
{
	unsigned int own;
	int result;
	if (first <= STDERR_FILENO && !flags)
		keep_source(STDERR_FILENO);
	own = (unsigned int)log_fd;
	if (own < first || own > last || !is_spared(log_fd))
		return first > last ? next.close_range(first, last, flags)
				    : close_part(first, last, flags);
	result = own > first ? close_part(first, own - 1, flags) : 0;
	return result != 0 ? result : close_part(own + 1, last, flags);
}

/* Around our fd, where close_range(2) is not there (before Linux 5.9) or is refused: libc's
 * closefrom can do without. */
COLD static void close_around(int first, int own)
{
	for (int fd = first; fd < own; fd++)
		next.close(fd);
	next.closefrom(own < first ? first : own + 1);
}

EXPORT void closefrom(int first)
{
	int error = errno, from = first < 0 ? 0 : first;
	if (first <= STDERR_FILENO)
		keep_source(STDERR_FILENO);
	if (!lineage_claim_memory() || (log_fd < 0 && !lttng_is_on()))
		next.closefrom(first);
	else if (close_range((unsigned int)from, ~0U, 0) != 0) {
		close_around(from, is_spared(log_fd) ? log_fd : -1);
		errno = error;
	}
}

/* A duplicate is the same socket, with the same peer. */
static int copied(int from, int to)
{
	if (to >= 0 && to != from) {
		peers_copy(from, to);
		pipeline_note_output(to);
	}
	return to;
}

ALWAYS_INLINE void make_room(int to)
{
	keep_source(to);
	if (is_spared(to))
		log_make_room();
}

EXPORT int dup(int fd)
{
	return is_spared(fd) ? not_open() : copied(fd, next.dup(fd));
}

EXPORT int dup2(int fd, int to)
{
	if (is_spared(fd))
		return not_open();
	make_room(to);
	return copied(fd, next.dup2(fd, to));
}

#ifdef __GLIBC__
int __dup2(int fd, int to);
EXPORT int __dup2(int fd, int to)
{
	if (is_spared(fd))
		return not_open();
	make_room(to);
	return copied(fd, next.__dup2(fd, to));
}
#endif

EXPORT int dup3(int fd, int to, int flags)
{
	if (is_spared(fd))
		return not_open();
	make_room(to);
	return copied(fd, next.dup3(fd, to, flags));
}

/* libc declares fcntl variadic; its one argument lies where a fixed one does. */
EXPORT int shim_fcntl(int fd, int command, long argument);
EXPORT int shim_fcntl64(int fd, int command, long argument);

ALWAYS_INLINE int noted(int fd, int command, int result)
{
	if (RARELY(command == F_DUPFD || command == F_DUPFD_CLOEXEC))
		return copied(fd, result);
	return result;
}

int shim_fcntl(int fd, int command, long argument)
{
	return is_spared(fd) ? not_open() : noted(fd, command, next.fcntl(fd, command, argument));
}

int shim_fcntl64(int fd, int command, long argument)
{
	return is_spared(fd) ? not_open() : noted(fd, command, next.fcntl64(fd, command, argument));
}

#ifdef __GLIBC__
EXPORT int shim___fcntl(int fd, int command, long argument);
int shim___fcntl(int fd, int command, long argument)
{
	return is_spared(fd) ? not_open() : noted(fd, command, next.__fcntl(fd, command, argument));
}
#endif

#if defined(__GLIBC__) && __SIZEOF_LONG__ == 4
EXPORT int shim___fcntl_time64(int fd, int command, long argument);
int shim___fcntl_time64(int fd, int command, long argument)
{
	return is_spared(fd) ? not_open()
			     : noted(fd, command, next.__fcntl_time64(fd, command, argument));
}
#endif

/* Before glibc 2.33 programs ask by the calls of a version. */
EXPORT int fstat(int fd, struct stat *file)
{
	return is_spared(fd) ? not_open() : next.fstat(fd, file);
}

EXPORT int fstat64(int fd, struct stat64 *file)
{
	return is_spared(fd) ? not_open() : next.fstat64(fd, file);
}

#ifdef __GLIBC__
int __fxstat(int version, int fd, struct stat *file);
EXPORT int __fxstat(int version, int fd, struct stat *file)
{
	return is_spared(fd) ? not_open() : next.__fxstat(version, fd, file);
}

int __fxstat64(int version, int fd, struct stat64 *file);
EXPORT int __fxstat64(int version, int fd, struct stat64 *file)
{
	return is_spared(fd) ? not_open() : next.__fxstat64(version, fd, file);
}
#endif

EXPORT int shutdown(int fd, int how)
{
	int result = next.shutdown(fd, how);
	if (result == 0 && how != SHUT_RD)
		peers_note_shutdown(fd);
	return result;
}
