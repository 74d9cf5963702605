/* Who listens, by what the kernel lists. Async-signal-safe. */
#ifndef BPGUARD_LISTENERS_H
#define BPGUARD_LISTENERS_H

#include <stdbool.h>
#include <stdint.h>

/* Whether a TCP socket of this network namespace listens on `port`: /proc/net/tcp and tcp6
 * (proc(5)), of which the first 128 KiB each are read: listening sockets come first. */
bool listeners_have(uint16_t port);

#endif
