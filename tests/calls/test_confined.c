/* Hosts that put themselves under a seccomp filter: it knows their own system calls, not ours. What
 * it does not know ends the process by SIGSYS. */
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "channels.h"
#include "harness.h"
#include "waits.h"
#include "writers.h"

static volatile sig_atomic_t hits;

static void count_hit(int number)
{
	(void)number;
	hits++;
}

/* --- filters --- */

enum { MOST_ALLOWED = 24 };

struct filter {
	struct sock_filter code[MOST_ALLOWED + 3];
	struct sock_fprog program;
};

/* Lets the calls of `allowed` through, which ends with -1; any other ends the process. */
static void make_filter(struct filter *filter, const long *allowed)
{
	unsigned short at = 0, count = 0;

	while (allowed[count] >= 0)
		count++;
	must(count <= MOST_ALLOWED, "room in the filter");
	filter->code[at++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
							  offsetof(struct seccomp_data, nr));
	for (unsigned short i = 0; i < count; i++)
		filter->code[at++] = (struct sock_filter)BPF_JUMP(
		    BPF_JMP | BPF_JEQ | BPF_K, (unsigned)allowed[i], (unsigned char)(count - i), 0);
	filter->code[at++] = (struct sock_filter)BPF_STMT(BPF_RET, SECCOMP_RET_KILL_PROCESS);
	filter->code[at++] = (struct sock_filter)BPF_STMT(BPF_RET, SECCOMP_RET_ALLOW);
	filter->program = (struct sock_fprog){at, filter->code};
}

static long by_prctl(struct sock_fprog *program)
{
	return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, program, 0, 0);
}

static long by_seccomp(struct sock_fprog *program)
{
	return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, program);
}

static long by_number(struct sock_fprog *program)
{
	return syscall(SYS_prctl, PR_SET_SECCOMP, SECCOMP_MODE_FILTER, program, 0, 0);
}

static long by_strict_mode(struct sock_fprog *program)
{
	(void)program;
	return prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT, 0, 0, 0);
}

static const struct {
	const char *name;
	long (*install)(struct sock_fprog *program);
} ways[] = {
    {"prctl", by_prctl},
    {"seccomp", by_seccomp},
    {"prctl by number", by_number},
    {"strict mode", by_strict_mode},
};
enum { WAYS = sizeof ways / sizeof *ways, STRICT = WAYS - 1 };

static void confine_by(int way, const long *allowed)
{
	struct filter filter;

	make_filter(&filter, allowed);
	must(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0, "PR_SET_NO_NEW_PRIVS");
	must(ways[way].install(&filter.program) == 0, ways[way].name);
}

static void confine(const long *allowed)
{
	confine_by(0, allowed);
}

/* Under strict mode only exit(2) is left. */
static void leave(bool well)
{
	if (!well)
		raw_call(SYS_exit, 9, 0, 0);
	raw_call(SYS_exit, 0, 0, 0);
}

/* --- calls that succeed --- */

static const long those_of_quiet_calls[] = {
    SYS_write, SYS_sendto,	 SYS_sendmsg,  SYS_recvmsg, SYS_accept4, SYS_accept,
    SYS_dup,   SYS_dup2,	 SYS_shutdown, SYS_close,   SYS_connect, SYS_listen,
    SYS_fcntl, SYS_rt_sigaction, SYS_exit,     -1,
};

static int listening(struct sockaddr_in *address)
{
	socklen_t length = sizeof *address;
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	memset(address, 0, sizeof *address);
	address->sin_family = AF_INET;
	address->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	must(bind(fd, (struct sockaddr *)address, sizeof *address) == 0, "bind");
	must(listen(fd, 8) == 0, "listen");
	must(getsockname(fd, (struct sockaddr *)address, &length) == 0, "getsockname");
	return fd;
}

static bool asks_of_sigpipe(void)
{
	struct sigaction action = {.sa_handler = count_hit}, old;
	bool held = sigaction(SIGPIPE, NULL, &old) == 0 && old.sa_handler == SIG_DFL;

	held = held && sigaction(SIGPIPE, &action, &old) == 0 && old.sa_handler == SIG_DFL;
	held = held && signal(SIGPIPE, SIG_IGN) == count_hit;
	held = held && signal(SIGPIPE, SIG_DFL) == SIG_IGN;
	return held && sigaction(SIGPIPE, NULL, &old) == 0 && old.sa_handler == SIG_DFL;
}

static int victim_quiet_calls(char **args)
{
	struct channel tcp = open_channel(TCP), pipes = open_channel(PIPE);
	struct sockaddr_in address, told;
	socklen_t length = sizeof told;
	int listener = listening(&address), clients[3];
	char byte = 'x';
	struct iovec part = {&byte, 1};
	struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
	bool held;

	for (int i = 0; i < 3; i++)
		clients[i] = socket(AF_INET, SOCK_STREAM, 0);
	confine_by(atoi(args[0]), those_of_quiet_calls);
	held = write(pipes.fd, "x", 1) == 1 && send(tcp.fd, "x", 1, 0) == 1;
	held = held && sendmsg(tcp.peer, &message, 0) == 1 && recvmsg(tcp.fd, &message, 0) == 1;
	for (int i = 0; i < 3; i++)
		held = held && connect(clients[i], (struct sockaddr *)&address, length) == 0;
	held = held && accept(listener, NULL, NULL) >= 0;
	held = held && accept(listener, (struct sockaddr *)&told, &length) >= 0;
	held = held && accept4(listener, NULL, NULL, SOCK_CLOEXEC) >= 0;
	held = held && dup(clients[0]) >= 0 && dup2(clients[0], 2) == 2;
	held = held && fcntl(clients[0], F_DUPFD, 10) >= 10;
	held = held && shutdown(tcp.fd, SHUT_WR) == 0 && close(clients[1]) == 0;
	held = held && listen(listener, 4) == 0 && asks_of_sigpipe();
	leave(held);
	return 0;
}

START_TEST(success_makes_no_call_of_ours)
{
	char way[4] = {(char)('0' + _i / MODES), 0};
	struct outcome outcome = RUN(.mode = (enum mode)(_i % MODES), .victim = "quiet-calls",
				     .args = {way}, .env = {"BPGUARD_KEEPALIVE=60"});

	ck_lives(outcome);
}
END_TEST

/* Strict mode: read, write, exit and rt_sigreturn alone. */
static int victim_strict(char **args)
{
	struct channel channel = broken_channel(kind_named(args[0]));
	const long none[] = {-1};
	ssize_t result;

	confine_by(STRICT, none);
	result = write(channel.fd, "x", 1);
	leave(result == -1 && errno == EPIPE);
	return 0;
}

START_TEST(strict_mode)
{
	static const enum kind kinds[] = {TCP, UNIX_STREAM, PIPE};
	enum kind kind = kinds[_i / MODES];
	struct outcome outcome =
	    RUN(.mode = (enum mode)(_i % MODES), .victim = "strict", .args = {kind_names[kind]});

	if (_i % MODES != AUTO) {
		ck_dies(outcome);
		ck_count(outcome, "epipe", 0);
		return;
	}
	ck_lives(outcome);
	ck_count(outcome, "epipe", 1);
}
END_TEST

/* --- calls that fail --- */

/* What each writer does itself, what a handler needs, and the end. */
static const long those_of_writers[] = {SYS_newfstatat, SYS_brk,     SYS_write, SYS_writev,
					SYS_sendto,	SYS_sendmsg, SYS_lseek, SYS_rt_sigreturn,
					SYS_exit,	-1};
static const long those_without_return[] = {SYS_write,	 SYS_writev, SYS_sendto,
					    SYS_sendmsg, SYS_exit,   -1};

static int victim_fails(char **args)
{
	struct channel channel = broken_channel(kind_named(args[0]));
	const struct writer *writer = writer_named(args[1]);
	bool returns = strcmp(args[2], "without rt_sigreturn") != 0;
	ssize_t result;

	if (strcmp(args[2], "ignored") == 0)
		signal(SIGPIPE, SIG_IGN);
	if (strcmp(args[2], "handled") == 0)
		signal(SIGPIPE, count_hit);
	if (strcmp(args[2], "once") == 0)
		sysv_signal(SIGPIPE, count_hit);
	say("fd %d", channel.fd);
	free(malloc(1)); /* dprintf's buffer is to come from a heap that is there */
	confine(returns ? those_of_writers : those_without_return);
	errno = 0;
	result = writer->put(channel.fd);
	if (strcmp(args[2], "once") == 0)
		result = writer->put(channel.fd);
	leave(result == -1 && errno == EPIPE && hits == (args[2][0] == 'h' || args[2][0] == 'o'));
	return 0;
}

static const char *const failing[] = {"write",	 "writev",  "syscall", "send",
				      "sendmsg", "dprintf", "assembly"};
enum { FAILING = sizeof failing / sizeof *failing };

static struct outcome fails(enum mode mode, enum kind kind, const char *writer, const char *how)
{
	return RUN(.mode = mode, .victim = "fails", .args = {kind_names[kind], writer, how});
}

/* Of what must be asked nothing is told; what is known without is. */
static void check_bare_record(const struct outcome *outcome, const struct writer *writer)
{
	const struct line *line = log_line(&outcome->log, "epipe", 0);
	static const char *const absent[] = {"tid",  "comm",  "type", "local",
					     "peer", "cause", "lost", "fds_left"};

	ck_field(*outcome, line, "call", writer->call);
	/* The number of a system call made by hand is not told, nor then which register the fd is
	 * in. */
	ck_field(*outcome, line, "fd", writer->family == RAW ? NULL : heard(outcome, "fd"));
	ck_field(*outcome, line, "errno", "EPIPE");
	ck_field(*outcome, line, "requested", writer->family == RAW ? NULL : "24");
	ck_assert_int_eq(line_number(line, "pid"), outcome->pid);
	for (size_t i = 0; i < sizeof absent / sizeof *absent; i++)
		ck_field(*outcome, line, absent[i], NULL);
}

/* By the flag it cannot be told whether the signal was blocked, and so whether it would have
 * killed. */
static void check_saved(const struct outcome *outcome, const struct writer *writer)
{
	const struct line *line = log_line(&outcome->log, "epipe", 0);
	bool flagged = writer->family == SEND;

	ck_field(*outcome, line, "action", flagged ? "nosignal" : "backstop");
	ck_field(*outcome, line, "sigpipe", flagged ? NULL : "kill");
	ck_field(*outcome, line, "saved", flagged ? NULL : "true");
}

START_TEST(failure_makes_no_call_of_ours)
{
	static const enum kind kinds[] = {TCP, UNIX_STREAM, PIPE};
	enum mode mode = (enum mode)(_i % MODES);
	enum kind kind = kinds[_i / MODES];

	for (int i = 0; i < FAILING; i++) {
		const struct writer *writer = writer_named(failing[i]);
		struct outcome outcome;
		bool flagged = mode == CALLS || mode == CALLS_MASKED;

		if (writer->family == SEND && kind == PIPE)
			continue;
		outcome = fails(mode, kind, failing[i], "");
		if (mode != AUTO && !(flagged && writer->family == SEND)) {
			ck_dies(outcome);
			ck_count(outcome, "epipe", 0);
			continue;
		}
		ck_lives(outcome);
		ck_count(outcome, "epipe", 1);
		check_bare_record(&outcome, writer);
		check_saved(&outcome, writer);
	}
}
END_TEST

START_TEST(dispositions_of_its_own)
{
	static const char *const hows[] = {"ignored", "handled"};
	enum mode mode = (enum mode)(_i % MODES);
	const char *how = hows[_i / MODES];

	for (int i = 0; i < FAILING; i++) {
		struct outcome outcome = fails(mode, TCP, failing[i], how);
		bool seen = mode != UNGUARDED && seen_by_wrapper(writer_named(failing[i]));

		/* Our handler stands before the program's, and sees the others. */
		if (mode == AUTO && strcmp(how, "handled") == 0)
			seen = true;
		ck_lives(outcome);
		ck_count(outcome, "epipe", seen);
		if (seen)
			ck_field(outcome, log_line(&outcome.log, "epipe", 0), "action", "none");
	}
}
END_TEST

/* The kernel resets such a handler; the second failure finds the default. */
START_TEST(handler_set_for_once)
{
	enum mode mode = (enum mode)_i;
	struct outcome outcome = fails(mode, TCP, "write", "once");

	if (mode == AUTO)
		ck_lives(outcome);
	else
		ck_dies(outcome);
}
END_TEST

/* The handler needs it: documented. */
START_TEST(filter_without_rt_sigreturn)
{
	struct outcome outcome = fails(AUTO, TCP, "write", "without rt_sigreturn");

	ck_status(outcome, WIFSIGNALED(outcome.status) && WTERMSIG(outcome.status) == SIGSYS,
		  "SIGSYS");
	outcome = fails(AUTO, TCP, "send", "without rt_sigreturn");
	ck_lives(outcome);
	ck_count(outcome, "epipe", 1);
}
END_TEST

/* A reader that leaves in the middle: a short count, no errno, and a signal. */
static int victim_short(char **args)
{
	static char large[1 << 20];
	struct channel channel = open_channel(PIPE);
	const long allowed[] = {SYS_write, SYS_rt_sigreturn, SYS_exit, -1};
	ssize_t result;
	pid_t writer = getpid();

	(void)args;
	if (fork() == 0) {
		close(channel.fd);
		await_asleep(writer, channel.fd);
		_exit(0);
	}
	close(channel.peer);
	confine(allowed);
	result = write(channel.fd, large, sizeof large);
	leave(result > 0 && result < (ssize_t)sizeof large);
	return 0;
}

START_TEST(short_write)
{
	struct outcome outcome = RUN(.mode = (enum mode)_i, .victim = "short");

	if (_i == AUTO)
		ck_lives(outcome);
	else
		ck_dies(outcome);
}
END_TEST

/* --- what is not a failing write --- */

static int victim_kills_itself(char **args)
{
	const long allowed[] = {SYS_getpid,
				SYS_gettid,
				SYS_kill,
				SYS_tgkill,
				SYS_rt_sigaction,
				SYS_rt_sigprocmask,
				SYS_rt_sigreturn,
				SYS_exit,
				SYS_rt_tgsigqueueinfo,
				-1};

	confine(allowed);
	if (strcmp(args[0], "kill") == 0)
		kill(getpid(), SIGPIPE);
	else
		raise(SIGPIPE);
	leave(false);
	return 0;
}

START_TEST(kills_itself)
{
	static const char *const hows[] = {"kill", "raise"};
	struct outcome outcome = RUN(.mode = (enum mode)(_i % MODES), .victim = "kills-itself",
				     .args = {hows[_i / MODES]});

	ck_dies(outcome);
}
END_TEST

/* --- filters that are none of the process's own --- */

/* Programs try what the kernel takes: that changes nothing. */
static int victim_probes(char **args)
{
	struct channel channel = broken_channel(TCP);

	(void)args;
	say("peer %s", channel.peer_name);
	must(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, NULL) == -1, "seccomp");
	must(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, NULL, 0, 0) == -1, "prctl");
	return write(channel.fd, "x", 1) == -1 && errno == EPIPE ? 0 : 9;
}

START_TEST(probing_changes_nothing)
{
	struct outcome outcome = RUN(.mode = (enum mode)_i, .victim = "probes");

	if (_i == UNGUARDED || _i == OBSERVE)
		ck_dies(outcome);
	else
		ck_lives(outcome);
	ck_count(outcome, "epipe", _i != UNGUARDED);
	if (_i != UNGUARDED)
		ck_field(outcome, log_line(&outcome.log, "epipe", 0), "peer",
			 heard(&outcome, "peer"));
}
END_TEST

/* --- threads: what one of them fails at while another installs a filter --- */

static volatile bool over;
static int fails_on;
static volatile int failed;
static volatile bool mask_changed;

/* Fails on and on, with one signal blocked, and looks whether that is still the only one. */
static void *fail_on(void *wanted)
{
	pthread_sigmask(SIG_SETMASK, wanted, NULL);
	while (!over) {
		sigset_t now;

		failed += write(fails_on, "x", 1) < 0;
		pthread_sigmask(SIG_SETMASK, NULL, &now);
		mask_changed |= memcmp(&now, wanted, (size_t)SIGRTMAX / 8) != 0;
	}
	return NULL;
}

static int victim_beside_a_filter(char **args)
{
	struct sock_filter code[] = {BPF_STMT(BPF_RET, SECCOMP_RET_ALLOW)};
	struct sock_fprog program = {1, code};
	sigset_t blocked;
	pthread_t thread;

	fails_on = broken_channel(UNIX_STREAM).fd;
	sigemptyset(&blocked);
	sigaddset(&blocked, SIGUSR1);
	must(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0, "PR_SET_NO_NEW_PRIVS");
	must(pthread_create(&thread, NULL, fail_on, &blocked) == 0, "thread");
	while (failed < 100)
		sched_yield();
	if (strcmp(args[0], "probes") == 0)
		for (int i = 0; failed < 20000 && i < 20000; i++)
			prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, NULL, 0, 0);
	else
		must(by_seccomp(&program) == 0, "seccomp");
	for (int before = failed; failed < before + 100;)
		sched_yield();
	over = true;
	pthread_join(thread, NULL);
	return mask_changed ? 8 : 0;
}

/* What is recorded at that very moment is told by halves: not for the judge of logs. */
START_TEST(masks_of_other_threads)
{
	static const char *const hows[] = {"probes", "installs"};
	enum { TIMES = 4 };
	char log[256];

	snprintf(log, sizeof log, "BPGUARD_LOG=%s/halves", case_directory());
	for (int i = 0; i < TIMES; i++) {
		struct outcome outcome = RUN(.mode = AUTO, .victim = "beside-a-filter",
					     .args = {hows[_i]}, .env = {log});
		ck_lives(outcome);
	}
}
END_TEST

/* As a container's: it was made for whatever runs below. */
static int victim_inherits(char **args)
{
	struct sock_filter code[] = {BPF_STMT(BPF_RET, SECCOMP_RET_ALLOW)};
	struct sock_fprog program = {1, code};

	(void)args;
	must(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0, "PR_SET_NO_NEW_PRIVS");
	must(by_prctl(&program) == 0, "seccomp");
	become("below", "");
}

static int victim_below(char **args)
{
	struct channel channel = broken_channel(TCP);

	(void)args;
	say("peer %s", channel.peer_name);
	return write(channel.fd, "x", 1) == -1 && errno == EPIPE ? 0 : 9;
}

START_TEST(inherited_filter_is_none)
{
	struct outcome outcome = RUN(.mode = AUTO, .victim = "inherits");

	ck_lives(outcome);
	ck_count(outcome, "epipe", 1);
	ck_field(outcome, log_line(&outcome.log, "epipe", 0), "peer", heard(&outcome, "peer"));
}
END_TEST

/* --- children --- */

static int victim_forks(char **args)
{
	struct channel channel = broken_channel(TCP);
	const long allowed[] = {
	    SYS_write,		SYS_clone,	     SYS_wait4, SYS_rt_sigreturn,
	    SYS_rt_sigprocmask, SYS_set_robust_list, SYS_exit,	-1};
	ssize_t result;
	int status = -1;

	(void)args;
	confine(allowed);
	if (fork() == 0) {
		result = write(channel.fd, "x", 1);
		leave(result == -1 && errno == EPIPE);
	}
	result = wait(&status);
	leave(result > 0 && status == 0);
	return 0;
}

START_TEST(forked_child_is_confined_too)
{
	struct outcome outcome = RUN(.mode = AUTO, .victim = "forks");

	ck_lives(outcome);
	ck_count(outcome, "epipe", 1);
	ck_field(outcome, log_line(&outcome.log, "epipe", 0), "pid", NULL);
}
END_TEST

/* A filter of a child that shares the memory is the child's. */
static int victim_vfork(char **args)
{
	struct sock_filter code[] = {BPF_STMT(BPF_RET, SECCOMP_RET_ALLOW)};
	struct sock_fprog program = {1, code};
	struct channel channel = broken_channel(TCP);
	pid_t child;

	(void)args;
	say("peer %s", channel.peer_name);
	must(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0, "PR_SET_NO_NEW_PRIVS");
	child = vfork();
	if (child == 0) {
		by_prctl(&program);
		_exit(0);
	}
	must(child > 0, "vfork");
	return write(channel.fd, "x", 1) == -1 && errno == EPIPE ? 0 : 9;
}

START_TEST(vfork_childs_filter_is_its_own)
{
	struct outcome outcome = RUN(.mode = AUTO, .victim = "vfork");

	ck_lives(outcome);
	ck_field(outcome, log_line(&outcome.log, "epipe", 0), "peer", heard(&outcome, "peer"));
}
END_TEST

/* A descendant in a pipeline ends as ever: what that takes could not be done later. */
static int victim_starts_pipeline(char **args)
{
	int ends[2], status = -1;

	(void)args;
	must(pipe(ends) == 0, "pipe");
	if (fork() == 0) {
		dup2(ends[1], 1);
		close(ends[0]);
		close(ends[1]);
		become("pipes", "");
	}
	close(ends[0]);
	close(ends[1]);
	must(wait(&status) > 0, "wait");
	say("status %d", status);
	return 0;
}

static int victim_pipes(char **args)
{
	ssize_t result;

	(void)args;
	await_hangup(1);
	confine(those_of_writers);
	result = writer_named("write")->put(1);
	leave(result == -1 && errno == EPIPE);
	return 0;
}

START_TEST(pipeline_ends_as_ever)
{
	struct outcome outcome = RUN(.mode = (enum mode)_i, .victim = "starts-pipeline");

	ck_lives(outcome);
	ck_heard(outcome, "status", SIGPIPE);
}
END_TEST

/* --- the log --- */

/* Its file may grow no further: a write would raise SIGXFSZ, which could not be held back. */
static int victim_limited(char **args)
{
	struct rlimit limit = {4096, RLIM_INFINITY};
	struct channel channel = broken_channel(TCP);
	ssize_t result;

	(void)args;
	must(setrlimit(RLIMIT_FSIZE, &limit) == 0, "RLIMIT_FSIZE");
	confine(those_of_writers);
	for (int i = 0; i < 100; i++)
		result = write(channel.fd, "x", 1);
	leave(result == -1 && errno == EPIPE);
	return 0;
}

START_TEST(log_that_may_not_grow)
{
	struct outcome outcome = RUN(.mode = AUTO, .victim = "limited", .env = {"BPGUARD_RATE=0"});

	ck_lives(outcome);
	ck_count(outcome, "epipe", 0);
}
END_TEST

static bool guarded(void)
{
	return getenv("LD_PRELOAD") != NULL;
}

/* The application puts another file where the log's was: not a byte of ours may reach it. Without a
 * higher hard limit the log has one of its numbers. */
static int victim_limits_numbers(char **args)
{
	struct rlimit limit = {128, 128};

	(void)args;
	must(setrlimit(RLIMIT_NOFILE, &limit) == 0, "RLIMIT_NOFILE");
	become("takes-the-number", "");
}

static int victim_takes_the_number(char **args)
{
	struct channel channel = broken_channel(TCP), other = open_channel(PIPE);
	const long allowed[] = {SYS_write,	  SYS_dup2, SYS_close, SYS_poll,
				SYS_rt_sigreturn, SYS_exit, -1};
	int highest = 127;
	struct pollfd asked = {.fd = other.peer, .events = POLLIN};
	ssize_t result;

	(void)args;
	must((fcntl(highest, F_GETFD) >= 0) == guarded(), "the log is there");
	confine(allowed);
	must(dup2(other.fd, highest) == highest, "dup2");
	result = write(channel.fd, "x", 1);
	leave(result == -1 && errno == EPIPE && poll(&asked, 1, 0) == 0 && close(highest) == 0);
	return 0;
}

START_TEST(log_whose_number_is_taken)
{
	struct outcome outcome = RUN(.mode = (enum mode)_i, .victim = "limits-numbers");

	if (_i == AUTO)
		ck_lives(outcome);
	else
		ck_dies(outcome);
	ck_count(outcome, "epipe", 0);
}
END_TEST

const struct victim victims[] = {
    {"quiet-calls", victim_quiet_calls},
    {"strict", victim_strict},
    {"fails", victim_fails},
    {"short", victim_short},
    {"kills-itself", victim_kills_itself},
    {"probes", victim_probes},
    {"beside-a-filter", victim_beside_a_filter},
    {"inherits", victim_inherits},
    {"below", victim_below},
    {"forks", victim_forks},
    {"vfork", victim_vfork},
    {"starts-pipeline", victim_starts_pipeline},
    {"pipes", victim_pipes},
    {"limited", victim_limited},
    {"limits-numbers", victim_limits_numbers},
    {"takes-the-number", victim_takes_the_number},
    {0},
};

Suite *suite(void)
{
	Suite *suite = suite_create("seccomp filters of the host's own");
	TCase *tcase = tcase_create("confined");

	tcase_set_timeout(tcase, 20);
	tcase_add_loop_test(tcase, success_makes_no_call_of_ours, 0, MODES * STRICT);
	tcase_add_loop_test(tcase, strict_mode, 0, MODES * 3);
	tcase_add_loop_test(tcase, failure_makes_no_call_of_ours, 0, MODES * 3);
	tcase_add_loop_test(tcase, dispositions_of_its_own, 0, MODES * 2);
	tcase_add_loop_test(tcase, handler_set_for_once, 0, MODES);
	tcase_add_test(tcase, filter_without_rt_sigreturn);
	tcase_add_loop_test(tcase, short_write, 0, MODES);
	tcase_add_loop_test(tcase, kills_itself, 0, MODES * 2);
	tcase_add_loop_test(tcase, probing_changes_nothing, 0, MODES);
	tcase_add_loop_test(tcase, masks_of_other_threads, 0, 2);
	tcase_add_test(tcase, inherited_filter_is_none);
	tcase_add_test(tcase, forked_child_is_confined_too);
	tcase_add_test(tcase, vfork_childs_filter_is_its_own);
	tcase_add_loop_test(tcase, pipeline_ends_as_ever, 0, MODES);
	tcase_add_test(tcase, log_that_may_not_grow);
	tcase_add_loop_test(tcase, log_whose_number_is_taken, 0, MODES);
	suite_add_tcase(suite, tcase);
	return suite;
}
