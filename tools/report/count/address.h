/* IP addresses as keys: 4 or 16 bytes. */
#ifndef BPGUARD_REPORT_ADDRESS_H
#define BPGUARD_REPORT_ADDRESS_H

#include <stddef.h>

enum { ADDRESS_TEXT = 64 };

/* Reads the address out of "192.0.2.7:443" or "[2001:db8::1%eth0]:443", without port and scope; an
 * IPv4 address mapped into IPv6 is one of IPv4. Returns its length, or 0 where it is none. */
size_t address_parse(const char *peer, unsigned char bytes[16]);

/* The length of the network that peers are grouped by: /24 or /64, in bytes. */
size_t address_network(size_t length);

/* Writes it as text; with `is_network`, as the network it lies in. */
void address_format(const void *bytes, size_t length, int is_network, char text[ADDRESS_TEXT]);

#endif
