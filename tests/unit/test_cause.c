/* The evidence and what is concluded from it: every row of the table in cause.c. */
#include <errno.h>

#include "policy/cause.h"
#include "record/record.h"
#include "suite.h"

#define FACTS(...)                                                                                 \
	.type = TYPE_TCP, .tcp = &(struct tcp_facts)                                               \
	{                                                                                          \
		__VA_ARGS__                                                                        \
	}
#define CONNECTED(...) FACTS(.was_connected = true, __VA_ARGS__)

static const struct {
	struct evidence evidence;
	enum record_cause cause;
} rows[] = {
    /* An error that was returned, now or earlier, excludes everything else. */
    {{CONNECTED(.fin = NO), .error = ETIMEDOUT}, CAUSE_TIMED_OUT},
    {{CONNECTED(.fin = YES, .in_flight = 1), .error = ETIMEDOUT}, CAUSE_TIMED_OUT},
    {{.error = EPIPE, CONNECTED(.fin = NO), .earlier_error = ETIMEDOUT}, CAUSE_TIMED_OUT},
    {{.error = EPIPE, CONNECTED(.fin = NO, .shut = YES), .earlier_error = ETIMEDOUT},
     CAUSE_TIMED_OUT},
    {{CONNECTED(.fin = NO), .error = ECONNRESET}, CAUSE_PEER_RESET},
    {{CONNECTED(.fin = UNKNOWN, .was_struggling = true), .error = ECONNRESET}, CAUSE_PEER_RESET},
    {{.error = EPIPE, CONNECTED(.fin = NO), .earlier_error = ECONNRESET}, CAUSE_PEER_RESET},
    {{.error = EPIPE, CONNECTED(.fin = NO, .shut = YES), .earlier_error = ECONNRESET},
     CAUSE_PEER_RESET},

    /* A time-out by another name: a host that is down on one's own network. */
    {{CONNECTED(.fin = NO), .error = EHOSTUNREACH}, CAUSE_TIMED_OUT},
    {{CONNECTED(.fin = NO), .error = ENETUNREACH}, CAUSE_TIMED_OUT},
    {{.error = EPIPE, CONNECTED(.fin = NO), .earlier_error = EHOSTUNREACH}, CAUSE_TIMED_OUT},
    {{.error = EPIPE, CONNECTED(.fin = NO), .earlier_error = ENETUNREACH}, CAUSE_TIMED_OUT},

    /* Our connect to AF_UNSPEC, which the kernel tells as a reset. */
    {{CONNECTED(.fin = NO), .error = ECONNRESET, .dissolved = true}, CAUSE_LOCAL_SHUTDOWN},
    {{.error = EPIPE, FACTS(.fin = NO), .earlier_error = ECONNRESET, .dissolved = true},
     CAUSE_LOCAL_SHUTDOWN},

    /* Nobody forgot to connect a socket that listens. */
    {{.error = EPIPE, FACTS(.state = STATE_LISTEN, .fin = UNKNOWN)}, CAUSE_UNKNOWN},

    /* Our shutdown, whatever the peer did besides. */
    {{.error = EPIPE, CONNECTED(.shut = YES, .fin = NO)}, CAUSE_LOCAL_SHUTDOWN},
    {{.error = EPIPE, CONNECTED(.shut = YES, .fin = YES)}, CAUSE_LOCAL_SHUTDOWN},
    {{.error = EPIPE, CONNECTED(.shut = YES, .fin = YES, .in_flight = 1)}, CAUSE_LOCAL_SHUTDOWN},
    {{.error = EPIPE, CONNECTED(.shut = YES, .fin = UNKNOWN)}, CAUSE_LOCAL_SHUTDOWN},

    {{.error = EPIPE, FACTS(.fin = NO)}, CAUSE_NEVER_CONNECTED},
    {{.error = EPIPE, FACTS(.fin = UNKNOWN)}, CAUSE_NEVER_CONNECTED},

    /* A FIN, and data that the RST answers. */
    {{.error = EPIPE, CONNECTED(.fin = YES, .in_flight = 1)}, CAUSE_PEER_CLOSED},
    {{.error = EPIPE, CONNECTED(.fin = YES, .in_flight = 1, .unsent = 1)}, CAUSE_PEER_CLOSED},
    {{.error = EPIPE, CONNECTED(.fin = YES, .in_flight = 1, .was_struggling = true)},
     CAUSE_PEER_CLOSED},
    {{.error = EPIPE, CONNECTED(.fin = YES, .in_flight = 1, .shut = UNKNOWN)}, CAUSE_PEER_CLOSED},

    /* A FIN, and nothing that a RST could answer. */
    {{.error = EPIPE, CONNECTED(.fin = YES)}, CAUSE_PEER_RESET},
    {{.error = EPIPE, CONNECTED(.fin = YES, .unsent = 1)}, CAUSE_PEER_RESET},
    {{.error = EPIPE, CONNECTED(.fin = YES, .was_struggling = true)}, CAUSE_UNKNOWN},
    {{.error = EPIPE, CONNECTED(.fin = YES, .shut = UNKNOWN)}, CAUSE_UNKNOWN},

    /* No FIN. */
    {{.error = EPIPE, CONNECTED(.fin = NO)}, CAUSE_PEER_RESET},
    {{.error = EPIPE, CONNECTED(.fin = NO, .in_flight = 1)}, CAUSE_PEER_RESET},
    {{.error = EPIPE, CONNECTED(.fin = NO, .shut = UNKNOWN)}, CAUSE_PEER_RESET},
    {{.error = EPIPE, CONNECTED(.fin = NO, .was_struggling = true)}, CAUSE_UNKNOWN},
    {{.error = EPIPE, CONNECTED(.fin = NO, .in_flight = 1, .was_struggling = true)}, CAUSE_UNKNOWN},

    /* Whether a FIN came is not known. */
    {{.error = EPIPE, CONNECTED(.fin = UNKNOWN)}, CAUSE_PEER_GONE},
    {{.error = EPIPE, CONNECTED(.fin = UNKNOWN, .in_flight = 1)}, CAUSE_PEER_GONE},
    {{.error = EPIPE, CONNECTED(.fin = UNKNOWN, .was_struggling = true)}, CAUSE_UNKNOWN},
    {{.error = EPIPE, CONNECTED(.fin = UNKNOWN, .shut = UNKNOWN)}, CAUSE_UNKNOWN},

    /* UNIX sockets. */
    {{.type = TYPE_UNIX_STREAM, .error = EPIPE, .shut = true, .hung_up = NO}, CAUSE_LOCAL_SHUTDOWN},
    {{.type = TYPE_UNIX_STREAM, .error = EPIPE, .shut = true, .hung_up = YES},
     CAUSE_LOCAL_SHUTDOWN},
    {{.type = TYPE_UNIX_STREAM, .error = EPIPE, .hung_up = YES}, CAUSE_PEER_CLOSED},
    {{.type = TYPE_UNIX_SEQPACKET, .error = EPIPE, .hung_up = YES}, CAUSE_PEER_CLOSED},
    {{.type = TYPE_UNIX_STREAM, .error = EPIPE, .hung_up = YES, .only_child_dead = true},
     CAUSE_READER_DIED},
    {{.type = TYPE_UNIX_STREAM, .error = EPIPE, .hung_up = NO, .only_child_dead = true},
     CAUSE_UNKNOWN},
    {{.type = TYPE_UNIX_STREAM, .error = EPIPE, .hung_up = NO}, CAUSE_UNKNOWN},
    {{.type = TYPE_UNIX_STREAM, .error = EPIPE, .hung_up = UNKNOWN}, CAUSE_UNKNOWN},
    {{.type = TYPE_UNIX_STREAM, .error = ECONNRESET, .hung_up = YES}, CAUSE_PEER_RESET},
    {{.type = TYPE_UNIX_DGRAM, .error = EPIPE, .hung_up = YES}, CAUSE_UNKNOWN},
    {{.type = TYPE_UNIX_DGRAM, .error = EPIPE, .shut = true}, CAUSE_LOCAL_SHUTDOWN},

    /* What is neither. */
    {{.type = TYPE_UDP, .error = EPIPE, .shut = true}, CAUSE_LOCAL_SHUTDOWN},
    {{.type = TYPE_UDP, .error = EPIPE}, CAUSE_UNKNOWN},
    {{.type = TYPE_OTHER, .error = EPIPE}, CAUSE_UNKNOWN},

    {{.type = TYPE_PIPE, .error = EPIPE}, CAUSE_READER_GONE},
    {{.type = TYPE_FIFO, .error = EPIPE}, CAUSE_READER_GONE},
    {{.type = TYPE_PIPE, .error = EPIPE, .only_child_dead = true}, CAUSE_READER_DIED},
    {{.type = TYPE_FIFO, .error = EPIPE, .only_child_dead = true}, CAUSE_READER_DIED},
};

static const char *name_of(enum record_cause cause)
{
	return cause == CAUSE_UNKNOWN ? "(none)" : record_name(SET_CAUSE, cause);
}

START_TEST(row)
{
	ck_assert_str_eq(name_of(cause_of(&rows[_i].evidence)), name_of(rows[_i].cause));
}
END_TEST

static void add(TCase *tcase)
{
	tcase_add_loop_test(tcase, row, 0, sizeof(rows) / sizeof(*rows));
}

int main(void)
{
	return run_suite("cause", add);
}
