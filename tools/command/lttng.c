#include "tools/command/lttng.h"

#include <stdarg.h>
#include <stddef.h>

#include "tools/command/spawned.h"

enum { MOST_WORDS = 24, SECONDS = 30 };

int lttng_run(char **said, ...)
{
	char *words[MOST_WORDS] = {"lttng", "--no-sessiond"}, *spare;
	int count = 2;
	va_list list;
	va_start(list, said);
	while (count < MOST_WORDS - 1 && (words[count] = va_arg(list, char *)))
		count++;
	va_end(list);
	return spawned_run(words, SECONDS, said ? said : &spare);
}
