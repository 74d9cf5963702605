#include "entry/keepalive.h"

#include <linux/tcp.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <sys/socket.h>

#include "base/raw.h"
#include "kernel/fd.h"
#include "state/settings.h"

static int get_option(int fd, int level, int option)
{
	int value = 0;
	socklen_t size = sizeof(value);
	return RAW5(SYS_getsockopt, fd, level, option, &value, &size) == 0 ? value : -1;
}

static void set_option(int fd, int level, int option, int value)
{
	RAW5(SYS_setsockopt, fd, level, option, &value, sizeof(value));
}

static void keep_alive(int fd)
{
	const struct keepalive *wanted = &settings.keepalive;
	if (get_option(fd, SOL_SOCKET, SO_KEEPALIVE) != 0)
		return;
	set_option(fd, IPPROTO_TCP, TCP_KEEPIDLE, wanted->idle);
	if (wanted->interval)
		set_option(fd, IPPROTO_TCP, TCP_KEEPINTVL, wanted->interval);
	if (wanted->count)
		set_option(fd, IPPROTO_TCP, TCP_KEEPCNT, wanted->count);
	set_option(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
}

static bool is_tcp(int fd)
{
	int protocol = fd_protocol(fd);
	return protocol == IPPROTO_TCP || protocol == IPPROTO_MPTCP;
}

void keepalive_set(int fd)
{
	if ((!settings.keepalive.idle && !settings.user_timeout_ms) || !is_tcp(fd))
		return;
	if (settings.keepalive.idle)
		keep_alive(fd);
	if (settings.user_timeout_ms && get_option(fd, IPPROTO_TCP, TCP_USER_TIMEOUT) <= 0)
		set_option(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, settings.user_timeout_ms);
}
