/* Other processes, as /proc tells of them. Async-signal-safe. */
#ifndef BPGUARD_PROCESS_H
#define BPGUARD_PROCESS_H

#include <stdbool.h>
#include <stdint.h>

struct process {
	char comm[16];
	int64_t begun_ms; /* CLOCK_BOOTTIME, exact to 10 ms */
	bool is_dying;	  /* on its way out, or a zombie, and how is known */
	int exit_code;	  /* then: as wait(2) tells it */
};

/* Reads what /proc/PID/stat has of it (proc(5)). Returns false where there is no such process, or
 * no /proc. */
bool process_read(int64_t pid, struct process *process);

#endif
