/* Channels whose both ends the victim holds itself, and the ways to break them. */
#ifndef BPGUARD_TESTS_CHANNELS_H
#define BPGUARD_TESTS_CHANNELS_H

#include <stdbool.h>

enum kind { TCP, TCP6, UNIX_STREAM, UNIX_SEQPACKET, PIPE, FIFO, KINDS };
enum end { FIN, RST, SHUTDOWN, CLOSED, ENDS };

extern const char *const kind_names[KINDS]; /* as in a record's type */
extern const char *const end_names[ENDS];

struct channel {
	enum kind kind;
	int fd;				      /* to write to */
	int peer;			      /* the other end */
	char local_name[192], peer_name[192]; /* as in a record, "" where that is nothing */
};

enum kind kind_named(const char *name);
enum end end_named(const char *name);
bool kind_available(enum kind kind); /* false where this machine has no IPv6 */
bool end_applies(enum kind kind, enum end end);

/* TCP writes on the accepted side, UNIX on the connecting one. Ends the victim where that fails. */
struct channel open_channel(enum kind kind);
struct channel open_named(enum kind kind, const void *name, unsigned length);

/* Afterwards the very next write fails with EPIPE: what comes before it, a write that succeeds or
 * an ECONNRESET, has been had already. */
void break_channel(struct channel *channel, enum end end);
struct channel broken_channel(enum kind kind);

/* A TCP connection, closed with a RST and not a FIN. */
void reset(int fd);
void await_hangup(int fd);
void await_readable(int fd);
void must(bool held, const char *what);

#endif
