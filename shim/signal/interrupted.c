#include "signal/interrupted.h"

#include <errno.h>
#include <stddef.h>

#include "base/arch.h"
#include "base/raw.h"
#include "kernel/fd.h"
#include "kernel/module.h"

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

/* Whether memory at `at` is there for sure, given what is at the stack pointer: on the same page.
 * Under a seccomp filter nothing can be asked, and what lies close above is taken for the same
 * stack. */
static bool is_beside(const void *at, size_t size, uintptr_t sp)
{
	enum { CLOSE = 256 };
	uintptr_t last = (uintptr_t)at + size - 1;
	return last / ARCH_PAGE == sp / ARCH_PAGE || (raw_filtered && last - sp < CLOSE);
}

/* Copies the thread's call in flight. Its frame lies not far above the stack pointer, or a jump or
 * a coroutine has left it behind, perhaps on a stack that is gone. */
static bool copy_inflight(uintptr_t sp, struct inflight *call)
{
	const struct inflight *at = thread.inflight;
	if (!at || (uintptr_t)at - sp >= STACK_NEAR)
		return false;
	if (!is_beside(at, sizeof(*at), sp))
		return raw_copy(call, at, sizeof(*call));
	*call = *at;
	return true;
}

/* Whether that call is the one that made this very system call: its arguments are in the registers.
 * A wrapper that adds a flag is not told here: no signal comes of it. */
static bool is_made_by(const struct inflight *call, const struct interrupted *broken)
{
	const struct write_call *row = writes_find(call->number);
	if (!row || (broken->row && broken->row != row))
		return false;
	if (row->fd >= ARCH_FIRST_TOLD && (int)broken->arguments[row->fd] != call->fd)
		return false;
	/* Else the pipe may tell that it was not this one. */
	if (row->fd < ARCH_FIRST_TOLD && fd_is_pipe(call->fd) && !fd_is_readerless(call->fd))
		return false;
	return row->amount < 0 || (size_t)broken->arguments[row->amount] == call->requested;
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
	if (fd_is_readerless(first) || (fd_is_socket(first) && arguments[1]))
		return first;
	if (fd_is_readerless(third) || fd_is_socket(third))
		return third;
	return fd_is_readerless(second) ? second : -1;
}

/* The fd, or -1 where the registers do not tell it. */
static int fd_of(const struct interrupted *broken)
{
	if (broken->is_wrappers)
		return broken->call.fd;
	if (!broken->row)
		return deduce_fd(broken->arguments);
	return broken->row->fd < ARCH_FIRST_TOLD ? -1 : (int)broken->arguments[broken->row->fd];
}

/* Whether the registers are surely those of the call that a wrapper has in flight. Between it and
 * libc a library may make another call on the same fd, with a plain buffer where a vector would be.
 */
static bool are_its_own(const struct interrupted *broken, long number)
{
	return writes_find(number) || broken->call.call == CALL_syscall ||
	       module_is_libc(broken->pc);
}

/* Bytes asked for. For vectors, what the kernel has just read: a wrapper sums them up later. */
static int64_t amount_of(const struct interrupted *broken, long number)
{
	if (broken->is_wrappers && broken->row->amount >= 0)
		return (int64_t)broken->call.requested;
	if (broken->is_wrappers && !are_its_own(broken, number))
		return -1;
	return broken->row ? writes_amount(broken->row, broken->arguments) : -1;
}

/* It wrote less than was asked, and the reader left meanwhile: pipes make a signal then, and
 * sendfile and splice do on sockets. */
static bool is_cut_short(const struct interrupted *broken)
{
	if (broken->requested >= 0 && broken->requested <= broken->result)
		return false;
	if (raw_filtered) /* then only the call itself can be believed */
		return broken->row && broken->requested > 0;
	return (broken->row && broken->fd < 0) || fd_is_broken(broken->fd);
}

static bool examine(const ucontext_t *context, struct interrupted *broken)
{
	long number = arch_number(context, module_is_libc);
	broken->result = arch_result(context);
	broken->pc = arch_pc(context);
	broken->sp = arch_sp(context);
	arch_arguments(context, broken->arguments);
	broken->row = writes_find(number);
	if (broken->result != -EPIPE && (broken->result <= 0 || (number >= 0 && !broken->row)))
		return false;
	broken->is_wrappers =
	    copy_inflight(broken->sp, &broken->call) && is_made_by(&broken->call, broken);
	if (broken->is_wrappers)
		broken->row = writes_find(broken->call.number);
	broken->fd = fd_of(broken);
	broken->requested = amount_of(broken, number);
	return broken->result == -EPIPE || is_cut_short(broken);
}

bool interrupted_read(const ucontext_t *context, struct interrupted *broken)
{
	const ucontext_t *at = find_call(context);
	return at && examine(at, broken);
}

void interrupted_answer(ucontext_t *context, int error)
{
	/* Lies within the frames that `context` is the last of. */
	ucontext_t *at = (ucontext_t *)find_call(context);
	if (at)
		arch_set_result(at, -error);
}
