/* What a thread keeps: what the handler did about failures, and how many windows of its mask are
 * open. */
#include <signal.h>
#include <string.h>

#include "signal/mask.h"
#include "state/thread.h"
#include "suite.h"

enum { FRAME = 1 << 20, BELOW = FRAME - 200 };

START_TEST(a_failure_is_its_own_fds_and_stacks)
{
	thread_keep_taken(BELOW, 5, HANDLED_LEFT);
	ck_assert_int_eq(thread_take_taken(FRAME, 6), HANDLED_NOT);
	ck_assert_int_eq(thread_take_taken(BELOW - 8, 5), HANDLED_NOT); /* made above the frame */
	ck_assert_int_eq(thread_take_taken(FRAME + STACK_NEAR, 5), HANDLED_NOT);
	ck_assert_int_eq(thread_take_taken(FRAME, 5), HANDLED_LEFT);
	ck_assert_int_eq(thread_take_taken(FRAME, 5), HANDLED_NOT);
}
END_TEST

/* Where the registers do not tell the fd of what libc wrote before. */
START_TEST(one_of_an_unknown_fd_does_not_stand_for_another)
{
	thread_keep_taken(BELOW, -1, HANDLED_RECORDED);
	thread_keep_taken(BELOW, 5, HANDLED_LEFT);
	ck_assert_int_eq(thread_take_taken(FRAME, 5), HANDLED_LEFT);
	ck_assert_int_eq(thread_take_taken(FRAME, 5), HANDLED_RECORDED);
}
END_TEST

START_TEST(the_newest_of_an_fd_counts)
{
	thread_keep_taken(BELOW, 5, HANDLED_RECORDED);
	thread_keep_taken(BELOW, 5, HANDLED_LEFT);
	ck_assert_int_eq(thread_take_taken(FRAME, 5), HANDLED_LEFT);
	ck_assert_int_eq(thread_take_taken(FRAME, 5), HANDLED_NOT);
}
END_TEST

static bool is_blocked(void)
{
	sigset_t mask;
	sigprocmask(SIG_SETMASK, NULL, &mask);
	return sigismember(&mask, SIGPIPE);
}

/* As a handler does that is jumped out of: far below, and never closed. */
static __attribute__((noinline)) void leave_open(void)
{
	volatile char deep[4096];
	struct mask_window window;
	deep[0] = 0;
	mask_open(&window);
	__asm__ volatile("" : : "r"(&window), "r"(deep) : "memory");
}

START_TEST(a_window_that_was_left_keeps_nothing_blocked)
{
	struct mask_window outer, later;
	mask_open(&outer);
	leave_open();
	ck_assert(is_blocked());
	mask_close(&outer, false);
	ck_assert(!is_blocked());
	mask_open(&later);
	ck_assert(is_blocked());
	mask_close(&later, false);
	ck_assert(!is_blocked());
	ck_assert_uint_eq(thread.windows, 0);
}
END_TEST

/* On stacks of their own, as coroutines have. */
START_TEST(the_last_window_restores_the_mask)
{
	static struct {
		struct mask_window window;
		char rest[2 * STACK_NEAR];
	} stacks[2];
	mask_open(&stacks[0].window);
	mask_open(&stacks[1].window);
	mask_close(&stacks[_i].window, false);
	ck_assert(is_blocked());
	mask_close(&stacks[!_i].window, false);
	ck_assert(!is_blocked());
}
END_TEST

START_TEST(what_the_program_blocks_stays_blocked)
{
	struct mask_window window;
	sigset_t only;
	sigemptyset(&only);
	sigaddset(&only, SIGPIPE);
	sigprocmask(SIG_BLOCK, &only, NULL);
	mask_open(&window);
	mask_close(&window, true);
	ck_assert(is_blocked());
}
END_TEST

static void add(TCase *tcase)
{
	tcase_add_test(tcase, a_failure_is_its_own_fds_and_stacks);
	tcase_add_test(tcase, one_of_an_unknown_fd_does_not_stand_for_another);
	tcase_add_test(tcase, the_newest_of_an_fd_counts);
	tcase_add_test(tcase, a_window_that_was_left_keeps_nothing_blocked);
	tcase_add_loop_test(tcase, the_last_window_restores_the_mask, 0, 2);
	tcase_add_test(tcase, what_the_program_blocks_stays_blocked);
}

int main(void)
{
	return run_suite("thread", add);
}
