#include <string.h>

#include "base/text.h"
#include "suite.h"

static const char *json_of(const char *string)
{
	static char buffer[256];
	struct text text = text_in(buffer, sizeof(buffer));
	text_json(&text, string);
	text_end(&text);
	return buffer;
}

static const struct {
	const char *string, *json;
} strings[] = {
    {"", "\"\""},
    {"plain", "\"plain\""},
    {"a\"b\\c", "\"a\\\"b\\\\c\""},
    {"line\nbreak\ttab\x7f", "\"line\\u000abreak\\u0009tab\\u007f\""},
    {"\xc3\xa9", "\"\xc3\xa9\""},
    {"\xe2\x82\xac", "\"\xe2\x82\xac\""},
    {"\xf0\x9f\x92\xa9", "\"\xf0\x9f\x92\xa9\""},
    /* What RFC 3629 forbids: stray, cut, overlong, surrogate, beyond U+10FFFF. */
    {"\x80", "\"\\u0080\""},
    {"\xc3", "\"\\u00c3\""},
    {"\xe2\x82", "\"\\u00e2\\u0082\""},
    {"\xc0\xaf", "\"\\u00c0\\u00af\""},
    {"\xe0\x80\xaf", "\"\\u00e0\\u0080\\u00af\""},
    {"\xed\xa0\x80", "\"\\u00ed\\u00a0\\u0080\""},
    {"\xf4\x90\x80\x80", "\"\\u00f4\\u0090\\u0080\\u0080\""},
    {"\xff\xfe", "\"\\u00ff\\u00fe\""},
};

START_TEST(strings_are_escaped)
{
	ck_assert_str_eq(json_of(strings[_i].string), strings[_i].json);
}
END_TEST

START_TEST(numbers)
{
	char buffer[64];
	struct text text = text_in(buffer, sizeof(buffer));
	text_number(&text, 0);
	text_char(&text, ' ');
	text_number(&text, INT64_MIN);
	text_char(&text, ' ');
	text_hex(&text, 0xdeadbeef);
	text_char(&text, ' ');
	text_padded(&text, 7, 3);
	text_end(&text);
	ck_assert_str_eq(buffer, "0 -9223372036854775808 deadbeef 007");
	ck_assert(!text.cut);
}
END_TEST

START_TEST(too_long_is_cut)
{
	char buffer[6] = "zzzzz";
	struct text text = text_in(buffer, 5);
	text_string(&text, "123456");
	text_end(&text);
	ck_assert_str_eq(buffer, "1234");
	ck_assert(text.cut);
}
END_TEST

START_TEST(parsing)
{
	const char *end;
	ck_assert_int_eq(text_parse("4711:8", &end), 4711);
	ck_assert_str_eq(end, ":8");
	ck_assert_int_eq(text_parse("x", &end), -1);
	ck_assert_int_eq(text_parse("", &end), -1);
	/* Too large a number stops early instead of wrapping. */
	ck_assert_int_gt(text_parse("99999999999999999999999", &end), 0);
}
END_TEST

static void add(TCase *tcase)
{
	tcase_add_loop_test(tcase, strings_are_escaped, 0, sizeof(strings) / sizeof(*strings));
	tcase_add_test(tcase, numbers);
	tcase_add_test(tcase, too_long_is_cut);
	tcase_add_test(tcase, parsing);
}

int main(void)
{
	return run_suite("text", add);
}
