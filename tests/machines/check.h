/* In place of Check's header where there is no Check for the machine: enough of it to build the
 * programs of tests/calls for their victims alone. The tests in them are compiled and never run:
 * this machine's own build of the same program runs them (tests/machines/run). */
#ifndef BPGUARD_TESTS_MACHINES_CHECK_H
#define BPGUARD_TESTS_MACHINES_CHECK_H

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

typedef struct {
	int unused;
} TTest, Suite, TCase, SRunner;

enum { CK_ENV };

#define START_TEST(name)                                                                           \
	static void name##_body(int _i);                                                           \
	static const TTest name##_test __attribute__((unused)) = {0};                              \
	static const TTest *const name __attribute__((unused)) = &name##_test;                     \
	static void __attribute__((unused)) name##_body(int _i __attribute__((unused)))
#define END_TEST

static inline void ck_assert_msg(bool held, ...)
{
	if (!held)
		abort();
}

#define ck_assert(held) ck_assert_msg(held)
#define ck_compare_numbers(a, comparison, b) ck_assert_msg((intmax_t)(a)comparison(intmax_t)(b))
#define ck_assert_int_eq(a, b) ck_compare_numbers(a, ==, b)
#define ck_assert_int_ge(a, b) ck_compare_numbers(a, >=, b)
#define ck_assert_int_gt(a, b) ck_compare_numbers(a, >, b)
#define ck_assert_int_lt(a, b) ck_compare_numbers(a, <, b)
#define ck_assert_int_le(a, b) ck_compare_numbers(a, <=, b)
#define ck_assert_int_ne(a, b) ck_compare_numbers(a, !=, b)
#define ck_assert_uint_eq(a, b) ck_compare_numbers(a, ==, b)
#define ck_assert_uint_ge(a, b) ck_compare_numbers(a, >=, b)
#define ck_assert_uint_gt(a, b) ck_compare_numbers(a, >, b)
#define ck_assert_uint_le(a, b) ck_compare_numbers(a, <=, b)
#define ck_assert_ptr_eq(a, b) ck_assert_msg((a) == (b))
#define ck_assert_ptr_null(a) ck_assert_msg((a) == NULL)
#define ck_assert_ptr_nonnull(a) ck_assert_msg((a) != NULL)
#define ck_assert_str_eq(a, b) ck_assert_msg(strcmp(a, b) == 0)

#define suite_create(name) ((void)(name), (Suite *)0)
#define suite_add_tcase(suite, tcase) ((void)(suite), (void)(tcase))
#define tcase_create(name) ((void)(name), (TCase *)0)
#define tcase_set_timeout(tcase, seconds) ((void)(tcase), (void)(seconds))
#define tcase_add_test(tcase, test) ((void)(tcase), (void)(test))
#define tcase_add_loop_test(tcase, test, from, to)                                                 \
	((void)(tcase), (void)(test), (void)(from), (void)(to))
#define tcase_add_unchecked_fixture(tcase, before, after)                                          \
	((void)(tcase), (void)(before), (void)(after))
#define srunner_create(suite) ((void)(suite), (SRunner *)0)
#define srunner_run_all(runner, how) ((void)(runner), (void)(how))
#define srunner_ntests_failed(runner) ((void)(runner), 1)
#define srunner_free(runner) ((void)(runner))
#define check_fork() fork()

#endif
