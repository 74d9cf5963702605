/* Rates that fade, and the order of what is shown. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "count/tally.h"
#include "top/meter.h"
#include "top/view.h"

static uint64_t value_of(const void *values, uint32_t id)
{
	return ((const uint64_t *)values)[id];
}

/* Takes two counters that grow by so much, each second for so long. */
static void run(struct meter *meter, uint64_t values[2], int seconds, uint64_t first,
		uint64_t second)
{
	for (int i = 0; i < seconds; i++) {
		values[0] += first;
		values[1] += second;
		meter_take(meter, 2, value_of, values, 1, false);
	}
}

START_TEST(what_was_before_is_no_rate)
{
	struct meter meter = {0};
	uint64_t values[2] = {1000000, 5};
	meter_take(&meter, 2, value_of, values, 1, true);
	ck_assert_double_eq(meter_rate(&meter, 0).now, 0);
	run(&meter, values, 1, 10, 0);
	ck_assert_double_eq_tol(meter_rate(&meter, 0).now, 10, 1e-9);
	ck_assert_double_eq_tol(meter_rate(&meter, 0).minute, 10, 1e-9);
	ck_assert_double_eq(meter_rate(&meter, 1).now, 0);
	ck_assert_double_eq(meter_rate(&meter, 7).now, 0);
	meter_free(&meter);
}
END_TEST

START_TEST(a_steady_rate_is_told_as_it_is)
{
	struct meter meter = {0};
	uint64_t values[2] = {0, 0};
	meter_take(&meter, 2, value_of, values, 1, true);
	for (int i = 0; i < 100; i++) {
		run(&meter, values, 1, 250, 3);
		ck_assert_double_eq_tol(meter_rate(&meter, 0).now, 250, 1e-6);
		ck_assert_double_eq_tol(meter_rate(&meter, 0).minute, 250, 1e-6);
		ck_assert_double_eq_tol(meter_rate(&meter, 1).minute, 3, 1e-6);
	}
	meter_free(&meter);
}
END_TEST

/* After a minute of 60 a second, and then nothing. */
START_TEST(a_rate_fades)
{
	struct meter meter = {0};
	uint64_t values[2] = {0, 0};
	meter_take(&meter, 2, value_of, values, 1, true);
	run(&meter, values, 60, 60, 0);
	run(&meter, values, 3, 0, 0);
	ck_assert_double_eq_tol(meter_rate(&meter, 0).now, 60 * 0.368, 0.5);
	ck_assert_double_gt(meter_rate(&meter, 0).minute, 55);
	run(&meter, values, 57, 0, 0);
	ck_assert_double_eq(meter_rate(&meter, 0).now, 0);
	ck_assert_double_lt(meter_rate(&meter, 0).minute, 20);
	run(&meter, values, 600, 0, 0);
	ck_assert_double_eq(meter_rate(&meter, 0).minute, 0);
	meter_free(&meter);
}
END_TEST

static void broken(struct tally *tally, const char *exe, const char *peer, int64_t lost)
{
	struct sighting sighting = {.host = tally_host(tally, "web1")};
	struct record *record = &sighting.record;
	record_clear(record);
	record->event = EVENT_EPIPE;
	record->time_ns = 1;
	record->pid = 7;
	record->exe = exe;
	record->type = "tcp";
	record->peer = peer;
	record->lost = lost;
	record->cause = "peer-closed";
	tally_add(tally, &sighting, 1);
}

/* Several failures on one connection tell of the same bytes. */
START_TEST(lost_bytes_count_once_a_connection)
{
	static struct tally tally;
	struct view view = {0};
	tally_init(&tally);
	broken(&tally, "/a", "192.0.2.1:1", 100);
	broken(&tally, "/a", "192.0.2.1:1", 100);
	broken(&tally, "/a", "192.0.2.1:1", 150);
	broken(&tally, "/a", "192.0.2.1:1", 120);
	broken(&tally, "/b", "192.0.2.1:2", 0);
	broken(&tally, "/b", "192.0.2.2:2", -1);
	broken(&tally, "/b", "192.0.2.2:3", 7);
	view_take(&view, &tally, 1, true);
	ck_assert_uint_eq(view.lost, 157);
	ck_assert_uint_eq(view.count[PROGRAMS], 2);
	ck_assert_uint_eq(view.rows[PROGRAMS][0].lost, 150);
	ck_assert_uint_eq(view.rows[PROGRAMS][1].lost, 7);
	ck_assert_uint_eq(view.rows[PEERS][0].lost, 150);
	ck_assert_uint_eq(view.rows[PEERS][1].lost, 7);
	view_free(&view);
	tally_free(&tally);
}
END_TEST

START_TEST(the_first_rows_are_the_first)
{
	static struct tally tally;
	struct view view = {0};
	const struct row *first[8];
	char text[64];
	tally_init(&tally);
	for (int i = 0; i < 300; i++) {
		char exe[8];
		snprintf(exe, sizeof(exe), "/p%03d", i);
		for (int times = 0; times <= i * 7 % 300; times++)
			broken(&tally, exe, "192.0.2.1:1", i == 20);
	}
	view_take(&view, &tally, 1, true);
	ck_assert_uint_eq(view_first(&view, &tally, PROGRAMS, BY_TOTAL, first, 8), 8);
	for (uint64_t i = 0; i < 8; i++)
		ck_assert_uint_eq(first[i]->total, 300 - i);
	view_first(&view, &tally, PROGRAMS, BY_NAME, first, 8);
	ck_assert_str_eq(view_name(&tally, PROGRAMS, first[0], text), "/p000");
	ck_assert_str_eq(view_name(&tally, PROGRAMS, first[7], text), "/p007");
	ck_assert_uint_eq(view_first(&view, &tally, PROGRAMS, BY_NAME, first, 0), 0);
	ck_assert_uint_eq(view_first(&view, &tally, PEERS, BY_LOST, first, 8), 1);
	view_free(&view);
	tally_free(&tally);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("top");
	TCase *tests = tcase_create("top");
	SRunner *runner = srunner_create(suite);
	int failed;
	suite_add_tcase(suite, tests);
	tcase_add_test(tests, what_was_before_is_no_rate);
	tcase_add_test(tests, a_steady_rate_is_told_as_it_is);
	tcase_add_test(tests, a_rate_fades);
	tcase_add_test(tests, lost_bytes_count_once_a_connection);
	tcase_add_test(tests, the_first_rows_are_the_first);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
