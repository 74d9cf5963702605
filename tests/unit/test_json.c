#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <time.h>

#include "outlets/json.h"
#include "record/record.h"
#include "suite.h"

static char line[8192];

static const char *format(const struct record *record)
{
	size_t length = json_format(record, line, sizeof(line));
	ck_assert_uint_lt(length, sizeof(line));
	ck_assert_int_eq(line[length - 1], '\n');
	line[length - 1] = '\0';
	return line;
}

START_TEST(absent_fields_are_left_out)
{
	struct record record;
	record_clear(&record);
	ck_assert_str_eq(format(&record),
			 "{\"time\":\"1970-01-01T00:00:00.000000000Z\",\"event\":\"epipe\"}");
}
END_TEST

START_TEST(fields_have_their_names)
{
	struct record record;
	record_clear(&record);
	record.pid = 7;
	record.call = "write";
	record.fd = 0;
	record.type = TYPE_UNIX_STREAM;
	record.error = EPIPE;
	record.requested = 0;
	record.sigpipe = SIGPIPE_KILL;
	record.action = ACTION_BACKSTOP;
	record.saved = true;
	strcpy(record.peer, "unix:@\"");
	record.cause = CAUSE_READER_GONE;
	record.suppressed = 3;
	ck_assert_str_eq(format(&record),
			 "{\"time\":\"1970-01-01T00:00:00.000000000Z\",\"event\":\"epipe\","
			 "\"pid\":7,\"call\":\"write\",\"fd\":0,\"type\":\"unix-stream\","
			 "\"errno\":\"EPIPE\",\"requested\":0,\"sigpipe\":\"kill\","
			 "\"action\":\"backstop\",\"saved\":true,\"peer\":\"unix:@\\\"\","
			 "\"cause\":\"reader-gone\",\"suppressed\":3}");
}
END_TEST

/* The worst that the writer may be given fits, or is cut and still one closed line. */
START_TEST(the_longest_record_is_one_line)
{
	static char exe[512];
	struct record record;
	record_clear(&record);
	memset(exe, 0xff, sizeof(exe) - 1);
	memset(record.local, 0x01, sizeof(record.local) - 1);
	memset(record.peer, '"', sizeof(record.peer) - 1);
	memset(record.comm, '\n', sizeof(record.comm) - 1);
	memset(record.argv, 0x80, sizeof(record.argv) - 1);
	record.exe = exe;
	format(&record);
	ck_assert_int_eq(line[strlen(line) - 1], '}');
	ck_assert_ptr_null(strchr(line, '\n'));
}
END_TEST

static const int64_t seconds[] = {
    0,		951782399,  951782400,	951868800,  1709164800,
    1709251199, 1735689599, 1735689600, 4102444800, 2147483648,
};

/* gmtime_r(3) is the measure. */
START_TEST(dates)
{
	struct record record;
	struct tm date;
	time_t second = seconds[_i];
	char expected[64];
	record_clear(&record);
	record.time_ns = seconds[_i] * 1000000000 + 123456789;
	gmtime_r(&second, &date);
	strftime(expected, sizeof(expected), "{\"time\":\"%Y-%m-%dT%H:%M:%S.123456789Z\"", &date);
	format(&record);
	ck_assert_int_eq(strncmp(line, expected, strlen(expected)), 0);
}
END_TEST

static void add(TCase *tcase)
{
	tcase_add_test(tcase, absent_fields_are_left_out);
	tcase_add_test(tcase, fields_have_their_names);
	tcase_add_test(tcase, the_longest_record_is_one_line);
	tcase_add_loop_test(tcase, dates, 0, sizeof(seconds) / sizeof(*seconds));
}

int main(void)
{
	return run_suite("json", add);
}
