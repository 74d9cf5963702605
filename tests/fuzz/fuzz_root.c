/* A BPGUARD_ROOT that somebody made up, and a process's own name, which stands in the middle of
 * /proc/self/stat. */
#include "../../shim/state/root.c"

#include <stdio.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "input.h"

static void check_name(struct input *input)
{
	static int64_t begun = -1;
	char name[16];
	take_string(input, name, sizeof(name));
	if (begun < 0)
		begun = read_origin().begun;
	prctl(PR_SET_NAME, name);
	HOLDS(begun > 0 && read_origin().begun == begun);
	HOLDS(read_origin().parent == getppid());
}

static void check_root(struct input *input)
{
	static char root[512];
	struct origin origin = read_origin();
	char own[64];
	take_string(input, root, sizeof(root));
	snprintf(own, sizeof(own), "%d:%lld", getpid(), (long long)origin.begun);
	settings.root = root;
	/* What follows the two numbers is not looked at. */
	HOLDS(!is_named(&origin) || atoi(root) == getpid());
	settings.root = own;
	HOLDS(is_named(&origin));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input input = {data, size};
	check_name(&input);
	check_root(&input);
	return 0;
}
