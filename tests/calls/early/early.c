/* A second preload, whose constructor runs before the shim's: it calls what the shim intercepts and
 * tells what came of it. Built by test_early. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <netinet/in.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

static char told[4096];

static void tell(const char *what, long result)
{
	size_t used = strlen(told);

	snprintf(told + used, sizeof told - used, "%s %ld\n", what, result);
}

static void try_writes(const int ends[2])
{
	struct iovec part = {"x", 1};

	tell("write", write(ends[1], "x", 1));
	tell("writev", writev(ends[1], &part, 1));
	tell("pwritev2", pwritev2(ends[1], &part, 1, -1, 0));
	tell("vmsplice", vmsplice(ends[1], &part, 1, 0));
	tell("syscall", syscall(SYS_write, ends[1], "x", 1));
	tell("dprintf", dprintf(ends[1], "x"));
	tell("bad", write(-1, "x", 1));
	tell("errno", errno);
}

static void try_transfers(const int ends[2])
{
	int file = open("/proc/self/exe", O_RDONLY), other[2];

	tell("pipe", pipe(other));
	tell("sendfile", sendfile(ends[1], file, 0, 1));
	tell("sendfile64", sendfile64(ends[1], file, 0, 1));
	tell("splice", splice(file, 0, ends[1], 0, 1, 0));
	tell("tee", tee(ends[0], other[1], 1, 0));
	close(file);
	close(other[0]);
	close(other[1]);
}

static void try_sends(void)
{
	char byte = 'x';
	struct iovec part = {&byte, 1};
	struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
	struct mmsghdr messages = {.msg_hdr = message};
	int ends[2];

	tell("socketpair", socketpair(AF_UNIX, SOCK_STREAM, 0, ends));
	tell("send", send(ends[1], "x", 1, 0));
	tell("sendto", sendto(ends[1], "x", 1, 0, 0, 0));
	tell("sendmsg", sendmsg(ends[1], &message, 0));
	tell("sendmmsg", sendmmsg(ends[1], &messages, 1, 0));
	tell("recvmsg", recvmsg(ends[0], &message, 0));
	tell("shutdown", shutdown(ends[1], SHUT_WR));
	close(ends[0]);
	close(ends[1]);
}

static void try_connections(void)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
	socklen_t length = sizeof address;
	int listener = socket(AF_INET, SOCK_STREAM, 0), client = socket(AF_INET, SOCK_STREAM, 0);
	int accepted;

	tell("listen", listen(listener, 1));
	getsockname(listener, (void *)&address, &length);
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	tell("connect", connect(client, (void *)&address, length));
	accepted = accept(listener, 0, 0);
	tell("accept", accepted >= 0);
	close(accepted);
	close(client);
	close(listener);
}

static void try_descriptors(const int ends[2])
{
	int copy = dup(ends[1]);

	tell("dup", copy >= 0);
	tell("dup2", dup2(copy, 100));
	tell("dup3", dup3(copy, 101, O_CLOEXEC));
	tell("fcntl", fcntl(copy, F_DUPFD, 102));
	tell("close", close(copy));
	tell("close_range", close_range(100, 102, 0));
	tell("closed", close(101));
}

static void try_dispositions(void)
{
	struct sigaction action;

	tell("sigaction", sigaction(SIGPIPE, 0, &action));
	tell("default", action.sa_handler == SIG_DFL && action.sa_flags == 0);
	tell("signal", signal(SIGPIPE, SIG_IGN) == SIG_DFL);
	tell("ignored", signal(SIGPIPE, SIG_DFL) == SIG_IGN);
}

/* The main program tells it on: a file of our own would need what is being tried here. */
const char *early_told(void)
{
	return told;
}

/* Ends the process at calls that the shim makes as it starts or tells of a failure, and the victim
 * does not. */
static void install_filter(void)
{
	struct sock_filter code[] = {
	    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
	    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_madvise, 2, 0),
	    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_readlinkat, 1, 0),
	    BPF_STMT(BPF_RET, SECCOMP_RET_ALLOW),
	    BPF_STMT(BPF_RET, SECCOMP_RET_KILL_PROCESS),
	};
	struct sock_fprog program = {sizeof code / sizeof *code, code};

	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, NULL, 0, 0) == 0 ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0) != 0)
		abort();
}

__attribute__((constructor)) static void try_all(void)
{
	int ends[2];

	if (getenv("EARLY_FILTERS")) {
		install_filter();
		return;
	}
	prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, NULL, 0, 0);
	tell("pipe", pipe(ends));
	try_writes(ends);
	try_transfers(ends);
	try_sends();
	try_connections();
	try_descriptors(ends);
	try_dispositions();
	close(ends[0]);
	if (getenv("EARLY_BREAKS"))
		tell("broken", write(ends[1], "x", 1));
	close(ends[1]);
}
