/* The writer's children: one that is dead and not yet reaped may be why nobody reads any more.
 * Looks only: no child is reaped. Async-signal-safe. */
#ifndef BPGUARD_CHILDREN_H
#define BPGUARD_CHILDREN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Finds a dead and not yet reaped child: its pid, and its end as `exited 3` or `killed SIGSEGV`.
 * With `dying_too` also one that is on its way: a process closes its files before it can be waited
 * for, so the reader that a write has just lost is mostly that, and /proc already knows how it
 * ends. Returns false where there is none. waitid(2) with WNOWAIT; of several it names the same one
 * each time. */
bool children_find_dead(bool dying_too, int64_t *pid, char *status, size_t size);

/* Whether this process has one child, and no more: /proc/self/task/TID/children (proc(5), needs
 * CONFIG_PROC_CHILDREN). False where that cannot be read, or with more than 64 threads. */
bool children_is_only_one(void);

#endif
