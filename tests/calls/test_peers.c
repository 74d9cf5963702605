/* Who is told to have been at the other end, however the connection came to be here. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "channels.h"
#include "harness.h"
#include "waits.h"
#include "writers.h"

static struct sockaddr_in loopback(in_port_t port)
{
	return (struct sockaddr_in){AF_INET, port, {htonl(INADDR_LOOPBACK)}, {0}};
}

static int listen_on_loopback(struct sockaddr_in *address)
{
	socklen_t length = sizeof *address;
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	*address = loopback(0);
	must(bind(listener, (void *)address, length) == 0 && listen(listener, 8) == 0, "listen");
	must(getsockname(listener, (void *)address, &length) == 0, "getsockname");
	return listener;
}

static int connect_to(struct sockaddr_in address)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	must(connect(fd, (void *)&address, sizeof address) == 0, "connect");
	return fd;
}

static in_port_t own_port(int fd)
{
	struct sockaddr_in address;
	socklen_t length = sizeof address;

	must(getsockname(fd, (void *)&address, &length) == 0, "getsockname");
	return address.sin_port;
}

static void say_peer(const char *key, in_port_t port)
{
	say("%s 127.0.0.1:%u", key, ntohs(port));
}

/* The first write after a FIN succeeds and is answered by a RST, the second one fails. */
static void fail_on(int fd)
{
	must(raw_write(fd, "x", 1) == 1, "the write that is answered by a RST");
	await_hangup(fd);
	must(write(fd, "x", 1) == -1 && errno == EPIPE, "no EPIPE");
}

/* --- numbers that come and go --- */

static int victim_reuse(char **args)
{
	struct sockaddr_in address;
	int listener = listen_on_loopback(&address), first = connect_to(address);
	int fd = accept(listener, 0, 0), second = connect_to(address);

	(void)args;
	close(fd);
	must(accept(listener, 0, 0) == fd, "another number");
	say_peer("peer", own_port(second));
	close(second);
	fail_on(fd);
	close(first);
	return 0;
}

/* Closed and opened anew past every wrapper, so that nothing but the cookie can tell. */
static int victim_reuse_unseen(char **args)
{
	struct channel channel = open_channel(TCP);
	int ends[2];

	(void)args;
	must(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0, "socketpair");
	raw_call(SYS_dup3, ends[0], channel.fd, 0);
	close(ends[0]);
	close(ends[1]);
	must(write(channel.fd, "x", 1) == -1 && errno == EPIPE, "no EPIPE");
	return 0;
}

static int victim_dup(char **args)
{
	struct channel channel = open_channel(TCP);
	int fd;

	switch (*args[0]) {
	case '1':
		fd = dup(channel.fd);
		break;
	case '2':
		fd = dup2(channel.fd, 50);
		break;
	case '3':
		fd = dup3(channel.fd, 51, O_CLOEXEC);
		break;
	default:
		fd = fcntl(channel.fd, F_DUPFD_CLOEXEC, 52);
	}
	must(fd >= 0, "dup");
	close(channel.fd);
	close(channel.peer);
	say("peer %s", channel.peer_name);
	fail_on(fd);
	return 0;
}

/* --- passed on --- */

static void pass(int through, int fd)
{
	char space[CMSG_SPACE(sizeof fd)] = {0};
	struct iovec part = {"x", 1};
	struct msghdr message = {.msg_iov = &part,
				 .msg_iovlen = 1,
				 .msg_control = space,
				 .msg_controllen = sizeof space};
	struct cmsghdr *head = CMSG_FIRSTHDR(&message);

	head->cmsg_level = SOL_SOCKET;
	head->cmsg_type = SCM_RIGHTS;
	head->cmsg_len = CMSG_LEN(sizeof fd);
	memcpy(CMSG_DATA(head), &fd, sizeof fd);
	must(sendmsg(through, &message, 0) == 1, "sendmsg");
}

static int receive(int through, bool many)
{
	char space[CMSG_SPACE(sizeof(int))], byte;
	struct iovec part = {&byte, 1};
	struct mmsghdr message = {.msg_hdr = {.msg_iov = &part,
					      .msg_iovlen = 1,
					      .msg_control = space,
					      .msg_controllen = sizeof space}};
	int fd = -1;

	if (many)
		must(recvmmsg(through, &message, 1, 0, 0) == 1, "recvmmsg");
	else
		must(recvmsg(through, &message.msg_hdr, 0) == 1, "recvmsg");
	memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&message.msg_hdr)), sizeof fd);
	return fd;
}

/* The parent has never seen the connection when a child that accepted it hands it over. */
static int victim_passed(char **args)
{
	int through[2], fd;

	must(socketpair(AF_UNIX, SOCK_STREAM, 0, through) == 0, "socketpair");
	if (fork() == 0) {
		struct channel channel = open_channel(TCP);

		say("peer %s", channel.peer_name);
		pass(through[1], channel.fd);
		must(read(through[1], &(char){0}, 1) == 1, "read");
		_exit(0);
	}
	fd = receive(through[0], *args[0] == '2');
	must(write(through[0], "x", 1) == 1, "write");
	must(read(fd, &(char){0}, 1) == 0, "no FIN");
	fail_on(fd);
	return 0;
}

/* --- given at start --- */

static int victim_inherited(char **args)
{
	int fd = atoi(args[0]);

	must(read(fd, &(char){0}, 1) == 0, "no FIN");
	fail_on(fd);
	return 0;
}

/* --- connected by ourselves, in ways that take time --- */

static int victim_connected(char **args)
{
	struct sockaddr_in address;
	int listener = listen_on_loopback(&address);
	int fd = socket(AF_INET, SOCK_STREAM | (*args[0] == 'n' ? SOCK_NONBLOCK : 0), 0), peer;

	if (connect(fd, (void *)&address, sizeof address) != 0)
		must(errno == EINPROGRESS, "connect");
	peer = accept(listener, 0, 0);
	say_peer("peer", address.sin_port);
	close(peer);
	await_readable(fd);
	fail_on(fd);
	return 0;
}

static int victim_mapped(char **args)
{
	struct sockaddr_in6 any = {.sin6_family = AF_INET6, .sin6_addr = in6addr_any};
	socklen_t length = sizeof any;
	int listener = socket(AF_INET6, SOCK_STREAM, 0), client, fd, off = 0;

	(void)args;
	setsockopt(listener, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
	must(bind(listener, (void *)&any, length) == 0 && listen(listener, 1) == 0, "listen");
	must(getsockname(listener, (void *)&any, &length) == 0, "getsockname");
	client = connect_to(loopback(any.sin6_port));
	fd = accept(listener, 0, 0);
	say("port %u", ntohs(own_port(client)));
	close(client);
	fail_on(fd);
	return 0;
}

static int victim_never_connected(char **args)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	(void)args;
	must(write(fd, "x", 1) == -1 && errno == EPIPE, "no EPIPE");
	return 0;
}

/* --- names --- */

static const struct {
	const char *bytes;
	unsigned length;
	const char *told; /* behind "unix:", JSON decoded */
} names[] = {
    {"\0plain", 6, "@plain"},
    {"\0with \"quotes\" and \\", 20, "@with \"quotes\" and \\"},
    {"\0line\nand\ttab\x01", 14, "@line\nand\ttab\x01"},
    {"\0\xc3\xa4\xff\xc0\xaf", 6, "@\u00e4\u00ff\u00c0\u00af"},
    {"\0\xed\xa0\x80", 4, "@\xc3\xad\xc2\xa0\xc2\x80"},
    {"\0\xe2\x82", 3, "@\xc3\xa2\xc2\x82"},
    {"\0\x7f\xf0\x9f\x98\x80", 6, "@\x7f\U0001f600"},
};
enum { NAMES = sizeof names / sizeof *names };

static int victim_abstract(char **args)
{
	int i = atoi(args[0]);
	struct channel channel = open_named(UNIX_STREAM, names[i].bytes, names[i].length);

	break_channel(&channel, CLOSED);
	must(write(channel.fd, "x", 1) == -1 && errno == EPIPE, "no EPIPE");
	return 0;
}

static int victim_path(char **args)
{
	const char *name = names[atoi(args[0])].bytes + 1;
	char path[108];
	struct channel channel;

	snprintf(path, sizeof path, "%s/%s", case_directory(), name);
	channel = open_named(UNIX_STREAM, path, (unsigned)strlen(path) + 1);
	break_channel(&channel, CLOSED);
	must(write(channel.fd, "x", 1) == -1 && errno == EPIPE, "no EPIPE");
	return 0;
}

static int victim_fifo(char **args)
{
	const char *name = names[atoi(args[0])].bytes + 1;
	char path[160];
	int reader, fd;

	snprintf(path, sizeof path, "%s/%s", case_directory(), name);
	must(mkfifo(path, 0600) == 0, "mkfifo");
	reader = open(path, O_RDONLY | O_NONBLOCK);
	fd = open(path, O_WRONLY);
	close(reader);
	must(write(fd, "x", 1) == -1 && errno == EPIPE, "no EPIPE");
	return 0;
}

/* As before Linux 6.5, which knows SO_PEERPIDFD, 77. Past every wrapper: the shim goes on asking.
 */
static bool forget_peerpidfd(void)
{
	struct sock_filter code[] = {
	    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
	    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_getsockopt, 0, 3),
	    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[2])),
	    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 77, 0, 1),
	    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOPROTOOPT),
	    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = {sizeof code / sizeof *code, code};

	return raw_call(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, (long)&program) == 0;
}

static int victim_unix_peer(char **args)
{
	struct channel channel;

	if (args[0] && !forget_peerpidfd())
		return 77;
	channel = broken_channel(UNIX_STREAM);
	say("uid %d", (int)getuid());
	must(write(channel.fd, "x", 1) == -1 && errno == EPIPE, "no EPIPE");
	return 0;
}

/* --- pids that are given to another process --- */

/* A process of that very id, which must be free. */
static pid_t fork_as(pid_t pid)
{
	struct clone_args args = {
	    .exit_signal = SIGCHLD, .set_tid = (uintptr_t)&pid, .set_tid_size = 1};

	return (pid_t)syscall(SYS_clone3, &args, sizeof args);
}

static void be_innocent(void)
{
	prctl(PR_SET_NAME, "innocent");
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;)
		pause();
}

static long now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Accepts from a child, which dies; its id becomes another's. */
static int accept_from_the_dead(pid_t *client)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int listener = socket(AF_UNIX, SOCK_STREAM, 0), fd;

	snprintf(address.sun_path, sizeof address.sun_path, "%s/socket", case_directory());
	must(bind(listener, (void *)&address, sizeof address) == 0, "bind");
	must(listen(listener, 1) == 0, "listen");
	*client = fork();
	if (*client == 0) {
		int end = socket(AF_UNIX, SOCK_STREAM, 0);

		_exit(connect(end, (void *)&address, sizeof address) != 0);
	}
	fd = accept(listener, 0, 0);
	must(waitpid(*client, 0, 0) == *client, "waitpid");
	return fd;
}

static int victim_reused_pid(char **args)
{
	pid_t client, innocent;
	long since;
	int fd;

	if (*args[0] == 'o' && !forget_peerpidfd())
		return 77;
	fd = accept_from_the_dead(&client);
	since = now_ms();
	AWAIT(now_ms() > since + 50, "the clock, which is exact to 10 ms");
	innocent = fork_as(client);
	if (innocent == 0)
		be_innocent();
	if (innocent < 0)
		return 77;
	say("client %d", client);
	must(write(fd, "x", 1) == -1 && errno == EPIPE, "no EPIPE");
	kill(innocent, SIGKILL);
	return 0;
}

/* --- whose name a listening socket has --- */

static int victim_activated(char **args)
{
	struct channel channel;

	prctl(PR_SET_NAME, "systemd");
	channel = open_channel(UNIX_STREAM);
	prctl(PR_SET_NAME, "systemd");
	if (*args[0] == 'a') { /* the end that was accepted */
		close(channel.fd);
		channel.fd = channel.peer;
	} else {
		close(channel.peer);
	}
	must(write(channel.fd, "x", 1) == -1 && errno == EPIPE, "no EPIPE");
	return 0;
}

const struct victim victims[] = {
    {"reused-pid", victim_reused_pid},
    {"activated", victim_activated},
    {"reuse", victim_reuse},
    {"reuse-unseen", victim_reuse_unseen},
    {"dup", victim_dup},
    {"passed", victim_passed},
    {"inherited", victim_inherited},
    {"connected", victim_connected},
    {"mapped", victim_mapped},
    {"never-connected", victim_never_connected},
    {"abstract", victim_abstract},
    {"path", victim_path},
    {"fifo", victim_fifo},
    {"unix-peer", victim_unix_peer},
    {0},
};

/* --- tests --- */

static const struct line *only_line(const struct outcome *outcome)
{
	ck_lives(*outcome);
	ck_count(*outcome, "epipe", 1);
	return log_line(&outcome->log, "epipe", 0);
}

static void check_peer(struct outcome outcome)
{
	char peer[64];

	snprintf(peer, sizeof peer, "%s", heard(&outcome, "peer"));
	ck_field(outcome, only_line(&outcome), "peer", peer);
}

START_TEST(reused_number)
{
	check_peer(RUN(.mode = (enum mode)_i, .victim = "reuse"));
}
END_TEST

START_TEST(number_reused_unseen)
{
	struct outcome outcome = RUN(.mode = AUTO, .victim = "reuse-unseen");
	const struct line *line = only_line(&outcome);

	ck_field(outcome, line, "peer", 0);
	ck_field(outcome, line, "type", "unix-stream");
}
END_TEST

START_TEST(duplicates)
{
	static const char *const ways[] = {"1 dup", "2 dup2", "3 dup3", "4 fcntl"};

	for (int i = 0; i < 4; i++)
		check_peer(RUN(.mode = AUTO, .victim = "dup", .args = {ways[i]}));
}
END_TEST

START_TEST(passed_by_message)
{
	check_peer(RUN(.mode = AUTO, .victim = "passed", .args = {"1 recvmsg"}));
	check_peer(RUN(.mode = AUTO, .victim = "passed", .args = {"2 recvmmsg"}));
}
END_TEST

static void inherited(int number)
{
	struct sockaddr_in address;
	int listener = listen_on_loopback(&address), client = connect_to(address);
	int fd = accept(listener, 0, 0);
	char peer[64], as[4];

	snprintf(peer, sizeof peer, "127.0.0.1:%u", ntohs(own_port(client)));
	snprintf(as, sizeof as, "%d", number);
	close(client);
	struct run given = {.mode = AUTO, .victim = "inherited", .args = {as}};
	*(number == 0 ? &given.in : number == 1 ? &given.out : &given.other) = fd;
	struct outcome outcome = run(&given);
	ck_field(outcome, only_line(&outcome), "peer", peer);
	ck_field(outcome, only_line(&outcome), "fd", as);
}

START_TEST(given_at_start)
{
	inherited(0);
	inherited(1);
	inherited(5);
}
END_TEST

START_TEST(connected_by_itself)
{
	check_peer(RUN(.mode = AUTO, .victim = "connected", .args = {"blocking"}));
	check_peer(RUN(.mode = AUTO, .victim = "connected", .args = {"nonblocking"}));
}
END_TEST

START_TEST(ipv4_mapped)
{
	struct outcome outcome;
	const struct line *line;
	const char *peer;

	if (!kind_available(TCP6)) {
		printf("SKIP ipv4_mapped: this machine has no IPv6\n");
		return;
	}
	outcome = RUN(.mode = AUTO, .victim = "mapped");
	line = only_line(&outcome);
	peer = line_value(line, "peer");
	ck_field(outcome, line, "type", "tcp6");
	ck_assert_msg(peer && strstr(peer, "127.0.0.1") && strrchr(peer, ':') &&
			  strcmp(strrchr(peer, ':') + 1, heard(&outcome, "port")) == 0,
		      "the peer is not 127.0.0.1 with port %s in %s", heard(&outcome, "port"),
		      line_text(line));
}
END_TEST

START_TEST(never_connected)
{
	struct outcome outcome = RUN(.mode = AUTO, .victim = "never-connected");

	ck_field(outcome, only_line(&outcome), "peer", 0);
	ck_field(outcome, only_line(&outcome), "type", "tcp");
}
END_TEST

START_TEST(abstract_names)
{
	char index[4] = {(char)('0' + _i), 0}, peer[64];
	struct outcome outcome = RUN(.mode = AUTO, .victim = "abstract", .args = {index});

	snprintf(peer, sizeof peer, "unix:%s", names[_i].told);
	ck_field(outcome, only_line(&outcome), "peer", peer);
}
END_TEST

START_TEST(path_names)
{
	static const char *const victim[] = {"path", "fifo"}, *const prefix[] = {"unix", "fifo"};
	char index[4] = {(char)('0' + _i), 0}, peer[256];

	for (int i = 0; i < 2; i++) {
		struct outcome outcome = RUN(.mode = AUTO, .victim = victim[i], .args = {index});

		snprintf(peer, sizeof peer, "%s:%s/%s", prefix[i], case_directory(),
			 names[_i].told + 1);
		ck_field(outcome, only_line(&outcome), "peer", peer);
	}
}
END_TEST

/* A filter, or a process of a given id, is root's to make. */
static bool is_skipped(const struct outcome *outcome)
{
	if (!WIFEXITED(outcome->status) || WEXITSTATUS(outcome->status) != 77)
		return false;
	printf("SKIP %s: not root\n", case_label());
	return true;
}

static const char *const kernels[] = {"new", "old"};

/* Its number is whose it was. */
START_TEST(a_pid_that_is_anothers)
{
	struct outcome outcome = RUN(.mode = AUTO, .victim = "reused-pid", .args = {kernels[_i]});

	if (is_skipped(&outcome))
		return;
	ck_field(outcome, only_line(&outcome), "peer_pid", heard(&outcome, "client"));
	ck_field(outcome, only_line(&outcome), "peer_comm", 0);
}
END_TEST

/* Who connects is who it says; who listens may have done so for another. */
START_TEST(an_activators_name)
{
	struct outcome outcome = RUN(.mode = AUTO, .victim = "activated", .args = {"opened"});

	ck_field(outcome, only_line(&outcome), "peer_comm", 0);
	outcome = RUN(.mode = AUTO, .victim = "activated", .args = {"accepted"});
	ck_field(outcome, only_line(&outcome), "peer_comm", "systemd");
}
END_TEST

START_TEST(unix_credentials)
{
	struct outcome outcome = RUN(.mode = AUTO, .victim = "unix-peer", .args = {_i ? "old" : 0});
	const struct line *line;
	char pid[16];

	if (is_skipped(&outcome))
		return;
	line = only_line(&outcome);
	snprintf(pid, sizeof pid, "%d", outcome.pid);
	ck_field(outcome, line, "peer_pid", pid);
	ck_field(outcome, line, "peer_uid", heard(&outcome, "uid"));
	ck_field(outcome, line, "peer_comm", line_value(line, "comm"));
}
END_TEST

Suite *suite(void)
{
	Suite *suite = suite_create("peers");
	TCase *tcase = tcase_create("peers");

	tcase_set_timeout(tcase, 20);
	tcase_add_loop_test(tcase, reused_number, AUTO, OBSERVE);
	tcase_add_test(tcase, number_reused_unseen);
	tcase_add_test(tcase, duplicates);
	tcase_add_test(tcase, passed_by_message);
	tcase_add_test(tcase, given_at_start);
	tcase_add_test(tcase, connected_by_itself);
	tcase_add_test(tcase, ipv4_mapped);
	tcase_add_test(tcase, never_connected);
	tcase_add_loop_test(tcase, abstract_names, 0, NAMES);
	tcase_add_loop_test(tcase, path_names, 0, NAMES);
	tcase_add_loop_test(tcase, unix_credentials, 0, 2);
	tcase_add_loop_test(tcase, a_pid_that_is_anothers, 0, 2);
	tcase_add_test(tcase, an_activators_name);
	suite_add_tcase(suite, tcase);
	return suite;
}
