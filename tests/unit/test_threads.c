/* What threads share: they fail, note peers and log at once, while the log is rotated and lost.
 * That no two of them meet in an unordered way only the thread sanitizer can tell; here the sums
 * tell that no record is. */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/raw.h"
#include "entry/failure.h"
#include "entry/handler.h"
#include "kernel/module.h"
#include "outlets/emit.h"
#include "outlets/log.h"
#include "record/totals.h"
#include "signal/mask.h"
#include "state/lineage.h"
#include "state/next.h"
#include "state/peers.h"
#include "state/program.h"
#include "state/settings.h"
#include "state/streaks.h"
#include "suite.h"

/* More threads than there are workspaces: then they are mapped and unmapped, by system calls that
 * the thread sanitizer knows nothing of, so that two threads' use of an address looks to it like
 * one of the same memory. */
#ifndef __has_feature
#define __has_feature(name) 0
#endif
#if defined(__SANITIZE_THREAD__) || __has_feature(thread_sanitizer)
enum { THREADS = 4 };
#else
enum { THREADS = 6 };
#endif
enum { EACH = 1000, SOCKETS = 4, ROTATIONS = 40 };

static char directory[] = "/tmp/bpguard-unit.XXXXXX";
static char path[64];
static int sockets[SOCKETS];
static bool over;

static void connect_all(void)
{
	struct sockaddr_in address = {.sin_family = AF_INET,
				      .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t length = sizeof(address);
	int listener = socket(AF_INET, SOCK_STREAM, 0);
	ck_assert_int_eq(bind(listener, (struct sockaddr *)&address, length), 0);
	ck_assert_int_eq(listen(listener, SOCKETS), 0);
	ck_assert_int_eq(getsockname(listener, (struct sockaddr *)&address, &length), 0);
	for (int i = 0; i < SOCKETS; i++) {
		sockets[i] = socket(AF_INET, SOCK_STREAM, 0);
		ck_assert_int_eq(connect(sockets[i], (struct sockaddr *)&address, length), 0);
	}
}

static void begin(uint32_t rate)
{
	ck_assert_ptr_nonnull(mkdtemp(directory));
	snprintf(path, sizeof(path), "%s/log", directory);
	settings.log = LOG_FILE;
	settings.log_path = path;
	settings.lttng = LTTNG_OFF;
	settings.rate = rate;
	lineage_forked(); /* each test runs in a child of its own */
	log_start();
	connect_all();
}

static void name_rotated(char name[80], int number)
{
	snprintf(name, 80, "%s.%d", path, number);
}

/* As a failure is taken, but for its verdict. */
static void tell_of(int fd)
{
	uint64_t mask = mask_block_all();
	struct failure failure = {.call = "write", .fd = fd, .error = EPIPE, .requested = 1};
	failure.streak = streaks_count((uint64_t)fd);
	peers_find(fd, &failure.peer);
	totals_count(emit_failure(&failure).cause, false);
	mask_restore(mask);
}

static void *fail_often(void *argument)
{
	for (int i = 0; i < EACH; i++) {
		int fd = sockets[i % SOCKETS];
		if (i % 7 == 0)
			peers_note(fd, NULL, 0, ORIGIN_OPENED);
		if (i % 11 == 0)
			peers_note_error(fd, ECONNRESET);
		if (i % 13 == 0)
			peers_copy(fd, sockets[(i + 1) % SOCKETS]);
		tell_of(fd);
	}
	return argument;
}

/* The log goes by its name, and by its descriptor. */
static void *disturb(void *argument)
{
	char name[80];
	for (int i = 0; i < ROTATIONS && !__atomic_load_n(&over, __ATOMIC_RELAXED); i++) {
		name_rotated(name, i);
		rename(path, name);
		usleep(6000);
		if (i % 4 == 0)
			RAW1(SYS_close, __atomic_load_n(&log_fd, __ATOMIC_RELAXED));
	}
	return argument;
}

static size_t count_lines(const char *name)
{
	static char line[8192];
	size_t count = 0;
	FILE *file = fopen(name, "r");
	while (file && fgets(line, sizeof(line), file)) {
		ck_assert_msg(line[0] == '{' && strcmp(line + strlen(line) - 2, "}\n") == 0, "%s",
			      line);
		count += strstr(line, "\"event\":\"epipe\"") != NULL;
	}
	if (file)
		fclose(file);
	unlink(name);
	return count;
}

/* Calls that no wrapper made, handed over as one would: on sockets and pipes that all of
 * the threads share, and on their own. */
static void *fail_in_calls(void *argument)
{
	int own[2], others[2];
	ck_assert(pipe(own) == 0 && socketpair(AF_UNIX, SOCK_STREAM, 0, others) == 0);
	close(own[0]);
	close(others[0]);
	for (int i = 0; i < EACH; i++) {
		int fds[] = {own[1], others[1], sockets[i % SOCKETS]};
		struct inflight call = {.number = SYS_write, .fd = fds[i % 3], .requested = 1};
		errno = EPIPE;
		failure_of_call(&call, (void *)(uintptr_t)fail_in_calls);
	}
	close(own[1]);
	close(others[1]);
	return argument;
}

static void run_threads(void *(*body)(void *), bool disturbed)
{
	pthread_t threads[THREADS], disturber;
	if (disturbed)
		pthread_create(&disturber, NULL, disturb, NULL);
	for (int i = 0; i < THREADS; i++)
		pthread_create(&threads[i], NULL, body, NULL);
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	__atomic_store_n(&over, true, __ATOMIC_RELAXED);
	if (disturbed)
		pthread_join(disturber, NULL);
}

static void check_sum(void)
{
	char name[80];
	size_t lines = count_lines(path);
	for (int i = 0; i < ROTATIONS; i++) {
		name_rotated(name, i);
		lines += count_lines(name);
	}
	rmdir(directory);
	ck_assert_uint_gt(lines, 0);
	ck_assert_uint_eq(lines + emit_take_held_back(), THREADS * EACH);
}

START_TEST(all_are_told)
{
	begin(0);
	run_threads(fail_often, false);
	check_sum();
}
END_TEST

START_TEST(the_log_is_rotated_and_lost)
{
	begin(0);
	run_threads(fail_often, true);
	check_sum();
}
END_TEST

START_TEST(most_are_held_back)
{
	begin(100);
	run_threads(fail_often, false);
	check_sum();
}
END_TEST

START_TEST(calls_of_all_kinds)
{
	signal(SIGPIPE, SIG_IGN);
	begin(0);
	next_resolve();
	module_start();
	handler_start();
	failure_start();
	run_threads(fail_in_calls, false);
	check_sum();
}
END_TEST

static void add(TCase *tcase)
{
	tcase_set_timeout(tcase, 60);
	tcase_add_test(tcase, all_are_told);
	tcase_add_test(tcase, the_log_is_rotated_and_lost);
	tcase_add_test(tcase, most_are_held_back);
	tcase_add_test(tcase, calls_of_all_kinds);
}

int main(void)
{
	return run_suite("threads", add);
}
