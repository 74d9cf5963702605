/* SIGPIPE on its way: the kernel's for a failed write, somebody's, and one that waits. A failure of
 * ours that is to stay pending is marked by si_errno: what every kind of siginfo hands on, and 0 in
 * what the kernel or kill(2) sends. All async-signal-safe. */
#ifndef BPGUARD_PENDING_H
#define BPGUARD_PENDING_H

#include <signal.h>
#include <stdbool.h>

/* Who a SIGPIPE is from: somebody; the kernel, as for a failed write (kill(getpid(), SIGPIPE) looks
 * the same); or marked by pending_make() or pending_mark(). */
enum pending_from { PENDING_SOMEBODYS, PENDING_OWN, PENDING_MARKED };
enum pending_from pending_from(const siginfo_t *info);

/* Whether a SIGPIPE waits for this thread or process to unblock it. */
bool pending_is_there(void);

/* Takes out the one SIGPIPE that the kernel made for this thread, while the signal is blocked. One
 * that somebody sent goes back. Returns whether there was one. */
bool pending_take(void);

/* The application blocks SIGPIPE and waits for it: a call that made none because of our flag puts
 * it where the kernel would have, marked. */
void pending_make(void);

/* Marks the one that a call has just left pending in this thread, which blocks it. One that
 * somebody sent stays as it is. */
void pending_mark(void);

/* Sends a SIGPIPE to this thread, as `info` says and NULL for the kernel's own, and lets it in.
 * Made under a seccomp filter too: who is to die may as well die of that. */
void pending_send(const siginfo_t *info);

#endif
