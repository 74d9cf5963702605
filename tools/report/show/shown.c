#include "show/shown.h"

#include <time.h>

void shown_time(int64_t ns, int with_fraction, char text[SHOWN_TIME])
{
	time_t second = (time_t)(ns / 1000000000);
	struct tm parts;
	size_t length;
	gmtime_r(&second, &parts);
	length = strftime(text, SHOWN_TIME, "%Y-%m-%dT%H:%M:%S", &parts);
	if (with_fraction)
		snprintf(text + length, SHOWN_TIME - length, ".%03dZ",
			 (int)(ns % 1000000000 / 1000000));
	else
		snprintf(text + length, SHOWN_TIME - length, "Z");
}

/* The Unicode Standard, table 3-7. */
size_t shown_sequence(const char *text)
{
	const unsigned char *c = (const unsigned char *)text;
	unsigned char low = 0x80, high = 0xbf;
	size_t length = c[0] < 0x80 ? 1 : c[0] < 0xc2 ? 0 : c[0] < 0xe0 ? 2 : c[0] < 0xf0 ? 3 : 4;
	if (c[0] > 0xf4)
		return 0;
	if (c[0] == 0xe0)
		low = 0xa0;
	if (c[0] == 0xed)
		high = 0x9f;
	if (c[0] == 0xf0)
		low = 0x90;
	if (c[0] == 0xf4)
		high = 0x8f;
	for (size_t i = 1; i < length; i++, low = 0x80, high = 0xbf)
		if (c[i] < low || c[i] > high)
			return 0;
	return length;
}

/* C1 controls are two bytes of UTF-8. */
static int is_control(const char *text, size_t length)
{
	const unsigned char *c = (const unsigned char *)text;
	return c[0] < 0x20 || c[0] == 0x7f || (length == 2 && c[0] == 0xc2 && c[1] < 0xa0);
}

int shown_text(FILE *out, const char *text, int most)
{
	int count = 0;
	while (*text && count < most) {
		size_t length = shown_sequence(text);
		if (length == 0 || is_control(text, length)) {
			fputc('?', out);
			text += length ? length : 1;
		} else {
			fwrite(text, 1, length, out);
			text += length;
		}
		count++;
	}
	return count;
}
