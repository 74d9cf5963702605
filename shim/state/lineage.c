#include "state/lineage.h"

#include <netinet/in.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "base/raw.h"
#include "kernel/fd.h"
#include "kernel/listeners.h"
#include "kernel/tcp.h"
#include "state/root.h"
#include "state/settings.h"

enum { MOST_PORTS = 4 };

struct lineage lineage;

static struct {
	const bool *kept; /* on a page that a fork empties (Linux 4.14), or NULL */
	void (*in_child)(void);
	uint16_t ports[MOST_PORTS]; /* local ports of connections that it was started with */
	unsigned port_count;
	/* What it was started with that makes a server, and the last one's port. */
	struct given {
		unsigned count;
		uint16_t port;
	} listening, accepted;
} noted;

/* A fork that libc does not know of (a raw system call, _Fork) runs no handlers: the page that it
 * emptied tells it from a child that shares our memory. */
static void mark_memory(void)
{
	long page =
	    RAW6(RAW_MMAP, NULL, 1, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (raw_is_error(page))
		return;
	if (RAW3(SYS_madvise, page, 1, MADV_WIPEONFORK) == 0) {
		*(bool *)page = true;
		noted.kept = (const bool *)page;
	} else {
		RAW2(SYS_munmap, page, 1);
	}
}

void lineage_start(void (*in_child)(void))
{
	lineage.owner = (pid_t)RAW0(SYS_getpid);
	noted.in_child = in_child;
	mark_memory();
	lineage.descendant = !root_start();
}

bool lineage_is_guarded(void)
{
	return !(lineage.descendant && settings.children == CHILDREN_NONE) && !lineage.given_up;
}

void lineage_give_up(bool given_up)
{
	lineage.given_up = given_up;
}

bool lineage_claim_memory(void)
{
	if (lineage.owner == RAW0(SYS_getpid))
		return true;
	/* Who it is that asks is not known under a seccomp filter: a thread, mostly. */
	if (!noted.kept || *noted.kept)
		return raw_filtered;
	noted.in_child();
	return true;
}

void lineage_forked(void)
{
	long pid = RAW0(SYS_getpid);
	lineage.owner = pid > 0 ? (pid_t)pid : -1;
	lineage.forked = true;
	if (noted.kept)
		*(bool *)noted.kept = true;
}

void lineage_note_server(void)
{
	lineage.server = true;
}

static void give(struct given *given, uint16_t port)
{
	given->count++;
	given->port = port;
}

/* One that is broken already does not tell whose it was: its port may. */
static void note_tcp_connection(int fd, uint16_t port)
{
	enum known opened = tcp_was_opened(fd);
	if (opened == NO)
		give(&noted.accepted, port);
	else if (opened == UNKNOWN && noted.port_count < MOST_PORTS)
		noted.ports[noted.port_count++] = port;
}

/* The family of a socket's own name, AF_UNSPEC where it has none. `port`: 0 with AF_UNIX. */
static sa_family_t family_of_name(int fd, uint16_t *port)
{
	union {
		struct sockaddr any;
		struct sockaddr_in in;
		struct sockaddr_un un;
	} name;
	socklen_t length = sizeof(name);
	*port = 0;
	if (RAW3(SYS_getsockname, fd, &name, &length) != 0 || length <= sizeof(sa_family_t))
		return AF_UNSPEC;
	if (name.any.sa_family != AF_UNIX)
		*port = ntohs(name.in.sin_port);
	return name.any.sa_family;
}

void lineage_note_listener(int fd)
{
	uint16_t port;
	family_of_name(fd, &port);
	give(&noted.listening, port);
}

void lineage_note_connection(int fd)
{
	uint16_t port;
	sa_family_t family = lineage.descendant ? family_of_name(fd, &port) : AF_UNSPEC;
	/* A UNIX client has no name of its own; what was accepted has its listener's. */
	if (family == AF_UNIX)
		give(&noted.accepted, 0);
	else if (family != AF_UNSPEC)
		note_tcp_connection(fd, port);
}

/* Executed with pipes as stdin and stdout for one connection, by a server that moves the data and
 * left its own fds open, as `ncat -k --exec` does: they are not this program's to serve. */
static bool is_left_over(void)
{
	uint16_t port = noted.port_count ? noted.ports[0] : noted.accepted.port;
	return noted.listening.count == 1 && noted.accepted.count + noted.port_count == 1 &&
	       noted.listening.port == port && fd_is_pipe(0) && fd_is_pipe(1);
}

void lineage_conclude(void)
{
	if (is_left_over())
		noted.port_count = 0;
	else if (noted.listening.count || noted.accepted.count)
		lineage.server = true;
}

/* Whether somebody listens where our connections are: then they were accepted, not made by us. */
static bool is_listened_for(void)
{
	for (unsigned i = 0; i < noted.port_count; i++)
		if (listeners_have(noted.ports[i]))
			return true;
	return false;
}

bool lineage_is_server(void)
{
	return lineage.server || is_listened_for();
}
