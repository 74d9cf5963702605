/* int $0x80 in a 64-bit program: i386's system calls, whose numbers and registers are others. */
#include <errno.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "channels.h"
#include "harness.h"

enum { WRITE = 4, GETPID = 20, WRITEV = 146, SOCKETCALL = 102, SEND = 9 };

/* The number stands in the instruction before. */
#ifdef __x86_64__
#define FOREIGN(number, a, b, c)                                                                   \
	({                                                                                         \
		long result_;                                                                      \
		__asm__ volatile("movl %[n], %%eax\n\tint $0x80"                                   \
				 : "=&a"(result_)                                                  \
				 : [n] "i"(number), "b"((long)(a)), "c"((long)(b)), "d"((long)(c)) \
				 : "memory", "r8", "r9", "r10", "r11");                            \
		result_;                                                                           \
	})
#else
#define FOREIGN(number, a, b, c) ((void)(a), (void)(b), (void)(c), (long)-ENOSYS)
#endif

/* A kernel without i386's calls sends SIGSEGV. */
static bool knows_foreign_calls(void)
{
	pid_t child = fork();
	int status;

	if (child == 0)
		_exit(FOREIGN(GETPID, 0, 0, 0) != getpid());
	return waitpid(child, &status, 0) == child && status == 0;
}

static int victim_foreign(char **args)
{
	struct channel channel;
	uint32_t *low = mmap(0, 4096, PROT_READ | PROT_WRITE,
			     MAP_PRIVATE | MAP_ANONYMOUS | 0x40 /* MAP_32BIT */, -1, 0);
	long result = 0, at = (long)low;

	if (!knows_foreign_calls())
		return 77;
	channel = broken_channel(*args[0] == 's' ? UNIX_STREAM : PIPE);
	say("fd %d", channel.fd);
	low[0] = (uint32_t)channel.fd; /* socketcall's arguments, or a vector's */
	low[1] = (uint32_t)at;
	low[2] = 1;
	if (*args[0] == 'w')
		result = FOREIGN(WRITE, channel.fd, at, 1);
	else if (*args[0] == 'v')
		result = FOREIGN(WRITEV, channel.fd, at + 4, 1);
	else
		result = FOREIGN(SOCKETCALL, SEND, at, 0);
	must(result == -EPIPE, "no EPIPE");
	return 0;
}

const struct victim victims[] = {{"foreign", victim_foreign}, {0}};

static const struct {
	const char *way, *syscall, *requested;
} ways[] = {{"write", "write", "1"}, {"vector", 0, 0}, {"send", 0, 0}};
enum { WAYS = sizeof ways / sizeof *ways };

START_TEST(foreign_calls)
{
	struct outcome outcome = RUN(.mode = AUTO, .victim = "foreign", .args = {ways[_i].way});
	const struct line *line = log_line(&outcome.log, "epipe", 0);

	if (WIFEXITED(outcome.status) && WEXITSTATUS(outcome.status) == 77) {
		printf("UNABLE foreign_calls: this kernel has no int $0x80\n");
		return;
	}
	ck_lives(outcome);
	ck_count(outcome, "epipe", 1);
	ck_field(outcome, line, "call", "raw");
	ck_field(outcome, line, "syscall", ways[_i].syscall);
	ck_field(outcome, line, "requested", ways[_i].requested);
	ck_field(outcome, line, "fd", heard(&outcome, "fd"));
	ck_field(outcome, line, "action", "backstop");
}
END_TEST

Suite *suite(void)
{
	Suite *suite = suite_create("foreign");
	TCase *tcase = tcase_create("foreign");

	tcase_set_timeout(tcase, 20);
	tcase_add_loop_test(tcase, foreign_calls, 0, WAYS);
	suite_add_tcase(suite, tcase);
	return suite;
}
