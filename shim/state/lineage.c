#include "state/lineage.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/raw.h"
#include "base/text.h"
#include "kernel/pipes.h"
#include "kernel/tcp.h"
#include "state/settings.h"

/* Which file, whatever its fd's number. */
struct identity {
	dev_t device;
	ino64_t inode;
};

/* Pipes that this process was given as output; the oldest gives way. */
enum { MOST_OUTPUTS = 8, MOST_PORTS = 4 };

static struct {
	pid_t owner;
	const bool *kept; /* on a page that a fork empties (Linux 4.14), or NULL */
	void (*in_child)(void);
	bool descendant;
	bool given_up;
	bool forked;
	bool server;
	struct identity outputs[MOST_OUTPUTS];
	unsigned count;
	struct identity first[2];   /* stdout and stderr as the program got them */
	uint16_t ports[MOST_PORTS]; /* local ports of connections that it was started with */
	unsigned port_count;
} lineage;

static bool identify(int fd, struct stat64 *file)
{
	return raw_fstat(fd, file) == 0;
}

/* Neither end of a socketpair has a name (unix(7): such an address is its family alone). */
static bool is_unnamed(int fd)
{
	struct sockaddr_un own, peer;
	socklen_t own_length = sizeof(own), peer_length = sizeof(peer);
	if (RAW3(SYS_getsockname, fd, &own, &own_length) != 0 || own.sun_family != AF_UNIX ||
	    own_length > sizeof(sa_family_t))
		return false;
	return RAW3(SYS_getpeername, fd, &peer, &peer_length) != 0 ||
	       peer_length <= sizeof(sa_family_t);
}

/* Whether `fd` is what a shell makes between two commands. */
static bool is_between_commands(int fd, const struct stat64 *file)
{
	if (S_ISFIFO(file->st_mode))
		return pipe_is_anonymous(fd);
	return S_ISSOCK(file->st_mode) && is_unnamed(fd);
}

static bool same(const struct identity *identity, const struct stat64 *file)
{
	return identity->device == file->st_dev && identity->inode == file->st_ino;
}

static bool is_among(const struct identity *list, unsigned count, const struct stat64 *file)
{
	for (unsigned i = 0; i < count; i++)
		if (same(&list[i], file))
			return true;
	return false;
}

static bool is_output(const struct stat64 *file)
{
	unsigned count = lineage.count < MOST_OUTPUTS ? lineage.count : MOST_OUTPUTS;
	return is_among(lineage.outputs, count, file);
}

static void note_output(int fd)
{
	struct stat64 file;
	if (!identify(fd, &file) || !is_between_commands(fd, &file) || is_output(&file))
		return;
	/* The root's own output, put back by a child, is guarded as it was. */
	if (!lineage.descendant && is_among(lineage.first, 2, &file))
		return;
	lineage.outputs[lineage.count++ % MOST_OUTPUTS] =
	    (struct identity){file.st_dev, file.st_ino};
}

static long read_file(const char *path, char *buffer, size_t size)
{
	long fd = RAW4(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC, 0);
	long length;
	if (fd < 0)
		return fd;
	length = RAW3(SYS_read, fd, buffer, size);
	RAW1(SYS_close, fd);
	return length;
}

/* proc(5): field 22 of stat; the second, the name in parentheses, may itself hold both. */
static int64_t start_time(void)
{
	enum { FIELDS_AFTER_NAME = 20 };
	char stat[512];
	long length = read_file("/proc/self/stat", stat, sizeof(stat) - 1);
	const char *at;
	if (length <= 0)
		return -1;
	stat[length] = '\0';
	at = strrchr(stat, ')');
	for (int field = 0; at && field < FIELDS_AFTER_NAME; field++)
		at = strchr(at + 1, ' ');
	return at ? text_parse(at + 1, &at) : -1;
}

/* Whether BPGUARD_ROOT, pid:start time, names this process. */
static bool is_named_root(void)
{
	const char *at = settings.root;
	int64_t pid = text_parse(at, &at);
	return pid == RAW0(SYS_getpid) && *at == ':' && text_parse(at + 1, &at) == start_time();
}

/* Adds to the environment by a list of our own; false where that is too short. putenv(3) calls
 * malloc, which has to set itself up, and may be another preloaded library's and not ready yet. */
static bool add_variable(char *assignment)
{
	enum { MOST = 126 };
	static char *list[MOST + 2];
	size_t count = 0;
	for (; environ && environ[count]; count++) {
		if (count == MOST)
			return false;
		list[count] = environ[count];
	}
	list[count] = assignment;
	environ = list;
	return true;
}

/* A set-user-ID program may have been given the variable, which settings leave unread. */
static void name_root(void)
{
	static char assignment[64];
	struct text text = text_in(assignment, sizeof(assignment));
	text_string(&text, "BPGUARD_ROOT=");
	text_number(&text, RAW0(SYS_getpid));
	text_char(&text, ':');
	text_number(&text, start_time());
	text_end(&text);
	if (getenv("BPGUARD_ROOT") || !add_variable(assignment))
		putenv(assignment);
}

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
		lineage.kept = (const bool *)page;
	} else {
		RAW2(SYS_munmap, page, 1);
	}
}

void lineage_start(void (*in_child)(void))
{
	struct stat64 file;
	lineage.owner = (pid_t)RAW0(SYS_getpid);
	lineage.in_child = in_child;
	mark_memory();
	if (!settings.root)
		name_root();
	else
		lineage.descendant = !is_named_root();
	for (int fd = 1; fd <= 2; fd++) {
		if (identify(fd, &file))
			lineage.first[fd - 1] = (struct identity){file.st_dev, file.st_ino};
		if (lineage.descendant)
			note_output(fd);
	}
}

bool lineage_is_guarded(void)
{
	return !(lineage.descendant && settings.children == CHILDREN_NONE) && !lineage.given_up;
}

void lineage_give_up(bool given_up)
{
	lineage.given_up = given_up;
}

int32_t lineage_pid(void)
{
	long pid = RAW0(SYS_getpid);
	return pid > 0 ? (int32_t)pid : lineage.owner;
}

bool lineage_is_init(void)
{
	return lineage.owner == 1;
}

bool lineage_is_root(void)
{
	return !lineage.descendant && !lineage.forked;
}

bool lineage_owns_memory(void)
{
	if (lineage.owner == RAW0(SYS_getpid))
		return true;
	/* Who it is that asks is not known under a seccomp filter: a thread, mostly. */
	if (!lineage.kept || *lineage.kept)
		return raw_confined;
	lineage.in_child();
	return true;
}

void lineage_forked(void)
{
	long pid = RAW0(SYS_getpid);
	lineage.owner = pid > 0 ? (pid_t)pid : -1;
	lineage.forked = true;
	if (lineage.kept)
		*(bool *)lineage.kept = true;
}

void lineage_note_server(void)
{
	lineage.server = true;
}

/* One that is broken already does not tell whose it was: its port may. */
static void note_tcp_connection(int fd, uint16_t port)
{
	enum known opened = tcp_was_opened(fd);
	if (opened == NO)
		lineage.server = true;
	else if (opened == UNKNOWN && lineage.port_count < MOST_PORTS)
		lineage.ports[lineage.port_count++] = port;
}

void lineage_note_connection(int fd)
{
	union {
		struct sockaddr any;
		struct sockaddr_in in;
		struct sockaddr_un un;
	} own;
	socklen_t length = sizeof(own);
	if (!lineage.count || RAW3(SYS_getsockname, fd, &own, &length) != 0)
		return;
	/* A UNIX client has no name of its own; what was accepted has its listener's. */
	if (own.any.sa_family == AF_UNIX && length > sizeof(sa_family_t))
		lineage.server = true;
	else if (own.any.sa_family != AF_UNIX)
		note_tcp_connection(fd, ntohs(own.in.sin_port));
}

void lineage_note_output(int fd)
{
	/* Whose memory it is comes first: a fork past libc shows there. */
	if ((fd == 1 || fd == 2) && lineage_owns_memory() && lineage.forked)
		note_output(fd);
}

/* What a forked child has as output now, unless it is what the program began with. */
static bool is_forked_output(const struct stat64 *file)
{
	struct stat64 output;
	if (!lineage.forked || is_among(lineage.first, 2, file))
		return false;
	for (int fd = 1; fd <= 2; fd++)
		if (identify(fd, &output) && output.st_dev == file->st_dev &&
		    output.st_ino == file->st_ino)
			return true;
	return false;
}

/* One line of /proc/net/tcp: `sl: local:port remote:port state …`, all but the first in hex. */
struct tcp_line {
	int field;
	unsigned value; /* since the field's last colon */
	unsigned port;
};

static unsigned hex_digit(char c)
{
	return c <= '9' ? (unsigned)(c - '0') : (unsigned)(c | 0x20) - 'a' + 10;
}

/* Takes a character; returns the port where it completes a listening socket's fields, else 0. */
static unsigned tcp_line_takes(struct tcp_line *line, char c, char before)
{
	enum { LOCAL = 2, STATE = 4, LISTENING = 0x0a };
	if (c == '\n') {
		*line = (struct tcp_line){0};
	} else if (c == ':') {
		line->value = 0;
	} else if (c != ' ') {
		line->field += before == ' ' || before == '\n';
		line->value = (before == ' ' ? 0 : line->value << 4) | hex_digit(c);
	} else if (line->field == LOCAL) {
		line->port = line->value & 0xffff;
	} else if (line->field == STATE && before != ' ' && line->value == LISTENING) {
		return line->port;
	}
	return 0;
}

static bool is_known_port(unsigned port)
{
	for (unsigned i = 0; i < lineage.port_count; i++)
		if (lineage.ports[i] == port)
			return true;
	return false;
}

/* Whether somebody listens where our connections are: then they were accepted, not made by us. The
 * kernel lists listening sockets before all others (net/ipv4/tcp_ipv4.c, tcp_seq_start). */
static bool is_listened_for(const char *path)
{
	char chunk[512], before = '\n';
	struct tcp_line line = {0};
	bool found = false;
	long length, budget = 256;
	long fd = RAW4(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC, 0);
	while (fd >= 0 && !found && budget-- &&
	       (length = RAW3(SYS_read, fd, chunk, sizeof(chunk))) > 0)
		for (long i = 0; i < length && !found; before = chunk[i++]) {
			unsigned port = tcp_line_takes(&line, chunk[i], before);
			found = port && is_known_port(port);
		}
	if (fd >= 0)
		RAW1(SYS_close, fd);
	return found;
}

static bool is_server(void)
{
	if (!lineage.server && lineage.port_count)
		lineage.server =
		    is_listened_for("/proc/self/net/tcp") || is_listened_for("/proc/self/net/tcp6");
	return lineage.server;
}

bool lineage_is_pipeline(int fd)
{
	struct stat64 file;
	lineage_owns_memory(); /* a fork shows here at the latest */
	if (settings.children != CHILDREN_PIPELINES || fd < 0 ||
	    (!lineage.descendant && !lineage.forked) || !identify(fd, &file))
		return false;
	if (!is_output(&file) && !(is_forked_output(&file) && is_between_commands(fd, &file)))
		return false;
	return !is_server();
}
