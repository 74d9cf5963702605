/* What BPGUARD_LOG names: noted at start, opened when it is needed. For the log's own files; others
 * use log.h. Async-signal-safe but for log_path_start() and log_path_complain(). */
#ifndef BPGUARD_LOG_PATH_H
#define BPGUARD_LOG_PATH_H

#include <stdbool.h>
#include <sys/stat.h>

/* Notes it, while the program has not changed its directory, its root or its stderr. Returns
 * whether records may go there: not to a stderr that is a socket, whose other end would read them.
 */
bool log_path_start(void);

/* Opens it, without waiting, closed on exec. Returns the fd, or -errno. */
int log_path_open(void);

/* Whether it still leads where it led at the start: not after chroot(2), nor where fd 2 has become
 * another file. */
bool log_path_is_valid(void);

/* Whether `file` lies there still: not rotated, not removed. */
bool log_path_holds(const struct stat64 *file);

/* Says in one line on stderr, unless that is a socket, that it cannot be opened, and why. */
void log_path_complain(int error);

#endif
