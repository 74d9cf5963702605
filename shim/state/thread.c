#include "state/thread.h"

_Thread_local struct thread thread;
extern _Thread_local struct thread thread_afterwards __attribute__((alias("thread")));

/* The newest replaces what is known of the same fd: that failure was seen, or will not be. */
static struct taken *place_for(int fd)
{
	for (int i = 0; i < TAKEN_KEPT; i++)
		if (thread.taken[i].as != HANDLED_NOT && thread.taken[i].fd == fd)
			return &thread.taken[i];
	return &thread.taken[thread.next_taken++ % TAKEN_KEPT];
}

void thread_keep_taken(uintptr_t sp, int fd, enum handled as)
{
	*place_for(fd) = (struct taken){sp, fd, as};
}

/* The system call was made below the frame of the wrapper, on the same stack. */
static enum handled take_of(uintptr_t frame, int fd)
{
	for (int i = 0; i < TAKEN_KEPT; i++) {
		struct taken *taken = &thread.taken[i];
		enum handled as = taken->as;
		if (as == HANDLED_NOT || taken->fd != fd || frame - taken->sp >= STACK_NEAR)
			continue;
		taken->as = HANDLED_NOT;
		return as;
	}
	return HANDLED_NOT;
}

/* One whose fd was not told may be of before: that of this very fd comes first. */
enum handled thread_take_taken(uintptr_t frame, int fd)
{
	enum handled as = take_of(frame, fd);
	return as != HANDLED_NOT ? as : take_of(frame, -1);
}
