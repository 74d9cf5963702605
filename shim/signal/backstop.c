#include "signal/backstop.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include "base/arch.h"
#include "base/raw.h"
#include "entry/autopsy.h"
#include "kernel/writes.h"
#include "signal/guard.h"
#include "state/lineage.h"
#include "state/settings.h"
#include "state/thread.h"

/* The kernel's SA_RESTORER, which some libcs set by themselves and do not hide again. */
enum { RESTORER_FLAG = 0x04000000 };

/* What goes with the application's default, hidden under the backstop's own. */
static struct sigaction shadow;
/* siginterrupt(3) was called for SIGPIPE: signal(3) then leaves SA_RESTART out. */
static bool interrupts;
/* Counts the changes of disposition, so that the last one to look is the one believed. */
static unsigned changes;
/* What the kernel had when it could be asked for the last time, and was given since. */
static struct sigaction known;

static void on_sigpipe(int number, siginfo_t *info, void *context);
static void on_sigpipe_once(int number, siginfo_t *info, void *context);

/* The application's handler that is to be reset by its first signal (SA_RESETHAND). */
static struct sigaction once_action;
/* It has struck where the kernel must not be told: it stands for the backstop since. */
static bool once_spent;

/* Whether this process may have the backstop at all. */
static bool is_wanted(void)
{
	return settings.protect != PROTECT_CALLS && lineage_is_guarded();
}

static bool is_backstop(const struct sigaction *action)
{
	return action->sa_sigaction == on_sigpipe;
}

static bool is_default(const struct sigaction *action)
{
	return action->sa_handler == SIG_DFL || is_backstop(action);
}

/* SA_RESTART: what the application had, a default, would not interrupt its calls. No SA_ONSTACK: an
 * alternate stack may be too small for the frame, which takes 3.3 KiB with AVX-512. Every signal is
 * blocked meanwhile, libc's internal ones included, which sigfillset(3) leaves out: a cancellation
 * must not unwind the shim. */
static struct sigaction backstop_action(void)
{
	struct sigaction action = {.sa_sigaction = on_sigpipe, .sa_flags = SA_SIGINFO | SA_RESTART};
	memset(&action.sa_mask, 0xff, sizeof(action.sa_mask));
	return action;
}

/* What the application is told in place of the kernel's answer. */
static void translate(struct sigaction *action)
{
	if (action->sa_sigaction == on_sigpipe_once && once_spent)
		action->sa_sigaction = on_sigpipe;
	if (action->sa_sigaction == on_sigpipe_once)
		*action = once_action;
	if (!is_backstop(action))
		return;
	*action = shadow;
	action->sa_handler = SIG_DFL;
}

static bool kernel_has(struct sigaction *action)
{
	if (!raw_confined)
		return next.sigaction(SIGPIPE, NULL, action) == 0;
	*action = known;
	return true;
}

static int set(const struct sigaction *action, struct sigaction *old)
{
	struct sigaction wanted = *action; /* `action` and `old` may be the same */
	int result = next.sigaction(SIGPIPE, action, old);
	if (result == 0 && raw_confined)
		known = wanted;
	return result;
}

/* RESTORER_FLAG where this libc tells it of what it has set, as it just has. */
static int restorer_flag(void)
{
	static int flag;
	struct sigaction now;
	if (!raw_confined && kernel_has(&now))
		flag = now.sa_flags & RESTORER_FLAG;
	return flag;
}

static void note_shadow(const struct sigaction *action)
{
	shadow = *action;
	shadow.sa_handler = SIG_DFL;
	sigdelset(&shadow.sa_mask, SIGKILL);
	sigdelset(&shadow.sa_mask, SIGSTOP);
}

static enum bpguard_sigpipe told_of(const struct sigaction *action)
{
	return is_default(action)	       ? SIGPIPE_KILL
	       : action->sa_handler == SIG_IGN ? SIGPIPE_IGNORED
					       : SIGPIPE_HANDLED;
}

void backstop_prepare(void)
{
	unsigned seen;
	do {
		struct sigaction now;
		seen = __atomic_load_n(&changes, __ATOMIC_ACQUIRE);
		if (!kernel_has(&now))
			return;
		guard_prepare(is_default(&now));
	} while (__atomic_load_n(&changes, __ATOMIC_ACQUIRE) != seen);
}

static void changed(void)
{
	__atomic_add_fetch(&changes, 1, __ATOMIC_ACQ_REL);
	backstop_prepare();
}

static void install(void)
{
	struct sigaction action = backstop_action();
	set(&action, NULL);
}

void backstop_start(void)
{
	struct sigaction now;
	if (!kernel_has(&now))
		return;
	if (now.sa_handler == SIG_DFL && is_wanted()) {
		note_shadow(&now);
		install();
	}
	changed();
}

enum bpguard_sigpipe backstop_refresh(void)
{
	struct sigaction now;
	if (!kernel_has(&now))
		return SIGPIPE_UNKNOWN;
	/* Set past us, by a system call of the program's own. */
	if (now.sa_handler == SIG_DFL && !raw_confined && is_wanted() && lineage_owns_memory()) {
		note_shadow(&now);
		install();
		changed();
	}
	/* A handler set for once, where no handler of ours stands in its place, has struck. */
	if (now.sa_handler == SIG_DFL && ((unsigned)now.sa_flags & SA_RESETHAND) &&
	    settings.protect == PROTECT_CALLS && !guard_send_flag && lineage_is_guarded()) {
		backstop_prepare();
		return SIGPIPE_HANDLED;
	}
	return told_of(&now);
}

enum bpguard_sigpipe backstop_sigpipe(uint64_t mask)
{
	enum bpguard_sigpipe disposition = backstop_refresh();
	if (disposition == SIGPIPE_KILL && lineage_is_init())
		return SIGPIPE_IGNORED;
	if ((mask & GUARD_UNTOUCHED) && disposition != SIGPIPE_IGNORED) /* it could not be asked */
		return SIGPIPE_UNKNOWN;
	return (mask & SIGPIPE_BIT) && disposition != SIGPIPE_IGNORED ? SIGPIPE_BLOCKED
								      : disposition;
}

void backstop_changed(sighandler_t handler)
{
	if (!lineage_owns_memory())
		return;
	known.sa_handler = handler;
	backstop_refresh();
	changed();
}

/* Puts back what the application set, as it set it. */
static void give_back(const struct sigaction *now)
{
	struct sigaction its_own = *now;
	translate(&its_own);
	if (its_own.sa_handler != now->sa_handler)
		set(&its_own, NULL);
	known = its_own;
}

void backstop_confine(void)
{
	struct sigaction now;
	if (!kernel_has(&now))
		return;
	known = now;
	/* What may have to die could not do so later: that takes system calls. */
	if (settings.protect == PROTECT_OBSERVE || lineage_is_pipeline(1) ||
	    lineage_is_pipeline(2)) {
		lineage_give_up(true);
		give_back(&now);
	}
}

void backstop_release(void)
{
	struct sigaction before = shadow;
	lineage_give_up(false);
	backstop_start();
	shadow = before; /* as it was given back, libc has added a flag of its own */
}

void backstop_remove(void)
{
	struct sigaction now, plain = {.sa_handler = SIG_DFL};
	if (kernel_has(&now) && is_backstop(&now))
		set(&plain, NULL);
}

/* Sets the application's default: the backstop stands for it, its flags and mask are remembered. */
static int set_default(const struct sigaction *action, struct sigaction *old)
{
	struct sigaction ours = backstop_action();
	int result = set(&ours, old);
	if (result != 0)
		return result;
	if (old)
		translate(old);
	note_shadow(action);
	shadow.sa_flags |= restorer_flag();
	changed();
	return 0;
}

/* Sets a handler that the kernel would reset to SIG_DFL, and so past us, when it is called: ours
 * calls it and sets the backstop. */
static int set_once(const struct sigaction *action, struct sigaction *old)
{
	struct sigaction ours = *action;
	int result;
	ours.sa_sigaction = on_sigpipe_once;
	ours.sa_flags = (int)((unsigned)ours.sa_flags & ~SA_RESETHAND) | SA_SIGINFO;
	result = set(&ours, old);
	if (result != 0)
		return result;
	if (old)
		translate(old);
	once_spent = false;
	once_action = *action;
	once_action.sa_flags |= restorer_flag();
	changed();
	return 0;
}

static bool is_once(const struct sigaction *action)
{
	return ((unsigned)action->sa_flags & SA_RESETHAND) && action->sa_handler != SIG_DFL &&
	       action->sa_handler != SIG_IGN;
}

int backstop_sigaction(const struct sigaction *action, struct sigaction *old)
{
	struct sigaction wanted; /* `action` and `old` may be the same */
	bool ours = action && lineage_owns_memory();
	int result;
	if (action)
		wanted = *action;
	if (ours && wanted.sa_handler == SIG_DFL && is_wanted())
		return set_default(&wanted, old);
	if (ours && is_once(&wanted) && is_wanted())
		return set_once(&wanted, old);
	result = action ? set(action, old) : next.sigaction(SIGPIPE, NULL, old);
	if (result == 0 && old)
		translate(old);
	if (result == 0 && ours)
		changed();
	return result;
}

sighandler_t backstop_signal(sighandler_t (*real)(int, sighandler_t), sighandler_t handler,
			     int flags)
{
	struct sigaction action = {.sa_handler = handler, .sa_flags = flags}, old;
	sighandler_t before;
	bool ours = lineage_owns_memory();
	if (ours && handler == SIG_DFL && is_wanted()) {
		if (flags & SA_RESTART) { /* the BSD kind: also blocks the signal itself */
			sigaddset(&action.sa_mask, SIGPIPE);
			if (interrupts)
				action.sa_flags &= ~SA_RESTART;
		}
		return set_default(&action, &old) == 0 ? old.sa_handler : SIG_ERR;
	}
	if (ours && handler != SIG_ERR && is_once(&action) && is_wanted())
		return set_once(&action, &old) == 0 ? old.sa_handler : SIG_ERR;
	before = real(SIGPIPE, handler);
	if (ours && before != SIG_ERR) {
		known.sa_handler = handler;
		changed();
	}
	if ((void *)before == (void *)on_sigpipe_once)
		return once_spent ? SIG_DFL : once_action.sa_handler;
	return (void *)before == (void *)on_sigpipe ? SIG_DFL : before;
}

sighandler_t backstop_sigset(sighandler_t handler)
{
	struct sigaction action = {.sa_handler = SIG_DFL}, old;
	sigset_t pipe_only, before;
	if (handler != SIG_DFL || !lineage_owns_memory() || !is_wanted())
		return backstop_signal(next.sigset, handler, 0);
	sigemptyset(&pipe_only);
	sigaddset(&pipe_only, SIGPIPE);
	if (set_default(&action, &old) != 0)
		return SIG_ERR;
	/* As sigset(3) does. */
	raw_syscall(SYS_rt_sigprocmask, SIG_UNBLOCK, RAW_ARG(&pipe_only), RAW_ARG(&before),
		    sizeof(uint64_t), 0, 0);
	return sigismember(&before, SIGPIPE) ? SIG_HOLD : old.sa_handler;
}

int backstop_sigignore(void)
{
	int result = next.sigignore(SIGPIPE);
	if (result == 0 && lineage_owns_memory()) {
		known.sa_handler = SIG_IGN;
		changed();
	}
	return result;
}

int backstop_siginterrupt(int interrupt)
{
	int result = next.siginterrupt(SIGPIPE, interrupt);
	if (result != 0 || !lineage_owns_memory())
		return result;
	interrupts = interrupt != 0;
	if (interrupt)
		shadow.sa_flags &= ~SA_RESTART;
	else
		shadow.sa_flags |= SA_RESTART;
	shadow.sa_flags |= restorer_flag();
	return result;
}

/* The registers of the system call that raised SIGPIPE, told apart from a signal that somebody
 * sent. */
static const ucontext_t *find_call(const ucontext_t *context)
{
	enum { MOST_FRAMES = 64 }; /* one for each signal there is */
	for (int depth = 0; context && depth < MOST_FRAMES; depth++) {
		const ucontext_t *below = arch_context_below(context);
		if (!below)
			break;
		context = below;
	}
	return arch_is_after_syscall(context) ? context : NULL;
}

/* Whether the frame that holds the attempt can be live: not far above the stack pointer. A pointer
 * that a jump left behind may lead to a stack that is gone. */
static bool is_near(const struct attempt *attempt, uintptr_t sp)
{
	enum { NEAR = 64 * 1024 };
	return attempt && (uintptr_t)attempt - sp < NEAR;
}

/* The wrapper's attempt that this very system call belongs to, or NULL: its frame must be live and
 * its arguments in the registers. */
static struct attempt *find_attempt(const struct broken_call *call, uintptr_t sp)
{
	struct attempt *attempt = thread.attempt;
	const struct write_call *row;
	if (!is_near(attempt, sp))
		return NULL;
	row = writes_find(attempt_number(attempt));
	if (!row || (call->row && call->row != row))
		return NULL;
	if (row->fd >= ARCH_FIRST_TOLD && (int)call->arguments[row->fd] != attempt->fd)
		return NULL;
	/* Else the pipe may tell that it was not this one. */
	if (row->fd < ARCH_FIRST_TOLD && guard_is_pipe(attempt->fd) &&
	    !guard_is_readerless(attempt->fd))
		return NULL;
	if (row->amount >= 0 && (size_t)call->arguments[row->amount] != attempt->requested)
		return NULL;
	return attempt;
}

/* The fd where the number is not told. What it is written to, and for splice and tee what from,
 * tells the calls apart: an anonymous or named pipe's writing end has POLLERR once its reader is
 * gone (fs/pipe.c, pipe_poll), its reading end never. splice from a socket takes no offset, where a
 * write has its buffer. */
static int deduce_fd(const long arguments[6])
{
	int first = (int)arguments[0], second = (int)arguments[1], third = (int)arguments[2];
	if (arch_hides_fd(arguments))
		return -1;
	if (guard_is_readerless(first) || (guard_is_socket(first) && arguments[1]))
		return first;
	if (guard_is_readerless(third) || guard_is_socket(third))
		return third;
	return guard_is_readerless(second) ? second : -1;
}

/* The fd, or -1 where the registers do not tell it. */
static int fd_of(const struct broken_call *call)
{
	if (call->attempt)
		return call->attempt->fd;
	if (!call->row)
		return deduce_fd(call->arguments);
	return call->row->fd < ARCH_FIRST_TOLD ? -1 : (int)call->arguments[call->row->fd];
}

/* Bytes asked for. For vectors, what the kernel has just read: a wrapper sums them up later. */
static int64_t amount_of(const struct broken_call *call)
{
	if (call->attempt && call->row && call->row->amount >= 0)
		return (int64_t)call->attempt->requested;
	return call->row ? writes_amount(call->row, call->arguments) : -1;
}

/* Reads the registers. Returns false where this was no broken write. */
static bool examine(const ucontext_t *context, struct broken_call *call)
{
	long number = arch_number(context);
	call->result = arch_result(context);
	call->pc = arch_pc(context);
	arch_arguments(context, call->arguments);
	call->row = writes_find(number);
	if (call->result != -EPIPE && (call->result <= 0 || (number >= 0 && !call->row)))
		return false;
	call->attempt = find_attempt(call, arch_sp(context));
	call->near = is_near(thread.attempt, arch_sp(context));
	if (call->attempt)
		call->row = writes_find(attempt_number(call->attempt));
	call->fd = fd_of(call);
	call->requested = amount_of(call);
	if (call->result == -EPIPE)
		return true;
	/* It wrote less than was asked, and the reader left meanwhile: pipes make a signal then,
	 * and sendfile and splice do on sockets. */
	if (call->requested >= 0 && call->requested <= call->result)
		return false;
	if (raw_confined) /* then only the call itself can be believed */
		return call->row && call->requested > 0;
	return (call->row && call->fd < 0) || guard_is_broken(call->fd);
}

/* Sent by somebody: what is told here as SIG_DFL kills. The signal comes back as it came. */
static void let_through(const siginfo_t *info)
{
	backstop_remove();
	guard_queue_to_self(info);
	guard_unblock_sigpipe();
	install(); /* still here: process 1 */
}

static void judge(const siginfo_t *info, const ucontext_t *context)
{
	struct broken_call call;
	const ucontext_t *at;
	/* The application had it blocked, and unblocks by whatever means: the call was recorded. */
	if (guard_is_marked(info))
		return;
	at = guard_is_own(info) ? find_call(context) : NULL;
	if (!at || !examine(at, &call)) {
		let_through(info);
		return;
	}
	/* A wrapper's own failure: it will see it at once, and record it. */
	if (call.attempt && call.result < 0) {
		call.attempt->what |= SIGNALLED;
		return;
	}
	autopsy_of_signal(&call);
}

/* The failing call of a wrapper is told that its signal was handled: it finds the default there. */
static void note_handled(const siginfo_t *info, const ucontext_t *context)
{
	struct broken_call call;
	const ucontext_t *at = guard_is_own(info) ? find_call(context) : NULL;
	if (at && examine(at, &call) && call.attempt)
		call.attempt->what |= HANDLED;
}

/* The kernel does it without a system call. Where none may be made, the handler stays and stands
 * for the backstop. */
static void reset_once(const struct sigaction *standard)
{
	if (!raw_confined) {
		set_default(standard, NULL);
		return;
	}
	once_spent = true;
	note_shadow(standard);
	known = backstop_action();
	changed();
}

static void on_sigpipe_once(int number, siginfo_t *info, void *context)
{
	struct sigaction action = once_action, standard = once_action;
	int error = errno;
	if (once_spent) {
		on_sigpipe(number, info, context);
		return;
	}
	standard.sa_handler = SIG_DFL;
	reset_once(&standard);
	note_handled(info, context);
	errno = error;
	if (action.sa_flags & SA_SIGINFO)
		action.sa_sigaction(number, info, context);
	else
		action.sa_handler(number);
}

static void on_sigpipe(int number, siginfo_t *info, void *context)
{
	int error = errno;
	(void)number;
	if (!thread.inside)
		judge(info, context);
	errno = error;
}
