/* Writes that libc's own code makes, past every wrapper: what a record of one tells. glibc 2.41
 * makes them through one stub where there are threads, and otherwise on the way to it; before 2.41
 * each call has an instruction of its own. */
#include <dlfcn.h>
#include <errno.h>
#include <gnu/libc-version.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "channels.h"
#include "harness.h"
#include "writers.h"

/* --- libc's functions themselves, as its own code calls them --- */

static void *libcs(const char *name)
{
	void *function = dlsym(dlopen("libc.so.6", RTLD_LAZY | RTLD_NOLOAD), name);

	must(function != 0, name);
	return function;
}

static char data[WRITTEN];
static struct iovec parts[2] = {{data, 10}, {data + 10, WRITTEN - 10}};

static ssize_t put_write(int fd)
{
	return ((ssize_t(*)(int, const void *, size_t))libcs("write"))(fd, data, WRITTEN);
}

static ssize_t put_writev(int fd)
{
	return ((ssize_t(*)(int, const struct iovec *, int))libcs("writev"))(fd, parts, 2);
}

static ssize_t put_send(int fd)
{
	return ((ssize_t(*)(int, const void *, size_t, int))libcs("send"))(fd, data, WRITTEN, 0);
}

static ssize_t put_sendto(int fd)
{
	return ((ssize_t(*)(int, const void *, size_t, int, const struct sockaddr *,
			    socklen_t))libcs("sendto"))(fd, data, WRITTEN, 0, 0, 0);
}

static ssize_t put_sendmsg(int fd)
{
	struct msghdr message = {.msg_iov = parts, .msg_iovlen = 2};

	return ((ssize_t(*)(int, const struct msghdr *, int))libcs("sendmsg"))(fd, &message, 0);
}

/* --- the ways --- */

static const struct way {
	const char *name, *syscall;
	ssize_t (*put)(int fd); /* NULL: writers.c has it */
	bool sends;
} ways[] = {
    {"fprintf", "write", 0, 0},
    {"dprintf", "write", 0, 0},
    {"fclose", "write", 0, 0},
    {"exit", "write", 0, 0},
    {"libc's write", "write", put_write, 0},
    {"libc's writev", "writev", put_writev, 0},
    {"libc's send", "sendto", put_send, 1},
    {"libc's sendto", "sendto", put_sendto, 1},
    {"libc's sendmsg", "sendmsg", put_sendmsg, 1},
};
enum { WAYS = sizeof ways / sizeof *ways };

/* How libc gets to the kernel: alone, beside threads, or where it may not be cancelled. */
static const char *const states[] = {"alone", "threads", "uncancelable"};
enum { STATES = sizeof states / sizeof *states };

static const enum kind kinds[] = {TCP, UNIX_STREAM, PIPE};
enum { CHANNELS = sizeof kinds / sizeof *kinds };

static void *wait_for_the_end(void *unused)
{
	for (;;)
		pause();
	return unused;
}

static void take_on(const char *state)
{
	pthread_t thread;

	if (strcmp(state, "alone") != 0)
		must(pthread_create(&thread, NULL, wait_for_the_end, NULL) == 0, "thread");
	if (strcmp(state, "uncancelable") == 0)
		pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
}

/* From here on the shim asks nothing, whatever the filter lets through (test_confined). */
static void confine(void)
{
	struct sock_filter code[] = {BPF_STMT(BPF_RET, SECCOMP_RET_ALLOW)};
	struct sock_fprog program = {1, code};

	must(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0, "PR_SET_NO_NEW_PRIVS");
	must(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0) == 0, "PR_SET_SECCOMP");
}

static int victim_writes(char **args)
{
	const struct way *way = &ways[atoi(args[0])];
	struct channel channel = broken_channel(kind_named(args[1]));
	ssize_t (*put)(int fd) = way->put ? way->put : writer_named(way->name)->put;
	ssize_t result;

	say("fd %d", channel.fd);
	say("peer %s", channel.peer_name);
	say("libc %s", gnu_get_libc_version());
	take_on(args[2]);
	if (strcmp(args[3], "confined") == 0)
		confine();
	errno = 0;
	result = put(channel.fd);
	/* At exit stdio would try again what it could not write. */
	_exit(result == -1 && errno == EPIPE ? 0 : 9);
}

const struct victim victims[] = {{"writes", victim_writes}, {0}};

/* --- what is recorded --- */

static bool applies(const struct way *way, enum kind kind)
{
	return !way->sends || kind != PIPE;
}

/* Beside threads glibc before 2.41 loads arguments of sendto(2) after the number. */
static bool is_told(const struct outcome *outcome, const struct way *way, int state)
{
	return state == 0 || strcmp(way->syscall, "sendto") != 0 ||
	       strverscmp(heard(outcome, "libc"), "2.41") >= 0;
}

static struct outcome writes(enum mode mode, int way, enum kind kind, int state, const char *filter)
{
	char number[12];

	snprintf(number, sizeof number, "%d", way);
	return RUN(.mode = mode, .victim = "writes",
		   .args = {number, kind_names[kind], states[state], filter});
}

static const struct line *check_call(const struct outcome *outcome, const struct way *way)
{
	const struct line *line = log_line(&outcome->log, "epipe", 0);
	char requested[12];

	snprintf(requested, sizeof requested, "%d", WRITTEN);
	ck_count(*outcome, "epipe", 1);
	ck_field(*outcome, line, "call", "libc");
	ck_field(*outcome, line, "syscall", way->syscall);
	ck_field(*outcome, line, "requested", requested);
	ck_field(*outcome, line, "fd", machine_has("fd") ? heard(outcome, "fd") : NULL);
	return line;
}

static void check_all(const struct outcome *outcome, const struct way *way, enum kind kind)
{
	const struct line *line = check_call(outcome, way);

	if (!machine_has("fd"))
		return;
	ck_field(*outcome, line, "type", kind_names[kind]);
	if (machine_has("cookies"))
		ck_field(*outcome, line, "peer", heard(outcome, "peer"));
	if (kind != TCP || machine_has("cookies"))
		ck_field(*outcome, line, "cause", kind == PIPE ? "reader-gone" : "peer-closed");
}

static void check_each(enum mode mode, int state)
{
	for (int i = 0; i < WAYS * CHANNELS; i++) {
		const struct way *way = &ways[i % WAYS];
		enum kind kind = kinds[i / WAYS];
		struct outcome outcome;

		if (!applies(way, kind))
			continue;
		outcome = writes(mode, i % WAYS, kind, state, "free");
		if (mode == OBSERVE)
			ck_dies(outcome);
		else
			ck_lives(outcome);
		if (is_told(&outcome, way, state))
			check_all(&outcome, way, kind);
	}
}

START_TEST(recorded_in_auto)
{
	check_each(AUTO, _i);
}
END_TEST

START_TEST(recorded_in_observe)
{
	check_each(OBSERVE, _i);
}
END_TEST

/* Nothing can be asked: what the registers and the stack tell is all. */
START_TEST(recorded_under_a_filter)
{
	if (!machine_has("seccomp"))
		return;
	for (int i = 0; i < WAYS * CHANNELS; i++) {
		const struct way *way = &ways[i % WAYS];
		enum kind kind = kinds[i / WAYS];
		struct outcome outcome;

		if (!applies(way, kind))
			continue;
		outcome = writes(AUTO, i % WAYS, kind, _i, "confined");
		ck_lives(outcome);
		if (is_told(&outcome, way, _i))
			check_call(&outcome, way);
	}
}
END_TEST

Suite *suite(void)
{
	Suite *suite = suite_create("libc's own writes");
	TCase *tcase = tcase_create("recorded");

	tcase_set_timeout(tcase, 20);
	tcase_add_loop_test(tcase, recorded_in_auto, 0, STATES);
	tcase_add_loop_test(tcase, recorded_in_observe, 0, STATES);
	tcase_add_loop_test(tcase, recorded_under_a_filter, 0, STATES);
	suite_add_tcase(suite, tcase);
	return suite;
}
