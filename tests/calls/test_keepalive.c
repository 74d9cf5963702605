/* What BPGUARD_KEEPALIVE and BPGUARD_USER_TIMEOUT set on connections, and what they leave alone. */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "channels.h"
#include "flows.h"
#include "harness.h"
#include "waits.h"
#include "writers.h"

static int option_of(int fd, int level, int option)
{
	int value = -1;
	socklen_t size = sizeof value;

	return getsockopt(fd, level, option, &value, &size) == 0 ? value : -1;
}

static void set(int fd, int level, int option, int value)
{
	must(setsockopt(fd, level, option, &value, sizeof value) == 0, "setsockopt");
}

/* As "on idle/interval/count timeout". */
static void tell(const char *key, int fd)
{
	say("%s %d %d/%d/%d %d", key, option_of(fd, SOL_SOCKET, SO_KEEPALIVE),
	    option_of(fd, IPPROTO_TCP, TCP_KEEPIDLE), option_of(fd, IPPROTO_TCP, TCP_KEEPINTVL),
	    option_of(fd, IPPROTO_TCP, TCP_KEEPCNT), option_of(fd, IPPROTO_TCP, TCP_USER_TIMEOUT));
}

/* The application's own settings, which no other number here equals. */
static void set_own(int fd)
{
	set(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
	set(fd, IPPROTO_TCP, TCP_KEEPIDLE, 1111);
	set(fd, IPPROTO_TCP, TCP_KEEPINTVL, 111);
	set(fd, IPPROTO_TCP, TCP_KEEPCNT, 11);
	set(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, 11111);
}
#define OWN "1 1111/111/11 11111"

enum { MULTIPATH = 262 };

struct ends {
	int listener, made, accepted;
	struct sockaddr_storage address;
	socklen_t length;
};

/* args of the victim, in any order, set what happens on the way. */
static bool asked(char **args, const char *what)
{
	for (; *args; args++)
		if (strcmp(*args, what) == 0)
			return true;
	return false;
}

static void listen_at(struct ends *ends, int family, char **args)
{
	struct sockaddr_in6 *v6 = (void *)&ends->address;

	ends->length = family == AF_INET6 ? sizeof *v6 : sizeof(struct sockaddr_in);
	ends->address.ss_family = (sa_family_t)family;
	if (family == AF_INET6)
		v6->sin6_addr = in6addr_loopback;
	else
		((struct sockaddr_in *)v6)->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	ends->listener = socket(family, SOCK_STREAM, asked(args, "multipath") ? MULTIPATH : 0);
	if (asked(args, "own-before"))
		set_own(ends->listener);
	must(bind(ends->listener, (void *)&ends->address, ends->length) == 0 &&
		 listen(ends->listener, 1) == 0,
	     "listen");
	must(getsockname(ends->listener, (void *)&ends->address, &ends->length) == 0,
	     "getsockname");
}

static void make(struct ends *ends, char **args)
{
	int type = SOCK_STREAM | (asked(args, "nonblocking") ? SOCK_NONBLOCK : 0);

	ends->made =
	    socket(ends->address.ss_family, type, asked(args, "multipath") ? MULTIPATH : 0);
	if (asked(args, "own-before"))
		set_own(ends->made);
	if (asked(args, "fast"))
		must(sendto(ends->made, "x", 1, MSG_FASTOPEN, (void *)&ends->address,
			    ends->length) == 1,
		     "sendto");
	else
		must(connect(ends->made, (void *)&ends->address, ends->length) == 0 ||
			 errno == EINPROGRESS,
		     "connect");
}

static void accept_one(struct ends *ends, char **args)
{
	ends->accepted = asked(args, "accept4") ? accept4(ends->listener, 0, 0, SOCK_CLOEXEC)
						: accept(ends->listener, 0, 0);
	must(ends->accepted >= 0, "accept");
}

static int victim_connect(char **args)
{
	struct ends ends = {0};

	listen_at(&ends, asked(args, "tcp6") ? AF_INET6 : AF_INET, args);
	make(&ends, args);
	accept_one(&ends, args);
	if (asked(args, "own-after")) {
		set_own(ends.made);
		set_own(ends.accepted);
	}
	tell("made", ends.made);
	tell("accepted", ends.accepted);
	return 0;
}

/* Connections that are no TCP, and no error of ours that the application could see. */
static int victim_unix(char **args)
{
	char name[32] = "";
	int length = 1 + snprintf(name + 1, sizeof name - 1, "keepalive-%d", getpid());
	struct channel channel;

	(void)args;
	errno = 0;
	channel = open_named(UNIX_STREAM, name, (unsigned)length);
	say("errno %d", errno);
	say("made %d", option_of(channel.fd, SOL_SOCKET, SO_KEEPALIVE));
	say("accepted %d", option_of(channel.peer, SOL_SOCKET, SO_KEEPALIVE));
	return 0;
}

static int victim_udp(char **args)
{
	struct sockaddr_in address = {
	    .sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}, .sin_port = htons(9)};
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	(void)args;
	errno = 0;
	must(connect(fd, (void *)&address, sizeof address) == 0, "connect");
	say("errno %d", errno);
	say("made %d", option_of(fd, SOL_SOCKET, SO_KEEPALIVE));
	return 0;
}

/* Only by the keep-alive's own time: the connection stays as it is while the peer lives. */
static int victim_serves_on(char **args)
{
	struct channel channel = open_channel(TCP);
	size_t segments;
	char byte;

	(void)args;
	segments = segments_in(channel.fd);
	AWAIT(segments_in(channel.fd) > segments, "a probe, or the answer to one");
	must(write(channel.fd, "x", 1) == 1 && read(channel.peer, &byte, 1) == 1, "broken");
	return 0;
}

const struct victim victims[] = {
    {"connect", victim_connect},
    {"unix", victim_unix},
    {"udp", victim_udp},
    {"serves-on", victim_serves_on},
    {0},
};

/* --- tests --- */

static const char *of_system(const char *name)
{
	static char text[4][16];
	static unsigned turn;
	char path[64], *value = text[turn++ % 4];
	FILE *file;

	snprintf(path, sizeof path, "/proc/sys/net/ipv4/%s", name);
	file = fopen(path, "re");
	ck_assert_msg(file && fscanf(file, "%15s", value) == 1, "%s cannot be read", path);
	fclose(file);
	return value;
}

/* What a socket has by itself: off, and the system's numbers. */
static const char *standard(int on, const char *idle, const char *interval, const char *count,
			    const char *timeout)
{
	static char text[128];

	snprintf(text, sizeof text, "%d %s/%s/%s %s", on,
		 idle ? idle : of_system("tcp_keepalive_time"),
		 interval ? interval : of_system("tcp_keepalive_intvl"),
		 count ? count : of_system("tcp_keepalive_probes"), timeout ? timeout : "0");
	return text;
}

static const char *const ways[][2] = {{"accept", "blocking"},
				      {"accept4", "blocking"},
				      {"accept", "nonblocking"},
				      {"accept", "tcp6"},
				      {"accept", "fast"}};
enum { WAYS = sizeof ways / sizeof *ways };

static bool way_works(int i)
{
	if (strcmp(ways[i][1], "tcp6") != 0 || kind_available(TCP6))
		return true;
	printf("SKIP tcp6: this machine has no IPv6\n");
	return false;
}

static void both_are(const struct outcome *outcome, const char *expected)
{
	ck_lives(*outcome);
	ck_heard_text(*outcome, "made", expected);
	ck_heard_text(*outcome, "accepted", expected);
}

static const struct {
	const char *env[2];
	int on;
	const char *idle, *interval, *count, *timeout;
} values[] = {
    {{"BPGUARD_KEEPALIVE=77"}, 1, "77", 0, 0, 0},
    {{"BPGUARD_KEEPALIVE=77,7"}, 1, "77", "7", 0, 0},
    {{"BPGUARD_KEEPALIVE=77,7,5"}, 1, "77", "7", "5", 0},
    {{"BPGUARD_KEEPALIVE=32767,32767,127"}, 1, "32767", "32767", "127", 0},
    {{"BPGUARD_KEEPALIVE=off"}, 0, 0, 0, 0, 0},
    {{"BPGUARD_USER_TIMEOUT=4567"}, 0, 0, 0, 0, "4567"},
    {{"BPGUARD_USER_TIMEOUT=off"}, 0, 0, 0, 0, 0},
    {{"BPGUARD_KEEPALIVE=77,7,5", "BPGUARD_USER_TIMEOUT=4567"}, 1, "77", "7", "5", "4567"},
};
enum { VALUES = sizeof values / sizeof *values };

START_TEST(set_on_connections)
{
	for (int i = 0; i < WAYS; i++)
		if (way_works(i)) {
			struct outcome outcome =
			    RUN(.mode = AUTO, .victim = "connect", .args = {ways[i][0], ways[i][1]},
				.env = {values[_i].env[0], values[_i].env[1]});

			both_are(&outcome,
				 standard(values[_i].on, values[_i].idle, values[_i].interval,
					  values[_i].count, values[_i].timeout));
			ck_count(outcome, "setting", 0);
		}
}
END_TEST

#define BOTH "BPGUARD_KEEPALIVE=77,7,5", "BPGUARD_USER_TIMEOUT=4567"

START_TEST(in_every_mode)
{
	struct outcome outcome = RUN(.mode = (enum mode)_i, .victim = "connect", .env = {BOTH});

	both_are(&outcome, standard(1, "77", "7", "5", "4567"));
}
END_TEST

START_TEST(off_by_default)
{
	struct outcome outcome = RUN(.mode = (enum mode)_i, .victim = "connect");

	both_are(&outcome, standard(0, 0, 0, 0, 0));
}
END_TEST

/* Before: on the listener, from which accepted ones have it, and on the one that connects. */
START_TEST(own_settings)
{
	static const char *const when[] = {"own-before", "own-after"};

	for (int i = 0; i < WAYS; i++)
		if (way_works(i)) {
			struct outcome outcome =
			    RUN(.mode = AUTO, .victim = "connect",
				.args = {ways[i][0], ways[i][1], when[_i]}, .env = {BOTH});

			both_are(&outcome, OWN);
		}
}
END_TEST

START_TEST(not_on_others)
{
	struct outcome outcome = RUN(.mode = AUTO, .victim = "unix", .env = {BOTH});

	ck_lives(outcome);
	ck_heard(outcome, "errno", 0);
	ck_heard(outcome, "made", 0);
	ck_heard(outcome, "accepted", 0);
	outcome = RUN(.mode = AUTO, .victim = "udp", .env = {BOTH});
	ck_lives(outcome);
	ck_heard(outcome, "errno", 0);
	ck_heard(outcome, "made", 0);
}
END_TEST

static const char *const bad[][2] = {
    {"BPGUARD_KEEPALIVE", "on"},	{"BPGUARD_KEEPALIVE", "0"},
    {"BPGUARD_KEEPALIVE", "60,"},	{"BPGUARD_KEEPALIVE", "60,0"},
    {"BPGUARD_KEEPALIVE", "60,10,"},	{"BPGUARD_KEEPALIVE", "60,10,3,1"},
    {"BPGUARD_KEEPALIVE", "60,10,128"}, {"BPGUARD_KEEPALIVE", "32768"},
    {"BPGUARD_KEEPALIVE", "-60"},	{"BPGUARD_KEEPALIVE", "60s"},
    {"BPGUARD_KEEPALIVE", "60,,3"},	{"BPGUARD_KEEPALIVE", "99999999999999999999"},
    {"BPGUARD_USER_TIMEOUT", "0"},	{"BPGUARD_USER_TIMEOUT", "1s"},
    {"BPGUARD_USER_TIMEOUT", "-1"},	{"BPGUARD_USER_TIMEOUT", "2147483648"},
    {"BPGUARD_USER_TIMEOUT", "soon"},
};
enum { BAD = sizeof bad / sizeof *bad };

START_TEST(bad_values)
{
	char pair[64];
	struct outcome outcome;
	const struct line *line;

	snprintf(pair, sizeof pair, "%s=%s", bad[_i][0], bad[_i][1]);
	outcome = RUN(.mode = AUTO, .victim = "connect", .env = {pair});
	line = log_line(&outcome.log, "setting", 0);
	both_are(&outcome, standard(0, 0, 0, 0, 0));
	ck_count(outcome, "setting", 1);
	ck_field(outcome, line, "setting", bad[_i][0]);
	ck_field(outcome, line, "value", bad[_i][1]);
	ck_assert_msg(line_value(line, "takes"), "no word of what it takes in\n%s",
		      line_text(line));
}
END_TEST

/* The user timeout is set where the kernel takes it: Linux 6.18 does not for Multipath TCP. */
START_TEST(multipath)
{
	int fd = socket(AF_INET, SOCK_STREAM, MULTIPATH);
	bool takes_timeout;
	struct outcome outcome;

	if (fd < 0) {
		printf("UNABLE multipath: this kernel has no Multipath TCP\n");
		return;
	}
	takes_timeout = setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &(int){1}, sizeof(int)) == 0;
	close(fd);
	outcome =
	    RUN(.mode = AUTO, .victim = "connect", .args = {"accept", "multipath"}, .env = {BOTH});
	both_are(&outcome, standard(1, "77", "7", "5", takes_timeout ? "4567" : "-1"));
}
END_TEST

/* The peer answers its probes. */
START_TEST(living_peers_stay)
{
	struct outcome outcome =
	    RUN(.mode = AUTO, .victim = "serves-on",
		.env = {"BPGUARD_KEEPALIVE=1,1,1", "BPGUARD_USER_TIMEOUT=500"});

	ck_lives(outcome);
	ck_count(outcome, "timeout", 0);
}
END_TEST

Suite *suite(void)
{
	Suite *suite = suite_create("keepalive");
	TCase *tcase = tcase_create("keepalive");

	tcase_set_timeout(tcase, 20);
	tcase_add_loop_test(tcase, set_on_connections, 0, VALUES);
	tcase_add_loop_test(tcase, in_every_mode, AUTO, MODES);
	tcase_add_loop_test(tcase, off_by_default, UNGUARDED, MODES);
	tcase_add_loop_test(tcase, own_settings, 0, 2);
	tcase_add_test(tcase, not_on_others);
	tcase_add_loop_test(tcase, bad_values, 0, BAD);
	tcase_add_test(tcase, multipath);
	tcase_add_test(tcase, living_peers_stay);
	suite_add_tcase(suite, tcase);
	return suite;
}
