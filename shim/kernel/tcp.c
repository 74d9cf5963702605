#include "kernel/tcp.h"

#include <errno.h>
#include <linux/sockios.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <stddef.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "base/raw.h"

#ifndef TCP_ZEROCOPY_RECEIVE
#define TCP_ZEROCOPY_RECEIVE 35
#endif

/* With nothing left to read, TCP_ZEROCOPY_RECEIVE (Linux 4.18) answers EIO to say that nothing more
 * will come: SOCK_DONE, which tcp_fin sets and a RST does not. Asked with the first 16 bytes of its
 * structure and no address it maps and consumes nothing (tcp_zerocopy_receive, net/ipv4/tcp.c).
 * With data left it does not tell. */
static enum known nothing_will_come(int fd)
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

/* Whether the peer's FIN came: most states tell, CLOSE does not. */
static enum known has_fin(int fd, int state)
{
	if (state == STATE_ESTABLISHED || state == STATE_FIN_WAIT1 || state == STATE_FIN_WAIT2)
		return NO;
	if (state == STATE_CLOSE_WAIT || state == STATE_LAST_ACK || state == STATE_CLOSING ||
	    state == STATE_TIME_WAIT)
		return YES;
	return nothing_will_come(fd);
}

/* SYN and FIN take a number each in the sequence, so that what is acknowledged and what is not yet
 * add up to more than the data that was sent, by our FIN and by our SYN; the SYN only if we opened
 * the connection, for otherwise the socket begins behind it (tcp_create_openreq_child). */
static enum known fin_among(int64_t more, enum known opened)
{
	if (opened == UNKNOWN)
		return more == 1 ? UNKNOWN : more == 2 ? YES : NO;
	return more == (opened == YES) + 1 ? YES : NO;
}

/* By how much. */
static int64_t count_more(const struct tcp_info *info, int64_t pending)
{
	return (int64_t)info->tcpi_bytes_acked + pending - info->tcpi_notsent_bytes -
	       (int64_t)(info->tcpi_bytes_sent - info->tcpi_bytes_retrans);
}

static enum known is_shut(int state, int64_t more, enum known opened)
{
	if (state == STATE_FIN_WAIT1 || state == STATE_FIN_WAIT2 || state == STATE_TIME_WAIT ||
	    state == STATE_LAST_ACK || state == STATE_CLOSING)
		return YES;
	return fin_among(more, opened);
}

/* What is not acknowledged, sent or not, our FIN included (tcp_ioctl, net/ipv4/tcp.c). */
static int64_t count_pending(int fd)
{
	int pending = 0;
	return RAW3(SYS_ioctl, fd, SIOCOUTQ, &pending) == 0 ? pending : 0;
}

/* bytes_sent also counts what a queue of our own dropped at once, each time it was tried
 * (__tcp_transmit_skb, net/ipv4/tcp_output.c): the sequence is what counts. A FIN is the last of
 * it, and so acknowledged once nothing is pending. */
static void count_bytes(int fd, const struct tcp_info *info, bool counts_data, enum known opened,
			bool shut, struct tcp_facts *facts)
{
	int64_t pending = count_pending(fd), unsent = info->tcpi_notsent_bytes;
	int64_t once = (int64_t)(info->tcpi_bytes_sent - info->tcpi_bytes_retrans);
	int64_t more = count_more(info, pending);
	facts->shut = shut ? YES : is_shut(info->tcpi_state, counts_data ? more : 0, opened);
	facts->bytes_acked = (int64_t)info->tcpi_bytes_acked - (opened == YES) -
			     (facts->shut == YES && pending == 0);
	if (facts->shut == YES) {
		pending -= pending > 0;
		unsent -= unsent > 0;
	}
	facts->unsent = unsent;
	facts->in_flight = pending > unsent ? pending - unsent : 0;
	facts->bytes_sent = counts_data ? (int64_t)info->tcpi_bytes_sent : -1;
	if (opened == UNKNOWN)
		facts->bytes_acked = counts_data && more >= 0 ? once - facts->in_flight : -1;
}

static bool has_user_timeout(int fd)
{
	int timeout = 0;
	socklen_t size = sizeof(timeout);
	RAW5(SYS_getsockopt, fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &timeout, &size);
	return timeout != 0;
}

/* A peer whose window is closed answers every probe, and still a user timeout ends the connection
 * (tcp_probe_timer, net/ipv4/tcp_timer.c); a window that closes over what was sent leaves no count
 * of retransmissions (tcp_retransmit_timer), but the state of loss. */
static bool was_struggling(int fd, const struct tcp_info *info)
{
	return info->tcpi_retransmits || info->tcpi_probes || info->tcpi_backoff ||
	       info->tcpi_ca_state == TCP_CA_Loss ||
	       (info->tcpi_notsent_bytes && has_user_timeout(fd));
}

/* Asks the kernel; returns the size of its answer, 0 where there is none. */
static socklen_t ask(int fd, struct tcp_info *info)
{
	socklen_t size = sizeof(*info);
	memset(info, 0, sizeof(*info));
	if (RAW5(SYS_getsockopt, fd, IPPROTO_TCP, TCP_INFO, info, &size) != 0)
		return 0;
	/* An emulator may know the first bytes only. */
	return size >= offsetof(struct tcp_info, tcpi_pacing_rate) ? size : 0;
}

/* Linux 4.19 counts the data that was sent. */
static bool has_data_count(socklen_t size)
{
	return size >= offsetof(struct tcp_info, tcpi_dsack_dups);
}

enum known tcp_was_opened(int fd)
{
	struct tcp_info info;
	socklen_t size = ask(fd, &info);
	int64_t more;
	/* No FIN of ours is among what was sent. */
	if (!has_data_count(size) ||
	    (info.tcpi_state != STATE_ESTABLISHED && info.tcpi_state != STATE_CLOSE_WAIT))
		return UNKNOWN;
	more = count_more(&info, count_pending(fd));
	return more == 1 ? YES : more == 0 ? NO : UNKNOWN;
}

/* tcp_disconnect forgets the round trip and all that was counted, and lets the sequence leap by the
 * largest window that the peer ever announced, and 2: as if data were unsent. After a connect that
 * was refused, it is just these 2. */
static bool was_dissolved(const struct tcp_info *info)
{
	return info->tcpi_state == STATE_CLOSE && !info->tcpi_rtt && info->tcpi_notsent_bytes > 2;
}

static bool is_multipath(int fd)
{
	return fd_protocol(fd) == IPPROTO_MPTCP;
}

/* A subflow may have ended, or be closed on our side, while its connection goes on. */
static void describe_multipath(const struct tcp_info *info, bool shut, struct tcp_facts *facts)
{
	facts->state = info->tcpi_state == STATE_LISTEN ? STATE_LISTEN : 0;
	facts->was_connected |= was_dissolved(info);
	facts->fin = UNKNOWN;
	facts->shut = shut ? YES : UNKNOWN;
}

bool tcp_ask(int fd, enum known opened, bool shut, struct tcp_facts *facts)
{
	struct tcp_info info;
	socklen_t size = ask(fd, &info);
	if (!size)
		return false;
	*facts = (struct tcp_facts){
	    .state = info.tcpi_state,
	    .bytes_received = (int64_t)info.tcpi_bytes_received,
	    .last_data_ms = info.tcpi_last_data_recv,
	    .last_ack_ms = info.tcpi_last_ack_recv,
	    .was_connected =
		opened == NO || info.tcpi_rtt || info.tcpi_bytes_acked || info.tcpi_bytes_received,
	    .was_struggling = was_struggling(fd, &info),
	};
	if (is_multipath(fd)) {
		describe_multipath(&info, shut, facts);
		return true;
	}
	facts->was_dissolved = was_dissolved(&info);
	facts->fin = has_fin(fd, info.tcpi_state);
	facts->is_counted = facts->was_connected && !facts->was_dissolved;
	count_bytes(fd, &info, has_data_count(size), opened, shut, facts);
	return true;
}

bool tcp_has_ended(int fd)
{
	struct tcp_info info;
	return ask(fd, &info) && info.tcpi_state == STATE_CLOSE;
}
