/* The traced program: breaks a channel of its own and says on stdout, in "key value" lines, what
 * the trace should tell of it. Knows nothing of the guard or the tracer. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define SIZE(array) (sizeof(array) / sizeof((array)[0]))

static void must(bool held, const char *what)
{
	if (held)
		return;
	perror(what);
	exit(9);
}

static void milliseconds(long count)
{
	nanosleep(&(struct timespec){count / 1000, count % 1000 * 1000000}, NULL);
}

/* The failing write returns to a place a few instructions behind this one's entry. */
__attribute__((noinline, noclone)) static ssize_t failing_write(int fd, const void *data,
								size_t size)
{
	ssize_t result = write(fd, data, size);
	__asm__ volatile("" ::: "memory"); /* no tail call */
	return result;
}

static int broken_pipe(void)
{
	int ends[2];
	must(pipe(ends) == 0, "pipe");
	close(ends[0]);
	return ends[1];
}

static void print_address(const char *key, int fd, int (*ask)(int, struct sockaddr *, socklen_t *))
{
	struct sockaddr_in address;
	socklen_t length = sizeof(address);
	must(ask(fd, (struct sockaddr *)&address, &length) == 0, key);
	printf("%s %s:%d\n", key, inet_ntoa(address.sin_addr), ntohs(address.sin_port));
}

static int listener_on_loopback(struct sockaddr_in *address)
{
	socklen_t length = sizeof(*address);
	*address =
	    (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	must(fd >= 0, "socket");
	must(bind(fd, (struct sockaddr *)address, length) == 0, "bind");
	must(listen(fd, 5) == 0, "listen");
	must(getsockname(fd, (struct sockaddr *)address, &length) == 0, "getsockname");
	return fd;
}

/* The peer closes; the write that comes next succeeds and is answered with a RST. */
static int broken_tcp(void)
{
	struct sockaddr_in address;
	int listener = listener_on_loopback(&address);
	int client = socket(AF_INET, SOCK_STREAM, 0);
	must(connect(client, (struct sockaddr *)&address, sizeof(address)) == 0, "connect");
	int fd = accept(listener, NULL, NULL);
	must(fd >= 0, "accept");
	print_address("local", fd, getsockname);
	print_address("peer", fd, getpeername);
	close(client);
	close(listener);
	must(write(fd, "lost", 4) == 4, "the write before");
	struct pollfd hangup = {.fd = fd};
	must(poll(&hangup, 1, 60000) == 1, "RST");
	return fd;
}

static int broken_unix(void)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int length = snprintf(address.sun_path + 1, sizeof(address.sun_path) - 1, "bpguard-%d",
			      (int)getpid());
	socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + (size_t)length);
	int listener = socket(AF_UNIX, SOCK_STREAM, 0);
	must(bind(listener, (struct sockaddr *)&address, size) == 0, "bind");
	must(listen(listener, 5) == 0, "listen");
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	must(connect(fd, (struct sockaddr *)&address, size) == 0, "connect");
	int server = accept(listener, NULL, NULL);
	must(server >= 0, "accept");
	printf("peer unix:@%s\n", address.sun_path + 1);
	close(server);
	close(listener);
	return fd;
}

/* Says what the trace should hold of it. */
static int fail(int fd)
{
	static const char data[1234];
	errno = 0;
	ssize_t result = failing_write(fd, data, sizeof(data));
	printf("pid %d\ntid %ld\nfd %d\nresult %zd\nerrno %d\n", (int)getpid(), syscall(SYS_gettid),
	       fd, result, errno);
	printf("caller %lu\n", (unsigned long)failing_write);
	return fflush(stdout);
}

static int on_pipe(char **args)
{
	(void)args;
	return fail(broken_pipe());
}

static int on_tcp(char **args)
{
	(void)args;
	return fail(broken_tcp());
}

static int on_unix(char **args)
{
	(void)args;
	return fail(broken_unix());
}

static void close_counting(int first)
{
	for (int fd = first; fd < 4096; fd++)
		close(fd);
}

static void count_open(const char *key, int first, int last)
{
	int open = 0;
	for (int fd = first; fd <= last; fd++)
		open += fcntl(fd, F_GETFD) >= 0;
	printf("%s %d\n", key, open);
}

/* close HOW: closes all it has, its own descriptors among them, as daemons do. */
static int after_closing(char **args)
{
	int own[40];
	for (size_t i = 0; i < SIZE(own); i++)
		must((own[i] = open("/dev/null", O_RDONLY)) >= 0, "open");
	const char *how = args[0];
	if (strcmp(how, "close") == 0)
		close_counting(3);
	else if (strcmp(how, "closefrom") == 0)
		closefrom(3);
	else if (strcmp(how, "close_range") == 0)
		must(close_range(3, ~0U, 0) == 0, "close_range");
	else if (strcmp(how, "halves") == 0)
		must(close_range(3, (unsigned)own[20], 0) == 0 &&
			 close_range((unsigned)own[20], 4096, 0) == 0,
		     "close_range");
	else
		return 2;
	int left = 0;
	for (size_t i = 0; i < SIZE(own); i++)
		left += fcntl(own[i], F_GETFD) >= 0;
	printf("left %d\n", left);
	return fail(broken_pipe());
}

/* The tracer must not answer for what nobody has open. */
static int closing_nothing(char **args)
{
	(void)args;
	printf("empty %d\n", close_range(3000, 3100, 0));
	errno = 0;
	int backwards = close_range(5, 4, 0);
	printf("backwards %d %d\n", backwards, errno == EINVAL);
	count_open("standard", 0, 2);
	return fail(broken_pipe());
}

/* daemon FILE: stdout becomes the file. */
static int as_daemon(char **args)
{
	must(daemon(1, 0) == 0, "daemon");
	must(freopen(args[0], "w", stdout) != NULL, args[0]);
	int result = fail(broken_pipe());
	printf("done\n");
	return result;
}

/* fork COUNT: each generation fails, then the next. */
static int in_forks(char **args)
{
	for (int left = atoi(args[0]); left > 0; left--) {
		fail(broken_pipe());
		pid_t child = fork();
		must(child >= 0, "fork");
		if (child > 0) {
			int status;
			must(waitpid(child, &status, 0) == child, "waitpid");
			return WIFEXITED(status) ? WEXITSTATUS(status) : 9;
		}
	}
	return 0;
}

static void *thread_body(void *nothing)
{
	fail(broken_pipe());
	return nothing;
}

static int in_threads(char **args)
{
	pthread_t threads[16];
	int count = atoi(args[0]);
	for (int i = 0; i < count; i++)
		must(pthread_create(&threads[i], NULL, thread_body, NULL) == 0, "pthread_create");
	for (int i = 0; i < count; i++)
		pthread_join(threads[i], NULL);
	return 0;
}

static void on_signal(int number)
{
	(void)number;
	fail(broken_pipe());
}

/* The first event of a thread comes from a signal handler. */
static void *handler_body(void *nothing)
{
	signal(SIGUSR1, on_signal);
	pthread_kill(pthread_self(), SIGUSR1);
	return nothing;
}

static int in_handler(char **args)
{
	(void)args;
	pthread_t other;
	must(pthread_create(&other, NULL, handler_body, NULL) == 0, "pthread_create");
	return pthread_join(other, NULL);
}

/* until FILE: fails every 10 ms until the file is there, 10 minutes at most, and says so each time;
 * then how often. */
static int until(char **args)
{
	int fd = broken_pipe(), failures = 0;
	puts("ready");
	fflush(stdout);
	for (; access(args[0], F_OK) < 0 && failures < 60000; failures++) {
		must(failing_write(fd, "x", 1) < 0 && errno == EPIPE, "EPIPE");
		printf("round %d\n", failures);
		fflush(stdout);
		milliseconds(10);
	}
	printf("failures %d\n", failures);
	return 0;
}

/* steady FILE BATCH: fails BATCH times every 5 ms until the file is there, 10 minutes at most. Says
 * so every 40 batches, and at the end how often it failed. */
static int steady(char **args)
{
	int fd = broken_pipe(), batch = atoi(args[1]), failures = 0;
	puts("ready");
	for (int i = 1; access(args[0], F_OK) < 0 && i < 120000; i++) {
		for (int at = 0; at < batch; at++, failures++)
			must(failing_write(fd, "x", 1) < 0 && errno == EPIPE, "EPIPE");
		if (i % 40 == 0) {
			printf("round %d\n", i);
			fflush(stdout);
		}
		milliseconds(5);
	}
	printf("failures %d\n", failures);
	return 0;
}

/* serve COUNT PROGRAM ARG...: a server that executes a program for each connection, which is its
 * standard output; says its port first. */
static int serve(char **args)
{
	struct sockaddr_in address;
	int listener = listener_on_loopback(&address);
	printf("port %d\n", ntohs(address.sin_port));
	fflush(stdout);
	signal(SIGCHLD, SIG_IGN);
	for (int left = atoi(args[0]); left > 0; left--) {
		int fd = accept(listener, NULL, NULL);
		must(fd >= 0, "accept");
		pid_t child = fork();
		must(child >= 0, "fork");
		if (child == 0) {
			must(dup2(fd, 1) == 1, "dup2");
			close(fd);
			close(listener);
			execv(args[1], args + 1);
			_exit(127);
		}
		close(fd);
	}
	while (wait(NULL) > 0 || errno == EINTR)
		;
	return 0;
}

/* One connection's program: stdout is a client that has hung up, or is about to. Ends 1 ms after.
 */
static int answer(char **args)
{
	(void)args;
	struct pollfd hangup = {.fd = 1, .events = POLLIN};
	must(poll(&hangup, 1, 60000) == 1, "FIN");
	for (int i = 0; i < 60000; i++) {
		if (failing_write(1, "x", 1) < 0 && errno == EPIPE)
			break;
		milliseconds(1);
	}
	milliseconds(1);
	_exit(0);
}

/* client PORT COUNT: connects, hangs up, as often. */
static int client(char **args)
{
	struct sockaddr_in address = {.sin_family = AF_INET,
				      .sin_port = htons((uint16_t)atoi(args[0])),
				      .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	for (int left = atoi(args[1]); left > 0; left--) {
		int fd = socket(AF_INET, SOCK_STREAM, 0);
		must(connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0, "connect");
		print_address("client", fd, getsockname);
		close(fd);
	}
	return 0;
}

/* takeover FILE: puts its connection on every low number, as shells do with redirections, and reads
 * it while sessions come and go; says whether it got what was sent, and nothing else was sent. */
static int takeover(char **args)
{
	struct sockaddr_in address;
	int listener = listener_on_loopback(&address), client;
	char got[64];
	client = socket(AF_INET, SOCK_STREAM, 0);
	must(connect(client, (struct sockaddr *)&address, sizeof(address)) == 0, "connect");
	struct timeval patience = {.tv_sec = 60};
	setsockopt(client, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	int server = accept(listener, NULL, NULL);
	for (int fd = 3; fd < 32; fd++)
		if (fd != listener && fd != server)
			must(dup2(client, fd) == fd, "dup2");
	puts("ready");
	fflush(stdout);
	for (int i = 0; i < 120000 && access(args[0], F_OK) < 0; i++) {
		printf("round %d\n", i);
		fflush(stdout);
		must(write(server, "ours", 4) == 4, "write");
		milliseconds(5);
		must(recv(client, got, sizeof(got), 0) == 4, "recv");
	}
	printf("foreign %d\n", recv(server, got, sizeof(got), MSG_DONTWAIT) > 0);
	return fail(broken_pipe());
}

/* exit: the last of stdout is written by exit(3), to a pipe that nobody reads. */
static int in_exit(char **args)
{
	(void)args;
	int fd = broken_pipe();
	printf("pid %d\n", (int)getpid());
	fflush(stdout);
	must(dup2(fd, 1) == 1, "dup2");
	return printf("unread") != 6;
}

static int brief(char **args)
{
	(void)args;
	failing_write(broken_pipe(), "x", 1);
	milliseconds(1);
	_exit(0);
}

/* confined: fails, puts itself under a seccomp filter that knows what it does itself, fails again.
 */
static int confined(char **args)
{
	enum { ALLOWED = 3 };
	static const unsigned allowed[ALLOWED] = {SYS_write, SYS_rt_sigreturn, SYS_exit_group};
	struct sock_filter code[ALLOWED + 3] = {
	    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr))};
	struct sock_fprog program = {SIZE(code), code};
	int fd = broken_pipe();
	(void)args;
	for (unsigned char i = 0; i < ALLOWED; i++)
		code[i + 1] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, allowed[i],
							   (unsigned char)(ALLOWED - i), 0);
	code[ALLOWED + 1] = (struct sock_filter)BPF_STMT(BPF_RET, SECCOMP_RET_KILL_PROCESS);
	code[ALLOWED + 2] = (struct sock_filter)BPF_STMT(BPF_RET, SECCOMP_RET_ALLOW);
	failing_write(fd, "x", 1);
	must(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0, "no_new_privs");
	must(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0) == 0, "seccomp");
	syscall(SYS_exit_group, failing_write(fd, "x", 1) != -1);
	return 9;
}

int main(int count, char **args)
{
	static const struct {
		const char *name;
		int (*run)(char **args);
	} parts[] = {
	    {"pipe", on_pipe},		{"tcp", on_tcp},
	    {"unix", on_unix},		{"close", after_closing},
	    {"empty", closing_nothing}, {"daemon", as_daemon},
	    {"fork", in_forks},		{"threads", in_threads},
	    {"handler", in_handler},	{"until", until},
	    {"serve", serve},		{"answer", answer},
	    {"client", client},		{"brief", brief},
	    {"exit", in_exit},		{"takeover", takeover},
	    {"steady", steady},		{"confined", confined},
	};
	for (size_t i = 0; i < SIZE(parts) && count > 1; i++)
		if (strcmp(args[1], parts[i].name) == 0)
			return parts[i].run(args + 2);
	return 2;
}
