/* A connection has come to be, by whatever call: who is there is noted, and its keep-alive set. */
#ifndef BPGUARD_ARRIVAL_H
#define BPGUARD_ARRIVAL_H

#include <sys/socket.h>

/* A call that accepts returned `fd`, or -1. A NULL address is asked for. Keeps errno.
 * Async-signal-safe. */
void arrival_accepted(int fd, const struct sockaddr *address, socklen_t length);

/* A call that opens a connection from `fd` to `address`, which it has read, returned `result` and
 * perhaps errno: connect(2), or MSG_FASTOPEN. AF_UNSPEC dissolves the connection that there is.
 * Keeps errno. Async-signal-safe. */
void arrival_opened(long result, int fd, const struct sockaddr *address, socklen_t length);

/* Another process's `fd` was given to this one, or -1. Keeps errno. Async-signal-safe. */
void arrival_given(int fd);

#endif
