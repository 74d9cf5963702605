/* A service of inetd's kind: one connection is the program's stdin and stdout, and it does not
 * listen. Such a program serves one client and ends with it, by SIGPIPE where it does not look at
 * errors: its own end is waited for, but not for ever. */
#ifndef BPGUARD_SERVICE_H
#define BPGUARD_SERVICE_H

#include <stdbool.h>
#include <stdint.h>

#include "kernel/fd.h"

/* What a service has gone on doing since its connection broke; nothing but 0 in what is no service.
 */
struct aftermath {
	int64_t failures; /* on that connection, this one included */
	int64_t ms;	  /* since the first of them */
	int64_t rounds; /* how many of them came after a program that it ran meanwhile had ended */
};

extern __attribute__((visibility("hidden"))) struct identity service_connection; /* inode 0: none */

/* Notes whether this program is one, at the start. A daemon whose stdout is the journal's socket is
 * none: nothing of it is its stdin. After lineage_start(). */
void service_start(void);

/* Counts a failed write to `fd`, where that is a service's connection; -1: not known which fd, then
 * where that connection is broken. Async-signal-safe. */
struct aftermath service_count_failure(int fd);

static inline struct aftermath service_count(int fd)
{
	return service_connection.inode ? service_count_failure(fd) : (struct aftermath){0};
}

#endif
