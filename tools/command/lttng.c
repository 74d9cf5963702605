#include "tools/command/lttng.h"

#include <stddef.h>

#include "tools/command/spawned.h"

enum { SECONDS = 30 };

int lttng_run(char **said, const char *const *words)
{
	char *spare;
	return spawned_run((char *const *)words, SECONDS, said ? said : &spare);
}
