/* A record's fields and names, as contract/record.def has them. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "read/lines.h"
#include "read/record.h"

START_TEST(what_is_not_known_is_the_contracts_absent_value)
{
	struct record record;
	memset(&record, 7, sizeof(record));
	record_clear(&record);
	ck_assert_int_eq(record.saved, -1);
	ck_assert_int_eq(record.lost_at_most, 0);
	ck_assert_int_eq(record.suppressed, 0);
	ck_assert_int_eq(record.lost, -1);
	ck_assert_int_eq(record.fd, -1);
	ck_assert_str_eq(record.caller, "");
	ck_assert_str_eq(record.tcp_state, "");
	ck_assert_str_eq(record.cause, "");
	ck_assert_uint_eq(record.ip, 0);
}
END_TEST

START_TEST(names_are_found_by_themselves_and_others_are_unknown)
{
	for (int i = 0; i < EVENT_COUNT; i++)
		ck_assert_int_eq(event_by_name(event_name((enum record_event)i)), i);
	for (int i = 1; i < CAUSE_COUNT; i++)
		ck_assert_int_eq(cause_by_name(cause_name((enum record_cause)i)), i);
	for (int i = 1; i < ACTION_COUNT; i++)
		ck_assert_int_eq(action_by_name(action_name((enum record_action)i)), i);
	ck_assert_int_eq(cause_by_name("reader-died"), CAUSE_READER_DIED);
	ck_assert_int_eq(cause_by_name("of-tomorrow"), CAUSE_UNKNOWN);
	ck_assert_int_eq(cause_by_name(""), CAUSE_UNKNOWN);
	ck_assert_int_eq(action_by_name("backstop"), ACTION_BACKSTOP);
	ck_assert_int_eq(event_by_name("of-tomorrow"), EVENT_COUNT);
	ck_assert_str_eq(cause_name(CAUSE_UNKNOWN), "unknown");
}
END_TEST

START_TEST(fields_belong_to_the_events_that_may_have_them)
{
	const struct field *cause = &record_fields[FIELD_cause];
	const struct field *version = &record_fields[FIELD_version];
	const struct field *pid = &record_fields[FIELD_pid];
	ck_assert(cause->events & 1u << EVENT_RUNAWAY && !(cause->events & 1u << EVENT_ATTACH));
	ck_assert(version->events & 1u << EVENT_DETACH && !(version->events & 1u << EVENT_EPIPE));
	ck_assert_uint_eq(pid->events, (1u << EVENT_COUNT) - 1);
	ck_assert(field_is_text(cause) && !field_is_number(cause));
	ck_assert(field_is_number(pid) && !field_is_text(pid));
	ck_assert(!field_is_text(&record_fields[FIELD_time_ns]));
	ck_assert(!field_is_number(&record_fields[FIELD_event]));
}
END_TEST

/* One as version 0.1 wrote it, one with members that nobody knows, and some of other types. */
START_TEST(json_is_read_by_the_contract)
{
	static const char old[] =
	    "{\"time\":\"2026-11-20T16:00:00.000000005Z\",\"event\":\"reset\",\"pid\":7,"
	    "\"errno\":\"ECONNRESET\",\"saved\":true,\"tcp_state\":\"CLOSE\","
	    "\"peer_silent_before_close_ms\":60000,\"caller\":\"/bin/x+0x10\"}";
	static const char odd[] =
	    "{\"time\":\"2026-11-20T16:00:00Z\",\"event\":\"epipe\",\"pid\":\"seven\",\"fd\":3,"
	    "\"peer\":5,\"saved\":false,\"of_tomorrow\":{\"a\":[1]}}";
	struct lines *lines = lines_alone();
	struct record record;
	ck_assert(lines_parse(lines, old, strlen(old), &record));
	ck_assert_int_eq(record.event, EVENT_RESET);
	ck_assert_int_eq(record.time_ns % 1000000000, 5);
	ck_assert_int_eq(record.pid, 7);
	ck_assert_int_eq(record.saved, 1);
	ck_assert_str_eq(record.error, "ECONNRESET");
	ck_assert_str_eq(record.caller, "/bin/x+0x10");
	ck_assert_int_eq(record.peer_silent_before_close_ms, 60000);
	ck_assert(lines_parse(lines, odd, strlen(odd), &record));
	ck_assert_int_eq(record.pid, -1);
	ck_assert_int_eq(record.fd, 3);
	ck_assert_str_eq(record.peer, "");
	ck_assert_int_eq(record.saved, 0);
	ck_assert(!lines_parse(lines, "{}", 2, &record));
	lines_close(lines);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("record");
	TCase *tests = tcase_create("record");
	SRunner *runner = srunner_create(suite);
	int failed;
	suite_add_tcase(suite, tests);
	tcase_add_test(tests, what_is_not_known_is_the_contracts_absent_value);
	tcase_add_test(tests, names_are_found_by_themselves_and_others_are_unknown);
	tcase_add_test(tests, fields_belong_to_the_events_that_may_have_them);
	tcase_add_test(tests, json_is_read_by_the_contract);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
