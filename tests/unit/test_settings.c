#include <stdlib.h>

#include "state/settings.h"
#include "suite.h"

static struct bad_setting bad[SETTINGS_COUNT];

START_TEST(defaults)
{
	ck_assert_int_eq(settings_read(bad), 0);
	ck_assert_int_eq(settings.protect, PROTECT_AUTO);
	ck_assert_int_eq(settings.children, CHILDREN_PIPELINES);
	ck_assert_int_eq(settings.log, LOG_OFF);
	ck_assert_int_eq(settings.lttng, LTTNG_OFF);
	ck_assert_int_eq(settings.argv, ARGV_PROGRAM);
	ck_assert_int_eq(settings.ignored, IGNORED_LEAVE);
	ck_assert_uint_eq(settings.rate, 100);
	ck_assert_int_eq(settings.runaway.verdict, RUNAWAY_WARN);
	ck_assert_int_eq(settings.runaway.failures, 1000);
}
END_TEST

START_TEST(runaway)
{
	static const struct {
		const char *value;
		enum runaway verdict;
		int64_t failures;
	} rows[] = {
	    {"off", RUNAWAY_OFF, 1000},
	    {"warn:1", RUNAWAY_WARN, 1},
	    {"throttle:20", RUNAWAY_THROTTLE, 20},
	    {"kill:2147483647", RUNAWAY_KILL, INT32_MAX},
	};
	setenv("BPGUARD_RUNAWAY", rows[_i].value, 1);
	ck_assert_int_eq(settings_read(bad), 0);
	ck_assert_int_eq(settings.runaway.verdict, rows[_i].verdict);
	ck_assert_int_eq(settings.runaway.failures, rows[_i].failures);
}
END_TEST

START_TEST(values)
{
	setenv("BPGUARD_PROTECT", "observe", 1);
	setenv("BPGUARD_CHILDREN", "none", 1);
	setenv("BPGUARD_LOG", "journal", 1);
	setenv("BPGUARD_LTTNG", "on", 1);
	setenv("BPGUARD_ARGV", "all", 1);
	setenv("BPGUARD_IGNORED", "watch", 1);
	setenv("BPGUARD_RATE", "0", 1);
	ck_assert_int_eq(settings_read(bad), 0);
	ck_assert_int_eq(settings.argv, ARGV_ALL);
	ck_assert_int_eq(settings.protect, PROTECT_OBSERVE);
	ck_assert_int_eq(settings.children, CHILDREN_NONE);
	ck_assert_int_eq(settings.log, LOG_JOURNAL);
	ck_assert_int_eq(settings.lttng, LTTNG_ON);
	ck_assert_int_eq(settings.ignored, IGNORED_WATCH);
	ck_assert_uint_eq(settings.rate, 0);
}
END_TEST

START_TEST(a_path_is_a_file)
{
	setenv("BPGUARD_LOG", "some/file", 1);
	settings_read(bad);
	ck_assert_int_eq(settings.log, LOG_FILE);
	ck_assert_str_eq(settings.log_path, "some/file");
}
END_TEST

static const struct {
	const char *variable, *value;
} wrong[] = {
    {"BPGUARD_PROTECT", "Auto"},
    {"BPGUARD_PROTECT", "autoo"},
    {"BPGUARD_CHILDREN", "1"},
    {"BPGUARD_LTTNG", "yes"},
    {"BPGUARD_LTTNG", "auto"},
    {"BPGUARD_IGNORED", "seen"},
    {"BPGUARD_RATE", "-1"},
    {"BPGUARD_RATE", "10x"},
    {"BPGUARD_RATE", "99999999999999999999"},
    {"BPGUARD_RATE", " 5"},
    {"BPGUARD_RUNAWAY", "warn"},
    {"BPGUARD_RUNAWAY", "kill:"},
    {"BPGUARD_RUNAWAY", "throttle:0"},
    {"BPGUARD_RUNAWAY", "throttle:5s"},
    {"BPGUARD_RUNAWAY", "warn:2147483648"},
};

START_TEST(a_bad_value_leaves_the_default)
{
	setenv(wrong[_i].variable, wrong[_i].value, 1);
	ck_assert_int_eq(settings_read(bad), 1);
	ck_assert_str_eq(bad[0].variable, wrong[_i].variable);
	ck_assert_str_eq(bad[0].value, wrong[_i].value);
	ck_assert_int_eq(settings.protect, PROTECT_AUTO);
	ck_assert_int_eq(settings.children, CHILDREN_PIPELINES);
	ck_assert_int_eq(settings.lttng, LTTNG_OFF);
	ck_assert_int_eq(settings.argv, ARGV_PROGRAM);
	ck_assert_uint_eq(settings.rate, 100);
	ck_assert_int_eq(settings.runaway.verdict, RUNAWAY_WARN);
	ck_assert_int_eq(settings.runaway.failures, 1000);
}
END_TEST

/* Each test runs in a child of its own, so its environment is its own. */
static void clear(void)
{
	unsetenv("BPGUARD_PROTECT");
	unsetenv("BPGUARD_CHILDREN");
	unsetenv("BPGUARD_LOG");
	unsetenv("BPGUARD_LTTNG");
	unsetenv("BPGUARD_IGNORED");
	unsetenv("BPGUARD_RATE");
	unsetenv("BPGUARD_RUNAWAY");
}

static void add(TCase *tcase)
{
	tcase_add_checked_fixture(tcase, clear, NULL);
	tcase_add_test(tcase, defaults);
	tcase_add_test(tcase, values);
	tcase_add_loop_test(tcase, runaway, 0, 4);
	tcase_add_test(tcase, a_path_is_a_file);
	tcase_add_loop_test(tcase, a_bad_value_leaves_the_default, 0,
			    sizeof(wrong) / sizeof(*wrong));
}

int main(void)
{
	return run_suite("settings", add);
}
