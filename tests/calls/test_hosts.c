/* What hosts ask of a call that is unusual: pointers that lead nowhere, counts that nothing can
 * have, nothing at all to write, vectors by number. The shim looks at what the kernel has taken
 * only, and every answer is the kernel's. */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "channels.h"
#include "harness.h"
#include "waits.h"
#include "writers.h"

static char byte[] = "x";

/* Volatile: no compiler is to see through them, and refuse such calls itself. */
static void *volatile nowhere = (void *)8; /* nothing is mapped there */
static volatile size_t no_size = SIZE_MAX;
static volatile int no_count = -1;

/* The last `size` bytes of a page that nothing follows. */
static void *before_nothing(size_t size)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	char *start = mmap(0, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	must(start != MAP_FAILED && munmap(start + page, page) == 0, "mmap");
	return start + page - size;
}

/* Only the first part is there, whatever the count says. */
static struct iovec *one_part(void)
{
	struct iovec *part = before_nothing(sizeof *part);

	*part = (struct iovec){byte, 1};
	return part;
}

static struct mmsghdr *one_message(void)
{
	struct mmsghdr *message = before_nothing(sizeof *message);

	message->msg_hdr.msg_iov = one_part();
	message->msg_hdr.msg_iovlen = 1;
	return message;
}

/* --- what the kernel refuses --- */

static ssize_t write_nowhere(int fd)
{
	return write(fd, nowhere, 24);
}

static ssize_t write_huge(int fd)
{
	return write(fd, byte, no_size);
}

static ssize_t writev_nowhere(int fd)
{
	return writev(fd, nowhere, 3);
}

static ssize_t writev_negative(int fd)
{
	return writev(fd, one_part(), no_count);
}

static ssize_t writev_huge(int fd)
{
	return writev(fd, one_part(), 5000);
}

static ssize_t writev_half(int fd)
{
	return writev(fd, one_part(), 2);
}

static ssize_t writev_part_nowhere(int fd)
{
	struct iovec part = {nowhere, 24};

	return writev(fd, &part, 1);
}

static ssize_t writev_part_negative(int fd)
{
	struct iovec part = {byte, SIZE_MAX};

	return writev(fd, &part, 1);
}

static ssize_t pwritev2_nowhere(int fd)
{
	return pwritev2(fd, nowhere, 3, -1, 0);
}

static ssize_t pwritev2_negative(int fd)
{
	return pwritev2(fd, one_part(), no_count, -1, 0);
}

static ssize_t pwritev2_huge(int fd)
{
	return pwritev2(fd, one_part(), 5000, -1, 0);
}

static ssize_t pwritev2_flags(int fd)
{
	return pwritev2(fd, one_part(), 1, -1, 0x40000000);
}

static ssize_t vmsplice_nowhere(int fd)
{
	return vmsplice(fd, nowhere, 3, 0);
}

static ssize_t vmsplice_huge(int fd)
{
	return vmsplice(fd, one_part(), 5000, 0);
}

static ssize_t syscall_writev_nowhere(int fd)
{
	return syscall(SYS_writev, fd, nowhere, 3);
}

static ssize_t syscall_writev_negative(int fd)
{
	return syscall(SYS_writev, fd, one_part(), no_count);
}

static ssize_t syscall_sendmsg_nowhere(int fd)
{
	return syscall(SYS_sendmsg, fd, nowhere, 0);
}

static ssize_t send_nowhere(int fd)
{
	return send(fd, nowhere, 24, 0);
}

static ssize_t sendmsg_nowhere(int fd)
{
	return sendmsg(fd, nowhere, 0);
}

static ssize_t sendmsg_parts_nowhere(int fd)
{
	struct msghdr message = {.msg_iov = nowhere, .msg_iovlen = 1};

	return sendmsg(fd, &message, 0);
}

static ssize_t sendmsg_huge(int fd)
{
	struct msghdr message = {.msg_iov = one_part(), .msg_iovlen = SIZE_MAX};

	return sendmsg(fd, &message, 0);
}

static ssize_t sendmmsg_nowhere(int fd)
{
	return sendmmsg(fd, nowhere, 2, 0);
}

/* The second message is not there: the kernel stops at the first, which fails. */
static ssize_t sendmmsg_huge(int fd)
{
	must(shutdown(fd, SHUT_WR) == 0, "shutdown");
	signal(SIGPIPE, SIG_IGN);
	return sendmmsg(fd, one_message(), 1000, 0);
}

static ssize_t sendfile_nowhere(int fd)
{
	return sendfile(fd, open("/proc/self/exe", O_RDONLY), nowhere, 24);
}

static ssize_t splice_nowhere(int fd)
{
	return splice(open("/proc/self/exe", O_RDONLY), nowhere, fd, 0, 24, 0);
}

static int pending_connection(void)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
	socklen_t length = sizeof address;
	int listener = socket(AF_INET, SOCK_STREAM, 0), fd = socket(AF_INET, SOCK_STREAM, 0);

	must(bind(listener, (void *)&address, length) == 0 && listen(listener, 1) == 0, "listen");
	must(getsockname(listener, (void *)&address, &length) == 0, "getsockname");
	must(connect(fd, (void *)&address, length) == 0, "connect");
	return listener;
}

static ssize_t accept_length_nowhere(int fd)
{
	struct sockaddr_in address;

	(void)fd;
	return accept(pending_connection(), (void *)&address, nowhere);
}

static ssize_t accept4_length_nowhere(int fd)
{
	struct sockaddr_in address;

	(void)fd;
	return accept4(pending_connection(), (void *)&address, nowhere, SOCK_CLOEXEC);
}

static ssize_t accept_address_nowhere(int fd)
{
	socklen_t length = sizeof(struct sockaddr_in);

	(void)fd;
	return accept(pending_connection(), nowhere, &length);
}

static const struct {
	const char *name;
	enum kind kind;
	ssize_t (*put)(int fd);
	int error;
} refused[] = {
    {"write-nowhere", PIPE, write_nowhere, EFAULT},
    {"write-huge", UNIX_STREAM, write_huge, EFAULT},
    {"writev-nowhere", PIPE, writev_nowhere, EFAULT},
    {"writev-negative", PIPE, writev_negative, EINVAL},
    {"writev-huge", PIPE, writev_huge, EINVAL},
    {"writev-half", PIPE, writev_half, EFAULT},
    {"writev-part-nowhere", UNIX_STREAM, writev_part_nowhere, EFAULT},
    {"writev-part-negative", PIPE, writev_part_negative, EINVAL},
    {"pwritev2-nowhere", PIPE, pwritev2_nowhere, EFAULT},
    {"pwritev2-negative", PIPE, pwritev2_negative, EINVAL},
    {"pwritev2-huge", PIPE, pwritev2_huge, EINVAL},
    {"pwritev2-flags", PIPE, pwritev2_flags, EOPNOTSUPP},
    {"vmsplice-nowhere", PIPE, vmsplice_nowhere, EFAULT},
    {"vmsplice-huge", PIPE, vmsplice_huge, EINVAL},
    {"syscall-writev-nowhere", PIPE, syscall_writev_nowhere, EFAULT},
    {"syscall-writev-negative", PIPE, syscall_writev_negative, EINVAL},
    {"syscall-sendmsg-nowhere", UNIX_STREAM, syscall_sendmsg_nowhere, EFAULT},
    {"send-nowhere", UNIX_STREAM, send_nowhere, EFAULT},
    {"sendmsg-nowhere", UNIX_STREAM, sendmsg_nowhere, EFAULT},
    {"sendmsg-parts-nowhere", UNIX_STREAM, sendmsg_parts_nowhere, EFAULT},
    {"sendmsg-huge", UNIX_STREAM, sendmsg_huge, EMSGSIZE},
    {"sendmmsg-nowhere", UNIX_STREAM, sendmmsg_nowhere, EFAULT},
    {"sendmmsg-huge", UNIX_STREAM, sendmmsg_huge, EPIPE},
    {"sendfile-nowhere", UNIX_STREAM, sendfile_nowhere, EFAULT},
    {"splice-nowhere", PIPE, splice_nowhere, EFAULT},
    {"accept-length-nowhere", PIPE, accept_length_nowhere, EFAULT},
    {"accept4-length-nowhere", PIPE, accept4_length_nowhere, EFAULT},
    {"accept-address-nowhere", PIPE, accept_address_nowhere, EFAULT},
};
enum { REFUSED = sizeof refused / sizeof *refused };

static int victim_refused(char **args)
{
	int i = atoi(args[1]);
	struct channel channel = open_channel(refused[i].kind);

	errno = 0;
	say("result %zd", refused[i].put(channel.fd));
	say("errno %d", errno);
	_exit(0);
}

START_TEST(refused_as_unguarded)
{
	for (int i = 0; i < REFUSED; i++) {
		char index[4];

		snprintf(index, sizeof index, "%d", i);
		struct outcome outcome = RUN(.mode = (enum mode)_i, .victim = "refused",
					     .args = {refused[i].name, index});

		ck_lives(outcome);
		ck_heard(outcome, "result", -1);
		ck_heard(outcome, "errno", refused[i].error);
		ck_count(outcome, "epipe", _i != UNGUARDED && refused[i].error == EPIPE);
	}
}
END_TEST

/* --- nothing to write --- */

static struct iovec no_bytes = {byte, 0};

static ssize_t empty_write(int fd)
{
	return write(fd, byte, 0);
}

static ssize_t empty_syscall(int fd)
{
	return syscall(SYS_write, fd, byte, (size_t)0);
}

static ssize_t empty_writev(int fd)
{
	return writev(fd, &no_bytes, 1);
}

static ssize_t empty_pwritev2(int fd)
{
	return pwritev2(fd, &no_bytes, 1, -1, 0);
}

static ssize_t empty_send(int fd)
{
	return send(fd, byte, 0, 0);
}

static ssize_t empty_sendmsg(int fd)
{
	struct msghdr message = {.msg_iov = &no_bytes, .msg_iovlen = 1};

	return sendmsg(fd, &message, 0);
}

/* Of these, writev and pwritev2 return 0 before the kernel asks the socket. */
static const struct {
	const char *name;
	ssize_t (*put)(int fd);
	bool reaches;
} empties[] = {
    {"write", empty_write, true},    {"syscall", empty_syscall, true},
    {"writev", empty_writev, false}, {"pwritev2", empty_pwritev2, false},
    {"send", empty_send, true},	     {"sendmsg", empty_sendmsg, true},
};
enum { EMPTIES = sizeof empties / sizeof *empties };

static int victim_empty_datagram(char **args)
{
	int ends[2];

	must(socketpair(AF_UNIX, SOCK_DGRAM, 0, ends) == 0, "socketpair");
	say("result %zd", empties[atoi(args[1])].put(ends[0]));
	say("received %zd", recv(ends[1], byte, 1, MSG_DONTWAIT));
	_exit(0);
}

static int victim_empty_broken(char **args)
{
	struct channel channel = open_channel(TCP);

	break_channel(&channel, SHUTDOWN);
	errno = 0;
	say("result %zd", empties[atoi(args[1])].put(channel.fd));
	say("errno %d", errno);
	_exit(0);
}

static struct outcome run_empty(int mode, const char *victim, int i)
{
	char index[4];

	snprintf(index, sizeof index, "%d", i);
	return RUN(.mode = (enum mode)mode, .victim = victim, .args = {empties[i].name, index});
}

START_TEST(empty_datagram_is_sent)
{
	for (int i = 0; i < EMPTIES; i++) {
		struct outcome outcome = run_empty(_i, "empty-datagram", i);

		ck_lives(outcome);
		ck_heard(outcome, "result", 0);
		ck_heard(outcome, "received", empties[i].reaches ? 0 : -1);
	}
}
END_TEST

START_TEST(empty_write_breaks)
{
	for (int i = 0; i < EMPTIES; i++) {
		struct outcome outcome = run_empty(_i, "empty-broken", i);

		if (empties[i].reaches && (_i == UNGUARDED || _i == OBSERVE)) {
			ck_dies(outcome);
			continue;
		}
		ck_lives(outcome);
		ck_heard(outcome, "result", empties[i].reaches ? -1 : 0);
		ck_heard(outcome, "errno", empties[i].reaches ? EPIPE : 0);
		ck_count(outcome, "epipe", _i != UNGUARDED && empties[i].reaches);
	}
}
END_TEST

/* --- vectors by number, and a reader that leaves in the middle --- */

static char data[1 << 20];
static struct iovec parts[2] = {{data, sizeof data / 2}, {data, sizeof data / 2}};

static ssize_t long_writev(int fd)
{
	return writev(fd, parts, 2);
}

static ssize_t long_syscall_write(int fd)
{
	return syscall(SYS_write, fd, data, sizeof data);
}

static ssize_t long_syscall_writev(int fd)
{
	return syscall(SYS_writev, fd, parts, 2);
}

static ssize_t long_syscall_pwritev2(int fd)
{
	return syscall(SYS_pwritev2, fd, parts, 2, -1L, -1L, 0);
}

static const struct {
	const char *name, *call;
	ssize_t (*put)(int fd);
} longs[] = {
    {"writev", "writev", long_writev},
    {"write", "syscall", long_syscall_write},
    {"writev", "syscall", long_syscall_writev},
    {"pwritev2", "syscall", long_syscall_pwritev2},
};
enum { LONGS = sizeof longs / sizeof *longs };

static int victim_short(char **args)
{
	struct channel channel = open_channel(PIPE);
	pid_t writer = getpid();

	if (fork() == 0) {
		close(channel.fd);
		await_asleep(writer, -1);
		_exit(0);
	}
	close(channel.peer);
	say("result %zd", longs[atoi(args[1])].put(channel.fd));
	_exit(0);
}

START_TEST(short_write_breaks)
{
	for (int i = 0; i < LONGS; i++) {
		char index[4] = {(char)('0' + i), 0}, size[16];
		struct outcome outcome =
		    RUN(.mode = (enum mode)_i, .victim = "short", .args = {longs[i].name, index});
		const struct line *line = log_line(&outcome.log, "epipe", 0);

		snprintf(size, sizeof size, "%zu", sizeof data);
		if (_i == UNGUARDED || _i == OBSERVE) {
			ck_dies(outcome);
			continue;
		}
		ck_lives(outcome);
		ck_assert_int_gt(heard_number(&outcome, "result"), 0);
		ck_assert_int_lt(heard_number(&outcome, "result"), (long)sizeof data);
		ck_count(outcome, "epipe", 1);
		ck_field(outcome, line, "call", longs[i].call);
		ck_field(outcome, line, "requested", size);
		ck_field(outcome, line, "saved", "true");
	}
}
END_TEST

/* --- registers that look like another call's --- */

#ifdef __x86_64__
/* sendto with 41 b8 14 00 00 00, mov $20,%r8d, before the system call; without the first byte that
 * loads the number of writev, and what is to be sent would be taken for vectors. */
static int victim_registers(char **args)
{
	struct channel channel = open_channel(TCP);
	char *bytes = before_nothing(8);
	long result;

	(void)args;
	break_channel(&channel, SHUTDOWN);
	memset(bytes, 1, 8);
	__asm__ volatile("mov $44, %%eax\n\t"
			 "xor %%r10d, %%r10d\n\t"
			 "xor %%r9d, %%r9d\n\t"
			 ".byte 0x41, 0xb8, 20, 0, 0, 0\n\t"
			 "syscall"
			 : "=a"(result)
			 : "D"((long)channel.fd), "S"(bytes), "d"(8L)
			 : "rcx", "r11", "r8", "r9", "r10", "memory");
	say("result %ld", result);
	_exit(0);
}

START_TEST(last_load_is_no_number)
{
	struct outcome outcome = RUN(.mode = (enum mode)_i, .victim = "registers");
	const struct line *line = log_line(&outcome.log, "epipe", 0);

	if (_i != AUTO) {
		ck_dies(outcome);
		return;
	}
	ck_lives(outcome);
	ck_heard(outcome, "result", -EPIPE);
	ck_count(outcome, "epipe", 1);
	ck_field(outcome, line, "call", "raw");
	ck_assert(!line_is(line, "syscall", "writev"));
	ck_field(outcome, line, "type", "tcp");
	ck_field(outcome, line, "requested", 0);
}
END_TEST
#endif

const struct victim victims[] = {
    {"refused", victim_refused},
    {"empty-datagram", victim_empty_datagram},
    {"empty-broken", victim_empty_broken},
    {"short", victim_short},
#ifdef __x86_64__
    {"registers", victim_registers},
#endif
    {0},
};

Suite *suite(void)
{
	Suite *suite = suite_create("unusual calls");
	TCase *tcase = tcase_create("hosts");

	tcase_set_timeout(tcase, 20);
	tcase_add_loop_test(tcase, refused_as_unguarded, 0, MODES);
	tcase_add_loop_test(tcase, empty_datagram_is_sent, 0, MODES);
	tcase_add_loop_test(tcase, empty_write_breaks, 0, MODES);
	tcase_add_loop_test(tcase, short_write_breaks, 0, MODES);
#ifdef __x86_64__
	tcase_add_loop_test(tcase, last_load_is_no_number, 0, MODES);
#endif
	suite_add_tcase(suite, tcase);
	return suite;
}
