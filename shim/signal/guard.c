#include "signal/guard.h"

#include <errno.h>
#include <poll.h>
#include <stddef.h>
#include <sys/stat.h>

#include "base/raw.h"
#include "entry/shield.h"
#include "policy/streaks.h"
#include "signal/backstop.h"
#include "state/lineage.h"
#include "state/settings.h"
#include "state/thread.h"

int guard_send_flag;

void guard_prepare(bool deadly)
{
	bool guarded = deadly && lineage_is_guarded();
	bool flagging = guarded && settings.protect != PROTECT_OBSERVE;
	__atomic_store_n(&guard_send_flag, flagging ? MSG_NOSIGNAL : 0, __ATOMIC_RELAXED);
	/* The shield makes system calls that the application did not. */
	shield_raise(guarded && settings.protect == PROTECT_CALLS && !raw_confined);
}

/* Threads between begin_work() and end_work(). */
static int at_work;

/* Returns false where it may not be changed: what was not blocked is not to be restored. */
static bool set_mask(int how, uint64_t mask, uint64_t *old)
{
	return RAW4(SYS_rt_sigprocmask, how, &mask, old, sizeof(mask)) == 0;
}

/* Blocks `mask` and returns the one before, or GUARD_UNTOUCHED. */
static uint64_t begin_work(uint64_t mask)
{
	uint64_t old;
	__atomic_add_fetch(&at_work, 1, __ATOMIC_SEQ_CST);
	if (set_mask(SIG_BLOCK, mask, &old))
		return old;
	__atomic_sub_fetch(&at_work, 1, __ATOMIC_SEQ_CST);
	return GUARD_UNTOUCHED;
}

/* Also where a filter was asked for meanwhile: it waits for this (guard_wait_for_others). */
static void end_work(uint64_t old)
{
	if (old == GUARD_UNTOUCHED)
		return;
	raw_syscall(SYS_rt_sigprocmask, SIG_SETMASK, RAW_ARG(&old), 0, sizeof(old), 0, 0);
	__atomic_sub_fetch(&at_work, 1, __ATOMIC_SEQ_CST);
}

uint64_t guard_block_all(void)
{
	return begin_work(~UINT64_C(0));
}

void guard_unblock(uint64_t mask)
{
	end_work(mask);
}

void guard_wait_for_others(void)
{
	enum { MOST_PAUSES = 500 };
	const struct timespec pause = {.tv_nsec = 200000};
	for (int i = 0; i < MOST_PAUSES && __atomic_load_n(&at_work, __ATOMIC_SEQ_CST) > 0; i++)
		raw_syscall(SYS_nanosleep, RAW_ARG(&pause), 0, 0, 0, 0, 0);
}

void guard_forked(void)
{
	at_work = 0;
}

void guard_queue_to_self(const siginfo_t *info)
{
	raw_syscall(SYS_rt_tgsigqueueinfo, raw_syscall(SYS_getpid, 0, 0, 0, 0, 0, 0),
		    raw_syscall(SYS_gettid, 0, 0, 0, 0, 0, 0), SIGPIPE, RAW_ARG(info), 0, 0);
}

void guard_unblock_sigpipe(void)
{
	uint64_t only = SIGPIPE_BIT;
	raw_syscall(SYS_rt_sigprocmask, SIG_UNBLOCK, RAW_ARG(&only), 0, sizeof(only), 0, 0);
}

/* As the kernel's own SIGPIPE looks: SEND_SIG_NOINFO, kernel/signal.c. */
static siginfo_t kernels_own(void)
{
	siginfo_t info = {.si_signo = SIGPIPE, .si_code = SI_USER};
	info.si_pid = (pid_t)raw_syscall(SYS_getpid, 0, 0, 0, 0, 0, 0);
	info.si_uid = (uid_t)raw_syscall(SYS_getuid, 0, 0, 0, 0, 0, 0);
	return info;
}

bool guard_is_own(const siginfo_t *info)
{
	int32_t pid = lineage_pid();
	return info->si_code == SI_USER && (info->si_pid == pid || pid < 0);
}

/* Takes out the one SIGPIPE that the kernel made for this thread: the thread's own signals come
 * before the process's (kernel/signal.c, dequeue_signal). One that somebody sent goes back. */
static bool take_out(void)
{
	uint64_t only = SIGPIPE_BIT;
	struct timespec none = {0};
	siginfo_t info;
	if (RAW4(SYS_rt_sigtimedwait, &only, &info, &none, sizeof(only)) != SIGPIPE)
		return false;
	if (guard_is_own(&info))
		return true;
	guard_queue_to_self(&info);
	return false;
}

void guard_drain(void)
{
	take_out();
}

bool guard_is_pending(void)
{
	uint64_t pending = 0;
	RAW2(SYS_rt_sigpending, &pending, sizeof(pending));
	return pending & SIGPIPE_BIT;
}

/* pwritev2(2): the offset comes in two halves. */
static long write_with(int fd, const void *data, size_t size, int flags)
{
	struct iovec part = {(void *)data, size};
	return flags ? RAW6(SYS_pwritev2, fd, &part, 1, -1, -1, flags)
		     : RAW3(SYS_write, fd, data, size);
}

long guard_write_own(int fd, const void *data, size_t size, int flags)
{
	const uint64_t own = SIGPIPE_BIT | UINT64_C(1) << (SIGXFSZ - 1);
	struct timespec none = {0};
	uint64_t old, before = 0, fresh;
	long result;
	if (raw_confined && flags)
		return -EOPNOTSUPP;
	if (raw_confined)
		return raw_syscall(SYS_write, fd, RAW_ARG(data), (long)size, 0, 0, 0);
	old = begin_work(own);
	RAW2(SYS_rt_sigpending, &before, sizeof(before));
	result = write_with(fd, data, size, flags);
	fresh = own & ~before;
	/* SIGXFSZ: the log has reached RLIMIT_FSIZE. */
	if (result < (long)size && fresh && old != GUARD_UNTOUCHED)
		RAW4(SYS_rt_sigtimedwait, &fresh, NULL, &none, sizeof(fresh));
	end_work(old);
	return result;
}

/* A handler may run on the alternate stack: then addresses say nothing about what is still live. */
static bool on_alternate_stack(void)
{
	stack_t stack;
	return RAW2(SYS_sigaltstack, NULL, &stack) == 0 && (stack.ss_flags & SS_ONSTACK);
}

/* Whether a handler runs on top of the open window, or has jumped out of it. Its frame then lies
 * above the stack pointer, or deeper calls have written over it. */
static bool is_live(const struct masked_call *window, const struct masked_call *inner)
{
	enum { NEAR = 64 * 1024 }; /* beyond, the stack may be another one, or gone */
	uintptr_t distance = (uintptr_t)window - (uintptr_t)inner;
	return on_alternate_stack() || (distance && distance < NEAR && window->self == window);
}

bool guard_is_masking(void)
{
	return thread.masked &&
	       is_live(thread.masked, (struct masked_call *)__builtin_frame_address(0));
}

void guard_before_exec(void)
{
	if (guard_is_masking())
		set_mask(SIG_UNBLOCK, SIGPIPE_BIT, NULL);
}

void guard_after_exec(void)
{
	if (guard_is_masking())
		set_mask(SIG_BLOCK, SIGPIPE_BIT, NULL);
}

/* Closes a window that a signal handler jumped out of: nothing else will. */
static void close_abandoned(const struct masked_call *inner)
{
	if (!thread.masked || is_live(thread.masked, inner))
		return;
	take_out();
	set_mask(SIG_UNBLOCK, SIGPIPE_BIT, NULL);
	thread.masked = NULL;
}

static void close_cancelled(void *window)
{
	guard_unmask(window, true);
}

void guard_mask(struct masked_call *window)
{
	uint64_t old = 0;
	close_abandoned(window);
	window->outer = thread.masked;
	window->self = window;
	/* Before it is blocked and until it is not any more: a handler may come in between, and is
	 * to know who blocks it. */
	thread.masked = window;
	/* Cancelled before the window is open there is nothing to undo; after, it is undone. */
	window->blocked_before =
	    !set_mask(SIG_BLOCK, SIGPIPE_BIT, &old) || ((old & SIGPIPE_BIT) && !window->outer);
	if (window->blocked_before)
		thread.masked = NULL;
	window->cancellable = next_cleanup_push && next_cleanup_pop;
	if (window->cancellable)
		next_cleanup_push(&window->cleanup, close_cancelled, window);
}

bool guard_unmask(struct masked_call *window, bool incomplete)
{
	bool taken = incomplete && !window->blocked_before && take_out();
	int error = errno;
	if (window->cancellable)
		next_cleanup_pop(&window->cleanup, 0);
	errno = error;
	window->self = NULL;
	/* Where it may not be unblocked now, the next window finds this one left open. */
	if (window->blocked_before || window->outer || set_mask(SIG_UNBLOCK, SIGPIPE_BIT, NULL))
		thread.masked = window->outer;
	return taken;
}

bool guard_is_pipe(int fd)
{
	struct stat64 file;
	return raw_fstat(fd, &file) == 0 && S_ISFIFO(file.st_mode);
}

bool guard_is_socket(int fd)
{
	struct stat64 file;
	return raw_fstat(fd, &file) == 0 && S_ISSOCK(file.st_mode);
}

static bool has_events(int fd, short events)
{
	struct pollfd asked = {.fd = fd, .events = POLLOUT};
	struct timespec none = {0};
	return RAW5(SYS_ppoll, &asked, 1, &none, NULL, sizeof(uint64_t)) == 1 &&
	       (asked.revents & events);
}

bool guard_is_readerless(int fd)
{
	return guard_is_pipe(fd) && has_events(fd, POLLERR);
}

bool guard_is_broken(int fd)
{
	return guard_is_readerless(fd) || (guard_is_socket(fd) && has_events(fd, POLLHUP));
}

bool guard_would_signal(enum bpguard_type type)
{
	return type != TYPE_UNIX_SEQPACKET && type != TYPE_UNIX_DGRAM && type != TYPE_UDP;
}

static enum bpguard_action action_of(enum way way, enum bpguard_type type, bool signalled)
{
	switch (way) {
	case WAY_PLAIN:
		return signalled ? ACTION_BACKSTOP : ACTION_NONE;
	case WAY_FLAG:
	case WAY_RWF:
		return guard_would_signal(type) ? ACTION_NOSIGNAL : ACTION_NONE;
	case WAY_MASK:
		return ACTION_MASKED;
	case WAY_QUIET:
	case WAY_MASK_SILENT:
		break;
	}
	return ACTION_NONE;
}

/* Where the fd is not told, it is stdout or stderr that is meant to end the process, if it is
 * broken.
 */
static bool is_pipeline(int fd)
{
	if (fd >= 0)
		return lineage_is_pipeline(fd);
	for (int output = 1; output <= 2; output++)
		if (lineage_is_pipeline(output) && guard_is_broken(output))
			return true;
	return false;
}

enum bpguard_action guard_action(enum way way, bool signalled, enum bpguard_sigpipe sigpipe,
				 enum bpguard_type type, int fd, int64_t streak)
{
	enum bpguard_action action;
	if (sigpipe != SIGPIPE_KILL && sigpipe != SIGPIPE_UNKNOWN)
		return ACTION_NONE;
	action = action_of(way, type, signalled);
	if (action != ACTION_NONE &&
	    (settings.protect == PROTECT_OBSERVE || is_pipeline(fd) || streaks_is_deadly(streak)))
		return ACTION_KILLED;
	return action;
}

void guard_hold_up(int64_t streak)
{
	unsigned ms = streaks_pause_ms(streak);
	struct timespec pause = {.tv_nsec = (long)ms * 1000000};
	if (ms)
		RAW2(SYS_nanosleep, &pause, NULL);
}

void guard_let_die(void)
{
	siginfo_t info = kernels_own();
	backstop_remove();
	guard_queue_to_self(&info);
	guard_unblock_sigpipe();
	backstop_refresh();
}

/* si_errno is what every kind of siginfo hands on, and 0 in what the kernel or kill(2) sends. */
static void queue_marked(void)
{
	siginfo_t info = kernels_own();
	info.si_errno = EPIPE;
	guard_queue_to_self(&info);
}

void guard_make_pending(void)
{
	queue_marked();
}

void guard_mark_pending(void)
{
	if (take_out())
		queue_marked();
}

bool guard_is_marked(const siginfo_t *info)
{
	return guard_is_own(info) && info->si_errno == EPIPE;
}
