#include "policy/cause.h"

#include <errno.h>

/* TCP, in the order of what each piece of evidence excludes (net/ipv4/tcp_input.c, tcp_output.c):
 *
 * dissolved                        tcp_disconnect: the next call is told ECONNRESET, then EPIPE
 * a time-out now or earlier        tcp_write_err: no answer to retransmissions or probes
 * ECONNRESET now or earlier        tcp_reset outside CLOSE_WAIT: a RST, no FIN before it
 * a listening socket               somebody's mistake, but there is no connection to lack
 * our shutdown                     SEND_SHUTDOWN is ours: seen, or told by the state or by a FIN of
 *                                  ours among what was sent
 * no handshake completed           sk_stream_wait_connect in CLOSE
 * a FIN, and data on the way       tcp_reset in CLOSE_WAIT: the RST answers our data, the peer had
 *                                  closed before
 * a FIN, and no data on the way    nothing that a RST could answer: the peer sent it by itself
 * … but something unanswered       or a time-out that somebody took: not told
 * … or perhaps a FIN of ours       or our shutdown, in another process: not told
 * no FIN, nothing unanswered       only a RST leads to CLOSE; somebody took its ECONNRESET
 * no FIN, something unanswered     a RST, or a time-out that somebody took: not told
 * FIN not known                    closed or reset, unless something went unanswered */
static enum record_cause cause_on_tcp(const struct evidence *evidence)
{
	const struct tcp_facts *tcp = evidence->tcp;
	if (tcp->state == STATE_LISTEN)
		return CAUSE_UNKNOWN;
	if (tcp->shut == YES)
		return CAUSE_LOCAL_SHUTDOWN;
	if (!tcp->was_connected)
		return CAUSE_NEVER_CONNECTED;
	if (tcp->fin == YES && tcp->in_flight > 0)
		return CAUSE_PEER_CLOSED;
	if (tcp->was_struggling || (tcp->fin != NO && tcp->shut == UNKNOWN))
		return CAUSE_UNKNOWN;
	return tcp->fin == UNKNOWN ? CAUSE_PEER_GONE : CAUSE_PEER_RESET;
}

/* UNIX sockets (net/unix/af_unix.c): the peer's close shuts both directions down on our side; our
 * shutdown, or the peer's of its reading side, only one. The end of a socketpair that a child had
 * is as a pipe's. */
static enum record_cause cause_on_unix(const struct evidence *evidence)
{
	if (evidence->shut)
		return CAUSE_LOCAL_SHUTDOWN;
	if (evidence->hung_up != YES)
		return CAUSE_UNKNOWN;
	return evidence->only_child_dead ? CAUSE_READER_DIED : CAUSE_PEER_CLOSED;
}

/* tcp_write_err: where routers or the neighbour's silence said so, with the error that they stand
 * for (sk_err_soft) instead of ETIMEDOUT. */
static bool is_timeout(int error)
{
	return error == ETIMEDOUT || error == EHOSTUNREACH || error == ENETUNREACH;
}

enum record_cause cause_of(const struct evidence *evidence)
{
	if (evidence->type == TYPE_PIPE || evidence->type == TYPE_FIFO)
		return evidence->only_child_dead ? CAUSE_READER_DIED : CAUSE_READER_GONE;
	if (evidence->dissolved)
		return CAUSE_LOCAL_SHUTDOWN;
	if (is_timeout(evidence->error) || is_timeout(evidence->earlier_error))
		return CAUSE_TIMED_OUT;
	if (evidence->error == ECONNRESET || evidence->earlier_error == ECONNRESET)
		return CAUSE_PEER_RESET;
	if (evidence->tcp)
		return cause_on_tcp(evidence);
	if (evidence->type == TYPE_UNIX_STREAM || evidence->type == TYPE_UNIX_SEQPACKET)
		return cause_on_unix(evidence);
	return evidence->shut ? CAUSE_LOCAL_SHUTDOWN : CAUSE_UNKNOWN;
}
