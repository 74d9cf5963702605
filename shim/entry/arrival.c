#include "entry/arrival.h"

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>

#include "entry/keepalive.h"
#include "state/peers.h"

void arrival_accepted(int fd, const struct sockaddr *address, socklen_t length)
{
	int error = errno;
	if (fd >= 0) {
		peers_note(fd, address, length, ORIGIN_ACCEPTED);
		keepalive_set(fd);
	}
	errno = error;
}

void arrival_opened(long result, int fd, const struct sockaddr *address, socklen_t length)
{
	int error = errno;
	/* One under way goes on to the same address. */
	bool under_way = result < 0 && (error == EINPROGRESS || error == EINTR);
	if (result >= 0 && address && address->sa_family == AF_UNSPEC) {
		peers_note_dissolved(fd);
	} else if (result >= 0 || under_way) {
		peers_note(fd, address, length, ORIGIN_OPENED);
		keepalive_set(fd);
	}
	errno = error;
}

void arrival_given(int fd)
{
	int error = errno;
	if (fd >= 0)
		peers_note(fd, NULL, 0, ORIGIN_GIVEN);
	errno = error;
}
