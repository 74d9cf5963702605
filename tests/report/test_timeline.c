/* Timelines put together count the same as one that saw all times itself. */
#include "../unit/suite.h"
#include "count/timeline.h"

enum { PARTS = 3 };

/* Times of some width, around 1970 or this year, in no order. */
static int64_t some_time(unsigned round)
{
	int64_t span = (int64_t)1 << (20 + round % 40);
	int64_t at = ((int64_t)random() << 31 | random()) % span;
	return round % 3 ? at + 1795000000000000000 : at - span / 2;
}

static uint64_t sum_of(const struct timeline *timeline)
{
	uint64_t sum = 0;
	for (int i = 0; i < timeline->count; i++)
		sum += timeline->step[i];
	return sum;
}

static void fill(struct timeline *whole, struct timeline parts[PARTS], unsigned round)
{
	int count = 1 + (int)(random() % 500);
	for (int i = 0; i < count; i++) {
		int64_t at = some_time(round);
		timeline_add(whole, at);
		timeline_add(&parts[random() % PARTS], at);
	}
}

static void same(const struct timeline *a, const struct timeline *b)
{
	ck_assert_int_eq(a->width, b->width);
	ck_assert_int_eq(a->first, b->first);
	ck_assert_int_eq(a->count, b->count);
	ck_assert_mem_eq(a->step, b->step, (size_t)a->count * sizeof(a->step[0]));
}

START_TEST(parts_make_the_whole)
{
	struct timeline whole = {0}, parts[PARTS] = {0}, together = {0};
	srandom((unsigned)_i + 1);
	fill(&whole, parts, (unsigned)_i);
	for (int i = 0; i < PARTS; i++)
		timeline_add_all(&together, &parts[i]);
	same(&whole, &together);
}
END_TEST

START_TEST(aligned_parts_stand_step_by_step)
{
	struct timeline whole = {0}, parts[PARTS] = {0};
	srandom((unsigned)_i + 1);
	fill(&whole, parts, (unsigned)_i);
	timeline_coarsen(&whole, 2 + (int)(random() % 300));
	for (int i = 0; i < PARTS; i++) {
		uint64_t before = sum_of(&parts[i]);
		timeline_align(&parts[i], &whole);
		ck_assert_int_eq(parts[i].width, whole.width);
		ck_assert_int_eq(parts[i].first, whole.first);
		ck_assert_int_eq(parts[i].count, whole.count);
		ck_assert_uint_eq(sum_of(&parts[i]), before);
	}
	for (int i = 0; i < whole.count; i++)
		ck_assert_uint_eq(whole.step[i],
				  parts[0].step[i] + parts[1].step[i] + parts[2].step[i]);
}
END_TEST

static void add_tests(TCase *tests)
{
	tcase_add_loop_test(tests, parts_make_the_whole, 0, 240);
	tcase_add_loop_test(tests, aligned_parts_stand_step_by_step, 0, 240);
}

int main(void)
{
	return run_suite("timeline", add_tests);
}
