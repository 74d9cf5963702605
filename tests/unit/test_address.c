#include <arpa/inet.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/un.h>

#include "base/address.h"
#include "suite.h"

static const char *const v6[] = {
    "::",
    "::1",
    "2001:db8::1",
    "2001:db8:0:1:1:1:1:1",
    "2001:0:0:1::1",
    "fe80::1:0:0:1",
    "1:2:3:4:5:6:7:8",
    "1::",
    "0:1::",
    "::ffff:192.0.2.7",
    "1:0:0:2:0:0:0:3",
};

/* inet_ntop(3) is the measure: it does what RFC 5952 says. */
START_TEST(ipv6)
{
	struct sockaddr_in6 address = {.sin6_family = AF_INET6, .sin6_port = htons(443)};
	char text[192], plain[INET6_ADDRSTRLEN], expected[192];
	ck_assert_int_eq(inet_pton(AF_INET6, v6[_i], &address.sin6_addr), 1);
	inet_ntop(AF_INET6, &address.sin6_addr, plain, sizeof(plain));
	snprintf(expected, sizeof(expected), "[%s]:443", plain);
	address_format((struct sockaddr *)&address, sizeof(address), text, sizeof(text));
	ck_assert_str_eq(text, expected);
}
END_TEST

START_TEST(ipv6_scope)
{
	struct sockaddr_in6 address = {
	    .sin6_family = AF_INET6, .sin6_port = htons(1), .sin6_scope_id = 3};
	char text[192];
	inet_pton(AF_INET6, "fe80::1", &address.sin6_addr);
	address_format((struct sockaddr *)&address, sizeof(address), text, sizeof(text));
	ck_assert_str_eq(text, "[fe80::1%3]:1");
}
END_TEST

START_TEST(ipv4)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(65535)};
	char text[192];
	inet_pton(AF_INET, "192.0.2.7", &address.sin_addr);
	address_format((struct sockaddr *)&address, sizeof(address), text, sizeof(text));
	ck_assert_str_eq(text, "192.0.2.7:65535");
}
END_TEST

static const struct {
	const char *path;
	size_t size;
	const char *text;
} names[] = {
    {"/run/x.sock", 12, "unix:/run/x.sock"},
    {"/run/x.sock", 11, "unix:/run/x.sock"}, /* without its NUL */
    {"\0name", 5, "unix:@name"},
    {"\0a\0b", 4, "unix:@a@b"},
    {"", 0, ""}, /* unnamed */
};

START_TEST(unix_names)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	char text[192];
	memcpy(address.sun_path, names[_i].path, names[_i].size);
	address_format((struct sockaddr *)&address,
		       (socklen_t)(offsetof(struct sockaddr_un, sun_path) + names[_i].size), text,
		       sizeof(text));
	ck_assert_str_eq(text, names[_i].text);
}
END_TEST

START_TEST(nothing_is_no_address)
{
	char text[192] = "x";
	struct sockaddr_in6 none = {.sin6_family = AF_UNSPEC};
	address_format((struct sockaddr *)&none, sizeof(none), text, sizeof(text));
	ck_assert_str_eq(text, "");
}
END_TEST

static void add(TCase *tcase)
{
	tcase_add_loop_test(tcase, ipv6, 0, sizeof(v6) / sizeof(*v6));
	tcase_add_test(tcase, ipv6_scope);
	tcase_add_test(tcase, ipv4);
	tcase_add_loop_test(tcase, unix_names, 0, sizeof(names) / sizeof(*names));
	tcase_add_test(tcase, nothing_is_no_address);
}

int main(void)
{
	return run_suite("address", add);
}
