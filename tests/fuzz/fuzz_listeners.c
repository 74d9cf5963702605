/* /proc/net/tcp as it might look. */
#include "../../shim/kernel/listeners.c"

#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "input.h"

static unsigned wanted;

static void put_in_file(int fd, const uint8_t *data, size_t size)
{
	HOLDS(ftruncate(fd, 0) == 0 && pwrite(fd, data, size, 0) == (ssize_t)size);
}

static bool are_in_file(int fd)
{
	char path[32];
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return are_in(path, wanted);
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
		listened |= state == 0x0a && port && port == wanted;
		used += (size_t)snprintf(
		    text + used, sizeof(text) - used, "%4d: %08X:%04X %08X:%04X %02X %08X:%08X\n",
		    i, take_byte(input), port, 0x0100007fu, remote, state, 0u, 0u);
	}
	put_in_file(fd, (uint8_t *)text, used);
	HOLDS(are_in_file(fd) == listened);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static int fd = -1;
	struct input input = {data, size};
	if (fd < 0)
		fd = memfd_create("tcp", MFD_CLOEXEC);
	wanted = take_byte(&input);
	put_in_file(fd, input.at, input.left);
	are_in_file(fd);
	check_well_formed(&input, fd);
	return 0;
}
