/* failures mixed | idle N MS | scatter N MS: writes that fail, for reports to tell of.
 *
 * mixed: of many kinds, in this process and in a forked child. idle: N connections whose peer
 * closes each after MS of silence. scatter: after times of every length up to MS. */
#include <arpa/inet.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static void must(int done, const char *what)
{
	if (!done) {
		perror(what);
		exit(2);
	}
}

static void rest(long ms)
{
	nanosleep(&(struct timespec){ms / 1000, ms % 1000 * 1000000}, NULL);
}

static int listen_anywhere(struct sockaddr_in *address)
{
	socklen_t length = sizeof *address;
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	*address =
	    (struct sockaddr_in){.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
	must(bind(fd, (void *)address, length) == 0 && listen(fd, 100) == 0, "listen");
	must(getsockname(fd, (void *)address, &length) == 0, "getsockname");
	return fd;
}

static int connect_to(const struct sockaddr_in *address)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	must(connect(fd, (const void *)address, sizeof *address) == 0, "connect");
	return fd;
}

static void write_often(int fd, int times)
{
	for (int i = 0; i < times; i++) {
		if (send(fd, "some bytes", 10, 0) < 0 && times == 1)
			return;
		rest(5);
	}
}

static void tcp_closed(int times)
{
	struct sockaddr_in address;
	int listener = listen_anywhere(&address), peer = connect_to(&address);
	int fd = accept(listener, NULL, NULL);

	close(peer);
	rest(10);
	write_often(fd, times);
	close(fd), close(listener);
}

static void tcp_reset(void)
{
	struct sockaddr_in address;
	int listener = listen_anywhere(&address), peer = connect_to(&address);
	int fd = accept(listener, NULL, NULL);

	setsockopt(peer, SOL_SOCKET, SO_LINGER, &(struct linger){1, 0}, sizeof(struct linger));
	close(peer);
	rest(10);
	write_often(fd, 3);
	close(fd), close(listener);
}

static void tcp_shut(void)
{
	struct sockaddr_in address;
	int listener = listen_anywhere(&address), peer = connect_to(&address);
	int fd = accept(listener, NULL, NULL);

	shutdown(fd, SHUT_WR);
	write_often(fd, 2);
	close(fd), close(peer), close(listener);
}

static void unix_closed(void)
{
	int ends[2];

	must(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0, "socketpair");
	close(ends[1]);
	write_often(ends[0], 2);
	close(ends[0]);
}

static void pipe_closed(void)
{
	int ends[2];

	must(pipe(ends) == 0, "pipe");
	close(ends[0]);
	must(write(ends[1], "x", 1) < 0, "a pipe without a reader");
	close(ends[1]);
}

/* The reader is the only child, and crashes. */
static void reader_crashed(void)
{
	int ends[2];
	pid_t pid;

	must(pipe(ends) == 0, "pipe");
	pid = fork();
	if (pid == 0) {
		signal(SIGSEGV, SIG_DFL);
		raise(SIGSEGV);
	}
	close(ends[0]);
	waitid(P_PID, (id_t)pid, &(siginfo_t){0}, WEXITED | WNOWAIT);
	must(write(ends[1], "x", 1) < 0, "a pipe whose reader crashed");
	close(ends[1]);
	waitpid(pid, NULL, 0);
}

static void fail_in_many_ways(void)
{
	tcp_closed(3);
	tcp_closed(15);
	tcp_reset();
	tcp_shut();
	unix_closed();
	pipe_closed();
	reader_crashed();
}

static int mixed(void)
{
	pid_t pid;

	fail_in_many_ways();
	pid = fork();
	if (pid == 0) {
		fail_in_many_ways();
		exit(0);
	}
	waitpid(pid, NULL, 0);
	return 0;
}

/* --- peers that close after a while --- */

static long now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Each asks once, and closes when its time has come since. */
static void peers(const struct sockaddr_in *address, int count, long most, int scatter)
{
	struct {
		int fd;
		long end;
	} peer[100];
	char bytes[64];

	srandom(7);
	for (int i = 0; i < count; i++) {
		peer[i].fd = connect_to(address);
		must(write(peer[i].fd, "?", 1) == 1, "a question");
		peer[i].end = now_ms() + (scatter ? random() % most : most);
		rest(10);
	}
	for (int open = count; open; rest(1))
		for (int i = 0; i < count; i++) {
			if (peer[i].fd < 0 || now_ms() < peer[i].end)
				continue;
			while (recv(peer[i].fd, bytes, sizeof bytes, MSG_DONTWAIT) > 0)
				;
			close(peer[i].fd);
			peer[i].fd = -1;
			open--;
		}
}

static int serve(int count, long most, int scatter)
{
	struct sockaddr_in address;
	int listener = listen_anywhere(&address), fds[100];
	char byte;

	must(count <= 100, "the number of peers");
	if (fork() == 0) {
		peers(&address, count, most, scatter);
		_exit(0);
	}
	for (int i = 0; i < count; i++) {
		fds[i] = accept(listener, NULL, NULL);
		must(read(fds[i], &byte, 1) == 1, "a question");
		must(send(fds[i], "answer", 6, 0) == 6, "an answer");
	}
	while (wait(NULL) > 0)
		;
	for (int round = 0; round < 2; round++, rest(50))
		for (int i = 0; i < count; i++)
			send(fds[i], "news", 4, 0);
	return 0;
}

int main(int count, char **args)
{
	signal(SIGPIPE, SIG_DFL);
	if (count == 2 && strcmp(args[1], "mixed") == 0)
		return mixed();
	if (count == 4)
		return serve(atoi(args[2]), atol(args[3]), strcmp(args[1], "scatter") == 0);
	return 2;
}
