/* Socket addresses of any length and content, into buffers of any size. Those of the internet are
 * read back by inet_pton(3). */
#include "../../shim/base/address.c"

#include <arpa/inet.h>

#include "input.h"

static void check_inet(const struct sockaddr_in *address, char *text)
{
	struct in_addr back;
	char *colon = strrchr(text, ':');
	HOLDS(colon && atoi(colon + 1) == ntohs(address->sin_port));
	*colon = '\0';
	HOLDS(inet_pton(AF_INET, text, &back) == 1);
	HOLDS(back.s_addr == address->sin_addr.s_addr);
}

static void check_inet6(const struct sockaddr_in6 *address, char *text)
{
	struct in6_addr back;
	char *end = strchr(text, ']'), *scope = strchr(text, '%');
	HOLDS(text[0] == '[' && end && end[1] == ':');
	HOLDS(atoi(end + 2) == ntohs(address->sin6_port));
	HOLDS((scope ? strtoul(scope + 1, NULL, 10) : 0) == address->sin6_scope_id);
	*(scope ? scope : end) = '\0';
	HOLDS(inet_pton(AF_INET6, text + 1, &back) == 1);
	HOLDS(memcmp(&back, &address->sin6_addr, sizeof(back)) == 0);
}

/* The path or name itself, its NULs as @. */
static void check_unix(const struct sockaddr_un *address, size_t length, const char *text)
{
	bool abstract = length && !address->sun_path[0];
	size_t most = length < sizeof(address->sun_path) ? length : sizeof(address->sun_path);
	size_t size = abstract ? most : strnlen(address->sun_path, most);
	HOLDS(length == 0 ? !*text : strlen(text) == 5 + size);
	for (size_t i = 0; i < size; i++)
		HOLDS(text[5 + i] == (address->sun_path[i] ? address->sun_path[i] : '@'));
}

static void check(const struct sockaddr *address, size_t length, char *text)
{
	if (address->sa_family == AF_INET && length >= sizeof(struct sockaddr_in))
		check_inet((const struct sockaddr_in *)address, text);
	else if (address->sa_family == AF_INET6 && length >= sizeof(struct sockaddr_in6))
		check_inet6((const struct sockaddr_in6 *)address, text);
	else if (address->sa_family == AF_UNIX && length >= offsetof(struct sockaddr_un, sun_path))
		check_unix((const struct sockaddr_un *)address,
			   length - offsetof(struct sockaddr_un, sun_path), text);
	else
		HOLDS(!*text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const sa_family_t families[] = {AF_UNIX, AF_INET, AF_INET6, AF_UNSPEC};
	struct input input = {data, size};
	size_t room = 1 + take_byte(&input) % 192, length;
	uint8_t family = take_byte(&input);
	struct sockaddr_storage *address;
	char *cut = malloc(room), whole[192];
	length = input.left < sizeof(*address) ? input.left : sizeof(*address);
	address = calloc(1, length < sizeof(sa_family_t) ? sizeof(sa_family_t) : length);
	memcpy(address, input.at, length);
	if (length >= sizeof(sa_family_t) && family < 200)
		address->ss_family = families[family % 4];
	address_format((struct sockaddr *)address, (socklen_t)length, whole, sizeof(whole));
	address_format((struct sockaddr *)address, (socklen_t)length, cut, room);
	HOLDS(strlen(cut) < room && strncmp(cut, whole, strlen(cut)) == 0);
	HOLDS(strlen(cut) == (strlen(whole) < room ? strlen(whole) : room - 1));
	check((struct sockaddr *)address, length, whole);
	free(address);
	free(cut);
	return 0;
}
