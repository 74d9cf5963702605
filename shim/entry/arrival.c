#include "entry/arrival.h"

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>

#include "entry/keepalive.h"
#include "kernel/fd.h"
#include "state/peers.h"

void arrival_accepted(int fd, const struct sockaddr *address, socklen_t length)
{
	if (fd < 0)
		return;
	peers_note(fd, address, length, ORIGIN_ACCEPTED);
	keepalive_set(fd);
}

/* What is no socket was given to another function of that name, and `address` is anything then. */
static bool dissolves(int fd, const struct sockaddr *address)
{
	return address && fd_cookie(fd) && address->sa_family == AF_UNSPEC;
}

void arrival_opened(long result, int fd, const struct sockaddr *address, socklen_t length)
{
	/* One under way goes on to the same address. */
	bool under_way = result < 0 && (errno == EINPROGRESS || errno == EINTR);
	if (result >= 0 && dissolves(fd, address)) {
		peers_note_dissolved(fd);
	} else if (result >= 0 || under_way) {
		peers_note(fd, address, length, ORIGIN_OPENED);
		keepalive_set(fd);
	}
}

void arrival_given(int fd)
{
	if (fd >= 0)
		peers_note(fd, NULL, 0, ORIGIN_GIVEN);
}
