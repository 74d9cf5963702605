#include <pthread.h>
#include <stdbool.h>

#include "state/streaks.h"
#include "suite.h"

START_TEST(each_has_its_own_count)
{
	for (int64_t i = 1; i <= 100; i++)
		for (uint64_t identity = 1; identity <= 1000; identity++)
			ck_assert_int_eq(streaks_count(identity), i);
}
END_TEST

/* A server that loses 100,000 connections, once each, beside a loop that looks at no error. */
START_TEST(others_do_not_end_a_row)
{
	for (uint64_t i = 1; i <= 100000; i++) {
		ck_assert_int_eq(streaks_count(UINT64_C(1) << 40 | i), 1);
		ck_assert_int_eq(streaks_count(7), (int64_t)i);
	}
}
END_TEST

START_TEST(what_is_not_known_is_not_counted)
{
	ck_assert_int_eq(streaks_count(0), -1);
	ck_assert_int_eq(streaks_count(0), -1);
}
END_TEST

enum { THREADS = 8, EACH = 20000 };
static bool seen[THREADS * EACH + 2];

static void *count_many(void *argument)
{
	for (int i = 0; i < EACH; i++)
		seen[streaks_count(3)] = true;
	return argument;
}

/* No two of them are told the same. */
START_TEST(threads)
{
	pthread_t running[THREADS];
	ck_assert_int_eq(streaks_count(3), 1);
	for (int i = 0; i < THREADS; i++)
		pthread_create(&running[i], NULL, count_many, NULL);
	for (int i = 0; i < THREADS; i++)
		pthread_join(running[i], NULL);
	for (int i = 2; i <= THREADS * EACH + 1; i++)
		ck_assert_msg(seen[i], "nobody was told %d", i);
}
END_TEST

static void add(TCase *tcase)
{
	tcase_add_test(tcase, each_has_its_own_count);
	tcase_add_test(tcase, others_do_not_end_a_row);
	tcase_add_test(tcase, what_is_not_known_is_not_counted);
	tcase_add_test(tcase, threads);
}

int main(void)
{
	return run_suite("streaks", add);
}
