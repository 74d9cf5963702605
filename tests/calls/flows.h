/* What a victim does with a TCP connection whose both ends it holds. None of it is recorded but for
 * what fails() does; each ends the victim where it goes otherwise than meant. */
#ifndef BPGUARD_TESTS_FLOWS_H
#define BPGUARD_TESTS_FLOWS_H

#include <netinet/in.h>
#include <stddef.h>

#include "channels.h"

/* include/net/tcp_states.h: linux/tcp.h has not the names, and netinet/tcp.h is not to be had
 * beside it. */
enum tcp_state { FIN_WAIT2 = 5, CLOSE = 7, CLOSE_WAIT = 8 };

/* The same connection, written to from its other end. */
struct channel turned(struct channel channel);

/* Says fd, local and peer, for the test to compare a record with. */
void introduce(const struct channel *channel);

/* Bytes that arrive at the other end; that the other end's kernel has; that are read. */
void put(int fd, size_t size);
void await_acked(int fd);
void take(int fd, size_t size);

/* Puts, without waiting, as much as the kernel takes of whoever reads nothing. */
size_t fill(int fd);

void await_state(int fd, enum tcp_state state);
/* Accepted by write and not yet acknowledged; what came in, a FIN included. */
size_t unacked(int fd);
size_t received(int fd);
/* How many segments came in, of data or of nothing. */
size_t segments_in(int fd);

/* A call that the guard sees, and the error that it must have. */
void fails(int fd, int error);
/* The same of a read, by which the application takes the error away. */
void read_fails(int fd, int error);
void raw_shutdown(int fd, int how);

/* One byte with fd in it: SCM_RIGHTS, unix(7). */
void pass_fd(int through, int fd);
int receive_fd(int through);

#endif
