#include "tcp.h"

#include <errno.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "raw.h"

#ifndef TCP_ZEROCOPY_RECEIVE
#define TCP_ZEROCOPY_RECEIVE 35
#endif

/* Whether the peer's FIN came. With nothing left to read, TCP_ZEROCOPY_RECEIVE (Linux 4.18) answers
 * EIO to say that nothing more will come: SOCK_DONE, which tcp_fin sets and a RST does not. Asked
 * with the first 16 bytes of its structure and no address it maps and consumes nothing
 * (tcp_zerocopy_receive, net/ipv4/tcp.c). With data left it does not tell. */
static enum known has_fin(int fd)
{
	struct {
		uint64_t address;
		uint32_t length, left;
	} request = {0};
	socklen_t size = sizeof(request);
	long result = RAW5(SYS_getsockopt, fd, IPPROTO_TCP, TCP_ZEROCOPY_RECEIVE, &request, &size);
	if (result == -EIO)
		return YES;
	return result == 0 && request.left == 0 ? NO : UNKNOWN;
}

bool tcp_ask(int fd, bool opened, struct tcp_facts *facts)
{
	struct tcp_info info;
	socklen_t size = sizeof(info);
	int64_t acked;
	memset(&info, 0, sizeof(info));
	if (RAW5(SYS_getsockopt, fd, IPPROTO_TCP, TCP_INFO, &info, &size) != 0)
		return false;
	acked = (int64_t)info.tcpi_bytes_acked;
	*facts = (struct tcp_facts){
	    .state = info.tcpi_state,
	    .bytes_sent = (int64_t)info.tcpi_bytes_sent,
	    .bytes_resent = (int64_t)info.tcpi_bytes_retrans,
	    .bytes_acked = opened && acked > 0 ? acked - 1 : acked,
	    .bytes_received = (int64_t)info.tcpi_bytes_received,
	    .unsent = info.tcpi_notsent_bytes,
	    .last_data_ms = info.tcpi_last_data_recv,
	    .last_ack_ms = info.tcpi_last_ack_recv,
	    .was_connected = info.tcpi_rtt || acked || info.tcpi_bytes_received,
	    .was_struggling = info.tcpi_retransmits || info.tcpi_probes || info.tcpi_backoff,
	    .fin = has_fin(fd),
	};
	return true;
}
