/* What the kernel still tells of a TCP connection after it broke. Looks only: nothing here clears
 * SO_ERROR or reads data. Async-signal-safe. */
#ifndef BPGUARD_TCP_H
#define BPGUARD_TCP_H

#include <stdbool.h>
#include <stdint.h>

#include "kernel/fd.h"

/* include/net/tcp_states.h. */
enum tcp_state {
	STATE_ESTABLISHED = 1,
	STATE_FIN_WAIT1 = 4,
	STATE_FIN_WAIT2 = 5,
	STATE_TIME_WAIT = 6,
	STATE_CLOSE = 7,
	STATE_CLOSE_WAIT = 8,
	STATE_LAST_ACK = 9,
	STATE_LISTEN = 10,
	STATE_CLOSING = 11
};

struct tcp_facts {
	int state;		/* tcpi_state; 0: not known */
	int64_t bytes_sent;	/* handed to the network, retransmissions included; -1: not known */
	int64_t bytes_acked;	/* data only, neither our SYN nor our FIN; -1: not known */
	int64_t in_flight;	/* data handed to the network and not acknowledged */
	int64_t bytes_received; /* data, and one for a FIN, as the kernel counts */
	int64_t unsent;		/* data accepted from write and not handed to the network */
	int64_t last_data_ms;	/* since the peer's last data */
	int64_t last_ack_ms;	/* since its last acknowledgement, which a FIN carries too */
	bool is_counted;	/* bytes and times are known: all but `state` to here */
	bool was_dissolved; /* by connect(2) to AF_UNSPEC, which also empties all that is counted */
	bool was_connected; /* a handshake was completed */
	bool was_struggling; /* segments or probes may have been without an answer at the end */
	enum known fin;	     /* the peer closed its writing side */
	enum known shut;     /* our writing side was shut down, by whomever */
};

/* Asks the socket `fd`; `opened`: whether by a connect on our side; `shut`: the shutdown of our
 * writing side was seen. Returns false where it is no TCP socket. Of a Multipath TCP connection,
 * where the kernel answers for the first subflow, nothing is counted, and the state is told of a
 * listening socket only, else 0. Sources: tcp(7); tcp_get_info, net/ipv4/tcp.c;
 * mptcp_getsockopt_first_sf_only, net/mptcp/sockopt.c. */
bool tcp_ask(int fd, enum known opened, bool shut, struct tcp_facts *facts);

/* Whether the connection `fd` was opened on our side (connect) or accepted, by whomever: UNKNOWN
 * before Linux 4.19 and for one that has ended. */
enum known tcp_was_opened(int fd);

/* Whether `fd` is a TCP socket without a connection, or with one that has ended. */
bool tcp_has_ended(int fd);

#endif
