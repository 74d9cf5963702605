/* fd -> who is at its other end, noted while that could still be asked: at EPIPE time
 * getpeername(2) on TCP says ENOTCONN, the socket being in CLOSE by then.
 *
 * A note is believed only where its SO_COOKIE is the socket's: the number may be another
 * connection's by now. Close therefore forgets nothing. Noting costs the successful call that makes
 * a connection a system call or two, a write none. A vfork child's own connections are noted among
 * its parent's, in whose place they may come. All async-signal-safe. */
#ifndef BPGUARD_PEERS_H
#define BPGUARD_PEERS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

struct peer {
	uint64_t cookie;     /* 0: none */
	int64_t since_ms;    /* CLOCK_MONOTONIC_COARSE: accepted, connected or found */
	uint8_t address[28]; /* struct sockaddr_in or sockaddr_in6; family AF_UNSPEC: unknown */
	bool age_known : 1;  /* it was seen to begin */
	bool opened : 1;     /* by our connect */
	bool shut : 1;	     /* shutdown(2) of our writing side was seen */
	bool dissolved : 1;  /* by our connect to AF_UNSPEC; `address` is whose it was */
	uint8_t error;	     /* the first one that a call returned, or 0 */
};
_Static_assert(sizeof(struct peer) <= 64, "what a connection may cost");

/* Notes the sockets that this program was started with (fd 0 to 63 and LISTEN_FDS); tells lineage
 * where one listens, or is a connection beside stdin and stdout. */
void peers_start(void);

/* How a connection came to this program. */
enum origin { ORIGIN_GIVEN, ORIGIN_ACCEPTED, ORIGIN_OPENED };

/* Notes that `fd` is connected to `address`; a NULL one is asked for. */
void peers_note(int fd, const struct sockaddr *address, socklen_t length, enum origin origin);

/* Notes that a call on `fd` returned `error`: a reset is told once, EPIPE follows. */
void peers_note_error(int fd, int error);

/* Notes that our writing side of `fd` was shut down; that its connection was dissolved. */
void peers_note_shutdown(int fd);
void peers_note_dissolved(int fd);

/* `to` is a duplicate of `from`. */
void peers_copy(int from, int to);

/* Copies the note on `fd` into `peer`. Returns false where there is none of this very socket. */
bool peers_find(int fd, struct peer *peer);

#endif
