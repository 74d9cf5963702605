/* What the report counts with: tables, the time line, clusters of silences. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "count/address.h"
#include "count/first.h"
#include "count/silence.h"
#include "count/timeline.h"
#include "read/table.h"

/* --- tables --- */

START_TEST(table_keeps_each_key_once)
{
	struct table table = table_of(sizeof(uint64_t));
	char key[32];
	bool fresh;

	for (int round = 0; round < 2; round++)
		for (uint32_t i = 0; i < 400000; i++) {
			size_t length = (size_t)snprintf(key, sizeof key, "key %u", i * 7919);

			ck_assert_uint_eq(table_put(&table, key, length, &fresh), i);
			ck_assert_int_eq(fresh, round == 0);
			++*(uint64_t *)table_value(&table, i);
		}
	ck_assert_uint_eq(table.count, 400000);
	for (uint32_t i = 0; i < 400000; i++)
		ck_assert_uint_eq(*(uint64_t *)table_value(&table, i), 2);
	table_free(&table);
}
END_TEST

START_TEST(table_tells_keys_apart_by_all_their_bytes)
{
	struct table table = table_of(0);
	const char *name = "192.0.2.1";

	ck_assert_uint_eq(table_put(&table, "a\0b", 3, NULL), 0);
	ck_assert_uint_eq(table_put(&table, "a\0c", 3, NULL), 1);
	ck_assert_uint_eq(table_put(&table, "a", 1, NULL), 2);
	ck_assert_uint_eq(table_put(&table, "", 0, NULL), 3);
	ck_assert_uint_eq(table_put(&table, "a\0b", 3, NULL), 0);
	ck_assert_str_eq(table_text(&table, table_put_text(&table, name)), name);
	table_free(&table);
}
END_TEST

/* --- the first few --- */

struct numbered {
	int key, order;
};

static int compare_keys(const void *left, const void *right, void *context)
{
	const struct numbered *a = left, *b = right;

	(void)context;
	return (a->key > b->key) - (a->key < b->key);
}

/* As a sort that keeps the order of equals has them. */
static int compare_all(const void *left, const void *right)
{
	const struct numbered *a = left, *b = right;
	int by_key = compare_keys(a, b, NULL);

	return by_key ? by_key : (a->order > b->order) - (a->order < b->order);
}

START_TEST(the_first_few_are_those_of_a_sort)
{
	enum { MANY = 300 };
	struct numbered all[MANY], first[MANY];
	uint32_t most = (uint32_t)_i * 7, count = 0;

	srandom((unsigned)_i);
	for (int i = 0; i < MANY; i++) {
		all[i] = (struct numbered){(int)(random() % 40), i};
		count =
		    first_insert(first, count, most, &all[i], sizeof all[i], compare_keys, NULL);
	}
	qsort(all, MANY, sizeof all[0], compare_all);
	ck_assert_uint_eq(count, most < MANY ? most : MANY);
	for (uint32_t i = 0; i < count; i++) {
		ck_assert_int_eq(first[i].key, all[i].key);
		ck_assert_int_eq(first[i].order, all[i].order);
	}
}
END_TEST

/* --- the time line --- */

static const int64_t second = 1000000000;

static uint64_t sum(const struct timeline *timeline)
{
	uint64_t all = 0;

	for (int i = 0; i < timeline->count; i++)
		all += timeline->step[i];
	return all;
}

START_TEST(timeline_does_not_depend_on_order)
{
	static struct timeline forth, back;
	int64_t times[1000];

	srandom(3);
	for (int i = 0; i < 1000; i++)
		times[i] = random() % 1000000 * second + random() % second;
	for (int i = 0; i < 1000; i++) {
		timeline_add(&forth, times[i]);
		timeline_add(&back, times[999 - i]);
	}
	ck_assert_int_eq(forth.width, back.width);
	ck_assert_int_eq(forth.first, back.first);
	ck_assert_int_eq(forth.count, back.count);
	ck_assert_mem_eq(forth.step, back.step, (size_t)forth.count * sizeof forth.step[0]);
	ck_assert_uint_eq(sum(&forth), 1000);
	timeline_coarsen(&forth, 24);
	ck_assert_int_le(forth.count, 24);
	ck_assert_uint_eq(sum(&forth), 1000);
}
END_TEST

START_TEST(timeline_counts_where_it_was)
{
	static struct timeline timeline;

	for (int i = 0; i < 10; i++)
		timeline_add(&timeline, i);
	for (int i = 0; i < 5; i++)
		timeline_add(&timeline, 1000000 * second + i);
	timeline_add(&timeline, 500000 * second);
	ck_assert_uint_eq(timeline.step[0], 10);
	ck_assert_uint_eq(timeline.step[500000 * second / timeline_width_ns(timeline.width)], 1);
	ck_assert_uint_eq(timeline.step[timeline.count - 1], 5);
}
END_TEST

START_TEST(timeline_takes_any_time)
{
	static struct timeline timeline;

	timeline_add(&timeline, 5 * second);
	timeline_add(&timeline, -5 * second);
	timeline_add(&timeline, INT64_MAX);
	timeline_add(&timeline, INT64_MIN + 1);
	ck_assert_int_le(timeline.count, TIMELINE_STEPS);
	ck_assert_uint_eq(sum(&timeline), 4);
}
END_TEST

/* --- silences --- */

static struct silence silences[100000];
static uint64_t steps[SILENCE_STEPS];
static struct cluster clusters[CLUSTERS];

static int find(uint32_t count)
{
	return silence_find(silences, count, steps, clusters);
}

START_TEST(a_timeout_among_downloads_is_found)
{
	srandom(5);
	for (uint32_t i = 0; i < 1000; i++)
		silences[i].ms =
		    i < 100 ? 350000 + (int32_t)(random() % 200) : (int32_t)(random() % 900000);
	ck_assert_int_eq(find(1000), 1);
	ck_assert_uint_ge(clusters[0].count, 100);
	ck_assert_int_ge(clusters[0].median_ms, 349000);
	ck_assert_int_le(clusters[0].median_ms, 351500);
	ck_assert_ptr_nonnull(clusters[0].known);
	ck_assert_int_eq(clusters[0].known->seconds, 350);
}
END_TEST

START_TEST(two_timeouts_are_two)
{
	for (uint32_t i = 0; i < 60; i++)
		silences[i].ms = (i % 3 ? 60000 : 75000) + (int32_t)i;
	ck_assert_int_eq(find(60), 2);
	ck_assert_uint_eq(clusters[0].count, 40);
	ck_assert_int_eq(clusters[0].known->seconds, 60);
	ck_assert_uint_eq(clusters[1].count, 20);
	ck_assert_int_eq(clusters[1].known->seconds, 75);
}
END_TEST

/* Evenly, and the sooner the more; few and many. */
START_TEST(downloads_are_no_timeout)
{
	static const uint32_t counts[] = {3, 5, 10, 30, 100, 1000, 10000, 100000};

	srandom((unsigned)_i);
	for (size_t round = 0; round < sizeof counts / sizeof counts[0]; round++) {
		for (uint32_t i = 0; i < counts[round]; i++) {
			int64_t ms = random() % 600000;

			silences[i].ms = (int32_t)(_i % 2 ? ms * (random() % 1000) / 1000 *
								(random() % 1000) / 1000
							  : ms);
		}
		ck_assert_int_eq(find(counts[round]), 0);
	}
}
END_TEST

START_TEST(every_silence_has_its_step)
{
	static const int32_t ms[] = {0, 99, 100, 1000, 60000, 10000000, INT32_MAX - 1};
	uint64_t all = 0;

	for (uint32_t i = 0; i < 7; i++)
		silences[i].ms = ms[i];
	find(7);
	ck_assert_uint_eq(steps[0], 2);
	ck_assert_uint_eq(steps[1], 1);
	for (int i = 0; i < SILENCE_STEPS; i++)
		all += steps[i];
	ck_assert_uint_eq(all, 7);
}
END_TEST

/* --- addresses --- */

START_TEST(addresses_are_read_and_written)
{
	static const struct {
		const char *peer, *address, *network;
	} rows[] = {
	    {"192.0.2.7:443", "192.0.2.7", "192.0.2.0/24"},
	    {"[2001:db8:1:2:3::4]:443", "2001:db8:1:2:3::4", "2001:db8:1:2::/64"},
	    {"[fe80::1%eth0]:5", "fe80::1", "fe80::/64"},
	    {"[::ffff:192.0.2.7]:443", "192.0.2.7", "192.0.2.0/24"},
	};
	static const char *const others[] = {"",  "unix:/run/x", "pipe:[7]",
					     "[", "[x]:1",	 "1.2.3:4"};
	unsigned char bytes[16];
	char text[ADDRESS_TEXT];

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		size_t length = address_parse(rows[i].peer, bytes);

		address_format(bytes, length, 0, text);
		ck_assert_str_eq(text, rows[i].address);
		address_format(bytes, length, 1, text);
		ck_assert_str_eq(text, rows[i].network);
	}
	for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
		ck_assert_uint_eq(address_parse(others[i], bytes), 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("report");
	TCase *tests = tcase_create("counts");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, tests);
	tcase_set_timeout(tests, 60);
	tcase_add_test(tests, table_keeps_each_key_once);
	tcase_add_test(tests, table_tells_keys_apart_by_all_their_bytes);
	tcase_add_loop_test(tests, the_first_few_are_those_of_a_sort, 0, 45);
	tcase_add_test(tests, timeline_does_not_depend_on_order);
	tcase_add_test(tests, timeline_counts_where_it_was);
	tcase_add_test(tests, timeline_takes_any_time);
	tcase_add_test(tests, a_timeout_among_downloads_is_found);
	tcase_add_test(tests, two_timeouts_are_two);
	tcase_add_loop_test(tests, downloads_are_no_timeout, 0, 10);
	tcase_add_test(tests, every_silence_has_its_step);
	tcase_add_test(tests, addresses_are_read_and_written);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
