/* Whether programs can be traced by LTTng here, and are to be. */
#ifndef BPGUARD_TRACER_H
#define BPGUARD_TRACER_H

#include <stdbool.h>

/* Preloaded where a program is traced: they keep its descriptors and forks apart from the tracer's
 * (lttng-ust(3)). */
#define TRACER_LIBRARIES "liblttng-ust-fd.so.1:liblttng-ust-fork.so.1"

/* Whether the setting lttng wants the tracer's libraries preloaded; that a session daemon listens
 * is no reason. `provider` is the path of libbpguard-lttng.so. Ends the program with 125 where
 * --lttng on cannot be had. */
bool tracer_wanted(const char *provider);

/* Why programs cannot be traced, or NULL: they can. */
const char *tracer_missing(const char *provider);

/* How long a traced program's start waits for the session daemon: sets LTTNG_UST_REGISTER_TIMEOUT
 * to 500 ms where it is not set. */
void tracer_bound(void);

/* Runs a program with these words and variables, and returns what it printed on both streams.
 * Without the program it is "". */
const char *tracer_ask(char **words, char **variables);

#endif
