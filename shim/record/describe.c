#include "record/describe.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>

#include "base/address.h"
#include "base/clock.h"
#include "base/raw.h"
#include "base/text.h"
#include "kernel/children.h"
#include "kernel/fd.h"
#include "kernel/process.h"
#include "kernel/tcp.h"
#include "policy/cause.h"
#include "record/totals.h"
#include "state/arguments.h"
#include "state/lineage.h"
#include "state/program.h"

#ifndef SO_PEERPIDFD
#define SO_PEERPIDFD 77
#endif

/* The exact clock is a system call on some machines (vdso(7)), the coarse one nowhere. */
static int64_t now_ns(void)
{
	struct timespec now;
	clock_gettime(raw_filtered ? CLOCK_REALTIME_COARSE : CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

void describe_program(struct record *record)
{
	long tid = RAW0(SYS_gettid);
	record->time_ns = now_ns();
	record->pid = lineage_pid();
	record->tid = tid > 0 ? tid : -1;
	RAW2(SYS_prctl, PR_GET_NAME, record->comm);
	record->exe = program_exe();
}

void describe_arguments(struct record *record)
{
	_Static_assert(sizeof(record->argv) == ARGUMENTS_MOST, "what is told fits");
	arguments_tell(record->argv);
}

/* The path that it was opened by, as the link that /proc has for the fd tells it, behind `kind`. */
static void append_path(struct text *peer, const char *kind, int fd)
{
	char link[32], target[sizeof(((struct record *)0)->peer)];
	struct text path = text_in(link, sizeof(link));
	long length;
	text_string(&path, "/proc/thread-self/fd/");
	text_number(&path, fd);
	text_end(&path);
	length = RAW4(SYS_readlinkat, AT_FDCWD, link, target, sizeof(target));
	if (length > 0) {
		text_string(peer, kind);
		text_bytes(peer, target, (size_t)length);
	}
}

static void describe_fifo(struct record *record, int fd)
{
	struct text peer = text_in(record->peer, sizeof(record->peer));
	append_path(&peer, "fifo:", fd);
	text_end(&peer);
}

void describe_connection(struct record *record, enum record_type type, uint64_t connection)
{
	struct text peer = text_in(record->peer, sizeof(record->peer));
	record->type = type;
	if (!connection || connection > INT64_MAX)
		return;
	record->connection = (int64_t)connection;
	if (type != TYPE_PIPE)
		return;
	text_string(&peer, "pipe:[");
	text_number(&peer, record->connection);
	text_char(&peer, ']');
	text_end(&peer);
}

/* Why it failed only its driver knows, or the daemon behind FUSE. */
static void describe_file(struct record *record, int fd)
{
	struct text peer = text_in(record->peer, sizeof(record->peer));
	append_path(&peer, "", fd);
	text_end(&peer);
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

/* Whether the pid of the peer's credentials still names who had it then: asked after its name was
 * read. SO_PEERPIDFD (Linux 6.5) names the process itself, and a signal 0 reaches a zombie, nobody
 * after that; before, who began after the connection is another. */
static bool is_peer_still(int fd, const struct process *process, const struct peer *peer)
{
	enum { SLACK_MS = 20 };
	int pidfd = -1;
	socklen_t size = sizeof(pidfd);
	long result = RAW5(SYS_getsockopt, fd, SOL_SOCKET, SO_PEERPIDFD, &pidfd, &size);
	if (result == 0) {
		result = RAW4(SYS_pidfd_send_signal, pidfd, 0, NULL, 0);
		RAW1(SYS_close, pidfd);
		return result == 0 || result == -EPERM;
	}
	return result == -ENOPROTOOPT && peer->age_known &&
	       process->begun_ms <= clock_boot_ms() - (clock_now_ms() - peer->since_ms) + SLACK_MS;
}

/* Behind a socket's name is who called listen, which for a socket-activated service is systemd. */
static bool is_activator(const struct record *record, const struct process *process)
{
	return *record->peer && strcmp(process->comm, "systemd") == 0;
}

static void name_unix_peer(struct record *record, int fd, const struct peer *peer)
{
	struct ucred who;
	struct process process;
	socklen_t length = sizeof(who);
	if (RAW5(SYS_getsockopt, fd, SOL_SOCKET, SO_PEERCRED, &who, &length) != 0 || who.pid <= 0)
		return;
	record->peer_pid = who.pid;
	record->peer_uid = who.uid;
	if (process_read(who.pid, &process) && is_peer_still(fd, &process, peer) &&
	    !is_activator(record, &process))
		memcpy(record->peer_comm, process.comm, sizeof(record->peer_comm));
}

bool describe_child(struct record *record, bool dying_too)
{
	return children_find_dead(dying_too, &record->child_pid, record->child_status,
				  sizeof(record->child_status));
}

/* To ask all children takes some time: who never looks at errors is not made to wait for it. */
static void describe_children(struct record *record, struct evidence *evidence)
{
	enum { FEW = 3 };
	if (describe_child(record, record->streak <= FEW))
		evidence->only_child_dead = children_is_only_one();
}

static bool is_unix(enum record_type type)
{
	return type >= TYPE_UNIX_STREAM && type <= TYPE_UNIX_DGRAM;
}

/* A socketpair has no names, and SO_PEERCRED names whoever made it: that says nothing. Its other
 * end is a child's, mostly, as a pipe's is. */
static bool may_be_childs(const struct record *record)
{
	return record->type == TYPE_PIPE || record->type == TYPE_FIFO ||
	       (is_unix(record->type) && !*record->local && !*record->peer);
}

static void describe_unix(struct record *record, int fd, const struct peer *peer,
			  struct evidence *evidence)
{
	if (may_be_childs(record))
		describe_children(record, evidence);
	else
		name_unix_peer(record, fd, peer);
}

/* What was noted, where the kernel no longer says: after a reset or a second write. */
static void describe_noted(struct record *record, const struct peer *peer)
{
	address_format((const struct sockaddr *)peer->address, sizeof(peer->address), record->peer,
		       sizeof(record->peer));
	if (peer->age_known)
		record->age_ms = clock_now_ms() - peer->since_ms;
}

static void describe_tcp(struct record *record, const struct tcp_facts *facts,
			 struct evidence *evidence)
{
	evidence->tcp = facts;
	evidence->dissolved |= facts->was_dissolved;
	record->tcp_state = (uint32_t)facts->state;
	if (!facts->is_counted)
		return;
	record->bytes_sent = facts->bytes_sent;
	record->bytes_acked = facts->bytes_acked;
	if (facts->fin != UNKNOWN) /* a FIN counts as a byte */
		record->bytes_received = facts->bytes_received - (facts->fin == YES);
	record->lost = facts->in_flight + facts->unsent;
	/* A socket that still has its connection goes on sending. */
	record->lost_at_most =
	    facts->in_flight > 0 || (record->lost > 0 && facts->state != STATE_CLOSE);
	record->silent_ms = facts->last_data_ms;
	/* A FIN refreshes the last acknowledgement, a RST neither (net/ipv4/tcp_input.c). */
	if (facts->fin == YES && facts->last_data_ms >= facts->last_ack_ms)
		record->peer_silent_before_close_ms = facts->last_data_ms - facts->last_ack_ms;
}

static void describe_names(struct record *record, int fd)
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

static void describe_socket(struct record *record, int fd, const struct peer *peer)
{
	struct evidence evidence = {.error = (int)record->error, .hung_up = UNKNOWN};
	struct tcp_facts facts;
	evidence.type = record->type;
	if (peer->cookie)
		describe_noted(record, peer);
	describe_names(record, fd);
	evidence.shut = peer->shut;
	evidence.dissolved = peer->dissolved;
	evidence.earlier_error = peer->error;
	if (record->type == TYPE_TCP || record->type == TYPE_TCP6) {
		if (tcp_ask(fd, was_opened_here(peer), peer->shut, &facts)) {
			if (excludes_fin(&evidence, &facts))
				facts.fin = NO;
			describe_tcp(record, &facts, &evidence);
		}
	} else if (is_unix(record->type)) {
		describe_unix(record, fd, peer, &evidence);
		evidence.hung_up = fd_is_hung_up(fd);
	}
	record->cause = cause_of(&evidence);
}

static void describe_reader(struct record *record)
{
	struct evidence evidence = {.type = record->type, .error = (int)record->error};
	describe_children(record, &evidence);
	record->cause = cause_of(&evidence);
}

static void describe_channel(struct record *record, const struct failure *failure)
{
	switch (failure->channel.type) {
	case TYPE_PIPE:
	case TYPE_FIFO:
		if (record->type == TYPE_FIFO)
			describe_fifo(record, failure->fd);
		describe_reader(record);
		break;
	case TYPE_UNKNOWN:
		break;
	default:
		if (failure->channel.is_file)
			describe_file(record, failure->fd);
		else
			describe_socket(record, failure->fd, &failure->peer);
	}
}

static enum record_event event_of(int error)
{
	return error == EPIPE ? EVENT_EPIPE : error == ECONNRESET ? EVENT_RESET : EVENT_TIMEOUT;
}

static void describe_call(struct record *record, const struct failure *failure)
{
	record->call = failure->call;
	record->syscall = failure->syscall ? failure->syscall->name : NULL;
	record->fd = failure->fd;
	record->requested = failure->requested;
	record->caller = failure->caller;
}

static void describe_verdict(struct record *record, const struct failure *failure)
{
	record->sigpipe = failure->sigpipe;
	record->action = failure->verdict.action;
	if (failure->sigpipe != SIGPIPE_UNKNOWN)
		record->saved = failure->verdict.saved;
	record->streak = failure->streak;
}

/* A child that is dead may yet be found. */
static struct finding find(const struct record *record)
{
	struct finding finding = {(enum record_cause)record->cause, CHILD_UNASKED};
	if (may_be_childs(record))
		finding.child = record->child_pid > 0 ? CHILD_NAMED : CHILD_WANTED;
	return finding;
}

struct finding describe_failure(struct record *record, const struct failure *failure)
{
	record->event = event_of(failure->error);
	record->error = (uint32_t)failure->error;
	describe_connection(record, failure->channel.type, failure->connection);
	describe_program(record);
	if (totals_are_empty())
		describe_arguments(record);
	describe_call(record, failure);
	describe_verdict(record, failure);
	record->fds_left = program_fds_left(failure->fd);
	describe_channel(record, failure);
	return find(record);
}
