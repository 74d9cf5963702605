#include "kernel/channel.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <termios.h>
#include <time.h>

#include "base/address.h"
#include "base/raw.h"
#include "base/text.h"
#include "kernel/kin.h"
#include "kernel/pipes.h"
#include "kernel/tcp.h"
#include "policy/cause.h"
#include "state/peers.h"

static enum bpguard_type type_of_socket(int fd)
{
	int domain = 0, type = 0;
	socklen_t size = sizeof(int);
	RAW5(SYS_getsockopt, fd, SOL_SOCKET, SO_DOMAIN, &domain, &size);
	RAW5(SYS_getsockopt, fd, SOL_SOCKET, SO_TYPE, &type, &size);
	if (domain == AF_UNIX)
		return type == SOCK_STREAM	? TYPE_UNIX_STREAM
		       : type == SOCK_SEQPACKET ? TYPE_UNIX_SEQPACKET
						: TYPE_UNIX_DGRAM;
	if (domain == AF_INET && type == SOCK_STREAM)
		return TYPE_TCP;
	if (domain == AF_INET6 && type == SOCK_STREAM)
		return TYPE_TCP6;
	return type == SOCK_DGRAM && (domain == AF_INET || domain == AF_INET6) ? TYPE_UDP
									       : TYPE_OTHER;
}

/* The path that a FIFO was opened by, as the link that /proc has for the fd tells it. */
static void append_path(struct text *peer, int fd)
{
	char link[32], target[BPGUARD_ADDRESS_SIZE];
	struct text path = text_in(link, sizeof(link));
	long length;
	text_string(&path, "/proc/self/fd/");
	text_number(&path, fd);
	text_end(&path);
	length = RAW4(SYS_readlinkat, AT_FDCWD, link, target, sizeof(target));
	if (length > 0) {
		text_string(peer, "fifo:");
		text_bytes(peer, target, (size_t)length);
	}
}

static void describe_pipe(struct bpguard_record *record, int fd)
{
	struct stat64 file;
	struct text peer = text_in(record->peer, sizeof(record->peer));
	if (record->type == TYPE_FIFO) {
		append_path(&peer, fd);
	} else if (raw_fstat(fd, &file) == 0) {
		text_string(&peer, "pipe:[");
		text_number(&peer, (int64_t)file.st_ino);
		text_char(&peer, ']');
	}
	text_end(&peer);
}

static enum bpguard_type type_of_device(int fd, const struct stat64 *file)
{
	struct termios terminal;
	return S_ISCHR(file->st_mode) && RAW3(SYS_ioctl, fd, TCGETS, &terminal) == 0 ? TYPE_TTY
										     : TYPE_OTHER;
}

static bool get_name(long number, int fd, struct sockaddr_storage *name, socklen_t *length)
{
	*length = sizeof(*name);
	return RAW3(number, fd, name, length) == 0;
}

/* Neither bound nor connected: port 0 names nobody. */
static bool is_unbound(const struct sockaddr_storage *name)
{
	return (name->ss_family == AF_INET || name->ss_family == AF_INET6) &&
	       ((const struct sockaddr_in *)name)->sin_port == 0;
}

static void name_unix_peer(struct bpguard_record *record, int fd)
{
	struct ucred peer;
	socklen_t length = sizeof(peer);
	char path[32];
	struct text text = text_in(path, sizeof(path));
	long file;
	if (RAW5(SYS_getsockopt, fd, SOL_SOCKET, SO_PEERCRED, &peer, &length) != 0 || peer.pid <= 0)
		return;
	record->peer_pid = peer.pid;
	record->peer_uid = peer.uid;
	text_string(&text, "/proc/");
	text_number(&text, peer.pid);
	text_string(&text, "/comm");
	text_end(&text);
	file = RAW4(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC, 0);
	if (file < 0)
		return;
	length = (socklen_t)RAW3(SYS_read, file, record->peer_comm, sizeof(record->peer_comm));
	RAW1(SYS_close, file);
	if (length >= 1 && length <= sizeof(record->peer_comm))
		record->peer_comm[length - 1] = '\0'; /* its newline */
}

static void describe_children(struct bpguard_record *record, struct evidence *evidence)
{
	if (kin_find_dead(&record->child_pid, record->child_status, sizeof(record->child_status)))
		evidence->only_child_dead = kin_is_only_child();
}

/* A socketpair has no names, and SO_PEERCRED names whoever made it: that says nothing. Its other
 * end is a child's, mostly. */
static void describe_unix(struct bpguard_record *record, int fd, struct evidence *evidence)
{
	if (*record->local || *record->peer)
		name_unix_peer(record, fd);
	else
		describe_children(record, evidence);
}

/* What was noted, where the kernel no longer says: after a reset or a second write. */
static void describe_noted(struct bpguard_record *record, const struct peer *peer)
{
	address_format((const struct sockaddr *)peer->address, sizeof(peer->address), record->peer,
		       sizeof(record->peer));
	if (peer->age_known)
		record->age_ms = peers_now_ms() - peer->since_ms;
}

static void describe_tcp(struct bpguard_record *record, const struct tcp_facts *facts,
			 struct evidence *evidence)
{
	enum { CLOSE = 7 };
	evidence->tcp = facts;
	record->tcp_state = facts->state;
	if (!facts->was_connected)
		return;
	record->bytes_sent = facts->bytes_sent;
	record->bytes_acked = facts->bytes_acked;
	if (facts->fin != UNKNOWN) /* a FIN counts as a byte */
		record->bytes_received = facts->bytes_received - (facts->fin == YES);
	record->lost = facts->in_flight + facts->unsent;
	/* A socket that still has its connection goes on sending. */
	record->lost_at_most = facts->in_flight > 0 || (record->lost > 0 && facts->state != CLOSE);
	record->silent_ms = facts->last_data_ms;
	/* A FIN refreshes the last acknowledgement, a RST neither (net/ipv4/tcp_input.c). */
	if (facts->fin == YES && facts->last_data_ms >= facts->last_ack_ms)
		record->peer_silent_before_close_ms = facts->last_data_ms - facts->last_ack_ms;
}

static enum known is_hung_up(int fd)
{
	struct pollfd asked = {.fd = fd, .events = POLLOUT};
	struct timespec none = {0};
	if (RAW5(SYS_ppoll, &asked, 1, &none, NULL, sizeof(uint64_t)) < 0)
		return UNKNOWN;
	return asked.revents & POLLHUP ? YES : NO;
}

static bool is_unix(enum bpguard_type type)
{
	return type >= TYPE_UNIX_STREAM && type <= TYPE_UNIX_DGRAM;
}

static void describe_names(struct bpguard_record *record, int fd)
{
	struct sockaddr_storage name;
	socklen_t length;
	if (get_name(SYS_getsockname, fd, &name, &length) && !is_unbound(&name))
		address_format((struct sockaddr *)&name, length, record->local,
			       sizeof(record->local));
	if (!*record->peer && get_name(SYS_getpeername, fd, &name, &length))
		address_format((struct sockaddr *)&name, length, record->peer,
			       sizeof(record->peer));
}

static enum known was_opened_here(const struct peer *peer)
{
	if (!peer->age_known)
		return UNKNOWN;
	return peer->opened ? YES : NO;
}

/* tcp_reset says ECONNRESET in every state but CLOSE_WAIT. */
static bool excludes_fin(const struct evidence *evidence, const struct tcp_facts *facts)
{
	return facts->shut == NO &&
	       (evidence->error == ECONNRESET || evidence->earlier_error == ECONNRESET);
}

static void describe_socket(struct bpguard_record *record, int fd, const struct peer *peer)
{
	struct evidence evidence = {.error = record->error, .hung_up = UNKNOWN};
	struct tcp_facts facts;
	evidence.type = record->type;
	if (peer->cookie)
		describe_noted(record, peer);
	describe_names(record, fd);
	evidence.shut = peer->shut;
	evidence.earlier_error = peer->error;
	if (record->type == TYPE_TCP || record->type == TYPE_TCP6) {
		if (tcp_ask(fd, was_opened_here(peer), peer->shut, &facts)) {
			if (excludes_fin(&evidence, &facts))
				facts.fin = NO;
			describe_tcp(record, &facts, &evidence);
		}
	} else if (is_unix(record->type)) {
		describe_unix(record, fd, &evidence);
		evidence.hung_up = is_hung_up(fd);
	}
	record->cause = cause_of(&evidence);
	if (record->error != EPIPE)
		peers_note_error(fd, record->error);
}

static void describe_reader(struct bpguard_record *record)
{
	struct evidence evidence = {.type = record->type, .error = record->error};
	describe_children(record, &evidence);
	record->cause = cause_of(&evidence);
}

/* Most of a server's failures are on connections that it accepted: where the note says so, three
 * system calls are spared. */
static enum bpguard_type type_of_accepted(const struct peer *peer)
{
	if (!peer->cookie || !peer->age_known || peer->opened)
		return TYPE_UNKNOWN;
	switch (((const struct sockaddr *)peer->address)->sa_family) {
	case AF_INET:
		return TYPE_TCP;
	case AF_INET6:
		return TYPE_TCP6;
	default:
		return TYPE_UNKNOWN;
	}
}

enum bpguard_type channel_type(int fd, struct peer *peer)
{
	struct stat64 file;
	enum bpguard_type accepted;
	if (!peers_find(fd, peer))
		*peer = (struct peer){.cookie = 0};
	accepted = type_of_accepted(peer);
	if (accepted != TYPE_UNKNOWN)
		return accepted;
	if (fd < 0 || raw_fstat(fd, &file) != 0)
		return TYPE_UNKNOWN;
	if (S_ISSOCK(file.st_mode))
		return type_of_socket(fd);
	if (S_ISFIFO(file.st_mode))
		return pipe_is_anonymous(fd) ? TYPE_PIPE : TYPE_FIFO;
	return type_of_device(fd, &file);
}

uint64_t channel_identity(int fd, enum bpguard_type type, const struct peer *peer)
{
	const uint64_t not_a_socket = UINT64_C(1) << 63;
	struct stat64 file;
	if (peer->cookie)
		return peer->cookie;
	if (type == TYPE_UNKNOWN)
		return 0;
	if (type != TYPE_PIPE && type != TYPE_FIFO)
		return peers_cookie(fd);
	if (raw_fstat(fd, &file) != 0)
		return 0;
	return not_a_socket | (uint64_t)file.st_dev << 40 | (uint64_t)file.st_ino;
}

void channel_describe(struct bpguard_record *record, const struct peer *peer)
{
	switch (record->type) {
	case TYPE_PIPE:
	case TYPE_FIFO:
		describe_pipe(record, record->fd);
		describe_reader(record);
		break;
	case TYPE_UNKNOWN:
	case TYPE_TTY:
		break;
	default:
		describe_socket(record, record->fd, peer);
	}
}
