/* Relay daemons (lttng-relayd(8)): somebody's that a URL names, and a recording's own on this host.
 */
#ifndef BPGUARD_RELAY_H
#define BPGUARD_RELAY_H

#include "tools/command/recording.h"

/* Where followers look for a relay daemon first (lttng-relayd(8)). */
enum { RELAY_LIVE_PORT = 5344 };

/* The host in a URL as lttng-create(1) has it, net://HOST[:PORT[:PORT]]; an IPv6 address is in its
 * brackets. */
const char *relay_host(const char *url);

/* Ends the program with 125 where the URL's host is not known here. */
void relay_require_host(const char *url);

/* Starts a relay daemon that writes into the recording's directory, with the usual port to follow
 * it at where that is free, and sets the recording's relay, its process and its port. Ends the
 * program with 125 where none starts. */
void relay_start(struct recording *recording);

/* Ends that daemon once those who follow have read the rest, and waits until it is gone: 2 s at
 * most for the one, as some stay on for ever, 5 s for the other. */
void relay_end(const struct recording *recording);

#endif
