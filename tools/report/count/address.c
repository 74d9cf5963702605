#include "count/address.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

/* Text between two pointers, as far as it fits. */
static int parse(int family, const char *begin, const char *end, void *bytes)
{
	char text[INET6_ADDRSTRLEN];
	size_t length = (size_t)(end - begin);
	if (length >= sizeof(text))
		return 0;
	memcpy(text, begin, length);
	text[length] = 0;
	return inet_pton(family, text, bytes) == 1;
}

size_t address_parse(const char *peer, unsigned char bytes[16])
{
	static const unsigned char mapped[12] = {[10] = 0xff, [11] = 0xff};
	const char *end;
	if (*peer != '[') {
		end = strrchr(peer, ':');
		return end && parse(AF_INET, peer, end, bytes) ? 4 : 0;
	}
	end = peer + strcspn(peer, "%]");
	if (!*end || !parse(AF_INET6, peer + 1, end, bytes))
		return 0;
	if (memcmp(bytes, mapped, sizeof(mapped)) != 0)
		return 16;
	memmove(bytes, bytes + 12, 4);
	return 4;
}

size_t address_network(size_t length)
{
	return length == 4 ? 3 : 8;
}

void address_format(const void *bytes, size_t length, int is_network, char text[ADDRESS_TEXT])
{
	unsigned char shown[16] = {0};
	char plain[INET6_ADDRSTRLEN] = "";
	memcpy(shown, bytes, is_network ? address_network(length) : length);
	inet_ntop(length == 4 ? AF_INET : AF_INET6, shown, plain, sizeof(plain));
	snprintf(text, ADDRESS_TEXT, "%s%s", plain, !is_network ? "" : length == 4 ? "/24" : "/64");
}
