#include "base/address.h"

#include <netinet/in.h>
#include <stdint.h>
#include <string.h>
#include <sys/un.h>

#include "base/text.h"

static void append_ipv4(struct text *text, const uint8_t bytes[4])
{
	for (int i = 0; i < 4; i++) {
		if (i)
			text_char(text, '.');
		text_number(text, bytes[i]);
	}
}

static void append_hex(struct text *text, unsigned value)
{
	bool begun = false;
	for (int shift = 12; shift >= 0; shift -= 4) {
		unsigned digit = value >> shift & 0xf;
		begun |= digit || shift == 0;
		if (begun)
			text_char(text, "0123456789abcdef"[digit]);
	}
}

/* The longest run of two and more zero groups, the first of equals (RFC 5952, 4.2). */
static int longest_zeros(const unsigned groups[8], int *length)
{
	int best = -1;
	*length = 1;
	for (int start = 0; start < 8; start++) {
		int end = start;
		while (end < 8 && groups[end] == 0)
			end++;
		if (end - start > *length) {
			best = start;
			*length = end - start;
		}
	}
	return best;
}

static void append_ipv6(struct text *text, const uint8_t bytes[16])
{
	static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};
	unsigned groups[8];
	int zeros, length;
	if (memcmp(bytes, mapped, sizeof(mapped)) == 0) {
		text_string(text, "::ffff:");
		append_ipv4(text, bytes + 12);
		return;
	}
	for (int i = 0; i < 8; i++)
		groups[i] = (unsigned)bytes[2 * i] << 8 | bytes[2 * i + 1];
	zeros = longest_zeros(groups, &length);
	for (int i = 0; i < 8; i++) {
		if (i == zeros) {
			text_string(text, "::");
			i += length - 1;
			continue;
		}
		if (i && i != zeros + length)
			text_char(text, ':');
		else if (i && zeros < 0)
			text_char(text, ':');
		append_hex(text, groups[i]);
	}
}

static void append_inet(struct text *text, const struct sockaddr_in *address)
{
	append_ipv4(text, (const uint8_t *)&address->sin_addr);
	text_char(text, ':');
	text_number(text, ntohs(address->sin_port));
}

static void append_inet6(struct text *text, const struct sockaddr_in6 *address)
{
	text_char(text, '[');
	append_ipv6(text, address->sin6_addr.s6_addr);
	if (address->sin6_scope_id) {
		text_char(text, '%');
		text_number(text, address->sin6_scope_id);
	}
	text_string(text, "]:");
	text_number(text, ntohs(address->sin6_port));
}

/* unix(7): a path ends at its NUL or at the address's end, and the kernel's length for one of 108
 * bytes counts a NUL behind it; an abstract name begins with a NUL and may hold more of them, shown
 * as @ here as in /proc/net/unix. */
static void append_unix(struct text *text, const struct sockaddr_un *address, size_t size)
{
	bool abstract = size && !address->sun_path[0];
	if (!size)
		return;
	if (size > sizeof(address->sun_path))
		size = sizeof(address->sun_path);
	text_string(text, "unix:");
	for (size_t i = 0; i < size && (abstract || address->sun_path[i]); i++)
		text_char(text, address->sun_path[i] ? address->sun_path[i] : '@');
}

void address_format(const struct sockaddr *address, socklen_t length, char *buffer, size_t size)
{
	struct text text = text_in(buffer, size);
	if (length >= sizeof(struct sockaddr_in) && address->sa_family == AF_INET)
		append_inet(&text, (const struct sockaddr_in *)address);
	else if (length >= sizeof(struct sockaddr_in6) && address->sa_family == AF_INET6)
		append_inet6(&text, (const struct sockaddr_in6 *)address);
	else if (length > offsetof(struct sockaddr_un, sun_path) && address->sa_family == AF_UNIX)
		append_unix(&text, (const struct sockaddr_un *)address,
			    length - offsetof(struct sockaddr_un, sun_path));
	text_end(&text);
}
