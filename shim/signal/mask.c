#include "signal/mask.h"

#include <errno.h>
#include <stddef.h>
#include <time.h>

#include "base/arch.h"
#include "base/raw.h"
#include "signal/pending.h"
#include "state/lineage.h"
#include "state/thread.h"

/* Threads between mask_block_all() and mask_restore(). */
static int at_work;

bool mask_change(int how, uint64_t mask, uint64_t *old)
{
	return RAW4(SYS_rt_sigprocmask, how, &mask, old, sizeof(mask)) == 0;
}

uint64_t mask_block_all(void)
{
	uint64_t old;
	__atomic_add_fetch(&at_work, 1, __ATOMIC_SEQ_CST);
	if (mask_change(SIG_BLOCK, ~UINT64_C(0), &old))
		return old;
	__atomic_sub_fetch(&at_work, 1, __ATOMIC_SEQ_CST);
	return MASK_UNTOUCHED;
}

void mask_restore(uint64_t mask)
{
	if (mask == MASK_UNTOUCHED)
		return;
	raw_syscall(SYS_rt_sigprocmask, SIG_SETMASK, RAW_ARG(&mask), 0, sizeof(mask), 0, 0);
	__atomic_sub_fetch(&at_work, 1, __ATOMIC_SEQ_CST);
}

void mask_wait_for_others(void)
{
	enum { MOST_PAUSES = 500 };
	const struct timespec pause = {.tv_nsec = 200000};
	for (int i = 0; i < MOST_PAUSES && __atomic_load_n(&at_work, __ATOMIC_SEQ_CST) > 0; i++)
		raw_syscall(SYS_nanosleep, RAW_ARG(&pause), 0, 0, 0, 0, 0);
}

void mask_forked(void)
{
	at_work = 0;
}

/* Whether nobody will close the window any more: its frame lies below the stack pointer, or what
 * lies there is no window. One on another stack may be a coroutine's that goes on later. */
static bool is_abandoned(const struct mask_window *window, const void *frame)
{
	uintptr_t above = (uintptr_t)window - (uintptr_t)frame;
	if ((uintptr_t)frame - (uintptr_t)window < STACK_NEAR)
		return true;
	return above < STACK_NEAR && raw_is_readable(&window->self) && window->self != window;
}

/* A handler may run on the alternate stack: then addresses say nothing about what is still live. */
static bool on_alternate_stack(void)
{
	stack_t stack;
	return RAW2(SYS_sigaltstack, NULL, &stack) == 0 && (stack.ss_flags & SS_ONSTACK);
}

static bool is_open(const void *frame)
{
	return thread.windows && (on_alternate_stack() || !is_abandoned(thread.window, frame));
}

bool mask_is_open_here(void)
{
	return is_open(__builtin_frame_address(0));
}

bool mask_before_exec(void)
{
	uint64_t old = 0;
	/* Chromium's sandbox has children whose thread pointer is one of their own, with nothing
	 * there (CLONE_VM and CLONE_SETTLS). */
	if (!lineage_claim_memory() && !arch_has_thread_data())
		return false;
	return mask_is_open() && mask_change(SIG_UNBLOCK, SIGPIPE_BIT, &old) && (old & SIGPIPE_BIT);
}

void mask_after_exec(bool unblocked)
{
	if (unblocked)
		mask_change(SIG_BLOCK, SIGPIPE_BIT, NULL);
}

static void close_cancelled(void *window)
{
	mask_close(window, true);
}

/* The window is ours, with SIGPIPE blocked by nobody before or by windows that are gone: by a jump,
 * or for contexts that have masks of their own (swapcontext(3)). */
static void begin_anew(uint64_t old)
{
	if (old & SIGPIPE_BIT) /* nothing else will take out what such a window left */
		pending_take();
	thread.windows = 1;
}

void mask_open(struct mask_window *window)
{
	uint64_t old = 0;
	unsigned before = thread.windows;
	bool was_open = is_open(window);
	window->outer = thread.window;
	window->self = window;
	/* Before it is blocked and until it is not any more: a handler may come in between, and is
	 * to know who blocks it. */
	thread.window = window;
	thread.windows = before + 1;
	/* Cancelled before the window is open there is nothing to undo; after, it is undone. */
	window->blocked_before =
	    !mask_change(SIG_BLOCK, SIGPIPE_BIT, &old) || ((old & SIGPIPE_BIT) && !before);
	if (window->blocked_before) {
		thread.window = window->outer;
		thread.windows = before;
	} else if (!was_open || !(old & SIGPIPE_BIT)) {
		begin_anew(old & (before ? SIGPIPE_BIT : 0));
	}
	window->cancellable = next_cleanup_push && next_cleanup_pop;
	if (window->cancellable)
		next_cleanup_push(&window->cleanup, close_cancelled, window);
}

/* Calls in windows that share a mask may end in any order: the last one restores it. One that was
 * opened later on this stack, by a handler, was jumped out of. */
static bool is_last(const struct mask_window *window)
{
	return thread.windows <= 1 ||
	       (thread.window != window && is_abandoned(thread.window, __builtin_frame_address(0)));
}

bool mask_close(struct mask_window *window, bool incomplete)
{
	bool taken = incomplete && !window->blocked_before && pending_take(),
	     last = is_last(window);
	int error = errno;
	if (window->cancellable)
		next_cleanup_pop(&window->cleanup, 0);
	errno = error;
	window->self = NULL;
	if (window->blocked_before)
		return taken;
	/* Where it may not be unblocked now, the next window finds this one left open. */
	if (last && !mask_change(SIG_UNBLOCK, SIGPIPE_BIT, NULL))
		return taken;
	thread.window = window->outer;
	thread.windows = last ? 0 : thread.windows - 1;
	return taken;
}
