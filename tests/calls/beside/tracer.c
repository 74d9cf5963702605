/* In the tracer's place beside the shim: one whose daemon is gone, so that telling it of a record
 * breaks a pipe of its own. Three times at most: what is told of that would be told again. */
#include <stddef.h>
#include <sys/syscall.h>
#include <unistd.h>

struct bpguard_record;
static int told;

void bpguard_lttng_init_thread(void)
{
}

void bpguard_lttng_emit(const struct bpguard_record *record)
{
	int ends[2];

	(void)record;
	if (told++ >= 3 || syscall(SYS_pipe2, ends, 0) != 0)
		return;
	syscall(SYS_close, ends[0]);
	syscall(SYS_write, ends[1], "x", (size_t)1);
	syscall(SYS_close, ends[1]);
}

int bpguard_lttng_close(int fd, int (*close_one)(int))
{
	return close_one(fd);
}
