#include "top/refuse.h"

#include <stdio.h>
#include <stdlib.h>

void refuse(const char *what, const char *why)
{
	fprintf(stderr, "bpguard top: %s: %s\n", what, why);
	exit(125);
}
