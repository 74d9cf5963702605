#include "kernel/listeners.h"

#include <fcntl.h>
#include <stddef.h>

#include "base/raw.h"

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

/* The kernel lists listening sockets before all others (net/ipv4/tcp_ipv4.c, tcp_seq_start). */
static bool are_in(const char *path, unsigned wanted)
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
			found = port && port == wanted;
		}
	if (fd >= 0)
		RAW1(SYS_close, fd);
	return found;
}

bool listeners_have(uint16_t port)
{
	return are_in("/proc/self/net/tcp", port) || are_in("/proc/self/net/tcp6", port);
}
