/* Other people's programs that record and its end call: lttng and its daemons, babeltrace2. None is
 * called by a shell. Each is looked for on PATH, then in /usr/sbin and /sbin, where an
 * administrator's programs may be; reads nothing; has no descriptors but its three streams; and has
 * the signal mask that this process started with. */
#ifndef BPGUARD_SPAWNED_H
#define BPGUARD_SPAWNED_H

#include <stdbool.h>
#include <sys/types.h>

/* What spawned_run returns beside an exit status, 128 and more after a signal. */
enum { SPAWNED_NOT = -1, SPAWNED_LATE = -2 };

/* Notes the mask that children get, and sees to it that they can be waited for. Call it first. */
void spawned_begin(void);

/* Takes back what spawned_begin changed, so that what this process becomes starts as it did. */
void spawned_end(void);

/* The path of the program `name`, or NULL: it is not installed. */
const char *spawned_find(const char *name);

/* Runs a program to its end, for `seconds` at most: then it is killed. `*said`, where it is not
 * NULL, is what it printed on both streams; "" is none. Returns its exit status, SPAWNED_NOT where
 * it cannot be started (the cause is in `*said`), SPAWNED_LATE where it was killed. */
int spawned_run(char *const words[], int seconds, char **said);

/* Calls `take` with each line of what a program prints on standard output, without its end, until
 * the program has ended or `take` returns false. Its messages go nowhere. False: it cannot be
 * started. */
bool spawned_lines(char *const words[], bool (*take)(char *line, void *into), void *into);

/* Whether `pid` is a process of the program `name`, 15 bytes at most (comm in proc(5)). */
bool spawned_is(pid_t pid, const char *name);

/* Ends a process of the program `name`, and waits until it is gone, for 5 s at most. */
void spawned_stop(pid_t pid, const char *name);

/* Sleeps for a tenth of a second: between two looks at what another process does. */
void spawned_pause(void);

#endif
