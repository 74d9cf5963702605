/* What a call that succeeds costs: no system call more. `make bench` tells the instructions. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "channels.h"
#include "harness.h"
#include "writers.h"

enum { WRITES = 5000 };

/* --- what is counted --- */

static int null_device(void)
{
	return open("/dev/null", O_WRONLY);
}

static int pipe_end(void)
{
	return open_channel(PIPE).fd;
}

static int socket_end(void)
{
	int ends[2];

	must(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0, "socketpair");
	return ends[0];
}

static ssize_t put_write(int fd)
{
	return write(fd, "x", 1);
}

static ssize_t put_send(int fd)
{
	return send(fd, "x", 1, MSG_DONTWAIT);
}

static const struct {
	const char *name;
	int (*open)(void);
	ssize_t (*put)(int fd);
	const char *call;
} loops[] = {
    {"pipe", pipe_end, put_write, "write"},
    {"socket", socket_end, put_write, "write"},
    {"null", null_device, put_write, "write"},
    {"send", socket_end, put_send, "sendto"},
};
enum { LOOPS = sizeof loops / sizeof *loops };

/* Never more than either kind of channel holds unread. */
static int victim_loop(char **args)
{
	int i = atoi(args[1]), count = atoi(args[2]), fd = loops[i].open();

	for (int at = 0; at < count; at++) {
		if (at % 100 == 0) {
			close(fd);
			fd = loops[i].open();
		}
		must(loops[i].put(fd) == 1, "write");
	}
	return 0;
}

const struct victim victims[] = {{"loop", victim_loop}, {0}};

/* --- counting --- */

/* As strace -c prints it, under a name that a test can be given; -1 where the call is not in it. */
static long calls_in(const char *path, const char *call)
{
	char line[512];
	FILE *file = fopen(path, "re");
	long count, total = -1;

	while (file && fgets(line, sizeof line, file)) {
		line[strcspn(line, "\n")] = 0;
		/* The name comes last; a number of errors may stand before it. */
		if (sscanf(line, "%*s %*s %*s %ld", &count) == 1 && strrchr(line, ' ') &&
		    strcmp(strrchr(line, ' ') + 1, call) == 0)
			total = count;
	}
	if (file)
		fclose(file);
	return total;
}

static bool traced(enum mode mode, int loop, const char *count, char *path, size_t size)
{
	static const char *const protect[MODES] = {0, "auto", "calls", "calls", "observe"};
	char *command, program[4096] = "";
	bool ran;

	snprintf(path, size, "%s/strace.%d.%d.%s", case_directory(), mode, loop, count);
	ck_assert_int_gt(readlink("/proc/self/exe", program, sizeof program - 1), 0);
	ck_assert_int_gt(asprintf(&command,
				  "env -i VICTIM_DIRECTORY=%s strace -f -c -o %s %s%s %s%s %s "
				  "victim loop %s %d %s",
				  case_directory(), path, mode ? "-E LD_PRELOAD=" : "",
				  mode ? getenv("BPGUARD_LIB") : "",
				  mode ? "-E BPGUARD_LTTNG=off -E BPGUARD_PROTECT=" : "",
				  mode ? protect[mode] : "", program, loops[loop].name, loop,
				  count),
			 0);
	ran = system(command) == 0;
	free(command);
	return ran;
}

/* The whole process with and without the loop: what differs is the loop's. */
static long in_loop(enum mode mode, int loop, const char *call)
{
	char with[256], without[256];
	long before;

	ck_assert(traced(mode, loop, "5000", with, sizeof with));
	ck_assert(traced(mode, loop, "0", without, sizeof without));
	before = calls_in(without, call);
	return calls_in(with, call) - (before < 0 ? 0 : before);
}

static bool strace_works(void)
{
	bool works = system("strace -o /dev/null /bin/true 2>/dev/null") == 0;

	if (!works)
		printf("SKIP: strace cannot trace here\n");
	return works;
}

START_TEST(no_system_call_more)
{
	long total, unguarded;

	if (!strace_works())
		return;
	total = in_loop(AUTO, _i, "total");
	unguarded = in_loop(UNGUARDED, _i, "total");
	ck_assert_int_ge(unguarded, WRITES);
	ck_assert_msg(total == unguarded, "%s: %ld system calls instead of %ld", loops[_i].name,
		      total, unguarded);
	ck_assert_int_eq(in_loop(AUTO, _i, loops[_i].call), WRITES);
}
END_TEST

/* In calls a write is another system call, but still one. */
START_TEST(one_system_call_in_calls)
{
	if (strace_works())
		ck_assert_int_eq(in_loop(CALLS, _i, "total"), in_loop(UNGUARDED, _i, "total"));
}
END_TEST

Suite *suite(void)
{
	Suite *suite = suite_create("the cost of success");
	TCase *tcase = tcase_create("cost");

	tcase_set_timeout(tcase, 60);
	tcase_add_loop_test(tcase, no_system_call_more, 0, LOOPS);
	tcase_add_loop_test(tcase, one_system_call_in_calls, 0, LOOPS);
	suite_add_tcase(suite, tcase);
	return suite;
}
