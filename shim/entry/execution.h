/* Around the execution of another program: in this process, which it ends, or in a child of its.
 * Every call that executes passes here, libc's own ways to do it included (system, popen). */
#ifndef BPGUARD_EXECUTION_H
#define BPGUARD_EXECUTION_H

#include <stdbool.h>

/* Where the program is executed: here, or in a child that the call makes. */
enum executed { EXECUTED_HERE, EXECUTED_BELOW };

/* What execution_end() is to take back. Lies in the call's frame. */
struct execution {
	bool below;	/* libc makes the child */
	bool unblocked; /* SIGPIPE, which a window of ours had blocked */
	bool ignored;	/* by SIG_IGN itself, for which a handler of ours stood in */
};

/* Before: tells the totals where this process is about to become another program, and has what is
 * executed inherit nothing of ours. May run in a vfork child, whose memory is its parent's: what
 * it notes there it notes in `execution` only. Keeps errno. Async-signal-safe. */
void execution_begin(struct execution *execution, enum executed where);

/* After: the program was not executed, or a child executes it. Keeps errno. Async-signal-safe. */
void execution_end(const struct execution *execution);

#endif
