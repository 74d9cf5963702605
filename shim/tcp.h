/* What the kernel still tells of a TCP connection after it broke. Looks only: nothing here clears
 * SO_ERROR or reads data. Async-signal-safe. */
#ifndef BPGUARD_TCP_H
#define BPGUARD_TCP_H

#include <stdbool.h>
#include <stdint.h>

/* Three answers, where a boolean would have to guess. */
enum known { UNKNOWN = -1, NO, YES };

struct tcp_facts {
	int state;	    /* tcpi_state: 1 ESTABLISHED … 7 CLOSE, include/net/tcp_states.h */
	int64_t bytes_sent; /* handed to the network, retransmissions included */
	int64_t bytes_resent;
	int64_t bytes_acked;	/* data only, whoever opened the connection */
	int64_t bytes_received; /* data, and one for a FIN, as the kernel counts */
	int64_t unsent;		/* accepted from write and not handed to the network */
	int64_t last_data_ms;	/* since the peer's last data */
	int64_t last_ack_ms;	/* since its last acknowledgement, which a FIN carries too */
	bool was_connected;	/* a handshake was completed */
	bool was_struggling;	/* segments or probes without an answer at the end */
	enum known fin;		/* the peer closed its writing side */
};

/* Asks the socket `fd`; `opened`: by our own connect, whose SYN the kernel counts as acknowledged.
 * Returns false where it is no TCP socket. Sources: tcp(7); tcp_get_info, net/ipv4/tcp.c. */
bool tcp_ask(int fd, bool opened, struct tcp_facts *facts);

#endif
