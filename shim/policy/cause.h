/* Why a write broke: the evidence, and the one function that concludes from it. */
#ifndef BPGUARD_CAUSE_H
#define BPGUARD_CAUSE_H

#include <stdbool.h>

#include "contract/record.h"
#include "kernel/tcp.h"

struct evidence {
	enum record_type type;
	int error;		     /* what the call returned */
	int earlier_error;	     /* what an earlier call on this socket returned, or 0 */
	bool shut;		     /* our writing side: its shutdown was seen */
	bool dissolved;		     /* our side ended the connection by connect(2) to AF_UNSPEC */
	enum known hung_up;	     /* poll(2): both directions are closed */
	const struct tcp_facts *tcp; /* NULL: none */
	bool only_child_dead;	     /* the writer's one child is dead and not yet reaped */
};

/* The cause, CAUSE_UNKNOWN where the evidence leaves more than one. Async-signal-safe. */
enum record_cause cause_of(const struct evidence *evidence);

#endif
