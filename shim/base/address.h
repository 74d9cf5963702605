/* Socket addresses as the contract writes them: 192.0.2.7:443, [2001:db8::1]:443, unix:/run/x.sock,
 * unix:@name. Async-signal-safe, unlike inet_ntop(3). */
#ifndef BPGUARD_ADDRESS_H
#define BPGUARD_ADDRESS_H

#include <stddef.h>
#include <sys/socket.h>

/* Writes the address to `text`, cut at `size`; "" where it has no name. IPv6 by RFC 5952. */
void address_format(const struct sockaddr *address, socklen_t length, char *text, size_t size);

#endif
