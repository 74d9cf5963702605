/* What an fd refers to. Questions to the kernel that change nothing. Async-signal-safe. */
#ifndef BPGUARD_FD_H
#define BPGUARD_FD_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "contract/record.h"

/* Three answers, where a boolean would have to guess. */
enum known { UNKNOWN = -1, NO, YES };

/* Which file, whatever its name or fd. */
struct identity {
	dev_t device;
	ino64_t inode;
};

/* Asks for the file behind `fd`. False where it is not open, or must not be asked for. */
bool fd_file(int fd, struct stat64 *file);

/* Whether `file` is the one of that identity. */
static inline bool fd_is_same(const struct identity *identity, const struct stat64 *file)
{
	return identity->device == file->st_dev && identity->inode == file->st_ino;
}

/* The kind of channel behind `fd`, TYPE_UNKNOWN where it is not open; and for a pipe or FIFO its
 * inode and what tells it from all others and from sockets' cookies as long as it is open, else 0.
 */
struct channel {
	enum record_type type;
	bool is_file; /* or a device: neither pipe nor socket */
	uint64_t inode, identity;
};
struct channel fd_channel(int fd);

/* Whether `fd` is a pipe or FIFO; a socket. */
bool fd_is_pipe(int fd);
bool fd_is_socket(int fd);

/* Whether `fd` is what a shell makes between two commands: an anonymous pipe, or a socketpair,
 * neither end of which has a name. */
bool fd_is_between_commands(int fd, const struct stat64 *file);

/* Whether `fd` is the writing end of a pipe or FIFO whose readers are gone. */
bool fd_is_readerless(int fd);

/* Whether nothing can be written to `fd` any more: a pipe without readers, a socket that is closed
 * in both directions. */
bool fd_is_broken(int fd);

/* Whether a socket is closed in both directions (POLLHUP, poll(2)). */
enum known fd_is_hung_up(int fd);

/* Whether a socket listens. */
bool fd_is_listening(int fd);

/* SO_PROTOCOL of `fd`, 0 where it is no socket. Multipath TCP has a number of its own. */
#ifndef IPPROTO_MPTCP
#define IPPROTO_MPTCP 262 /* Linux 5.6 */
#endif
int fd_protocol(int fd);

/* SO_COOKIE of `fd` (socket(7), Linux 4.12): unique to the socket for the system's life. 0 where
 * there is none. */
uint64_t fd_cookie(int fd);

#endif
