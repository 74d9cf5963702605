/* The command lttng(1). */
#ifndef BPGUARD_COMMAND_LTTNG_H
#define BPGUARD_COMMAND_LTTNG_H

/* Runs `lttng --no-sessiond WORD...`, words ended by NULL, for 30 s at most: a relay or a daemon
 * that no longer answers may hold it up. Returns its status, see spawned_run. */
int lttng_run(char **said, ...) __attribute__((sentinel));

#endif
