#include "writers.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "channels.h"
#include "harness.h"

/* glibc exports these and declares them nowhere. */
ssize_t __write(int fd, const void *data, size_t size);
ssize_t __send(int fd, const void *data, size_t size, int flags);

static char data[] = "twenty-four bytes of it\n";
static struct iovec parts[2] = {{data, 12}, {data + 12, 12}};

long raw_call(long number, long a, long b, long c)
{
#if defined(__x86_64__)
	long result;

	__asm__ volatile("syscall"
			 : "=a"(result)
			 : "a"(number), "D"(a), "S"(b), "d"(c)
			 : "rcx", "r11", "memory");
#elif defined(__i386__)
	long result;

	__asm__ volatile("int $0x80"
			 : "=a"(result)
			 : "a"(number), "b"(a), "c"(b), "d"(c)
			 : "memory");
#elif defined(__aarch64__)
	register long x8 __asm__("x8") = number;
	register long result __asm__("x0") = a;
	register long x1 __asm__("x1") = b;
	register long x2 __asm__("x2") = c;

	__asm__ volatile("svc 0" : "+r"(result) : "r"(x8), "r"(x1), "r"(x2) : "memory");
#else
#error "raw_call: not written for this architecture"
#endif
	if (result < 0) {
		errno = (int)-result;
		return -1;
	}
	return result;
}

ssize_t raw_write(int fd, const void *bytes, size_t size)
{
	return raw_call(SYS_write, fd, (long)bytes, (long)size);
}

static ssize_t put_write(int fd)
{
	return write(fd, data, WRITTEN);
}

static ssize_t put_alias(int fd)
{
	return __write(fd, data, WRITTEN);
}

static ssize_t put_writev(int fd)
{
	return writev(fd, parts, 2);
}

static ssize_t put_pwritev2(int fd)
{
	return pwritev2(fd, parts, 2, -1, 0);
}

static ssize_t put_pwritev64v2(int fd)
{
	return pwritev64v2(fd, parts, 2, -1, 0);
}

static ssize_t put_syscall(int fd)
{
	return syscall(SYS_write, fd, data, (size_t)WRITTEN);
}

static ssize_t put_raw(int fd)
{
	return raw_write(fd, data, WRITTEN);
}

static ssize_t put_send(int fd)
{
	return send(fd, data, WRITTEN, 0);
}

static ssize_t put_send_alias(int fd)
{
	return __send(fd, data, WRITTEN, 0);
}

static ssize_t put_sendto(int fd)
{
	return sendto(fd, data, WRITTEN, 0, 0, 0);
}

static ssize_t put_sendmsg(int fd)
{
	struct msghdr message = {.msg_iov = parts, .msg_iovlen = 2};

	return sendmsg(fd, &message, 0);
}

static ssize_t put_sendmmsg(int fd)
{
	struct mmsghdr messages[2] = {{.msg_hdr = {.msg_iov = parts, .msg_iovlen = 1}},
				      {.msg_hdr = {.msg_iov = parts + 1, .msg_iovlen = 1}}};

	return sendmmsg(fd, messages, 2, 0);
}

static int file_source(void)
{
	int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);

	must(fd >= 0, "/proc/self/exe");
	return fd;
}

static int pipe_source(void)
{
	int ends[2];

	must(pipe2(ends, O_CLOEXEC) == 0 && raw_write(ends[1], data, WRITTEN) == WRITTEN, "source");
	return ends[0];
}

static ssize_t put_sendfile(int fd)
{
	return sendfile(fd, file_source(), 0, WRITTEN);
}

static ssize_t put_sendfile64(int fd)
{
	return sendfile64(fd, file_source(), 0, WRITTEN);
}

static ssize_t put_splice(int fd)
{
	return splice(pipe_source(), 0, fd, 0, WRITTEN, 0);
}

static ssize_t put_tee(int fd)
{
	return tee(pipe_source(), fd, WRITTEN, 0);
}

static ssize_t put_vmsplice(int fd)
{
	return vmsplice(fd, parts, 2, 0);
}

static FILE *stream(int fd)
{
	FILE *file = fdopen(fd, "w");

	must(file != 0, "fdopen");
	return file;
}

static ssize_t put_fprintf(int fd)
{
	FILE *file = stream(fd);

	fprintf(file, "%s", data);
	return fflush(file);
}

static ssize_t put_puts(int fd)
{
	must(dup2(fd, 1) == 1, "dup2");
	printf("%.*s", WRITTEN - 4, data);
	puts("it");
	fputc('.', stdout);
	return fflush(stdout);
}

static ssize_t put_fclose(int fd)
{
	FILE *file = stream(fd);

	fputs(data, file);
	return fclose(file);
}

static ssize_t put_dprintf(int fd)
{
	return dprintf(fd, "%s", data);
}

static ssize_t put_at_exit(int fd)
{
	fputs(data, stream(fd));
	exit(0);
}

#define WRITES " write writev "

const struct writer writers[] = {
    {"write", WRITE, "write", " write pwritev2 ", put_write, 0, 0, 0},
    {"__write", WRITE, "__write", " write pwritev2 ", put_alias, 0, 0, 0},
    {"writev", WRITE, "writev", " writev pwritev2 ", put_writev, 0, 0, 0},
    {"pwritev2", WRITE, "pwritev2", " pwritev2 ", put_pwritev2, 0, 0, 0},
    {"pwritev64v2", WRITE, "pwritev64v2", " pwritev2 ", put_pwritev64v2, 0, 0, 0},
    {"syscall", SYSCALL, "syscall", " write pwritev2 ", put_syscall, 0, 0, 0},
    {"send", SEND, "send", " sendto send ", put_send, 0, 0, 0},
    {"__send", SEND, "__send", " sendto send ", put_send_alias, 0, 0, 0},
    {"sendto", SEND, "sendto", " sendto ", put_sendto, 0, 0, 0},
    {"sendmsg", SEND, "sendmsg", " sendmsg ", put_sendmsg, 0, 0, 0},
    {"sendmmsg", SEND, "sendmmsg", " sendmmsg ", put_sendmmsg, 0, 0, 0},
    {"sendfile", TRANSFER, "sendfile", " sendfile sendfile64 ", put_sendfile, 0, 0, 0},
    {"sendfile64", TRANSFER, "sendfile64", " sendfile sendfile64 ", put_sendfile64, 0, 0, 0},
    {"splice", TRANSFER, "splice", " splice ", put_splice, 0, 0, 0},
    {"tee", TRANSFER, "tee", " tee ", put_tee, 1, 0, 0},
    {"vmsplice", TRANSFER, "vmsplice", " vmsplice ", put_vmsplice, 1, 0, 0},
    {"fprintf", LIBC, "libc", WRITES, put_fprintf, 0, 0, 0},
    {"puts", LIBC, "libc", WRITES, put_puts, 0, 0, 1},
    {"fclose", LIBC, "libc", WRITES, put_fclose, 0, 0, 0},
    {"dprintf", LIBC, "libc", WRITES, put_dprintf, 0, 0, 0},
    {"exit", LIBC, "libc", WRITES, put_at_exit, 0, 1, 0},
    {"assembly", RAW, "raw", WRITES, put_raw, 0, 0, 0},
};
const size_t writer_count = sizeof writers / sizeof *writers;

const struct writer *writer_named(const char *name)
{
	for (size_t i = 0; i < writer_count; i++)
		if (strcmp(writers[i].name, name) == 0)
			return &writers[i];
	must(false, name);
	return 0;
}

bool seen_by_wrapper(const struct writer *writer)
{
	return writer->family != LIBC && writer->family != RAW;
}

bool survives(int mode, const char *writer)
{
	return mode == AUTO ||
	       ((mode == CALLS || mode == CALLS_MASKED) && seen_by_wrapper(writer_named(writer)));
}

bool fails_by(const char *writer, int fd)
{
	errno = 0;
	return writer_named(writer)->put(fd) == -1 && errno == EPIPE;
}
