/* /proc/net/tcp as it might look, a BPGUARD_ROOT that somebody made up, and a process's own name,
 * which stands in the middle of /proc/self/stat. */
#include "../../shim/state/lineage.c"

#include <stdio.h>
#include <sys/prctl.h>

#include "input.h"

static void put_in_file(int fd, const uint8_t *data, size_t size)
{
	HOLDS(ftruncate(fd, 0) == 0 && pwrite(fd, data, size, 0) == (ssize_t)size);
}

static bool is_listened_for_in(int fd)
{
	char path[32];
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return is_listened_for(path);
}

/* Lines as the kernel writes them: whether a port is listened on is then known. */
static void check_well_formed(struct input *input, int fd)
{
	char text[4096];
	size_t used =
	    (size_t)snprintf(text, sizeof(text), "  sl  local_address rem_address   st\n");
	bool listened = false;
	for (int i = 0; i < 8; i++) {
		unsigned port = take_byte(input), remote = take_byte(input),
			 state = take_byte(input) % 13;
		listened |= state == 0x0a && port && port == lineage.ports[0];
		used += (size_t)snprintf(
		    text + used, sizeof(text) - used, "%4d: %08X:%04X %08X:%04X %02X %08X:%08X\n",
		    i, take_byte(input), port, 0x0100007fu, remote, state, 0u, 0u);
	}
	put_in_file(fd, (uint8_t *)text, used);
	HOLDS(is_listened_for_in(fd) == listened);
}

static void check_name(struct input *input)
{
	static int64_t begun = -1;
	char name[16];
	take_string(input, name, sizeof(name));
	if (begun < 0)
		begun = start_time();
	prctl(PR_SET_NAME, name);
	HOLDS(begun > 0 && start_time() == begun);
}

static void check_root(struct input *input)
{
	static char root[512];
	char own[64];
	take_string(input, root, sizeof(root));
	snprintf(own, sizeof(own), "%d:%lld", getpid(), (long long)start_time());
	settings.root = root;
	/* What follows the two numbers is not looked at. */
	HOLDS(!is_named_root() || atoi(root) == getpid());
	settings.root = own;
	HOLDS(is_named_root());
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static int fd = -1;
	struct input input = {data, size};
	if (fd < 0)
		fd = memfd_create("tcp", MFD_CLOEXEC);
	lineage.port_count = 1;
	lineage.ports[0] = take_byte(&input);
	put_in_file(fd, input.at, input.left);
	is_listened_for_in(fd);
	check_well_formed(&input, fd);
	check_name(&input);
	check_root(&input);
	return 0;
}
