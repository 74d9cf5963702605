/* What make bench times and counts: intercepted calls that succeed.
 *
 *   calls list                    every CALL CHANNEL there is, a line each
 *   calls CALL CHANNEL time N     N batches; prints the median of a call, in ns
 *   calls CALL CHANNEL run N      N batches; for a counter of instructions or system calls
 *
 * A batch is batch(): BATCH calls and nothing else. What they fill is emptied between batches, and
 * what they use up is filled. */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

ssize_t __write(int fd, const void *data, size_t size);
ssize_t __send(int fd, const void *data, size_t size, int flags);

enum { BATCH = 100 };

/* `out` is what is written to; `in` its other end; `from` and `source` the ends of a pipe, or a
 * file, that calls which move data take it from. */
static int out = -1, in = -1, from = -1, source = -1;
static char byte[] = "x";
static char lines[512];
static struct iovec part = {byte, 1};
static struct mmsghdr messages[1] = {{.msg_hdr = {.msg_iov = &part, .msg_iovlen = 1}}};

static void must(int held, const char *what)
{
	if (held)
		return;
	perror(what);
	exit(1);
}

/* --- channels --- */

static void open_null(void)
{
	out = open("/dev/null", O_WRONLY);
	must(out >= 0, "/dev/null");
}

static void open_file(void)
{
	char name[] = "/tmp/bpguard-bench.XXXXXX";

	out = mkstemp(name);
	must(out >= 0 && unlink(name) == 0, "mkstemp");
}

/* With a slot for each call: what is spliced is not merged (pipe(7)). */
static void make_pipe(int ends[2])
{
	enum { PAGE = 4096, SLOTS = 256 };

	must(pipe(ends) == 0 && fcntl(ends[0], F_SETPIPE_SZ, SLOTS * PAGE) > 0, "pipe");
}

static void open_pipe(void)
{
	int ends[2];

	make_pipe(ends);
	in = ends[0];
	out = ends[1];
}

static void open_unix(void)
{
	int ends[2];

	must(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0, "socketpair");
	in = ends[0];
	out = ends[1];
}

static void open_tcp(void)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
	socklen_t length = sizeof(address);
	int listener = socket(AF_INET, SOCK_STREAM, 0), on = 1;

	must(bind(listener, (void *)&address, length) == 0 && listen(listener, 1) == 0, "listen");
	must(getsockname(listener, (void *)&address, &length) == 0, "getsockname");
	in = socket(AF_INET, SOCK_STREAM, 0);
	must(connect(in, (void *)&address, length) == 0, "connect");
	out = accept(listener, NULL, NULL);
	must(out >= 0 && close(listener) == 0, "accept");
	/* A segment each, so that every call does the same. */
	must(setsockopt(out, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) == 0, "TCP_NODELAY");
}

static const struct channel {
	const char *name;
	void (*open)(void);
} channels[] = {
    {"null", open_null}, {"file", open_file}, {"pipe", open_pipe},
    {"unix", open_unix}, {"tcp", open_tcp},
};
enum { CHANNELS = sizeof(channels) / sizeof(*channels) };

/* --- calls: each returns whether it succeeded --- */

static int put_write(void)
{
	return write(out, byte, 1) == 1;
}

static int put_write_lines(void)
{
	return write(out, lines, sizeof(lines)) == sizeof(lines);
}

static int put_alias_write(void)
{
	return __write(out, byte, 1) == 1;
}

static int put_writev(void)
{
	return writev(out, &part, 1) == 1;
}

static int put_pwritev2(void)
{
	return pwritev2(out, &part, 1, -1, 0) == 1;
}

static int put_pwritev64v2(void)
{
	return pwritev64v2(out, &part, 1, -1, 0) == 1;
}

static int put_syscall(void)
{
	return syscall(SYS_write, out, byte, 1) == 1;
}

static int put_send(void)
{
	return send(out, byte, 1, 0) == 1;
}

static int put_send_lines(void)
{
	return send(out, lines, sizeof(lines), 0) == sizeof(lines);
}

static int put_alias_send(void)
{
	return __send(out, byte, 1, 0) == 1;
}

static int put_sendto(void)
{
	return sendto(out, byte, 1, 0, NULL, 0) == 1;
}

static int put_sendmsg(void)
{
	return sendmsg(out, &messages[0].msg_hdr, 0) == 1;
}

static int put_sendmmsg(void)
{
	return sendmmsg(out, messages, 1, 0) == 1;
}

static int put_sendfile(void)
{
	off_t begin = 0;

	return sendfile(out, source, &begin, 1) == 1;
}

static int put_sendfile64(void)
{
	off64_t begin = 0;

	return sendfile64(out, source, &begin, 1) == 1;
}

static int put_splice(void)
{
	return splice(from, NULL, out, NULL, 1, 0) == 1;
}

static int put_tee(void)
{
	return tee(from, out, 1, 0) == 1;
}

static int put_vmsplice(void)
{
	return vmsplice(out, &part, 1, 0) == 1;
}

static int get_recvmsg(void)
{
	return recvmsg(in, &messages[0].msg_hdr, 0) == 1;
}

static int get_recvmmsg(void)
{
	return recvmmsg(in, messages, 1, 0, NULL) == 1;
}

static int do_dup_close(void)
{
	return close(dup(out)) == 0;
}

static int do_dup2(void)
{
	return dup2(out, source) == source;
}

static int do_dup3(void)
{
	return dup3(out, source, O_CLOEXEC) == source;
}

static int do_fcntl(void)
{
	return fcntl(out, F_GETFL) >= 0;
}

static int do_shutdown(void)
{
	return shutdown(out, SHUT_WR) == 0;
}

static int do_socket(void)
{
	return close(socket(AF_UNIX, SOCK_STREAM, 0)) == 0;
}

static int do_sigaction(void)
{
	struct sigaction now;

	return sigaction(SIGPIPE, NULL, &now) == 0;
}

static int do_prctl(void)
{
	return prctl(PR_GET_DUMPABLE) >= 0;
}

/* What a batch needs: something to take from, or to receive. */
enum need { NOTHING, A_FILE, A_PIPE, RECEIVED };

/* On which channels a call makes sense. */
enum { NUL = 1, FIL = 2, PIP = 4, UNI = 8, TCP = 16, SOCKETS = UNI | TCP, ANY = 31 };

static const struct call {
	const char *name;
	int (*once)(void);
	unsigned on;
	enum need need;
} calls[] = {
    {"write", put_write, ANY, NOTHING},
    {"write of 512", put_write_lines, ANY, NOTHING},
    {"__write", put_alias_write, ANY, NOTHING},
    {"writev", put_writev, ANY, NOTHING},
    {"pwritev2", put_pwritev2, ANY, NOTHING},
    {"pwritev64v2", put_pwritev64v2, ANY, NOTHING},
    {"syscall", put_syscall, ANY, NOTHING},
    {"send", put_send, SOCKETS, NOTHING},
    {"send of 512", put_send_lines, SOCKETS, NOTHING},
    {"__send", put_alias_send, SOCKETS, NOTHING},
    {"sendto", put_sendto, SOCKETS, NOTHING},
    {"sendmsg", put_sendmsg, SOCKETS, NOTHING},
    {"sendmmsg", put_sendmmsg, SOCKETS, NOTHING},
    {"sendfile", put_sendfile, ANY, A_FILE},
    {"sendfile64", put_sendfile64, ANY, A_FILE},
    {"splice", put_splice, ANY, A_PIPE},
    {"tee", put_tee, PIP, A_PIPE},
    {"vmsplice", put_vmsplice, PIP, NOTHING},
    {"recvmsg", get_recvmsg, SOCKETS, RECEIVED},
    {"recvmmsg", get_recvmmsg, SOCKETS, RECEIVED},
    {"dup, close", do_dup_close, ANY, NOTHING},
    {"dup2", do_dup2, ANY, A_FILE},
    {"dup3", do_dup3, ANY, A_FILE},
    {"fcntl", do_fcntl, ANY, NOTHING},
    {"shutdown", do_shutdown, SOCKETS, NOTHING},
    {"socket, close", do_socket, NUL, NOTHING},
    {"sigaction", do_sigaction, NUL, NOTHING},
    {"prctl", do_prctl, NUL, NOTHING},
};
enum { CALLS = sizeof(calls) / sizeof(*calls) };

/* --- batches --- */

static void open_source(enum need need)
{
	int ends[2];

	if (need == A_FILE) {
		char name[] = "/tmp/bpguard-bench.XXXXXX";

		source = mkstemp(name);
		must(source >= 0 && unlink(name) == 0 && write(source, byte, 1) == 1, "source");
	} else if (need == A_PIPE) {
		make_pipe(ends);
		from = ends[0];
		source = ends[1];
	}
}

static void fill(enum need need)
{
	char some[BATCH] = {0};

	if (need == A_PIPE)
		must(write(source, some, BATCH) == BATCH, "fill");
	else if (need == RECEIVED)
		must(write(out, some, BATCH) == BATCH, "fill");
}

/* Of what does not block. What comes short is all that there was. */
static void empty(int fd)
{
	static char some[4096];

	if (fd >= 0)
		while (read(fd, some, sizeof(some)) == sizeof(some))
			;
}

static void unblock(int fd)
{
	must(fd < 0 || fcntl(fd, F_SETFL, O_NONBLOCK) == 0, "O_NONBLOCK");
}

/* Its name is what callgrind is told to count. */
__attribute__((noinline)) void batch(int (*once)(void));
__attribute__((noinline)) void batch(int (*once)(void))
{
	for (int i = 0; i < BATCH; i++)
		must(once(), "a call");
}

static double now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

static double timed(const struct call *call)
{
	double begin, end;

	fill(call->need);
	begin = now_ns();
	batch(call->once);
	end = now_ns();
	empty(in);
	empty(from);
	return (end - begin) / BATCH;
}

static int compare(const void *one, const void *other)
{
	double a = *(const double *)one, b = *(const double *)other;

	return (a > b) - (a < b);
}

static double run(const struct call *call, size_t batches)
{
	double *times = calloc(batches, sizeof(*times)), middle;

	must(times != NULL, "calloc");
	for (size_t i = 0; i < batches; i++)
		times[i] = timed(call);
	qsort(times, batches, sizeof(*times), compare);
	middle = times[batches / 2];
	free(times);
	return middle;
}

static void list(void)
{
	for (int i = 0; i < CALLS; i++)
		for (int k = 0; k < CHANNELS; k++)
			if (calls[i].on & (1u << k))
				printf("%s/%s\n", calls[i].name, channels[k].name);
}

static int usage(void)
{
	fputs("usage: calls list | calls CALL CHANNEL time|run BATCHES\n", stderr);
	return 2;
}

int main(int argc, char **argv)
{
	const struct call *call = calls;
	const struct channel *channel = channels;
	double ns;
	long batches;

	if (argc == 2 && strcmp(argv[1], "list") == 0) {
		list();
		return 0;
	}
	if (argc != 5 || (batches = strtol(argv[4], NULL, 10)) < 1)
		return usage();
	while (call < calls + CALLS && strcmp(call->name, argv[1]) != 0)
		call++;
	while (channel < channels + CHANNELS && strcmp(channel->name, argv[2]) != 0)
		channel++;
	if (call == calls + CALLS || channel == channels + CHANNELS)
		return usage();
	channel->open();
	open_source(call->need);
	unblock(in);
	unblock(from);
	timed(call); /* what the dynamic loader and the kernel do once */
	ns = run(call, (size_t)batches);
	if (strcmp(argv[3], "time") == 0)
		printf("%.2f\n", ns);
	return 0;
}
