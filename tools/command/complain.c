#include "tools/command/complain.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

static char *composed(const char *format, va_list arguments)
{
	char *text;
	if (vasprintf(&text, format, arguments) >= 0)
		return text;
	fputs("bpguard: not enough memory\n", stderr);
	exit(STATUS_FAILED);
}

static void say(char *text)
{
	for (char *at = text; *at; at++)
		if ((unsigned char)*at < 0x20 || *at == 0x7f)
			*at = '?';
	fprintf(stderr, "bpguard: %s\n", text);
	free(text);
}

void complain(const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	say(composed(format, arguments));
	va_end(arguments);
}

void fail(int status, const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	say(composed(format, arguments));
	va_end(arguments);
	exit(status);
}

char *compose(const char *format, ...)
{
	va_list arguments;
	char *text;
	va_start(arguments, format);
	text = composed(format, arguments);
	va_end(arguments);
	return text;
}
