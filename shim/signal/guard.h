/* What a call needs to be harmless: nothing, MSG_NOSIGNAL, RWF_NOSIGNAL or the thread's mask. */
#ifndef BPGUARD_GUARD_H
#define BPGUARD_GUARD_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

#include "record/record.h"
#include "state/next.h"
#include "state/thread.h"

/* What the send family adds to its flags: MSG_NOSIGNAL where SIGPIPE would kill, else 0. */
extern HIDDEN int guard_send_flag;

/* Sets what calls need, now that SIGPIPE would (not) kill: the send family's flag, the write
 * family's shield. Async-signal-safe. */
void guard_prepare(bool deadly);

/* One window of the thread's mask, in the frame of the call that it surrounds. */
struct masked_call {
	const struct masked_call *self; /* while it is open */
	struct masked_call *outer;
	bool blocked_before; /* by the application, or not at all: no signal is ours to take */
	bool cancellable;
	struct cleanup_buffer cleanup;
};

/* Blocks SIGPIPE in this thread, to be undone also by a cancellation. A window that a signal
 * handler jumped out of is closed first. Keeps errno. Async-signal-safe. */
void guard_mask(struct masked_call *window);

/* Takes out the SIGPIPE that the call made, if it did less than was asked, and restores the mask.
 * Returns whether there was one. Keeps errno. Async-signal-safe. */
bool guard_unmask(struct masked_call *window, bool incomplete);

/* Whether `fd` is the writing end of a pipe or FIFO whose readers are gone. Async-signal-safe. */
bool guard_is_readerless(int fd);

/* Whether an open window of ours blocks SIGPIPE in this thread: a handler that interrupted a masked
 * call runs, and the application does not block it. Async-signal-safe. */
bool guard_is_masking(void);

/* A handler that interrupted a masked call executes another program (mostly in a child that it
 * forked): that one is not to inherit our mask. After an exec that failed the window is as before.
 * Async-signal-safe. */
void guard_before_exec(void);
void guard_after_exec(void);

/* Whether nothing can be written to `fd` any more: a pipe without readers, a socket that is closed
 * in both directions. Async-signal-safe. */
bool guard_is_broken(int fd);

/* Whether `fd` is a pipe or FIFO. Async-signal-safe. */
bool guard_is_pipe(int fd);

/* Whether `fd` is a socket. Async-signal-safe. */
bool guard_is_socket(int fd);

/* Whether EPIPE comes with a signal on this kind of channel: sockets of the datagram kinds return
 * it without one, sk_stream_error and unix_stream_sendmsg make one. */
bool guard_would_signal(enum bpguard_type type);

/* What was done about a failure, and whether it is to end the process (ACTION_KILLED). `signalled`:
 * the backstop took its SIGPIPE. Async-signal-safe. */
enum bpguard_action guard_action(enum way way, bool signalled, enum bpguard_sigpipe sigpipe,
				 enum bpguard_type type, int fd, int64_t streak);

/* Makes the caller wait as BPGUARD_RUNAWAY=throttle has it for the `streak`th failure; a signal
 * ends the wait, unless it is blocked, as all are in the backstop. Keeps errno. Async-signal-safe.
 */
void guard_hold_up(int64_t streak);

/* Carries ACTION_KILLED out: SIGPIPE takes its usual course. Returns only where that is not death
 * (process 1). Async-signal-safe. */
void guard_let_die(void);

/* The two ways by which a SIGPIPE is sent on: to this thread, as `info` says, and let in. They are
 * made under a seccomp filter too: who is to die may as well die of that. Async-signal-safe. */
void guard_queue_to_self(const siginfo_t *info);
void guard_unblock_sigpipe(void);

/* The application blocks SIGPIPE and waits for it: a call that made none because of our flag puts
 * it where the kernel would have, marked. Async-signal-safe. */
void guard_make_pending(void);

/* Marks the one that a call has just left pending in this thread, which blocks it. One that
 * somebody sent stays as it is. Async-signal-safe. */
void guard_mark_pending(void);

/* Whether a SIGPIPE is as the kernel sends it for a write; kill(getpid(), SIGPIPE) looks the same.
 * Async-signal-safe. */
bool guard_is_own(const siginfo_t *info);

/* Whether a SIGPIPE is a failed call's, marked by one of these two. Async-signal-safe. */
bool guard_is_marked(const siginfo_t *info);

/* Blocks every signal in this thread and returns the mask before, GUARD_UNTOUCHED under a seccomp
 * filter; or restores. Async-signal-safe. */
uint64_t guard_block_all(void);
void guard_unblock(uint64_t mask);

/* Waits until the threads that had blocked signals for our work have left it, at most a tenth of a
 * second: one may be stopped. Async-signal-safe. */
void guard_wait_for_others(void);

/* In the child after fork(2): no other thread is there. Async-signal-safe. */
void guard_forked(void);

/* Whether a SIGPIPE waits for this thread or process to unblock it. Async-signal-safe. */
bool guard_is_pending(void);

/* Takes the SIGPIPE out that the shim's or the tracer's own write made, while the signal is
 * blocked; one that somebody sent stays. To be used only if none was pending before.
 * Async-signal-safe. */
void guard_drain(void);

/* write(2) for the shim itself, or pwritev2(2) where there are flags: what is at the other end of
 * `fd` may have gone too. Returns the count, or -errno. Async-signal-safe. */
long guard_write_own(int fd, const void *data, size_t size, int flags);

enum { SIGPIPE_BIT = 1 << (SIGPIPE - 1) };

/* No mask holds SIGKILL. */
#define GUARD_UNTOUCHED (UINT64_C(1) << (SIGKILL - 1))

#endif
