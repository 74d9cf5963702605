/* Calls by which a program ends: the totals are told before. */
#include <stdlib.h>
#include <unistd.h>

#include "entry/calls/call.h"
#include "entry/presence.h"

EXPORT _Noreturn void _exit(int status)
{
	presence_end();
	for (;;)
		next._exit(status);
}

EXPORT _Noreturn void _Exit(int status)
{
	presence_end();
	for (;;)
		next._Exit(status);
}
