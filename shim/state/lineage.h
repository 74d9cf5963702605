/* Whose process this is: the root of a guarded tree, a descendant, a server. */
#ifndef BPGUARD_LINEAGE_H
#define BPGUARD_LINEAGE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/raw.h"

/* What is known of this process. Others than lineage.c only read it, by the questions below. */
extern __attribute__((visibility("hidden"))) struct lineage {
	pid_t owner;
	bool descendant; /* executed below the first one */
	bool given_up;
	bool forked; /* a forked child */
	bool server;
} lineage;

/* Finds out at start: root or descendant (state/root.h). `in_child` is called in a forked child
 * that libc's fork handlers did not reach, and calls lineage_forked(). Not async-signal-safe. */
void lineage_start(void (*in_child)(void));

/* False where BPGUARD_CHILDREN=none leaves this process alone. Async-signal-safe. */
bool lineage_is_guarded(void);

/* Leaves this process alone from now on, or no longer. */
void lineage_give_up(bool given_up);

/* This process's id, or -1 where it is not known: forked under a seccomp filter of its own.
 * Async-signal-safe. */
static inline int32_t lineage_pid(void)
{
	long pid = RAW0(SYS_getpid);
	return pid > 0 ? (int32_t)pid : lineage.owner;
}

/* Whether this is the first guarded process of its tree; below it, executed or forked; process 1 of
 * a system or container: a default action does nothing to it (signal(7)). Async-signal-safe. */
static inline bool lineage_is_root(void)
{
	return !lineage.descendant && !lineage.forked;
}

static inline bool lineage_is_init(void)
{
	return lineage.owner == 1;
}

/* Whether this is a server: pipes that it writes to are guarded too. Async-signal-safe. */
bool lineage_is_server(void);

/* Claims the memory for this process, and returns whether it is: false in a vfork or CLONE_VM
 * child, which shares its parent's and must not change it. True in a forked child, which is told of
 * itself first. Async-signal-safe. */
bool lineage_claim_memory(void);

/* In the child after fork(2). Async-signal-safe. */
void lineage_forked(void);

/* The program called listen: a server, guarded whole, as are the children it forks.
 * Async-signal-safe. */
void lineage_note_server(void);

/* `fd` is a listening socket that the program was started with: it makes a server too. */
void lineage_note_listener(int fd);

/* `fd` is a connection that the program was started with beside stdin and stdout: from a listening
 * socket it makes a server too. Where the connection itself does not tell, somebody who listens
 * there does, asked only where a pipeline's fate hangs on it. */
void lineage_note_connection(int fd);

/* All that it was started with has been noted: is it a server? */
void lineage_conclude(void);

#endif
